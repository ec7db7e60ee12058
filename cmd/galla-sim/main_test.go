package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/gateway/gatewaytest"
)

func TestRefusedArguments(t *testing.T) {
	script := filepath.Join(t.TempDir(), "scene.txt")
	if err := os.WriteFile(script, []byte("on razorpay create #1 cut\non paytm create #1 cut\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	free := []string{"-enkash", "127.0.0.1:0", "-razorpay", "127.0.0.1:0", "-manage", "127.0.0.1:0"}
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"-enkash", "0.0.0.0:8801"}, "this is no real gateway: listen on 127.0.0.1, or say -expose"},
		{[]string{"-manage", ":8803"}, "-expose"},
		{[]string{"-razorpay", "192.168.1.5:80"}, "-expose"},
		{[]string{"-razorpay", "shop.example:80"}, "-expose"},
		{[]string{"-enkash", "8801"}, `"8801" is no address: write host and port`},
		{[]string{"start"}, `unexpected argument "start"`},
		{[]string{"-seed", "x"}, "invalid value"},
		{append(free, "-script", "missing.txt"), "reading the fault script"},
		{append(free, "-script", script), "scene.txt:2:"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), tc.args, &out, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("galla-sim %s: %v, want %q", strings.Join(tc.args, " "), err, tc.want)
		}
		if out.Len() > 0 {
			t.Errorf("galla-sim %s printed addresses before it failed: %s", strings.Join(tc.args, " "), &out)
		}
	}
}

// TestRun starts the command as a program does: reads the first line, sells by it, and stops it.
func TestRun(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	in, out := io.Pipe()
	var text bytes.Buffer
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, []string{"-enkash", "127.0.0.1:0", "-razorpay", "[::1]:0", "-manage", "127.0.0.1:0", "-calm",
			"-autopay", "0s", "-seed", "9"}, out, &text)
		out.Close()
		ended <- err
	}()
	line, err := bufio.NewReader(in).ReadBytes('\n')
	if err != nil {
		t.Fatalf("%v; it said:\n%s%v", err, &text, <-ended)
	}
	var hello struct {
		EnKash, Razorpay, Manage string
		Seed                     uint64
		Calm                     bool
	}
	if err := json.Unmarshal(line, &hello); err != nil || hello.Seed != 9 || !hello.Calm ||
		!strings.HasSuffix(hello.Razorpay, "/v1") {
		t.Fatalf("first line %s: %v", line, err)
	}
	r, err := http.NewRequestWithContext(
		ctx,
		"POST",
		hello.Razorpay+"/payments/qr_codes",
		strings.NewReader(`{"type":"upi_qr","usage":"single_use","fixed_amount":true,"payment_amount":300}`),
	)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(gatewaytest.RazorpayKeyID, gatewaytest.RazorpayKeySecret)
	if body := fetch(t, r); !strings.Contains(body, `"image_content":"upi://pay?`) {
		t.Errorf("create: %s", body)
	}
	if r, err = http.NewRequestWithContext(ctx, "GET", hello.Manage+"/ledger", nil); err != nil {
		t.Fatal(err)
	}
	if body := fetch(t, r); !strings.Contains(body, `"captured":true`) {
		t.Errorf("autopay paid nothing: %s", body)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("stopping: %v", err)
	}
	for _, want := range []string{"not a gateway", gatewaytest.EnKashAccessKey, gatewaytest.RazorpayKeyID, "-seed 9"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("what it tells people lacks %q:\n%s", want, &text)
		}
	}
	for _, secret := range []string{"Basic ", "Authorization"} {
		if strings.Contains(text.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, &text)
		}
	}
}

func fetch(t *testing.T, r *http.Request) string {
	t.Helper()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
