package pg_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"galla/internal/office"
	"galla/internal/office/officetest"
	"galla/internal/office/pg"
	"galla/internal/office/pg/cluster"
	"galla/internal/segment"
)

// large fills tables for 100 terminals: 100,000 segments, sales and payments, 20,000 rows of the rest.
var large = []string{
	`INSERT INTO terminal (id, key) SELECT 't' || t, '' FROM generate_series(1, 100) t`,
	`INSERT INTO segment (terminal, branch, from_seq, last, received_at, raw)
		SELECT 't' || t, 0, n * 18, n * 18 + 18, now(), decode(repeat('00', 600), 'hex')
		FROM generate_series(1, 100) t, generate_series(0, 999) n`,
	`INSERT INTO sale (terminal, branch, id, seq, day, number, amount, phase, tender, reason, opened_by, gateway,
			attention, trouble, demo, reference, body)
		SELECT 't' || t, 0, 's' || n, n,
			'2026-' || to_char(1 + n / 84, 'FM00') || '-' || to_char(1 + n / 3 % 28, 'FM00'),
			n % 100, 100 * n, 'paid', 'exact', '', 'cashier:asha', 'enkash',
			CASE WHEN n = 7 THEN 'late' ELSE '' END, '', false, 'BILL-' || t || '-' || n, '\x01'
		FROM generate_series(1, 100) t, generate_series(0, 999) n`,
	`INSERT INTO payment (gateway, id, terminal, branch, sale, day, rrn, captured_at, late, received, kept, surplus,
			gone)
		SELECT 'enkash', 'p' || t || '-' || n, 't' || t, 0, 's' || n, '2026-' || to_char(1 + n / 84, 'FM00') || '-' ||
			to_char(1 + n / 3 % 28, 'FM00'), 1000000 * t + n, now(), n = 7, 100, 100, 0, 0
		FROM generate_series(1, 100) t, generate_series(0, 999) n`,
	`INSERT INTO refund (gateway, key, others, terminal, branch, sale, number, day, payment, amount, status, reason,
			rrn, by, approver, asked_at)
		SELECT 'enkash', 'r' || t || '-' || n, false, 't' || t, 0, 's' || n, n, '2026-12-01', 'p' || t || '-' || n, 100,
			'processed', '', '', 'owner:meena', '', timestamptz '2026-01-01' + n * interval '40 hours'
		FROM generate_series(1, 100) t, generate_series(0, 199) n`,
	`INSERT INTO operation (terminal, branch, id, seq, kind, status, asked_by, approver, asked_at, gateway, body)
		SELECT 't' || t, 0, 'o' || n, n, 'day.close', 'done', 'owner:meena', '', timestamptz '2026-01-01' +
			n * interval '40 hours', 'box', '\x01'
		FROM generate_series(1, 100) t, generate_series(0, 199) n`,
	`INSERT INTO day (terminal, day, payments, received, kept, surplus, gone)
		SELECT 't' || t, to_char(date '2024-01-01' + n, 'YYYY-MM-DD'), 1, 100, 100, 0, 0
		FROM generate_series(1, 100) t, generate_series(0, 199) n`,
	`INSERT INTO finding (terminal, kind, branch, seq, "values", first, last, times, ended)
		SELECT 't' || t, 'hole', 0, n, '{}', timestamptz '2026-01-01' + n * interval '40 hours', now(), 1,
			CASE WHEN n < 198 THEN now() END
		FROM generate_series(1, 100) t, generate_series(0, 199) n`,
	`INSERT INTO z (terminal, operation, branch, event, number, day, by, at, sha256, net, seq, state, why, differs)
		SELECT 't' || t, 'o' || n, 0, n, n, '2026-12-01', '', now(), '', 0, 0,
			CASE WHEN n < 198 THEN 'lost' ELSE 'wanted' END, '', '[]'
		FROM generate_series(1, 100) t, generate_series(0, 199) n`,
	`ANALYZE`,
}

// asked is what operators ask in psql.
var asked = []string{
	`SELECT from_seq, last FROM segment WHERE terminal = 't7' AND branch = 0 AND last >= 5000 ORDER BY last LIMIT 1`,
	`SELECT max(received_at) FROM segment WHERE terminal = 't7' AND branch = 0 AND last > 17000`,
	`SELECT * FROM sale WHERE terminal = 't7' AND day = '2026-03-07'`,
	`SELECT * FROM sale WHERE day = '2026-03-07' AND number = 7`,
	`SELECT * FROM sale WHERE reference = 'BILL-7-7'`,
	`SELECT * FROM sale WHERE terminal = 't7' AND (attention <> '' OR trouble <> '')`,
	`SELECT * FROM sale WHERE attention <> '' OR trouble <> ''`,
	`SELECT * FROM payment WHERE rrn = '7000007'`,
	`SELECT * FROM payment WHERE gateway = 'enkash' AND id = 'p7-7'`,
	`SELECT sum(received), sum(kept) FROM payment WHERE terminal = 't7' AND day = '2026-03-07'`,
	`SELECT * FROM payment WHERE terminal = 't7' AND day >= '2026-03-01' AND day < '2026-03-08' AND late`,
	`SELECT * FROM refund WHERE gateway = 'enkash' AND payment = 'p7-7'`,
	`SELECT * FROM refund WHERE asked_at >= '2026-03-01' AND asked_at < '2026-03-02'`,
	`SELECT * FROM operation WHERE terminal = 't7' AND asked_at >= '2026-03-01' AND asked_at < '2026-03-02'`,
	`SELECT terminal, received FROM day WHERE day = '2025-03-07'`,
	`SELECT * FROM finding WHERE terminal = 't7' AND ended IS NULL`,
	`SELECT * FROM finding WHERE first > '2026-11-25'`,
}

// TestPlans: at 100,000 rows, neither the store's own statements nor what operators ask read a table whole. The
// server explains each statement that it runs into its log.
func TestPlans(t *testing.T) {
	server, err := cluster.Start(t.Context(), cluster.Options{Forgetful: true, Settings: []string{
		"session_preload_libraries=auto_explain",
		"auto_explain.log_min_duration=0",
		"auto_explain.log_level=log",
		"log_min_messages=log",
		"autovacuum=off",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	ctx := context.Background()
	store, err := pg.Open(ctx, server.Address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	conn, err := pgx.Connect(ctx, server.Address("postgres")+" options='-c auto_explain.log_min_duration=-1'")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, sql := range large {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}

	box := officetest.NewBox(t, 1, 400, 60)
	if err := store.PutTerminal(ctx, box.Terminal); err != nil {
		t.Fatal(err)
	}
	o := office.New(store, func() time.Time { return now })
	for range 2 { // what it has, again
		answers, err := o.Take(ctx, box.Submissions)
		if err != nil || answers[0].Verdict == segment.Refused {
			t.Fatal(answers, err)
		}
	}
	if _, err := o.Known(ctx, box.Terminal.ID, segment.Places{Places: []segment.Place{{Seq: 33}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Rebuild(ctx, box.Terminal.ID); err != nil {
		t.Fatal(err)
	}
	err = store.View(ctx, func(tx office.Tx) error {
		_, err := tx.Zs(box.Terminal.ID)
		if err == nil {
			_, err = tx.Wanted(box.Terminal.ID, 16)
		}
		if err == nil {
			_, err = tx.Days(box.Terminal.ID, "2026-11-25")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range asked {
		if _, err := store.Pool().Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}

	log, err := server.Log()
	if err != nil {
		t.Fatal(err)
	}
	whole := regexp.MustCompile(`Seq Scan on (segment|sale|payment|refund|operation|day|finding|z)\b`)
	plans := 0
	for plan := range strings.SplitSeq(log, "LOG:  duration:") {
		if strings.Contains(plan, "Query Text:") {
			plans++
		}
		// A step of the schema fills a table once.
		if whole.MatchString(plan) && !strings.Contains(plan, "CREATE TABLE") {
			t.Errorf("a table is read whole:%s", plan)
		}
	}
	for _, sql := range append(asked, "FROM segment", "INSERT INTO payment", "DELETE FROM sale", "FROM z ") {
		if !strings.Contains(log, sql) {
			t.Errorf("the log has no plan of %s", sql)
		}
	}
	if plans < len(asked)+20 {
		t.Errorf("only %d plans were read", plans)
	}
	// This test can see one.
	if _, err := store.Pool().Exec(ctx, "SELECT FROM sale WHERE opened_by = 'nobody'"); err != nil {
		t.Fatal(err)
	}
	if log, err := server.Log(); err != nil || !whole.MatchString(log) {
		t.Error("a table that is read whole is not seen", err)
	}
}
