//go:build clients

package rig

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

const clientsDocument = "../counter/openapi.json"

// run runs a program in a folder and returns what it said; one that fails ends the test.
func run(t *testing.T, dir string, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// free is an address on loopback that nothing listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// integrated starts a box that software reaches at an address with a token of its own, and a customer who pays every
// sale but those over ₹999.
func integrated(t *testing.T, more, secret string) (b *box, address, token string) {
	t.Helper()
	b = newBox(t, gatewaytest.Razorpay)
	address = free(t)
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write(
		"gallad.toml",
		strings.Replace(string(raw), "[listen]\n", fmt.Sprintf("[listen]\ntcp = %q\n", address), 1)+more,
	)
	if secret != "" {
		b.write("hook-secret", secret+"\n")
	}
	b.start()

	offer, err := b.till.OfferPairing(t.Context(), client.Key(), wire.OfferPairing{Service: "manager"})
	if err != nil {
		t.Fatal(err)
	}
	outside := client.NewHTTP("http://"+address, "", http.DefaultClient)
	paired, err := outside.Pair(t.Context(), client.Key(), wire.Pair{Code: offer.Code, Name: "software"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.till.LetIn(t.Context(), client.Key(), paired.ID, wire.Acting{}); err != nil {
		t.Fatal(err)
	}

	go func() {
		done := map[string]bool{}
		for t.Context().Err() == nil {
			time.Sleep(100 * time.Millisecond)
			list, err := b.till.Sales(t.Context(), nil)
			if err != nil {
				continue
			}
			for _, s := range list.Sales {
				if s.Phase == state.PhaseAwaiting && s.QR != nil && s.AmountPaise < 99900 && !done[s.ID] {
					done[s.ID] = true
					b.sim.Phone().Pay(s.QR.Payload)
				}
			}
		}
	}()
	return b, address, paired.Token
}

// TestIntegrator_7_Lint: the linters that integrators run over a document find nothing.
func TestIntegrator_7_Lint(t *testing.T) {
	document, err := filepath.Abs(clientsDocument)
	if err != nil {
		t.Fatal(err)
	}
	run(t, "clients", nil, "npx", "redocly", "lint", "--extends", "recommended", "--skip-rule",
		"info-contact", document)
	if said := run(t, "clients", nil, "npx", "spectral", "lint", "--ruleset", "spectral.yaml", "--fail-severity",
		"info", document); !strings.Contains(said, "No results with a severity of 'info' or higher found") {
		t.Errorf("spectral: %s", said)
	}
}

// TestIntegrator_7_Generators: four generators of others make clients of the document; those of Go and TypeScript are
// compiled, and sell at a running box. Between the TypeScript client and the box stands Prism, which holds every
// request and answer against the document.
func TestIntegrator_7_Generators(t *testing.T) {
	document, err := filepath.Abs(clientsDocument)
	if err != nil {
		t.Fatal(err)
	}
	b, address, token := integrated(t, "", "")
	env := []string{"GALLA=http://" + address, "TOKEN=" + token}

	t.Run("oapi-codegen", func(t *testing.T) {
		dir := t.TempDir()
		program, err := os.ReadFile("clients/shop.go.txt")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "main.go"), program, 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, dir, nil, "go", "mod", "init", "shop")
		run(t, dir, nil, "go", "run", "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2",
			"-generate", "types,client", "-package", "main", "-o", "galla.gen.go", document)
		run(t, dir, nil, "go", "mod", "tidy")
		if said := run(t, dir, env, "go", "run", "."); said != "done\n" {
			t.Errorf("it said %q", said)
		}
	})

	t.Run("openapi-typescript, by Prism", func(t *testing.T) {
		dir := filepath.Join("clients", "built")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		run(t, "clients", nil, "npx", "openapi-typescript", document, "-o", "built/galla.d.ts")
		program, err := os.ReadFile("clients/shop.ts")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "shop.mts"), program, 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, "clients", nil, "npx", "tsc", "-p", ".")

		between := free(t)
		_, port, err := net.SplitHostPort(between)
		if err != nil {
			t.Fatal(err)
		}
		prism := exec.Command(
			"node",
			"node_modules/@stoplight/prism-cli/dist/index.js",
			"proxy",
			"--errors",
			"--port",
			port,
			document,
			"http://"+address,
		)
		prism.Dir = "clients"
		var said bytes.Buffer
		prism.Stdout, prism.Stderr = &said, &said
		if err := prism.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			prism.Process.Kill()
			prism.Wait()
			if t.Failed() {
				t.Logf("Prism said %s", &said)
			}
		}()
		b.until(60*time.Second, "Prism", func() bool {
			c, err := net.Dial("tcp", between)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
		got := run(t, dir, []string{"GALLA=http://" + between, "TOKEN=" + token}, "node", "shop.mjs")
		if got != "done\n" {
			t.Errorf("it said %q", got)
		}
		prism.Process.Kill()
		prism.Wait()
		if strings.Contains(strings.ToLower(said.String()), "violation") {
			t.Error("Prism saw a violation")
		}
	})

	t.Run("ogen", func(t *testing.T) {
		run(t, t.TempDir(), nil, "go", "run", "github.com/ogen-go/ogen/cmd/ogen@v1.25.0", "--target", "galla", document)
	})

	t.Run("hey-api", func(t *testing.T) {
		run(t, "clients", nil, "npx", "openapi-ts", "-i", document, "-o", filepath.Join(t.TempDir(), "galla"))
	})
}

// TestIntegrator_FirstIntegration: the guide's four programs, as they stand in it, sell a bill at a running box and
// hear of the money by the webhook, each with a receiver of its own; one that is told by nobody still learns it.
func TestIntegrator_FirstIntegration(t *testing.T) {
	const secret = "the-secret-of-the-guide"
	examples, err := filepath.Abs("../../packaging/docs/examples")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, place string
		receiver    []string // nil: the program is its own
		program     []string
		amount      string
	}{
		{"node", "/", nil, []string{"node", "shop.mjs"}, "250.00"},
		{"python", "/", nil, []string{"python3", "shop.py"}, "250.00"},
		{"php", "/", []string{"php", "-S", "ADDRESS", "hook.php"}, []string{"php", "shop.php"}, "250.00"},
		{"shell", "/cgi-bin/hook", []string{"busybox", "httpd", "-f", "-p", "ADDRESS"}, []string{"./shop.sh"}, "25000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, receiver := t.TempDir(), free(t)
			if err := os.CopyFS(dir, os.DirFS(examples)); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(filepath.Join(dir, "cgi-bin"), 0o700); err != nil {
				t.Fatal(err)
			}
			run(t, dir, nil, "cp", "hook.cgi", "cgi-bin/hook")
			b, address, token := integrated(t, fmt.Sprintf("[[hook]]\nurl = %q\n", "http://"+receiver+c.place), secret)
			_, port, err := net.SplitHostPort(receiver)
			if err != nil {
				t.Fatal(err)
			}
			env := []string{"GALLA=http://" + address, "TOKEN=" + token, "SECRET=" + secret, "PORT=" + port}

			if c.receiver != nil {
				for i, arg := range c.receiver {
					c.receiver[i] = strings.Replace(arg, "ADDRESS", receiver, 1)
				}
				hook := exec.Command(c.receiver[0], c.receiver[1:]...)
				hook.Dir, hook.Env = dir, append(os.Environ(), env...)
				var said bytes.Buffer
				hook.Stdout, hook.Stderr = &said, &said
				if err := hook.Start(); err != nil {
					t.Fatal(err)
				}
				defer func() {
					hook.Process.Kill()
					hook.Wait()
					if t.Failed() {
						t.Logf("the receiver said %s", &said)
					}
				}()
			}
			// An amount that it can't read asks for none, and not for a part of it.
			bad := exec.Command(c.program[0], append(slices.Clone(c.program[1:]), "BILL-16", "1,000.00")...)
			bad.Dir, bad.Env = dir, append(os.Environ(), env...)
			if out, err := bad.CombinedOutput(); err == nil {
				t.Errorf("1,000.00 is taken: %s", out)
			}
			began := time.Now()
			said := run(t, dir, env, c.program[0], append(c.program[1:], "INV/26-27/17", c.amount)...)
			list, err := b.till.Sales(t.Context(), nil)
			if err != nil || len(list.Sales) != 1 {
				t.Fatalf("%d sales, %v", len(list.Sales), err)
			}
			if w := list.Sales[0]; said != fmt.Sprintf("%s is open\nINV/26-27/17 is paid, RRN %s\n", w.Name, w.RRN) ||
				w.RRN == "" {
				t.Errorf("it said %q", said)
			}
			// It was the webhook that told it: a program whose receiver is gone has been told all there was.
			money := b.milestone("sale.paid")
			b.until(10*time.Second, "the webhook to have told of the money", func() bool {
				hooks, err := b.till.Hooks(t.Context())
				return err == nil && len(hooks.Hooks) == 1 && hooks.Hooks[0].Seq >= money
			})
			if c.receiver != nil {
				body := `{"events":[{"seq":1,"sale_id":"0000000000FAKE","milestones":["sale.paid"]}]}`
				for name, sign := range map[string]func(at int64) string{
					"no signature": func(int64) string { return "" },
					"another's": func(at int64) string {
						return fmt.Sprintf("t=%d,v1=%x", at, sha256.Sum256([]byte(body)))
					},
					"right, and too old": func(at int64) string { return signed(secret, at-3600, body) },
				} {
					code := post(t, "http://"+receiver+c.place, "Galla-Signature", sign(time.Now().Unix()), body)
					if code != 403 {
						t.Errorf("%s is answered %d", name, code)
					}
				}
				right := signed(secret, time.Now().Unix(), body)
				if code := post(t, "http://"+receiver+c.place, "Galla-Signature", right, body); code != 204 {
					t.Errorf("a right one is answered %d", code)
				}
			}
			// Run again, it finds the same sale by its key, and asks nobody for money twice.
			again := run(t, dir, env, c.program[0], append(c.program[1:], "INV/26-27/17", c.amount)...)
			if again != said {
				t.Errorf("run again it said %q", again)
			}
			t.Logf("the first run took %v", time.Since(began).Round(100*time.Millisecond))
		})
	}
}

// milestone is the number of the first event that reached one.
func (b *box) milestone(name string) (seq uint64) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 10*time.Second)
	defer cancel()
	b.till.Follow(ctx, 0, func(e wire.Event) error {
		if seq == 0 && slices.Contains(e.Milestones, name) {
			seq = e.Seq
			cancel()
		}
		return nil
	}, nil)
	if seq == 0 {
		b.t.Fatalf("no event reached %s", name)
	}
	return seq
}

// signed is the header of a delivery, made as the guide says.
func signed(secret string, at int64, body string) string {
	return fmt.Sprintf("t=%d,v1=%s", at, signatureOf(secret, at, body))
}
