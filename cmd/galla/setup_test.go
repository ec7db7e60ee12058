package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"

	"galla/internal/setup"
)

// TestAPIKey: of an account with an API key, entering the keys anew keeps it; another one, or none, can be given.
func TestAPIKey(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	for _, tc := range []struct{ stored, says, want string }{{"", "", ""}, {"", "new", "new"}, {"old", "", "old"}, {"old", "new", "new"}, {"old", "-", ""}} {
		dir := t.TempDir()
		c := &setupCommand{Config: filepath.Join(dir, "gallad.toml"), Credstore: dir}
		p, s := c.places(), &session{Context: t.Context(), out: io.Discard}
		was := setup.Answers{Shop: "Asha", Gateways: []setup.Gateway{{Provider: "enkash", BaseURL: "http://127.0.0.1:1", AccessKey: "ak", SecretKey: "sk", APIKey: tc.stored}}}
		if _, err := c.write(s, p, was); err != nil {
			t.Fatal(err)
		}
		person, screen, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		stdin := os.Stdin
		os.Stdin = screen
		a := newAsker(s)
		if _, err := io.WriteString(person, strings.Join([]string{"enkash", "no", "", "ak2", "sk2", tc.says, "no", "no"}, "\n")+"\n"); err != nil {
			t.Fatal(err)
		}
		x := setup.From(p.Config)
		err = askGateways(a, &x, p)
		os.Stdin = stdin
		if err != nil || len(x.Gateways) != 1 || x.Gateways[0].AccessKey != "ak2" || x.Gateways[0].SecretKey != "sk2" || x.Gateways[0].APIKey != tc.want {
			t.Errorf("stored %q, said %q: %v, %d gateways, want %q", tc.stored, tc.says, err, len(x.Gateways), tc.want)
		}
		if err := errors.Join(person.Close(), screen.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestBegunAnew: a person reads what stands only in the copy of a config that couldn't be edited.
func TestBegunAnew(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	for old, want := range map[string]string{"hook.url = \"https://hunter2.example\"\nshop = { name = \"Old\" }\n": "stands only there: hook.url.", "[shop\n": "look for [hook], tcp and [printer.custom]"} {
		dir := t.TempDir()
		c := &setupCommand{Config: filepath.Join(dir, "gallad.toml"), Credstore: dir}
		if err := os.WriteFile(c.Config, []byte(old), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if _, err := c.write(&session{Context: t.Context(), out: &out}, c.places(), setup.Answers{Shop: "Asha", Gateways: []setup.Gateway{{Provider: "razorpay", KeyID: "rzp_live_A", KeySecret: "x"}}}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), "hunter2") {
			t.Errorf("%q was said of %q", out.String(), old)
		}
	}
}

// TestNewKeysKeepWebhookSecrets: a till with webhooks gets new keys, and still starts.
func TestNewKeysKeepWebhookSecrets(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	dir := t.TempDir()
	c := &setupCommand{Config: filepath.Join(dir, "gallad.toml"), Credstore: dir}
	p, s := c.places(), &session{Context: t.Context(), out: io.Discard}
	answers := func(id string, hooks ...string) setup.Answers {
		return setup.Answers{Shop: "Asha", Gateways: []setup.Gateway{{Provider: "razorpay", KeyID: "rzp_live_" + id, KeySecret: "hunter2", WebhookSecrets: hooks}}}
	}
	for _, tc := range []struct {
		id          string
		gives, want []string
	}{{"A", []string{"one", "two"}, []string{"one", "two"}}, {"B", nil, []string{"one", "two"}}, {"C", []string{"three"}, []string{"three"}}} {
		if _, err := c.write(s, p, answers(tc.id, tc.gives...)); err != nil {
			t.Fatal(err)
		}
		if k, _, err := p.Keys("razorpay"); err != nil || k.KeyID != "rzp_live_"+tc.id || !slices.Equal(k.WebhookSecrets, tc.want) {
			t.Errorf("%s: %v, key id %q, %d webhook secrets", tc.id, err, k.KeyID, len(k.WebhookSecrets))
		}
	}
}
