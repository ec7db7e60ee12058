package pg_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"galla/internal/office/owner"
	"galla/internal/office/pg"
	"galla/internal/office/pg/cluster"
)

// chain10000 fills an office: 10,000 tills in 5,000 shops, 30 days of each, 300,000 sales of the last day.
var chain10000 = []string{
	`INSERT INTO shop SELECT 'shop-' || lpad(i::text, 5, '0'), 'Shop ' || i, '27AAPFU0939F1ZV', '27', '', ''
		FROM generate_series(0, 4999) i`,
	`INSERT INTO counter SELECT s.id || '/' || n, s.id, n, 'Counter ' || n FROM shop s, generate_series(1, 2) n`,
	`INSERT INTO terminal (id, key, state, counter)
		SELECT left(translate(md5(id), '0123456789', 'ghijklmnop'), 16), '\x00', 'joined', id FROM counter`,
	`INSERT INTO assignment SELECT id, 0, 1, counter, now() - interval '60 days', 'x' FROM terminal`,
	`INSERT INTO branch SELECT id, 0, -1, 0, '\x00', 100000, '\x00' FROM terminal`,
	`INSERT INTO heartbeat SELECT id, now(), now(), 1, '\x00', 1, '\x00', NULL, 0, '{}', '{}' FROM terminal`,
	`INSERT INTO day (terminal, day, payments, received, kept, surplus, gone, hours, sales, paid, cancelled)
		SELECT id, to_char(date '2026-11-30' - d, 'YYYY-MM-DD'), 30, 2400000, 2400000, 0, 0,
			array_fill(100000::bigint, ARRAY[24]), 30, 28, 2
		FROM terminal, generate_series(0, 29) d`,
	`INSERT INTO cashier_day SELECT id, to_char(date '2026-11-30' - d, 'YYYY-MM-DD'), 'cashier:' || c, 15, 1, 5000
		FROM terminal, generate_series(0, 29) d, generate_series(1, 2) c`,
	`INSERT INTO invoice_day SELECT id, to_char(date '2026-11-30' - d, 'YYYY-MM-DD'), '27AAPFU0939F1ZV', false, 3,
		30000, 4576, 0
		FROM terminal, generate_series(0, 29) d`,
	`INSERT INTO z SELECT id, 'z' || d, 0, 1, 30 - d, to_char(date '2026-11-30' - d, 'YYYY-MM-DD'), '', now(), '', 1,
		1, NULL, NULL,
		'recomputed', '', '[]', '\x01' FROM terminal, generate_series(1, 29) d`,
	`ALTER TABLE sale DISABLE TRIGGER USER`,
	`INSERT INTO sale (terminal, branch, id, seq, day, number, amount, phase, tender, reason, opened_by, gateway,
		opened_at, attention,
			trouble, demo, body, reference, items, attending)
		SELECT id, 0, md5(id || n), n, '2026-11-30', n, 10000 + n * 137 % 90000, 'paid', 'upi', '', 'cashier:1',
			'enkash',
			timestamptz '2026-11-30 04:00Z' + n * interval '10 minutes', CASE WHEN n = 7
				AND id < 'abm' THEN 'late' ELSE '' END, '', false,
			'\x00', 'B-' || n, CASE WHEN n = 7 AND id < 'abm' THEN 1 ELSE 0 END, '[]'
		FROM terminal, generate_series(1, 30) n`,
	`ALTER TABLE sale ENABLE TRIGGER USER`,
	`INSERT INTO payment (gateway, id, terminal, branch, sale, day, rrn, captured_at, late, received, kept, surplus,
		gone)
		SELECT 'enkash', 'p' || id, terminal, 0, id, day, (hashtext(terminal || number)::bigint + 600000000000)::text,
			opened_at, false,
			amount, amount, 0, 0 FROM sale`,
	`INSERT INTO refund SELECT 'enkash', 'r' || id, false, terminal, 0, id, number, day, 'p' || id, amount,
		'processed', '', '', 'x', 'y',
		opened_at, opened_at FROM sale WHERE number = 3`,
	`INSERT INTO operation (terminal, branch, id, seq, kind, status, asked_by, approver, asked_at, body, gateway,
		target)
		SELECT id, 0, 'op' || n, n, CASE WHEN n = 1 THEN 'export.make' ELSE 'day.close' END, 'done', 'x', '',
			now() - n * interval '1 day', '', 'box', '' FROM terminal, generate_series(1, 30) n`,
	`INSERT INTO finding (terminal, kind, branch, seq, values, first, last, times)
		SELECT id, 'silent', 0, 0, '{}', now(), now(), 1 FROM terminal WHERE id < 'b'`,
}

// BenchmarkOwner asks each question of the owner's pages of a chain of 10,000 tills; each should take less than 200 ms.
func BenchmarkOwner(b *testing.B) {
	server, err := cluster.Start(b.Context(), cluster.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Stop(); err != nil {
			b.Error(err)
		}
	})
	ctx := context.Background()
	admin, err := pgx.Connect(ctx, server.Address("postgres"))
	if err != nil {
		b.Fatal(err)
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "CREATE DATABASE big"); err != nil {
		b.Fatal(err)
	}
	store, err := pg.Open(ctx, server.Address("big"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(store.Close)
	big, err := pgx.Connect(ctx, server.Address("big"))
	if err != nil {
		b.Fatal(err)
	}
	defer big.Close(ctx)
	for _, sql := range append(slices.Clone(chain10000), "VACUUM ANALYZE") {
		if _, err := big.Exec(ctx, sql); err != nil {
			b.Fatalf("%s: %v", sql, err)
		}
	}
	var terminal, rrn string
	if err := big.QueryRow(ctx, "SELECT terminal, rrn FROM payment LIMIT 1").Scan(&terminal, &rrn); err != nil {
		b.Fatal(err)
	}

	s := store.Owner()
	today, month := owner.Span{From: "2026-11-30", To: "2026-11-30"}, owner.Span{From: "2026-11-01", To: "2026-11-30"}
	none := owner.Mark{}
	for _, q := range []struct {
		name string
		ask  func() error
	}{
		{"Stands", func() error {
			_, err := s.Stands(ctx, []string{"2026-11-30", "2026-11-29",
				"2026-11-23"})
			return err
		}},
		{"Findings", func() error { _, err := s.Findings(ctx, "", none, 26); return err }},
		{"Open", func() error { _, err := s.Open(ctx); return err }},
		{"Undecided", func() error { _, _, err := s.Undecided(ctx, "", none, 26); return err }},
		{"Refunds", func() error { _, err := s.Refunds(ctx, month, none, 26); return err }},
		{"Cancels-day", func() error { _, err := s.Cancels(ctx, today); return err }},
		{"Cancels-month", func() error { _, err := s.Cancels(ctx, month); return err }},
		{"Acts", func() error { _, err := s.Acts(ctx, owner.Weighty, none, 26); return err }},
		{"Zs", func() error { _, err := s.Zs(ctx, month, today.To, none, 26); return err }},
		{"Invoices-month", func() error { _, err := s.Invoices(ctx, month); return err }},
		{"Days", func() error { _, err := s.Days(ctx, month, none, 26); return err }},
		{"Days-terminal", func() error {
			_, err := s.Days(ctx, owner.Span{From: "2026-01-01", To: "9999-12-31", Terminal: terminal}, none, 31)
			return err
		}},
		{"Sales-page", func() error { _, err := s.Sales(ctx, today, none, 500); return err }},
		{"Find-RRN", func() error { _, err := s.Find(ctx, owner.Query{RRN: rrn}, none, 26); return err }},
		{"Find-amount", func() error { _, err := s.Find(ctx, owner.Query{Amount: 10137}, none, 26); return err }},
		{"Find-bill", func() error { _, err := s.Find(ctx, owner.Query{Reference: "b-17"}, none, 26); return err }},
		{"Find-number", func() error {
			_, err := s.Find(ctx, owner.Query{Day: "2026-11-30", Number: 7}, none,
				26)
			return err
		}},
		{"Branches", func() error { _, err := s.Branches(ctx, terminal); return err }},
		{"Beat", func() error { _, _, err := s.Beat(ctx, terminal); return err }},
	} {
		b.Run(q.name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				if err := q.ask(); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/ask")
			b.ReportMetric(0, "ns/op")
		})
	}
}
