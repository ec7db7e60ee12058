package main

import (
	"io"
	"path/filepath"
	"slices"
	"testing"

	"galla/internal/setup"
)

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
