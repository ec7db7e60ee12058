package check_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"galla/internal/office"
	"galla/internal/office/check"
	"galla/internal/office/pg"
	"galla/internal/office/pg/pgtest"
	"galla/internal/segment"
	"galla/state"
	"galla/state/chain"
	"galla/state/statetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// box is a chain in memory.
type box struct {
	key ed25519.PrivateKey
	log []chain.Place
}

func (b *box) id() string { return segment.TerminalID(b.key.Public().(ed25519.PublicKey)) }

func (b *box) add(t *testing.T, batch state.Batch) {
	t.Helper()
	for _, e := range batch.Events {
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var before []byte
		if len(b.log) > 0 {
			before = b.log[len(b.log)-1].Hash[:]
		}
		b.log = append(b.log, chain.Place{Hash: chain.Hash(chain.Link(before, raw)), Event: raw})
	}
}

func (b *box) Stretch(after uint64, most int) (s chain.Stretch, err error) {
	s.After, s.Root = min(after, uint64(len(b.log))), after == 0
	if s.After > 0 {
		s.Before = b.log[s.After-1].Hash
	}
	for size, i := 0, s.After; size < most && i < uint64(len(b.log)); i++ {
		s.Places = append(s.Places, b.log[i])
		size += len(b.log[i].Event)
	}
	return s, nil
}

// chains are two boxes at an office. The first was put back: it forgot 200 places.
type chains struct {
	name    string
	address string
	store   *pg.Store
	boxes   []check.Box
}

func sent(t *testing.T) *chains {
	t.Helper()
	name, address := pgtest.Database(t)
	store, err := pg.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	is := &chains{name: name, address: address, store: store}
	o := office.New(store, nil)
	send := func(name string, b *box) {
		t.Helper()
		is.boxes = append(is.boxes, check.Box{Name: name, Chain: b})
		for after := uint64(0); after < uint64(len(b.log)); {
			s, _ := b.Stretch(after, 8<<10)
			g, err := segment.New(b.key, s)
			if err != nil {
				t.Fatal(err)
			}
			taken, err := o.Take(t.Context(), []office.Submission{{Terminal: b.id(), Raw: g.Bytes()}})
			if err != nil || taken[0].Verdict == segment.Refused || taken[0].Verdict == segment.Gap {
				t.Fatalf("%+v %v", taken, err)
			}
			after = g.Last
		}
	}
	for n := range 2 {
		b := &box{key: ed25519.NewKeyFromSeed(fmt.Appendf(nil, "%032d", n+1))}
		public := b.key.Public().(ed25519.PublicKey)
		if err := store.PutTerminal(t.Context(), office.Terminal{ID: b.id(), Key: public}); err != nil {
			t.Fatal(err)
		}
		traffic := statetest.NewTraffic(uint64(n+1), 4, 10)
		for len(b.log) < 600 {
			b.add(t, traffic.Next())
		}
		if n == 0 {
			batch := statetest.Acted("op1", traffic.NextSeq(), "k1")
			b.add(t, batch)
			b.add(t, statetest.Ended(batch.Operations[0], traffic.NextSeq(), state.OperationDone))
		}
		send(fmt.Sprintf("box %d", n+1), b)
		if n > 0 {
			continue
		}
		again := &box{key: b.key}
		traffic = statetest.NewTraffic(1, 4, 10)
		for len(again.log) < 400 {
			again.add(t, traffic.Next())
		}
		again.add(t, statetest.Acted("op2", traffic.NextSeq(), "k2"))
		for len(again.log) < 700 {
			again.add(t, traffic.Next())
		}
		send("box 1 put back", again)
	}
	return is
}

// copy is the same in a database of its own. Nobody may be connected to the first one.
func (c *chains) copy(t *testing.T) *chains {
	t.Helper()
	server := pgtest.Server(t)
	is := &chains{name: c.name + "copy", boxes: c.boxes}
	is.address = server.Address(is.name)
	pgtest.Do(t, server.Address("postgres"), "CREATE DATABASE "+is.name+" TEMPLATE "+c.name)
	t.Cleanup(func() { pgtest.Do(t, server.Address("postgres"), "DROP DATABASE "+is.name+" WITH (FORCE)") })
	store, err := pg.Open(t.Context(), is.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	is.store = store
	return is
}

func (c *chains) check(t *testing.T, o check.Options) check.Report {
	t.Helper()
	r, err := check.Run(t.Context(), c.store, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func said(t *testing.T, r check.Report) string {
	t.Helper()
	var out strings.Builder
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestNothingFound(t *testing.T) {
	c := sent(t)
	r := c.check(t, check.Options{Boxes: c.boxes, All: true})
	if !r.Good() || r.Forgotten != 0 || r.Received == 0 || r.Received != r.Replayed || r.Received != r.OfDays ||
		r.Branches != 3 || r.Operations != 2 || r.Places < 1500 || r.Of < r.Places+400 {
		t.Error(said(t, r))
	}
	r = c.check(t, check.Options{Boxes: c.boxes[1:]})
	if !r.Good() || r.Forgotten < 200 {
		t.Errorf("without the old copy: %s", said(t, r))
	}
	if r = c.check(t, check.Options{}); !r.Good() || r.Forgotten > 0 || r.Of > 0 {
		t.Errorf("without a box: %s", said(t, r))
	}
}

// TestBites spoils one thing of the database, and wants it to be found.
func TestBites(t *testing.T) {
	c := sent(t)
	c.store.Close()
	const some = " WHERE ctid = (SELECT ctid FROM "
	for name, test := range map[string]struct {
		sql  string
		want string // of a line
	}{
		"a segment is lost": {
			"DELETE FROM segment" + some + "segment WHERE branch = 1 ORDER BY last OFFSET 1 LIMIT 1)",
			"missing: place",
		},
		"the last segment is lost": {
			"DELETE FROM segment" + some + "segment ORDER BY branch DESC, last DESC LIMIT 1)", "wrong: head",
		},
		"a segment lies in two branches": {
			"INSERT INTO branch SELECT terminal, 2, 0, from_seq, base, seq, hash FROM branch WHERE n = 1;" +
				"INSERT INTO segment SELECT terminal, 2, from_seq, last, received_at, raw FROM segment " +
				"WHERE branch = 1",
			"doubled: place",
		},
		"a segment says more than it holds": {
			"UPDATE segment SET from_seq = from_seq - 1" + some + "segment ORDER BY branch DESC, last DESC LIMIT 1)",
			"doubled: place",
		},
		"a bit of a segment": {
			"UPDATE segment SET raw = set_byte(raw, 300, get_byte(raw, 300) # 1)" + some + "segment LIMIT 1)",
			"wrong: segment",
		},
		"another's segment": {
			"UPDATE segment s SET raw = (SELECT raw FROM segment o " +
				"WHERE o.terminal <> s.terminal ORDER BY last LIMIT 1)" +
				" WHERE (last, terminal) IN (SELECT last, terminal FROM segment ORDER BY last LIMIT 1)",
			"wrong: segment",
		},
		"a head":         {"UPDATE branch SET seq = seq + 1 WHERE n = 1", "wrong: head"},
		"a head's hash":  {"UPDATE branch SET hash = base WHERE n = 1", "wrong: head"},
		"a sale is lost": {"DELETE FROM sale" + some + "sale LIMIT 1)", "missing: sale"},
		"a sale's body": {
			"UPDATE sale SET body = (SELECT body FROM sale ORDER BY id DESC LIMIT 1)" + some +
				"sale ORDER BY id LIMIT 1)",
			"wrong: sale",
		},
		"a sale's amount":  {"UPDATE sale SET amount = amount + 1" + some + "sale LIMIT 1)", "wrong: sale"},
		"a sale's day":     {"UPDATE sale SET day = '2020-01-01'" + some + "sale LIMIT 1)", "wrong: sale"},
		"a sale's phase":   {"UPDATE sale SET phase = 'gone'" + some + "sale LIMIT 1)", "wrong: sale"},
		"a sale of nobody": {"UPDATE sale SET id = 'x'" + some + "sale LIMIT 1)", "wrong: sale"},
		"a sale twice": {
			"CREATE TEMP TABLE q AS SELECT * FROM sale LIMIT 1; UPDATE q SET id = 'y'; " +
				"INSERT INTO sale SELECT * FROM q",
			"wrong: sale",
		},
		"an operation": {"DELETE FROM operation WHERE id = 'op1'", "missing: operation"},
		"an operation's body": {
			"UPDATE operation SET body = (SELECT body FROM operation WHERE id = 'op2') WHERE id = 'op1'",
			"wrong: operation",
		},
		"a payment is lost": {"DELETE FROM payment" + some + "payment LIMIT 1)", "missing: payment"},
		"a paisa": {
			"UPDATE payment SET received = received + 1, kept = kept + 1" + some + "payment LIMIT 1)",
			"wrong: payment",
		},
		"surplus is kept": {
			"UPDATE payment SET surplus = surplus + kept, kept = 0" + some + "payment WHERE kept > 0 LIMIT 1)",
			"wrong: payment",
		},
		"a payment's day": {
			"UPDATE payment SET day = '2020-01-01'" + some + "payment LIMIT 1)",
			"wrong: payment",
		},
		"a payment's branch": {
			"UPDATE payment SET branch = 0" + some + "payment WHERE branch = 1 LIMIT 1)",
			"wrong: payment",
		},
		"a payment of nobody": {"UPDATE payment SET id = 'x'" + some + "payment LIMIT 1)", "wrong: payment"},
		"another's payment": {
			"UPDATE payment p SET terminal = (SELECT id FROM terminal WHERE id <> p.terminal)" + some +
				"payment LIMIT 1)",
			"wrong: payment",
		},
		"a refund is lost": {"DELETE FROM refund" + some + "refund LIMIT 1)", "missing: refund"},
		"a refund's amount": {
			"UPDATE refund SET amount = amount + 1" + some + "refund LIMIT 1)",
			"wrong: refund",
		},
		"a paisa of an hour": {
			"UPDATE day SET hours[11] = hours[11] + 1, hours[12] = hours[12] - 1" + some + "day LIMIT 1)",
			"wrong: day",
		},
		"a day's sales": {"UPDATE day SET sales = sales + 1" + some + "day LIMIT 1)", "wrong: day"},
		"a day is lost": {"DELETE FROM day" + some + "day WHERE received > 0 LIMIT 1)", "missing: day"},
		"a day's paisa": {
			"UPDATE day SET received = received - 1, gone = gone - 1" + some + "day LIMIT 1)",
			"wrong: day",
		},
		"a day's payments": {"UPDATE day SET payments = payments + 1" + some + "day LIMIT 1)", "wrong: day"},
		"a row of no terminal": {
			"INSERT INTO day (terminal, day, payments, received, kept, surplus, gone) " +
				"VALUES ('x', '2026-11-22', 0, 0, 0, 0, 0)",
			"wrong: table",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := c.copy(t)
			pgtest.Do(t, c.address, strings.Split(test.sql, ";")...)
			r := c.check(t, check.Options{Boxes: c.boxes, All: true})
			if out := said(t, r); r.Good() || !strings.Contains(out, test.want) {
				t.Errorf("want %q: %s", test.want, out)
			}
		})
	}
}

// TestABoxHasMore: what the office lacks of a box is told, and what no box has.
func TestABoxHasMore(t *testing.T) {
	c := sent(t)
	b := c.boxes[2].Chain.(*box)
	b.add(t, statetest.Acted("op9", uint64(len(b.log)+1), "k9"))
	r := c.check(t, check.Options{Boxes: c.boxes, All: true})
	want := fmt.Sprintf("places %d to %[1]d of box 2 are not at the office", len(b.log))
	if out := said(t, r); r.Found[check.Missing] != 1 || !strings.Contains(out, want) {
		t.Errorf("want %q: %s", want, out)
	}

	c = sent(t)
	r = c.check(t, check.Options{Boxes: c.boxes[1:], All: true})
	if r.Found[check.Wrong] < 200 {
		t.Errorf("%d places are in no chain: %s", r.Found[check.Wrong], said(t, r))
	}

	other := &box{key: ed25519.NewKeyFromSeed(make([]byte, 32))}
	other.add(t, statetest.NewTraffic(99, 1, 1).Next())
	r = c.check(t, check.Options{Boxes: []check.Box{{Name: "a stranger's", Chain: other}}})
	if out := said(t, r); !strings.Contains(out, "nothing of the chain in a stranger's") {
		t.Error(out)
	}
}

// TestStops: a check ends with its context.
func TestStops(t *testing.T) {
	c := sent(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := check.Run(ctx, c.store, check.Options{}); err == nil {
		t.Error("it did not end")
	}
}

// TestReplaced: what a box brought along of the one whose place it took is right, and claimed by nobody twice.
func TestReplaced(t *testing.T) {
	_, address := pgtest.Database(t)
	store, err := pg.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	o, old := office.New(store, nil), ""
	c := &chains{address: address, store: store}
	for n, events := range []int{300, 600} {
		b := &box{key: ed25519.NewKeyFromSeed(fmt.Appendf(nil, "%032d", n+5))}
		public := b.key.Public().(ed25519.PublicKey)
		is := office.Terminal{ID: b.id(), Key: public, Replaces: old}
		if err := store.PutTerminal(t.Context(), is); err != nil {
			t.Fatal(err)
		}
		for traffic := statetest.NewTraffic(3, 4, 10); len(b.log) < events; {
			b.add(t, traffic.Next())
		}
		for after := uint64(0); after < uint64(len(b.log)); {
			s, _ := b.Stretch(after, 8<<10)
			g, err := segment.New(b.key, s)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := o.Take(t.Context(), []office.Submission{{Terminal: b.id(), Raw: g.Bytes()}}); err != nil {
				t.Fatal(err)
			}
			after = g.Last
		}
		c.boxes = append(c.boxes, check.Box{Name: b.id(), Terminal: b.id(), Chain: b})
		old = b.id()
	}

	r := c.check(t, check.Options{Boxes: c.boxes, All: true})
	if !r.Good() || r.Shared > 0 || r.Payments == 0 {
		t.Error(said(t, r))
	}
	pgtest.Do(t, address, "UPDATE day SET paid = paid + 1 WHERE terminal = '"+old+"'")
	if r = c.check(t, check.Options{Boxes: c.boxes, All: true}); r.Good() {
		t.Error("a sale too many in the new box's days is not found")
	}
}

// TestZ: a Z report is held against the hash that the chain says was closed, and reckoned again.
func TestZ(t *testing.T) {
	_, address := pgtest.Database(t)
	store, err := pg.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	b := &box{key: ed25519.NewKeyFromSeed(fmt.Appendf(nil, "%032d", 9))}
	public := b.key.Public().(ed25519.PublicKey)
	if err := store.PutTerminal(t.Context(), office.Terminal{ID: b.id(), Key: public}); err != nil {
		t.Fatal(err)
	}
	z := []byte(`{"kind":"Z","number":1,"day":"2026-11-22"}`)
	request := fmt.Appendf(nil, `{"day":"2026-11-22","sha256":"%x","net_paise":0,"seq":0}`, sha256.Sum256(z))
	at := time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)
	b.add(t, state.Batch{Events: []state.Event{
		{Seq: 1, At: at, Kind: state.EventOperationAsked, By: "owner:meena", Operation: &state.Operation{
			ID: "O1", Reference: "O1", Kind: state.ActDayClose, Gateway: state.Box, Target: "Z1", Request: request}},
		{Seq: 2, At: at, Kind: state.EventOperationDone, Operation: &state.Operation{ID: "O1",
			Status: state.OperationDone}},
	}})
	s, _ := b.Stretch(0, 8<<10)
	g, err := segment.New(b.key, s)
	if err != nil {
		t.Fatal(err)
	}
	o := office.New(store, nil)
	if _, err = o.Take(t.Context(), []office.Submission{{Terminal: b.id(), Raw: g.Bytes()}}); err == nil {
		err = o.TakeZ(t.Context(), b.id(), segment.Z{Operation: "O1", Z: z})
	}
	if err != nil {
		t.Fatal(err)
	}

	c := &chains{address: address, store: store}
	r := c.check(t, check.Options{})
	if !r.Good() || r.Zs != 1 || r.Recomputed != 1 || !strings.Contains(said(t, r), "1 Z reports, of which 1 agree") {
		t.Fatal(said(t, r))
	}
	for sql, want := range map[string]string{
		"SET bytes = bytes || '\\x20'::bytea": "wrong: z",
		"SET bytes = NULL":                    "its bytes are not here",
		"SET net = 5":                         "its event says",
		"SET sha256 = repeat('0', 64)":        "its event says",
		"SET state = 'proved', why = 'hole'":  "reckoned again it is recomputed",
		"SET operation = 'O7'":                "missing: z",
	} {
		pgtest.Do(t, address, "CREATE TABLE kept AS SELECT * FROM z", "UPDATE z "+sql)
		if r := c.check(t, check.Options{}); r.Good() || !strings.Contains(said(t, r), want) {
			t.Errorf("%s: %s", sql, said(t, r))
		}
		pgtest.Do(t, address, "DELETE FROM z", "INSERT INTO z SELECT * FROM kept", "DROP TABLE kept")
	}
}
