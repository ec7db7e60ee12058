//go:build clients

package rig

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
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

// integrated starts a box that software reaches at an address with a token of its own, and a customer who pays every sale
// but those over ₹999.
func integrated(t *testing.T, more string) (b *box, address, token string) {
	t.Helper()
	b = newBox(t, gatewaytest.Razorpay)
	address = free(t)
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("gallad.toml", strings.Replace(string(raw), "[listen]\n", fmt.Sprintf("[listen]\ntcp = %q\n", address), 1)+more)
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
	run(t, "clients", nil, "npx", "redocly", "lint", "--extends", "recommended", "--skip-rule", "info-contact", document)
	if said := run(t, "clients", nil, "npx", "spectral", "lint", "--ruleset", "spectral.yaml", "--fail-severity", "info", document); !strings.Contains(said, "No results with a severity of 'info' or higher found") {
		t.Errorf("spectral: %s", said)
	}
}

// TestIntegrator_7_Generators: four generators of others make clients of the document; those of Go and TypeScript are
// compiled, and sell at a running box. Between the TypeScript client and the box stands Prism, which holds every request
// and answer against the document.
func TestIntegrator_7_Generators(t *testing.T) {
	document, err := filepath.Abs(clientsDocument)
	if err != nil {
		t.Fatal(err)
	}
	b, address, token := integrated(t, "")
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
		prism := exec.Command("node", "node_modules/@stoplight/prism-cli/dist/index.js", "proxy", "--errors", "--port", port, document, "http://"+address)
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
		if got := run(t, dir, []string{"GALLA=http://" + between, "TOKEN=" + token}, "node", "shop.mjs"); got != "done\n" {
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
