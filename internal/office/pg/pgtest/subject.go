package pgtest

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"galla/internal/office"
	"galla/internal/office/officetest"
	"galla/internal/office/pg"
	"galla/internal/segment"
	"galla/state/chain"
)

// Subject is a store whose commits a test can fail, and whose rows it can read past the store.
type Subject struct {
	*pg.Store
	*Proxy
	address string
}

// migrated makes a database of this version, for copies: to take all steps anew for each test takes longer.
var migrated = sync.OnceValues(func() (name string, err error) {
	c, err := server()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.Address("postgres"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "CREATE DATABASE migrated"); err != nil {
		return "", err
	}
	store, err := pg.Open(ctx, c.Address("migrated"))
	if err != nil {
		return "", err
	}
	store.Close()
	return "migrated", nil
})

// Open makes a store that knows terminals. It ends with the test.
func Open(t testing.TB, terminals ...office.Terminal) *Subject {
	t.Helper()
	Server(t)
	template, err := migrated()
	if err != nil {
		t.Fatal(err)
	}
	name, address := copyOf(t, template)
	p := NewProxy(t)
	store, err := pg.Open(context.Background(), p.Address(name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	for _, terminal := range terminals {
		if err := store.PutTerminal(context.Background(), terminal); err != nil {
			t.Fatal(err)
		}
	}
	return &Subject{store, p, address}
}

// Address is the database, not behind the proxy.
func (s *Subject) Address() string { return s.address }

// Rows is officetest.Subject's.
func (s *Subject) Rows(t testing.TB) officetest.Rows {
	t.Helper()
	return RowsAt(t, s.address)
}

// RowsAt are the rows of a database.
func RowsAt(t testing.TB, address string) (all officetest.Rows) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows := func(sql string, columns []any, each func()) {
		t.Helper()
		found, err := conn.Query(ctx, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if _, err = pgx.ForEachRow(found, columns, func() error { each(); return nil }); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	var terminal, id, gateway string
	var branch int
	var raw []byte
	at := new(time.Time)

	var n, parent *int
	var from, head *uint64
	var key, base, hash []byte
	columns := []any{&id, &key, &at, &n, &parent, &from, &base, &head, &hash}
	rows(`SELECT id, key, left_at, n, parent, from_seq, base, seq, hash
		FROM terminal LEFT JOIN branch ON terminal = id ORDER BY id, n`, columns, func() {
		if last := len(all.Terminals) - 1; last < 0 || all.Terminals[last].ID != plain(id) {
			all.Terminals = append(all.Terminals, office.Terminal{ID: plain(id), Key: key})
		}
		is := &all.Terminals[len(all.Terminals)-1]
		if at != nil {
			is.LeftAt = at.UTC()
		}
		if n != nil {
			is.Branches = append(is.Branches, segment.Branch{
				N:      *n,
				Parent: *parent,
				From:   *from,
				Base:   chain.Hash(base),
				Head:   *head,
				Hash:   chain.Hash(hash),
			})
		}
	})
	rows("SELECT terminal, branch, body FROM sale", []any{&terminal, &branch, &raw}, func() {
		all.Sales = append(all.Sales, officetest.SaleRow{Terminal: plain(terminal), Branch: branch})
		decodeBody(t, raw, &all.Sales[len(all.Sales)-1].Sale)
	})
	rows("SELECT terminal, branch, body FROM operation", []any{&terminal, &branch, &raw}, func() {
		all.Operations = append(all.Operations, officetest.OperationRow{Terminal: plain(terminal), Branch: branch})
		decodeBody(t, raw, &all.Operations[len(all.Operations)-1].Operation)
	})
	var p office.Payment
	rows(
		`SELECT gateway, id, terminal, branch, sale, day, rrn, captured_at, late, received, kept, surplus, gone,
				refunded, reversed FROM payment`,
		[]any{&gateway, &id, &terminal, &p.Branch, &p.Sale, &p.Day, &p.RRN, &at, &p.Late,
			&p.Received, &p.Kept, &p.Surplus, &p.Gone, &p.Refunded, &p.Reversed},
		func() {
			p.Gateway, p.ID, p.Terminal = plain(gateway), plain(id), plain(terminal)
			p.Payments, p.CapturedAt = 1, time.Time{}
			p.Sale, p.Day, p.RRN = plain(p.Sale), plain(p.Day), plain(p.RRN)
			if at != nil {
				p.CapturedAt = at.UTC()
			}
			all.Payments = append(all.Payments, p)
		},
	)
	books(t, rows, &all)
	return all
}

// plain undoes what the store does to text.
func plain(s string) string {
	parts := strings.Split(s, `\\`)
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], `\0`, "\x00")
	}
	return strings.Join(parts, `\`)
}

func decode(t testing.TB, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
}

func decodeBody(t testing.TB, body []byte, into any) {
	t.Helper()
	raw, err := pg.Unpack(body)
	if err != nil {
		t.Fatal(err)
	}
	decode(t, raw, into)
}

// shortFolder is a folder for sockets, whose names have to be short.
func shortFolder(t testing.TB) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "galla-pg-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	return folder
}
