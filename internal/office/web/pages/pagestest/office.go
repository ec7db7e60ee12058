// Package pagestest has an office with a chain, people and boxes in memory, for tests of its pages.
package pagestest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"galla/internal/office/joining"
	"galla/internal/office/joining/joiningtest"
	"galla/internal/office/owner"
	"galla/internal/office/owner/ownertest"
	"galla/internal/office/people"
	"galla/internal/office/people/peopletest"
	"galla/internal/office/web/pages"
)

// Secret is everybody's password.
const Secret = "stone lamp river nine"

// Office is one, with Ravi who is its owner, Meena its accountant and Asha who may look.
type Office struct {
	Chain   *ownertest.Memory
	Staff   *peopletest.Memory
	People  *people.People
	Joining *joining.Joining
	Pages   *pages.Pages
	Log     bytes.Buffer
}

// New makes one. wall is its clock.
func New(t testing.TB, wall func() time.Time) *Office {
	t.Helper()
	o := &Office{Chain: ownertest.New(), Staff: peopletest.NewMemory()}
	o.People = people.New(o.Staff, people.Cost{Passes: 1, Memory: 8}, wall)
	o.Joining = joining.New(joiningtest.NewMemory(), rand.Reader, wall)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	must(o.People.Add(ctx, "root", "Ravi", people.Owner, Secret))
	must(o.People.Add(ctx, "Ravi", "Meena", people.Accountant, Secret))
	must(o.People.Add(ctx, "Ravi", "Asha", people.Viewer, Secret))
	must(o.Joining.Rename(ctx, joining.Office{Name: "Kirana Stores"}))
	known := map[string]bool{}
	for _, s := range o.Chain.StandRows {
		if !known[s.Shop] {
			known[s.Shop] = true
			_, err := o.Joining.AddShop(ctx, joining.Shop{ID: s.Shop, Name: s.ShopName, GSTIN: s.GSTIN, Opens: s.Opens,
				Closes: s.Closes})
			must(err)
		}
		_, err := o.Joining.AddCounter(ctx, s.Shop, s.Label)
		must(err)
	}
	o.Pages = pages.New(pages.Options{
		Owner:       owner.New(o.Chain, 0, wall),
		People:      o.People,
		Joining:     o.Joining,
		Log:         slog.New(slog.NewTextHandler(io.MultiWriter(&o.Log, t.Output()), nil)),
		Fingerprint: "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89",
		Wall:        wall,
	})
	return o
}

// Box asks to join with a code, as a box does, and answers its id.
func (o *Office) Box(ctx context.Context, code string) (string, error) {
	key, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	r := joining.Request{Code: code, Key: key, Label: "T1", Shop: "Andheri", Version: "1.4.0"}
	t, _, err := o.Joining.Join(ctx, r, netip.MustParseAddr("192.0.2.9"))
	return t.ID, err
}

// Join gives the nth counter of the chain the box that ownertest knows of, by whatever id joining gives it: the chain's
// rows follow.
func (o *Office) Join(ctx context.Context, counter string) (string, error) {
	code, _, err := o.Joining.NewCode(ctx, counter, "Ravi")
	if err != nil {
		return "", err
	}
	id, err := o.Box(ctx, code)
	if err != nil {
		return "", err
	}
	if err := o.Joining.Confirm(ctx, id, "", "Ravi"); err != nil {
		return "", fmt.Errorf("confirm %s: %w", id, err)
	}
	o.Chain.Rename(o.Chain.Stand(counter).Terminal, id)
	return id, nil
}
