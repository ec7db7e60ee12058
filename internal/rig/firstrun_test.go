package rig

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/display"
	"galla/display/viewstream"
	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/state"
)

// visitor is an owner's phone.
type visitor struct {
	t     *testing.T
	at    string
	token string
	http  *http.Client
}

func (v *visitor) call(method, path string, body any) (int, map[string]any) {
	v.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			v.t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(v.t.Context(), method, v.at+path, bytes.NewReader(text))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if v.token != "" {
		r.Header.Set("Cookie", "__Host-galla-setup="+v.token)
	}
	r.Header.Set("Idempotency-Key", client.Key())
	resp, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, c := range resp.Cookies() {
		v.token = c.Value
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil && resp.StatusCode != http.StatusOK &&
		resp.StatusCode != http.StatusNoContent {
		v.t.Fatalf("%d %s", resp.StatusCode, raw)
	}
	return resp.StatusCode, out
}

// TestFirstRun: a box out of its carton shows a code; whoever types it sets the till up from a browser, and gallad
// sells. Who has no code, or a wrong one, gets nowhere; answers that are wrong are refused before anything is written.
func TestFirstRun(t *testing.T) {
	b := newBox(t, gatewaytest.EnKash)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(b.file("gateway-enkash")); err != nil {
		t.Fatal(err)
	}
	carton := fmt.Sprintf("# as it came\n[till]\ndatabase = %q\n[listen]\nsocket = %q\ndisplay = %q\nnetwork = %q\n",
		b.file("sales.db"), b.file("api"), b.file("display"), at)
	b.write("gallad.toml", carton)
	died := b.activate(b.sockets())
	screen := viewstream.NewClient(viewstream.ClientOptions{
		Dial: viewstream.Dialer(b.file("display")),
		Info: viewstream.Info{Role: viewstream.RoleScreen, Width: 800, Height: 480},
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { _ = screen.Run(ctx) }()
	code := ""
	await := func() {
		t.Helper()
		b.until(20*time.Second, "a code on the screen", func() bool {
			v := screen.Latest().View
			if v.Screen != display.ScreenPairing || v.Code == code {
				return false
			}
			code = v.Code
			return len(strings.TrimPrefix(v.Link, "https://"+at+"/#")) >= 26 && !strings.Contains(v.Link, code)
		})
	}
	await()
	v := &visitor{
		t:    t,
		at:   "https://" + at,
		http: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}},
	} // a person compares nothing yet
	t.Cleanup(v.http.CloseIdleConnections)

	if status, _ := v.call("GET", "/v1/setup", nil); status != 401 {
		t.Errorf("without a code: %d", status)
	}
	for range 4 {
		if status, _ := v.call("POST", "/v1/setup/open", map[string]any{"code": "0000"}); status != 401 {
			t.Errorf("a wrong code: %d", status)
		}
	}
	link := strings.TrimPrefix(screen.Latest().View.Link, "https://"+at+"/#")
	for range 3 {
		if status, _ := v.call("POST", "/v1/setup/open", map[string]any{"code": code}); status != 200 && status != 429 {
			t.Errorf("the code: %d", status)
		}
		v.token = ""
		if status, _ := v.call("POST", "/v1/setup/code", map[string]any{}); status != 204 {
			t.Errorf("a code is asked for: %d", status)
		}
		await()
		if status, _ := v.call("POST", "/v1/setup/open", map[string]any{"code": "0000"}); status != 401 {
			t.Errorf("a wrong code: %d", status)
		}
	}
	if status, _ := v.call("POST", "/v1/setup/open", map[string]any{"code": link}); status != 401 && status != 429 {
		t.Errorf("a link that was used: %d", status)
	}
	link = strings.TrimPrefix(screen.Latest().View.Link, "https://"+at+"/#")
	if status, _ := v.call("POST", "/v1/setup/open", map[string]any{"code": link}); status != 200 || v.token == "" {
		t.Fatalf("scanned: %d", status)
	}
	if status, _ := v.call("PUT", "/v1/setup/draft", map[string]any{"shop": "Asha"}); status != 204 {
		t.Errorf("what is typed is not kept: %d", status)
	}
	if status, out := v.call("GET", "/v1/setup", nil); status != 200 || fmt.Sprint(out["draft"]) != "map[shop:Asha]" {
		t.Errorf("loaded again: %d %v", status, out)
	}

	keys := map[string]any{
		"provider":   "enkash",
		"base_url":   b.proxy.URL,
		"access_key": gatewaytest.EnKashAccessKey,
		"secret_key": "hunter2",
	}
	if status, out := v.call("POST", "/v1/setup/try", map[string]any{"gateway": keys}); status != 200 ||
		out["good"] != false || strings.Contains(fmt.Sprint(out), "hunter2") {
		t.Errorf("wrong keys: %d %v", status, out)
	}
	answers := map[string]any{
		"shop":      "Asha General Stores",
		"gstin":     "27AAPFU0939F1ZA",
		"gateways":  []any{keys},
		"languages": []string{"mr", "en"},
		"network":   true,
		"printer":   map[string]any{},
	}
	for _, tc := range []struct{ key, says string }{{"gstin", "GSTIN"}, {"", "Invalid credentials"}} {
		if status, out := v.call("POST", "/v1/setup", answers); status != 422 ||
			!strings.Contains(fmt.Sprint(out["detail"]), tc.says) || strings.Contains(fmt.Sprint(out), "hunter2") {
			t.Errorf("wrong %s: %d %v", tc.says, status, out)
		}
		delete(answers, tc.key)
	}
	if now, err := os.ReadFile(b.file("gallad.toml")); err != nil || string(now) != carton {
		t.Fatalf("the config was changed: %v", err)
	}
	keys["secret_key"] = gatewaytest.EnKashSecretKey
	if status, out := v.call("POST", "/v1/setup/try", map[string]any{"gateway": keys}); status != 200 ||
		out["good"] != true {
		t.Errorf("the keys: %d %v", status, out)
	}
	if status, out := v.call("POST", "/v1/setup", answers); status != 200 || out["state"] != "writing" {
		t.Fatalf("the answers: %d %v", status, out)
	}
	handed := filepath.Join(b.dir, "setup", "answers.toml")
	if info, err := os.Stat(handed); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the answers on their way: %v, %v", info, err)
	}

	// What galla-setup.service does, which gallad may not.
	setup := func() ([]byte, error) {
		return exec.CommandContext(t.Context(), filepath.Join(bin, "galla"), "setup", "--answers", handed, "--first",
			"--no-sale", "--config", b.file("gallad.toml"), "--credstore", b.dir).CombinedOutput()
	}
	if out, err := setup(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := os.Stat(handed); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file of keys is still there: %v", err)
	}
	select {
	case <-died: // to be started anew by systemd
	case <-time.After(20 * time.Second):
		t.Fatal("gallad does not notice its config")
	}
	for _, name := range []string{"api", "display"} { // systemd's sockets, which now go to nobody
		if err := os.Remove(b.file(name)); err != nil {
			t.Fatal(err)
		}
	}
	// The owner has no console yet, and perhaps no login on the box either: the screen has a code for the first phone,
	// again after the plug was pulled, and never more once there is one.
	b.start()
	shown := func() bool {
		v := screen.Latest().View
		if v.Screen != display.ScreenPairing || v.Code == code || !strings.Contains(v.Link, "#pair=") {
			return false
		}
		code = v.Code
		return true
	}
	b.until(20*time.Second, "a code for the first phone", shown)
	b.kill()
	b.start()
	b.until(20*time.Second, "another code after the plug was pulled", shown)
	v.token = ""
	status, out := v.call("POST", "/v1/devices", map[string]any{"code": code, "name": "Asha's phone"})
	if status != 201 {
		t.Fatalf("the first phone: %d %v", status, out)
	}
	b.kill()
	b.start()
	s := b.open(client.Key(), 100)
	b.until(20*time.Second, "the QR", func() bool { return b.sale(s.ID).Phase == state.PhaseAwaiting })

	if n := strings.Count(b.log.String(), "pairing code offered"); n != 2 {
		t.Errorf("a code was shown %d times", n)
	}

	// Nobody sets a till up a second time this way.
	if err := os.WriteFile(handed, []byte("shop = \"Thief\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := setup(); err == nil || !strings.Contains(string(out), "set up already") {
		t.Errorf("a second time: %v %s", err, out)
	}
	if strings.Contains(b.log.String(), gatewaytest.EnKashSecretKey) || strings.Contains(b.log.String(), code) {
		t.Error("gallad's log tells a key or the code")
	}
}
