package pg_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"galla/internal/office/owner"
	"galla/internal/office/owner/ownertest"
	"galla/internal/office/people"
	"galla/internal/office/people/peopletest"
	"galla/internal/office/pg"
	"galla/internal/office/pg/pgtest"
)

// TestPeople: who may look at the office, as in memory.
func TestPeople(t *testing.T) {
	peopletest.Contract(t, func(t testing.TB) people.Store { return pgtest.Open(t).People() })
}

// fill writes the rows of a chain in memory into the tables that an office projects into.
func fill(t testing.TB, address string, m *ownertest.Memory) {
	t.Helper()
	ctx := t.Context()
	db, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(ctx)
	var b pgx.Batch
	shops := map[string]bool{}
	for i, s := range m.StandRows {
		if !shops[s.Shop] {
			shops[s.Shop] = true
			b.Queue(
				`INSERT INTO shop VALUES ($1, $2, $3, '27', $4, $5)`,
				s.Shop,
				s.ShopName,
				s.GSTIN,
				s.Opens,
				s.Closes,
			)
		}
		b.Queue(`INSERT INTO counter VALUES ($1, $2, $3, $4)`, s.Counter, s.Shop, i+1, s.Label)
		if s.Terminal == "" {
			continue
		}
		b.Queue(
			`INSERT INTO terminal (id, key, state, counter) VALUES ($1, '\x00', 'joined', $2)`,
			s.Terminal,
			s.Counter,
		)
		b.Queue(`INSERT INTO assignment VALUES ($1, 0, 1, $2, '2026-11-22', 'Ravi')`, s.Terminal, s.Counter)
		beat, branch := m.Beats[s.Terminal], m.BranchRows[s.Terminal][0]
		b.Queue(
			`INSERT INTO heartbeat VALUES ($1, $2, $3, $4, '\x00', 0, '\x00', NULL, $5, '{}', $6)`,
			s.Terminal,
			beat.At,
			s.Heard,
			beat.Head,
			beat.Skew.Milliseconds(),
			beat.Health,
		)
		b.Queue(`INSERT INTO branch VALUES ($1, 0, -1, 0, '\x00', $2, '\x00')`, s.Terminal, branch.Head)
		b.Queue(
			`INSERT INTO segment VALUES ($1, 0, 0, 1, $2, '\x00'), ($1, 0, 1, 2, $3, '\x00')`,
			s.Terminal,
			branch.Beginning,
			branch.Received,
		)
	}
	for _, d := range m.DayRows {
		hours := make([]int64, 24)
		for h, p := range d.Hours {
			hours[h] = int64(p)
		}
		b.Queue(`INSERT INTO day (terminal, day, payments, received, kept, surplus, gone, hours, sales, paid, cancelled)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, d.Terminal, d.Day, d.Payments, d.Received, d.Kept,
			d.Surplus,
			d.Gone, hours, d.Asked.Opened, d.Asked.Paid, d.Asked.Cancelled)
	}
	var sales, payments [][]any
	for _, s := range m.SaleRows {
		items, invoice, attention := "[]", any(nil), ""
		if len(s.Items) > 0 {
			raw, _ := json.Marshal(s.Items)
			items, attention = string(raw), string(s.Items[0].Kind)
		}
		if s.Invoice != nil {
			raw, _ := json.Marshal(s.Invoice)
			invoice = string(raw)
		}
		sales = append(
			sales,
			[]any{
				s.Terminal,
				0,
				s.ID,
				1,
				s.Day,
				s.Number,
				s.Amount,
				s.Phase,
				s.Tender,
				s.Reason,
				s.By,
				s.Gateway,
				s.OpenedAt,
				attention,
				"",
				false,
				[]byte{},
				strings.ReplaceAll(s.Reference, `\`, `\\`),
				len(s.Items),
				items,
				invoice,
			},
		)
		if len(s.RRNs) > 0 {
			payments = append(
				payments,
				[]any{s.Gateway, "p" + s.ID, s.Terminal, 0, s.ID, s.Day, s.RRNs[0], s.OpenedAt, false,
					s.Received, s.Kept, 0, s.Gone},
			)
		}
	}
	for table, rows := range map[string]struct {
		columns string
		rows    [][]any
	}{
		"sale": {"terminal branch id seq day number amount phase tender reason opened_by gateway opened_at " +
			"attention trouble demo body reference items attending invoice", sales},
		"payment": {"gateway id terminal branch sale day rrn captured_at late received kept surplus gone", payments},
	} {
		if _, err := db.CopyFrom(
			ctx,
			pgx.Identifier{table},
			strings.Fields(rows.columns),
			pgx.CopyFromRows(rows.rows),
		); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range m.RefundRows {
		b.Queue(
			`INSERT INTO refund VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
			r.Gateway,
			r.Key,
			r.Others,
			r.Terminal,
			r.Sale,
			r.Number,
			r.Day,
			r.Payment,
			r.Amount,
			r.Status,
			r.Reason,
			r.RRN,
			r.By,
			r.Approver,
			r.AskedAt,
			r.DoneAt,
		)
	}
	for _, a := range m.ActRows {
		b.Queue(
			`INSERT INTO operation (terminal, branch, id, seq, kind, status, asked_by, approver, asked_at, body,
				gateway, target)
			VALUES ($1, 0, $2, 1, $3, $4, $5, $6, $7, '', 'box', $8)`,
			a.Terminal,
			a.ID,
			a.Kind,
			a.Status,
			a.By,
			a.Approver,
			a.At,
			a.Target,
		)
	}
	for _, z := range m.ZRows {
		var bytes []byte
		if z.Known {
			bytes = []byte{1}
		}
		b.Queue(
			`INSERT INTO z VALUES ($1, $2, 0, 1, $3, $4, '', $5, '', $6, 1, NULL, NULL, $7, '', '[]', $8)`,
			z.Terminal,
			z.Operation,
			z.Number,
			z.Day,
			z.At,
			z.Net,
			z.State,
			bytes,
		)
	}
	for _, f := range m.FindingRows {
		values, _ := json.Marshal(f.Values)
		b.Queue(
			`INSERT INTO finding (terminal, kind, branch, seq, values, first, last, times) VALUES ($1, $2, $3, $4, $5,
				$6, $7, $8)`,
			f.Terminal,
			f.Kind,
			f.Branch,
			f.Seq,
			string(values),
			f.First,
			f.Last,
			f.Times,
		)
	}
	if err := db.SendBatch(ctx, &b).Close(); err != nil {
		t.Fatal(err)
	}
}

// TestOwner: each question is answered as from rows in memory, page by page, and each file is the same.
func TestOwner(t *testing.T) {
	_, address := pgtest.Database(t)
	ctx := t.Context()
	store, err := pg.Open(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	m, db := ownertest.New(), store.Owner()
	m.SaleRows[7].Reference = `back\slash "quoted"`
	fill(t, address, m)

	same := func(what string, ask func(s owner.Store) (any, error)) {
		t.Helper()
		want, err := ask(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ask(db)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		if a, b := text(t, want), text(t, got); a != b {
			i := 0
			for i < min(len(a), len(b)) && a[i] == b[i] {
				i++
			}
			from := max(0, i-200)
			t.Errorf(
				"%s: memory has %d bytes, the database %d; they part at\n%s\n%s",
				what,
				len(a),
				len(b),
				a[from:min(len(a), i+200)],
				b[from:min(len(b), i+200)],
			)
		}
		if len(text(t, want)) < 5 {
			t.Errorf("%s: nothing is compared", what)
		}
	}
	span := owner.Span{From: "2026-11-23", To: "2026-11-30"}
	one := owner.Span{From: "2026-11-01", To: "2026-11-29", Terminal: ownertest.Terminal(4)}
	same("stands", func(s owner.Store) (any, error) {
		return s.Stands(ctx, []string{"2026-11-30", "2026-11-29", "2026-11-23"})
	})
	same("open", func(s owner.Store) (any, error) { return s.Open(ctx) })
	for _, terminal := range []string{"", m.Stand("shop-02/1").Terminal} {
		same("findings", func(s owner.Store) (any, error) {
			return paged(func(at owner.Mark) ([]owner.Finding, error) { return s.Findings(ctx, terminal, at, 2) },
				func(f owner.Finding) owner.Mark { return owner.Mark{At: f.Last, Key: fmt.Sprintf("%020d", f.ID)} })
		})
		same("undecided", func(s owner.Store) (any, error) {
			return paged(func(at owner.Mark) ([]owner.Sale, error) {
				found, _, err := s.Undecided(ctx, "", at, 3)
				return found, err
			}, saleMark)
		})
	}
	for _, over := range []owner.Span{span, one} {
		same("refunds", func(s owner.Store) (any, error) {
			return paged(func(at owner.Mark) ([]owner.Refund, error) { return s.Refunds(ctx, over, at, 50) },
				func(r owner.Refund) owner.Mark { return owner.Mark{At: r.AskedAt, Key: r.Gateway + "/" + r.Key} })
		})
		same("cancels", func(s owner.Store) (any, error) {
			all, err := s.Cancels(ctx, over)
			slices.SortFunc(
				all,
				func(a, b owner.Cancels) int { return strings.Compare(a.Terminal+a.By, b.Terminal+b.By) },
			)
			return all, err
		})
		same("zs", func(s owner.Store) (any, error) {
			return paged(
				func(at owner.Mark) ([]owner.Z, error) { return s.Zs(ctx, over, "2026-11-30", at, 7) },
				func(z owner.Z) owner.Mark {
					at, _ := time.Parse(time.DateOnly, z.Day)
					return owner.Mark{At: at, Key: z.Terminal + "/" + z.Operation}
				},
			)
		})
		same("days", func(s owner.Store) (any, error) {
			return paged(
				func(at owner.Mark) ([]owner.Day, error) { return s.Days(ctx, over, at, 11) },
				func(d owner.Day) owner.Mark {
					at, _ := time.Parse(time.DateOnly, d.Day)
					return owner.Mark{At: at, Key: d.Terminal}
				},
			)
		})
		same("sales", func(s owner.Store) (any, error) {
			return paged(func(at owner.Mark) ([]owner.Sale, error) { return s.Sales(ctx, over, at, 500) }, saleMark)
		})
		same("invoices", func(s owner.Store) (any, error) { return s.Invoices(ctx, over) })
	}
	same("acts", func(s owner.Store) (any, error) {
		return paged(func(at owner.Mark) ([]owner.Act, error) { return s.Acts(ctx, owner.Weighty, at, 3) },
			func(a owner.Act) owner.Mark { return owner.Mark{At: a.At, Key: a.Terminal + "/" + a.ID} })
	})
	some := m.SaleRows[7]
	for _, q := range []owner.Query{
		{RRN: m.SaleRows[0].RRNs[0]}, {Amount: some.Amount}, {Reference: some.Reference}, {Reference: "b-1-4"},
		{Day: "2026-11-29", Number: 3}, {Day: "2026-11-29", Number: 3, Terminal: ownertest.Terminal(2)},
	} {
		same(fmt.Sprintf("find %+v", q), func(s owner.Store) (any, error) {
			return paged(func(at owner.Mark) ([]owner.Sale, error) { return s.Find(ctx, q, at, 5) }, saleMark)
		})
	}
	same("branches", func(s owner.Store) (any, error) { return s.Branches(ctx, ownertest.Terminal(1)) })
	same("beat", func(s owner.Store) (any, error) { b, _, err := s.Beat(ctx, ownertest.Terminal(1)); return b, err })
	if _, found, err := db.Beat(ctx, "nobody"); found || err != nil {
		t.Errorf("%v, %v", found, err)
	}
}

// TestSums: what is added up by triggers is what the rows come to, whatever became of them; a sale that two branches
// have counts once.
func TestSums(t *testing.T) {
	_, address := pgtest.Database(t)
	ctx := t.Context()
	store, err := pg.Open(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	const row = `INSERT INTO sale (terminal, branch, id, seq, day, number, amount, phase, tender, reason, opened_by,
		gateway, attention,
		trouble, demo, body, invoice) VALUES ('t', %d, '%s', 1, '2026-11-30', 1, %d, '%s', '', '%s', 'cashier:%s', '',
			'', '', false, '', %s)
		ON CONFLICT (terminal, branch, id) DO UPDATE SET amount = excluded.amount, phase = excluded.phase,
			reason = excluded.reason,
			opened_by = excluded.opened_by, invoice = excluded.invoice`
	const bill = `'{"gstin":"27AAPFU0939F1ZV","gst_paise":1800}'`
	do := func(statements ...string) { t.Helper(); pgtest.Do(t, address, statements...) }
	holds := func(want string) {
		t.Helper()
		s := owner.Span{From: "2026-11-30", To: "2026-11-30"}
		cancels, err := store.Owner().Cancels(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		invoices, err := store.Owner().Invoices(ctx, s)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range cancels {
			if c.Sales != 0 {
				got = append(got, fmt.Sprintf("%s %d/%d %d", c.By, c.Cancelled, c.Sales, c.Amount))
			}
		}
		slices.Sort(got)
		for _, i := range invoices {
			if i.Count != 0 {
				got = append(got, fmt.Sprintf("%d of %d, %d", i.Count, i.Amount, i.GST))
			}
		}
		if all := strings.Join(got, "; "); all != want {
			t.Errorf("%q, not %q", all, want)
		}
	}
	do(
		`INSERT INTO terminal (id, key) VALUES ('t', '\x00')`,
		`INSERT INTO branch VALUES ('t', 0, -1, 0, '\x00', 9, '\x00')`,
	)
	do(
		fmt.Sprintf(row, 0, "a", 11800, "awaiting", "", "Asha", bill),
		fmt.Sprintf(row, 0, "b", 500, "awaiting", "", "Asha", "NULL"),
	)
	holds("cashier:Asha 0/2 0")
	do(
		fmt.Sprintf(row, 0, "a", 11800, "paid", "", "Asha", bill),
		fmt.Sprintf(row, 0, "b", 500, "closed", "cancelled", "Asha", "NULL"),
	)
	holds("cashier:Asha 1/2 500; 1 of 11800, 1800")
	do(
		fmt.Sprintf(row, 0, "a", 11800, "paid", "", "Asha", bill),
		fmt.Sprintf(row, 0, "b", 500, "closed", "cancelled", "Imran", "NULL"),
	)
	holds("cashier:Asha 0/1 0; cashier:Imran 1/1 500; 1 of 11800, 1800")
	do(
		`INSERT INTO branch VALUES ('t', 1, 0, 5, '\x00', 9, '\x00')`,
		fmt.Sprintf(row, 1, "a", 11800, "paid", "", "Asha", bill),
		fmt.Sprintf(row, 1, "c", 100, "paid", "", "Asha", "NULL"),
	)
	holds("cashier:Asha 0/2 0; cashier:Imran 1/1 500; 1 of 11800, 1800")
	do(`DELETE FROM sale WHERE branch = 1`, `DELETE FROM branch WHERE n = 1`)
	holds("cashier:Asha 0/1 0; cashier:Imran 1/1 500; 1 of 11800, 1800")
	do(`DELETE FROM sale`)
	holds("")
}

func saleMark(s owner.Sale) owner.Mark {
	at, _ := time.Parse(time.DateOnly, s.Day)
	return owner.Mark{At: at, Key: fmt.Sprintf("%010d/%s/%s", s.Number, s.Terminal, s.ID)}
}

// paged are all rows, page by page.
func paged[T any](read func(owner.Mark) ([]T, error), mark func(T) owner.Mark) (all []T, err error) {
	var at owner.Mark
	for {
		page, err := read(at)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all, at = append(all, page...), mark(page[len(page)-1])
	}
}

// text is an answer without what two stores may say in two ways: the zone of a moment, a nil list.
func text(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		t.Fatal(err)
	}
	if plain == nil {
		return ""
	}
	raw, _ = json.MarshalIndent(utc(reflect.ValueOf(plain)), "", " ")
	return string(raw)
}

func utc(v reflect.Value) any {
	switch is := v.Interface().(type) {
	case string:
		if at, err := time.Parse(time.RFC3339Nano, is); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
		return is
	case []any:
		for i := range is {
			if is[i] != nil {
				is[i] = utc(reflect.ValueOf(is[i]))
			}
		}
		return is
	case map[string]any:
		for k := range is {
			if is[k] != nil {
				is[k] = utc(reflect.ValueOf(is[k]))
			}
		}
		return is
	}
	return v.Interface()
}
