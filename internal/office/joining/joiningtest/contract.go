package joiningtest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"galla/internal/office/joining"
	"galla/internal/segment"
	"galla/state/chain"
)

// Contract holds a store against Memory: whatever the rules do, in whatever order, both refuse the same and have the
// same. It must be empty.
func Contract(t *testing.T, store joining.Store, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 25))
	now := time.Date(2026, 12, 1, 4, 30, 0, 0, time.UTC)
	wall := func() time.Time { return now }
	m := NewMemory()
	m.once = true
	both := [2]*joining.Joining{
		joining.New(m, codes(seed), wall),
		joining.New(store, codes(seed), wall),
	}
	ctx := t.Context()

	var made []string // codes
	terminal := func() string { return segment.TerminalID(public(r.IntN(5))) }
	steps := map[string]int{}
	for n := range 400 {
		now = now.Add(time.Duration(r.IntN(200)) * time.Second)
		does, step := one(r, n, made, terminal)
		var said [2]string
		for i, j := range both {
			code, says, err := does(ctx, j)
			if code != "" && i == 0 {
				made = append(made, code)
			}
			p, refused := errors.AsType[*joining.Problem](err)
			if err != nil && !refused {
				t.Fatalf("%s: %v", step, err)
			}
			if refused {
				says = fmt.Sprint(p.Reason, p.Value)
			}
			said[i] = code + says
		}
		if said[0] != said[1] {
			t.Fatalf("step %d, %s: memory says\n%s, the store\n%s", n, step, said[0], said[1])
		}
		steps[step]++
		if n%8 > 0 {
			continue
		}
		if a, b := content(t, both[0]), content(t, both[1]); a != b {
			t.Fatalf("step %d, %s: memory has\n%s, the store\n%s", n, step, a, b)
		}
	}
	if len(steps) < 9 {
		t.Errorf("only %v was done", steps)
	}
}

// one is something that a person or a box does.
func one(r *rand.Rand, n int, made []string, terminal func() string) (
	do func(context.Context, *joining.Joining) (code, says string, err error),
	step string,
) {
	shop, label := fmt.Sprint("shop-", r.IntN(3)), []string{"Till 1", "Till 2", "काउंटर \\1"}[r.IntN(3)]
	counter := fmt.Sprintf("%s/%d", shop, 1+r.IntN(3))
	code, from := "0000-0000", netip.AddrFrom4([4]byte{203, 0, 113, byte(r.IntN(4))})
	if len(made) > 0 && r.IntN(5) > 0 {
		code = made[max(0, len(made)-1-r.IntN(3))]
	}
	k, id, old, seq := r.IntN(5), terminal(), terminal(), r.Uint64N(100)
	if r.IntN(3) > 0 {
		old = ""
	}
	type does = func(context.Context, *joining.Joining) (string, string, error)
	all := []struct {
		step string
		do   does
	}{
		{"name", func(ctx context.Context, j *joining.Joining) (string, string, error) {
			return "", "", j.Rename(ctx, joining.Office{Name: fmt.Sprint("Chain ", n)})
		}},
		{"shop", func(ctx context.Context, j *joining.Joining) (string, string, error) {
			_, err := j.AddShop(ctx, joining.Shop{ID: shop, Name: "Shop"})
			return "", "", err
		}},
		{"hours", func(ctx context.Context, j *joining.Joining) (string, string, error) {
			return "", "", j.ChangeShop(ctx, joining.Shop{ID: shop, Name: "A\\0B", Opens: "09:00", Closes: "22:00"})
		}},
		{"counter", func(ctx context.Context, j *joining.Joining) (string, string, error) {
			c, err := j.AddCounter(ctx, shop, label)
			return "", c.ID, err
		}},
		{"confirm", func(ctx context.Context, j *joining.Joining) (string, string, error) {
			return "", "", j.Confirm(ctx, id, old, "meena")
		}},
		{"revoke", func(ctx context.Context, j *joining.Joining) (string, string, error) {
			if n%4 > 0 { // seldom: it is for ever
				return "", "", nil
			}
			return "", "", j.Revoke(ctx, id, "asha")
		}},
		{
			"leave",
			func(ctx context.Context, j *joining.Joining) (string, string, error) { return "", "", j.Leave(ctx, id) },
		},
		{"replace", func(ctx context.Context, j *joining.Joining) (string, string, error) {
			return "", "", j.Replaces(ctx, id, old, "meena")
		}},
		{"look", func(ctx context.Context, j *joining.Joining) (string, string, error) {
			o, err := j.Look(ctx, code, from)
			return "", fmt.Sprint(o), err
		}},
		{"code", func(ctx context.Context, j *joining.Joining) (string, string, error) {
			code, c, err := j.NewCode(ctx, counter, "meena")
			if err != nil {
				code = ""
			}
			return code, c.Expires.String(), err
		}},
	}
	if n%3 == 0 {
		return all[9].do, all[9].step
	}
	if n%3 == 1 {
		return func(ctx context.Context, j *joining.Joining) (string, string, error) {
			t, o, err := j.Join(ctx, joining.Request{
				Code:    code,
				Key:     public(k),
				Label:   "T1",
				Shop:    "back\\slash",
				Version: "1.0",
				Head:    segment.Place{Seq: seq, Hash: chain.Hash{byte(seq)}},
			}, from)
			return "", fmt.Sprint(t.ID, t.State, o), err
		}, "join"
	}
	does1 := all[r.IntN(9)]
	return does1.do, does1.step
}

func public(n int) ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(n + 1)}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
}

// codes makes the same codes for every store.
func codes(seed uint64) io.Reader {
	var s [32]byte
	s[0] = byte(seed)
	return rand.NewChaCha8(s)
}

// content is all that the rules can read.
func content(t *testing.T, j *joining.Joining) string {
	t.Helper()
	var errs [5]error
	var all struct {
		Office      joining.Office
		Shops       []joining.Shop
		Counters    []joining.Counter
		Terminals   []joining.Terminal
		Assignments []joining.Assignment
	}
	all.Office, errs[0] = j.Office(t.Context())
	all.Shops, errs[1] = j.Shops(t.Context())
	all.Counters, errs[2] = j.Counters(t.Context())
	all.Terminals, errs[3] = j.Terminals(t.Context())
	all.Assignments, errs[4] = j.Assignments(t.Context())
	for i := range all.Terminals {
		is, found, err := j.Terminal(t.Context(), all.Terminals[i].ID)
		a, _ := json.Marshal(is)
		if b, _ := json.Marshal(all.Terminals[i]); err != nil || !found || !bytes.Equal(a, b) {
			t.Fatalf("a terminal alone is %s, among all %s: %v", a, b, err)
		}
	}
	raw, err := json.MarshalIndent(all, "", " ")
	if err := errors.Join(append(errs[:], err)...); err != nil {
		t.Fatal(err)
	}
	return string(bytes.ReplaceAll(raw, []byte("null"), []byte("[]")))
}
