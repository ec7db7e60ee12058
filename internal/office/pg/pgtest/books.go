package pgtest

import (
	"encoding/json"
	"testing"
	"time"

	"galla/internal/money"
	"galla/internal/office"
	"galla/internal/office/officetest"
	"galla/state"
)

// books reads the rows of days, refunds, Z reports and findings.
func books(t testing.TB, rows func(sql string, columns []any, each func()), all *officetest.Rows) {
	var terminal, status, differs string
	var hours []int64
	var d office.Day
	rows(
		`SELECT terminal, day, payments, received, kept, surplus, gone, refunded, reversed, sales, asked, paid,
			cancelled, expired, failed, elsewise, other_tender, hours FROM day`,
		[]any{&terminal, &d.Day, &d.Payments, &d.Received, &d.Kept, &d.Surplus, &d.Gone, &d.Refunded, &d.Reversed,
			&d.Sales, &d.Asked, &d.Paid, &d.Cancelled, &d.Expired, &d.Failed, &d.Elsewise, &d.Other, &hours},
		func() {
			d.Terminal, d.Day = plain(terminal), plain(d.Day)
			for h := range d.Hours {
				d.Hours[h] = money.Paise(hours[h])
			}
			all.Days = append(all.Days, d)
		},
	)

	var r office.Refund
	var asked, done *time.Time
	at := func(p *time.Time) time.Time {
		if p == nil {
			return time.Time{}
		}
		return p.UTC()
	}
	rows(`SELECT gateway, key, others, terminal, branch, sale, number, day, payment, amount, status, reason, rrn, by,
			approver, asked_at, done_at FROM refund`,
		[]any{&r.Gateway, &r.Key, &r.Others, &r.Terminal, &r.Branch, &r.Sale, &r.Number, &r.Day, &r.Payment, &r.Amount,
			&status, &r.Reason, &r.RRN, &r.By, &r.Approver, &asked, &done},
		func() {
			for _, s := range []*string{&r.Gateway, &r.Key, &r.Terminal, &r.Sale, &r.Day, &r.Payment, &r.Reason, &r.RRN,
				&r.By, &r.Approver} {
				*s = plain(*s)
			}
			r.Status, r.AskedAt, r.DoneAt = state.RefundStatus(plain(status)), at(asked), at(done)
			all.Refunds = append(all.Refunds, r)
		})

	var z office.Z
	var from, to *time.Time
	rows(
		`SELECT terminal, operation, branch, event, number, day, by, at, sha256, net, seq, left_from, left_to, state,
			why, differs, bytes FROM z`,
		[]any{
			&z.Terminal,
			&z.Operation,
			&z.Branch,
			&z.Event,
			&z.Number,
			&z.Day,
			&z.By,
			&asked,
			&z.SHA256,
			&z.Net,
			&z.Seq,
			&from,
			&to,
			&status,
			&z.Why,
			&differs,
			&z.Bytes,
		},
		func() {
			z.Operation, z.Day, z.By = plain(z.Operation), plain(z.Day), plain(z.By)
			z.At, z.State, z.Left, z.Differs = at(asked), office.ZState(status), nil, nil
			if from != nil {
				z.Left = &office.Span{From: at(from), To: at(to)}
			}
			if err := json.Unmarshal([]byte(differs), &z.Differs); err != nil {
				t.Fatal(err)
			}
			all.Zs = append(all.Zs, z)
		},
	)

	var f office.Finding
	var values []byte
	rows(`SELECT terminal, kind, branch, seq, "values", last FROM finding WHERE ended IS NULL ORDER BY id`,
		[]any{&terminal, &f.Kind, &f.Branch, &f.Seq, &values, &f.At}, func() {
			f.Terminal, f.At, f.Values = plain(terminal), f.At.UTC(), nil
			if err := json.Unmarshal(values, &f.Values); err != nil {
				t.Fatal(err)
			}
			for name, v := range f.Values {
				f.Values[name] = plain(v)
			}
			all.Findings = append(all.Findings, f)
		})
}
