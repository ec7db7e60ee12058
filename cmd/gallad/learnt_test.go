package main

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/razorpay"
	"galla/state/boltstore"
)

// TestLearning: what a client learnt is there for the next process, written once; a setting that can't be read stops
// nothing.
func TestLearning(t *testing.T) {
	store, err := boltstore.Open(filepath.Join(t.TempDir(), "galla.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	clients := func() []gateway.Gateway {
		e, err := enkash.New(enkash.Config{BaseURL: "https://gateway.example", AccessKey: "a", SecretKey: "s"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := razorpay.New(razorpay.Config{KeyID: "rzp_live_x", KeySecret: "s"})
		if err != nil {
			t.Fatal(err)
		}
		return []gateway.Gateway{e, r}
	}
	process := func(learnt map[string]string) []gateway.Gateway {
		g := clients()
		run := learning(store, g, slog.New(slog.DiscardHandler))
		for i, name := range []string{"enkash", "razorpay"} {
			if learnt[name] != "" {
				if err := g[i].(gateway.Learner).Learn([]byte(learnt[name])); err != nil {
					t.Fatal(err)
				}
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if err := run(ctx); err != nil {
			t.Fatal(err)
		}
		return g
	}
	process(map[string]string{
		"enkash": `{"payees":[{"name":"Nilgiri Tea","address":"nilgiri@icici","since":"2026-11-30T00:00:00Z"}],` +
			`"way":"our order id"}`,
		"razorpay": `{"payees":[{"name":"Nilgiri Tea","address":"*@icic","since":"2026-11-30T00:00:00Z"}]}`,
	})
	before := store.Version()
	for i, want := range []string{"our order id", "*@icic"} {
		got, err := process(nil)[i].(gateway.Learner).Learnt()
		if err != nil || !strings.Contains(string(got), want) || !strings.Contains(string(got), "Nilgiri Tea") {
			t.Errorf("the next process knows %s, %v", got, err)
		}
	}
	if store.Version() != before {
		t.Error("what was known is written again")
	}

	for _, bad := range []string{"{", `{"way":"a guess"}`} {
		if err := store.Settings().Put(learntKey("enkash"), []byte(bad)); err != nil {
			t.Fatal(err)
		}
		process(nil)
	}
}
