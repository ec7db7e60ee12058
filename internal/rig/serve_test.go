package rig

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// TestIntegrator_Serve: galla demo --serve is a box for who writes software: what it prints is what a program needs,
// over plain HTTP and over TLS, the phone pays, and the webhook tells it. Nothing of it stays after Ctrl-C.
func TestIntegrator_Serve(t *testing.T) {
	told := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		told <- r.Header.Get("Galla-Signature") + " " + string(body)
	}))
	defer receiver.Close()
	out := t.TempDir()
	var said, wrong said
	demo := exec.Command(filepath.Join(bin, "galla"), "demo", "--serve", "--out", out, "--pay", "500ms", "--hook",
		receiver.URL+"/", "--patience", "3")
	demo.Stdout, demo.Stderr, demo.Dir = &said, &wrong, t.TempDir()
	demo.Env = append(os.Environ(), "DISPLAY=") // it needs no screen
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- demo.Wait() }()
	defer demo.Process.Kill()
	for begin := time.Now(); !strings.Contains(said.String(), "Ctrl-C ends it."); time.Sleep(50 * time.Millisecond) {
		if time.Since(begin) > 90*time.Second || len(ended) > 0 {
			t.Fatalf("it does not come up: %s %s", &said, &wrong)
		}
	}

	// What a shell gets is what a person reads.
	raw, err := exec.Command("sh", "-euc", `. "$0"; echo "$GALLA $TOKEN $SECRET $PORT $GALLA_TLS $GALLA_CA"`,
		filepath.Join(out, "env")).Output()
	f := strings.Fields(string(raw))
	if err != nil || len(f) != 6 {
		t.Fatalf("the shell's file gives %q, %v", raw, err)
	}
	plain, token, secret, port, secure, ca := f[0], f[1], f[2], f[3], f[4], f[5]
	for _, s := range append(f[:3:3], secure, ca, receiver.URL) {
		if !strings.Contains(said.String(), s) {
			t.Errorf("%s is not on the screen", s)
		}
	}
	if !strings.HasSuffix(receiver.URL, ":"+port) {
		t.Errorf("the webhook's port is %s, not %s", receiver.URL, port)
	}
	if info, err := os.Stat(filepath.Join(out, "env")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("who may read the token: %v %v", info, err)
	}

	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	certificate, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(certificate)
	sum := strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(block.Bytes)), " ", ":")
	if !strings.Contains(said.String(), sum) {
		t.Errorf("its fingerprint, %s, is not on the screen", sum)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificate)
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}

	for _, box := range []*client.Client{client.NewHTTP(plain, token, http.DefaultClient),
		client.NewHTTP(secure, token, trusting)} {
		sale, err := box.Open(ctx, client.Key(), wire.OpenSale{AmountPaise: 25000})
		if err != nil {
			t.Fatal(err)
		}
		for sale.Phase != state.PhasePaid {
			time.Sleep(100 * time.Millisecond)
			if sale, err = box.Sale(ctx, sale.ID); err != nil {
				t.Fatalf("the phone does not pay: %v", err)
			}
		}
		if !sale.Demo {
			t.Error("the money passes for real")
		}
		if _, err := box.Refund(ctx, client.Key(), sale.ID, wire.RefundSale{Reason: "returned"}); err == nil {
			t.Error("a cashier's token refunds without an approver")
		}
		if _, err := box.Refund(ctx, client.Key(), sale.ID,
			wire.RefundSale{Reason: "returned", Approval: wire.Approval{Approver: "Ravi", PIN: "2580"}}); err != nil {
			t.Errorf("with the approver that it names: %v", err)
		}
	}
	for paid := false; !paid; {
		select {
		case delivery := <-told:
			signature, body, _ := strings.Cut(delivery, " ")
			var at int64
			if fmt.Sscanf(signature, "t=%d", &at); !strings.Contains(signature, signatureOf(secret, at, body)) {
				t.Fatalf("the secret is not the webhook's: %s", delivery)
			}
			paid = strings.Contains(body, `"sale.paid"`)
		case <-ctx.Done():
			t.Fatal("the webhook tells of no money")
		}
	}

	demo.Process.Signal(syscall.SIGINT)
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("Ctrl-C: %v %s", err, &wrong)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it does not end")
	}
	_, gone := os.Stat(filepath.Dir(ca))
	_, forgotten := os.Stat(filepath.Join(out, "env"))
	if !errors.Is(gone, os.ErrNotExist) || !errors.Is(forgotten, os.ErrNotExist) {
		t.Errorf("it leaves %v, %v", gone, forgotten)
	}
	if log, err := os.ReadFile(filepath.Join(out, "log.txt")); err != nil || bytes.Contains(log, []byte(token)) ||
		bytes.Contains(log, []byte(secret)) {
		t.Errorf("the log: %v; it names a secret", err)
	}
}

// TestIntegrator_ServeRefuses: what can't be served is said at once.
func TestIntegrator_ServeRefuses(t *testing.T) {
	for _, args := range [][]string{{"--hook", "billing"}, {"--pay", "-1s"}} {
		cmd := exec.Command(
			filepath.Join(bin, "galla"),
			append([]string{"demo", "--serve", "--out", t.TempDir()}, args...)...)
		raw, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(raw), args[0]) || !strings.Contains(string(raw), args[1]) {
			t.Errorf("%q: %v %s", args, err, raw)
		}
	}
}

// signatureOf is the sum of a delivery, made as the guide says.
func signatureOf(secret string, at int64, body string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at, body)
	return fmt.Sprintf("%x", mac.Sum(nil))
}
