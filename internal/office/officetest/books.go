package officetest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"galla/internal/office"
	"galla/state"
)

// testBooks: rows of refunds, days and Z reports are read as they were written, in the transaction and behind it, and a
// terminal's rows are its own.
func testBooks(t *testing.T, open opener) {
	a, b := newShop(t, 1, 1), newShop(t, 2, 2)
	m := open(t, a.terminal(), b.terminal())
	ids := []string{a.id, b.id}
	slices.Sort(ids)

	refund := office.Refund{
		Gateway:  "razorpay",
		Key:      `R\0` + "\x00é",
		Terminal: a.id,
		Branch:   3,
		Sale:     "0000000001AB",
		Number:   7,
		Day:      "2026-11-22",
		Payment:  "pay_1",
		Amount:   12345,
		Status:   state.RefundProcessed,
		Reason:   "torn \x00",
		RRN:      "400000000001",
		By:       "manager:ravi",
		Approver: "owner:meena",
		AskedAt:  now,
		DoneAt:   now.Add(1500 * time.Microsecond),
	}
	others := refund
	others.Key, others.Others, others.Terminal, others.By = office.ByOthers+"pay_1", true, b.id, ""
	others.DoneAt, others.Amount, others.Status = time.Time{}, 0, state.RefundFailed

	day := office.Day{Terminal: a.id, Day: "2026-11-22"}
	day.Sum = office.Sum{Payments: 2, Received: 700, Kept: 400, Surplus: 100, Gone: 200, Refunded: 150, Reversed: 50}
	day.Counts = office.Counts{
		Sales:     9,
		Asked:     5000,
		Paid:      2,
		Cancelled: 1,
		Expired:   2,
		Failed:    1,
		Elsewise:  1,
		Other:     -30,
	}
	day.Hours[0], day.Hours[23] = 300, 400
	second := day
	second.Day = "2026-11-23"

	stored := []byte("{\"kind\":\"Z\"}\x00\xff")
	sum := sha256.Sum256(stored)
	z := func(terminal string, n int) office.Z {
		return office.Z{
			Terminal:  terminal,
			Operation: fmt.Sprintf(`O%d\`, n),
			Branch:    1,
			Event:     uint64(100 * n),
			Number:    n,
			Day:       "2026-11-22",
			By:        "owner:meena",
			At:        now,
			SHA256:    hex.EncodeToString(sum[:]),
			Net:       -5,
			Seq:       uint64(99 * n),
			State:     office.ZWanted,
		}
	}
	differs := z(a.id, 1)
	differs.State, differs.Bytes, differs.Left = office.ZDiffers, stored, &office.Span{
		From: now,
		To:   now.Add(time.Hour),
	}
	differs.Differs = []office.Difference{{Figure: "upi_paise", Z: 1, Here: -2}, {Figure: "late_count", Z: 3, Here: 4}}
	proved := z(a.id, 2)
	proved.State, proved.Bytes, proved.Why = office.ZProved, stored, office.WhyHole
	zs := []office.Z{differs, proved, z(a.id, 3), z(a.id, 4), z(a.id, 10)}

	look := func(tx office.Tx) error {
		for _, want := range []office.Refund{refund, others} {
			if got, found, err := tx.Refund(want.Gateway, want.Key); err != nil || !found || got != want {
				t.Errorf("%+v %t %v, want %+v", got, found, err, want)
			}
		}
		if _, found, err := tx.Refund("enkash", refund.Key); found || err != nil {
			t.Error("another gateway's refund is found", err)
		}
		if got, found, err := tx.Day(a.id, day.Day); err != nil || !found || got != day {
			t.Errorf("%+v %t %v", got, found, err)
		}
		if got, err := tx.Days(a.id, "2026-11-21"); err != nil || !slices.Equal(got, []office.Day{day, second}) {
			t.Errorf("%+v %v", got, err)
		}
		if got, err := tx.Days(a.id, day.Day); err != nil || !slices.Equal(got, []office.Day{second}) {
			t.Errorf("%+v %v", got, err)
		}
		if got, err := tx.Days(b.id, ""); err != nil || len(got) > 0 {
			t.Errorf("%+v %v", got, err)
		}
		all, err := tx.Zs(a.id)
		if err != nil || len(all) != len(zs) {
			t.Errorf("%d Z reports: %v", len(all), err)
			return err
		}
		for i, want := range zs {
			if got, found, err := tx.Z(a.id, want.Operation); err != nil || !found || !reflect.DeepEqual(got, want) {
				t.Errorf("%+v %t %v, want %+v", got, found, err, want)
			}
			want.Bytes = nil
			if !reflect.DeepEqual(all[i], want) {
				t.Errorf("%+v, want %+v", all[i], want)
			}
		}
		if _, found, err := tx.Z(b.id, zs[0].Operation); found || err != nil {
			t.Error("another terminal's Z report is found", err)
		}
		for most, want := range map[int][]string{0: nil, 2: {`O10\`, `O4\`}, 16: {`O10\`, `O4\`, `O3\`}} {
			if got, err := tx.Wanted(a.id, most); err != nil || !slices.Equal(got, want) {
				t.Errorf("%d wanted: %q %v", most, got, err)
			}
		}
		if got, err := tx.Terminals(); err != nil || !slices.Equal(got, ids) {
			t.Errorf("%q %v", got, err)
		}
		return nil
	}
	update := func(do func(office.Tx) error) {
		t.Helper()
		if err := m.Update(t.Context(), ids, do); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx office.Tx) error {
		for _, z := range slices.Backward(zs) {
			if err := tx.PutZ(z); err != nil {
				return err
			}
		}
		was := refund
		was.Status, was.DoneAt = state.RefundAsked, time.Time{}
		for _, r := range []office.Refund{was, others, refund} {
			if err := tx.PutRefund(r); err != nil {
				return err
			}
		}
		for _, d := range []office.Day{second, day} {
			if err := tx.PutDay(d); err != nil {
				return err
			}
		}
		return look(tx)
	})
	update(look)

	rows := m.Rows(t)
	if len(rows.Refunds) != 2 || len(rows.Days) != 2 || len(rows.Zs) != len(zs) {
		t.Errorf("%+v", rows)
	}
	update(func(tx office.Tx) error { return tx.Forget(a.id) })
	rows = m.Rows(t)
	if len(rows.Refunds) != 1 || rows.Refunds[0] != others || len(rows.Days) > 0 || len(rows.Zs) != len(zs) ||
		!slices.ContainsFunc(rows.Zs, func(z office.Z) bool { return bytes.Equal(z.Bytes, stored) }) {
		t.Errorf("%+v", rows)
	}
}

// testFindings: a finding is found again until it ends, and then it is another one.
func testFindings(t *testing.T, open opener) {
	a := newShop(t, 1, 1)
	m := open(t, a.terminal())
	found := func(kind string, branch int, seq uint64, minutes int, values office.Values) office.Finding {
		return office.Finding{
			Kind:     kind,
			Terminal: a.id,
			Branch:   branch,
			Seq:      seq,
			Values:   values,
			At:       now.Add(time.Duration(minutes) * time.Minute),
		}
	}
	standing := func(do func(tx office.Tx) error) (out []string) {
		t.Helper()
		if err := m.Update(t.Context(), []string{a.id}, do); err != nil {
			t.Fatal(err)
		}
		for _, f := range m.Rows(t).Findings {
			out = append(
				out,
				fmt.Sprintf("%s %d %d [%s] %s", f.Kind, f.Branch, f.Seq, f.Values["place"], f.At.Sub(now)),
			)
		}
		slices.Sort(out)
		return out
	}
	want := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%q stand, want %q", got, want)
		}
	}
	hole, stranger := office.FindingHole, a.id[1:]+"x"
	want(standing(func(tx office.Tx) error {
		for _, f := range []office.Finding{
			found(hole, 0, 5, 0, office.Values{"place": "1"}),
			found(hole, 0, 6, 0, office.Values{"place": "\x002"}),
			found(hole, 1, 5, 0, nil),
			found(hole, 0, 5, 1, office.Values{"place": "3"}),
			{Kind: office.FindingUnknown, Terminal: stranger, At: now},
		} {
			if err := tx.AddFinding(f); err != nil {
				return err
			}
		}
		return nil
	}), "hole 0 5 [3] 1m0s", "hole 0 6 [\x002] 0s", "hole 1 5 [] 0s", "refused.unknown 0 0 [] 0s")
	want(standing(func(tx office.Tx) error {
		if err := tx.AddFinding(found(hole, 0, 7, 2, nil)); err != nil {
			return err
		}
		for _, f := range []office.Finding{
			found(hole, 0, 5, 2, nil),
			found(hole, 0, 7, 2, nil), // that began in this transaction
			found(hole, 0, 99, 2, nil),
			found(office.FindingFork, 0, 6, 2, nil),
		} {
			if err := tx.EndFinding(f); err != nil {
				return err
			}
		}
		return tx.AddFinding(found(hole, 0, 6, 2, office.Values{"place": "4"}))
	}), "hole 0 6 [4] 2m0s", "hole 1 5 [] 0s", "refused.unknown 0 0 [] 0s")
	want(standing(func(tx office.Tx) error { return tx.AddFinding(found(hole, 0, 5, 3, nil)) }),
		"hole 0 5 [] 3m0s", "hole 0 6 [4] 2m0s", "hole 1 5 [] 0s", "refused.unknown 0 0 [] 0s")
}
