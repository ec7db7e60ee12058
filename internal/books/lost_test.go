package books

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestZLost: a Z report that salvage could not save costs its bytes, and neither the days after it nor the start. What
// is closed stays closed, whatever the others left for later, and the next Z has the next number.
func TestZLost(t *testing.T) {
	for name, days := range map[string][]string{
		"each closed on its day":          {"", "", ""},
		"the newest closed the day after": {"", "", "2026-11-28"},
	} {
		b := newBench(t)
		for i, at := range []string{"2026-11-26 18:00:00", "2026-11-27 18:00:00", "2026-11-28 18:00:00"} {
			b.at(at)
			b.till.Pay(open(t, b.till, 100), 0)
			if days[i] != "" {
				b.at("2026-11-29 09:00:00")
				b.till.Pay(open(t, b.till, 70), 0)
			}
			b.z(t, strings.Repeat("k", i+1), days[i])
		}
		b.at("2026-11-29 18:00:00")
		b.till.Pay(open(t, b.till, 5), 0)
		want := b.x(t)
		if err := b.settings.Put("z/000002", []byte(`{"lost":true}`)); err != nil {
			t.Fatal(err)
		}
		b.restart(t, b.till)

		got := b.x(t)
		if got.NetPaise != want.NetPaise || len(got.OpenDays)+len(got.OtherDays) != 0 || want.NetPaise == 0 {
			t.Errorf("%s: X says %s, open days %v, others %v, want %s",
				name, got.NetPaise, got.OpenDays, got.OtherDays, want.NetPaise)
		}
		if z, ok := b.Z(2); ok || !z.Lost || z.Report.Number != 2 {
			t.Errorf("%s: Z 2 is %+v, %t", name, z, ok)
		}
		if all := b.List(); len(all) != 2 || all[0].Number != 3 || all[1].Number != 1 {
			t.Errorf("%s: %+v are listed", name, all)
		}
		all, err := b.Close(t.Context(), "", "next", "m", "")
		if err != nil || len(all) != 1 || all[0].Report.Number != 4 || all[0].Report.NetPaise != want.NetPaise {
			t.Errorf("%s: the next Z is %+v, %v", name, all, err)
		}
		b.restart(t, b.till)
		if all := b.List(); len(all) != 3 {
			t.Errorf("%s: after it %d Z reports", name, len(all))
		}
	}
}

// TestZLostNewest: the newest Z says from where the next one counts, so without it none is made.
func TestZLostNewest(t *testing.T) {
	b := newBench(t)
	b.z(t, "1", "")
	if err := b.settings.Put("z/000001", []byte(`{"lost":true}`)); err != nil {
		t.Fatal(err)
	}
	b.restart(t, b.till)
	if _, err := b.X(t.Context(), "m"); err == nil || !strings.HasPrefix(err.Error(), "read Z report 1: ") {
		t.Error(err)
	}
}

// TestZLostWithItsAct: of the newest Z salvage keeps what its act says, in these words (state/boltstore:
// TestSalvageOfTheNewestZ). The next one has the next number and the hash of the bytes that are lost; no fact is in
// both, and none in neither; and its day stays closed.
func TestZLostWithItsAct(t *testing.T) {
	for name, at := range map[string]string{"in the evening": "2026-11-27 21:00:00",
		"the morning after": "2026-11-28 09:00:00"} {
		b := newBench(t)
		b.at("2026-11-26 18:00:00")
		b.till.Pay(open(t, b.till, 100), 0)
		b.z(t, "1", "")
		b.at("2026-11-27 18:00:00")
		b.till.Pay(open(t, b.till, 200), 0)
		b.at(at)
		if at > "2026-11-28" {
			b.till.Pay(open(t, b.till, 30), 0)
		}
		if got := b.z(t, "2", "2026-11-27"); got != "Z2 27 200" {
			t.Fatal(got)
		}
		z, _ := b.Z(2)
		act := b.acts[len(b.acts)-1].Detail.(actDay)
		if act.SHA256 != hashed(z.Stored) || act.Seq != z.Report.Seq || !reflect.DeepEqual(act.Left, z.Report.Left) {
			t.Errorf("%s: the act says %+v of %+v", name, act, z.Report)
		}

		left, err := json.Marshal(act.Left)
		if err != nil {
			t.Fatal(err)
		}
		row := fmt.Sprintf(
			`{"lost":true,"sha256":%q,"report":{"kind":"Z","number":2,"day":%q,"at":%q,"by":"m","seq":%d,`+
				`"net_paise":200,"left":%s}}`,
			act.SHA256,
			act.Day,
			z.Report.At.Format(time.RFC3339Nano),
			act.Seq,
			left,
		)
		if err := b.settings.Put("z/000002", []byte(row)); err != nil {
			t.Fatal(err)
		}
		b.restart(t, b.till)
		if _, ok := b.Z(2); ok || b.OfDay("2026-11-27") != nil || len(b.List()) != 1 {
			t.Errorf("%s: the lost Z is shown", name)
		}

		b.at("2026-11-28 21:00:00")
		b.till.Pay(open(t, b.till, 4), 0)
		want := "Z3 28 4"
		if act.Left != nil {
			want = "Z3 28 34"
		}
		if got := b.z(t, "again", "2026-11-27"); !strings.Contains(got, "2026-11-27 is closed already, by Z report 2") {
			t.Errorf("%s: %s", name, got)
		}
		if got := b.z(t, "3", "2026-11-28"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if z, _ := b.Z(3); z.Report.Previous != act.SHA256 {
			t.Errorf("%s: the Z before has the hash %s, want %s", name, z.Report.Previous, act.SHA256)
		}
	}
}

// TestZLostAndPerhapsNeverMade: of a Z whose act broke off, salvage keeps the number and no place. What it may have
// told is told again.
func TestZLostAndPerhapsNeverMade(t *testing.T) {
	b := newBench(t)
	b.at("2026-11-26 18:00:00")
	b.till.Pay(open(t, b.till, 100), 0)
	b.z(t, "1", "")
	b.at("2026-11-27 18:00:00")
	b.till.Pay(open(t, b.till, 200), 0)
	row := `{"lost":true,"report":{"kind":"Z","number":2,"day":"2026-11-27","at":"2026-11-27T13:00:00Z","by":"m",` +
		`"seq":0,"net_paise":0}}`
	if err := b.settings.Put("z/000002", []byte(row)); err != nil {
		t.Fatal(err)
	}
	b.restart(t, b.till)
	b.at("2026-11-28 18:00:00")
	if got := b.z(t, "3", ""); got != "Z3 28 0 of 27 200" {
		t.Error(got)
	}
}
