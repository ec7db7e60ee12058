package office_test

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"galla/internal/office"
	"galla/internal/office/officetest"
	"galla/internal/segment"
	"galla/state"
)

// TestGolden: what boxes of every version that ever was sent is taken and followed for ever: each stretch of their
// golden segments, alone and in any order, comes to the sales that its events say.
func TestGolden(t *testing.T) {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{25}, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	id := segment.TerminalID(key)
	read := func(version int, name string) (raw []byte, sales map[string]state.Sale) {
		t.Helper()
		file := filepath.Join("..", "segment", "testdata", fmt.Sprintf("v%d", version), name+".segment")
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := os.Open(file + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		defer lines.Close()
		sales = map[string]state.Sale{}
		for s := bufio.NewScanner(lines); s.Scan(); {
			var line struct {
				Event *state.Event `json:"event"`
			}
			if err := json.Unmarshal(s.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			if e := line.Event; e != nil && e.SaleID != "" {
				if next, _, err := state.Apply(sales[e.SaleID], *e); err == nil {
					sales[e.SaleID] = next
				}
			}
		}
		return raw, sales
	}
	for version := 1; version <= segment.Version; version++ {
		for _, c := range []struct {
			names []string
			want  []segment.Kind
		}{
			{[]string{"long"}, []segment.Kind{segment.Append}},
			{
				[]string{"first", "sale", "long", "sale", "first", "pruned", "root"},
				[]segment.Kind{
					segment.Append,
					segment.Gap,
					segment.Append,
					segment.Duplicate,
					segment.Duplicate,
					segment.Duplicate,
					segment.Duplicate,
				},
			},
			{[]string{"root", "pruned"}, []segment.Kind{segment.Hole, segment.Duplicate}},
			{[]string{"pruned"}, []segment.Kind{segment.Gap}},
			{[]string{"lost"}, []segment.Kind{segment.Gap}},
		} {
			m := officetest.NewMemory(office.Terminal{ID: id, Key: key})
			o := office.New(m, func() time.Time { return time.Unix(1796119200, 0) })
			want := map[string]state.Sale{}
			for i, name := range c.names {
				raw, sales := read(version, name)
				answers, err := o.Take(t.Context(), []office.Submission{{Terminal: id, Raw: raw}})
				if err != nil || answers[0].Verdict != c.want[i] {
					t.Fatalf("version %d, %v: %s is %+v %v, want %s", version, c.names, name, answers, err, c.want[i])
				}
				if c.want[i] == segment.Append || c.want[i] == segment.Hole {
					maps.Copy(want, sales)
				}
			}
			if (c.names[0] == "long" || c.names[0] == "first") && len(want) < 8 {
				t.Errorf("version %d, %v: only %d sales", version, c.names, len(want))
			}
			for sale, w := range want {
				is := m.Rows(t).SalesOf(id, 0)[sale]
				a, _ := json.Marshal(is.Sale)
				if b, _ := json.Marshal(w); w.ID != "" && is.Trouble == "" && !bytes.Equal(a, b) {
					t.Errorf("version %d, %v: sale %s is\n%s, want\n%s", version, c.names, sale, a, b)
				}
				if (is.Trouble == office.TroubleHole) != (c.names[0] == "root" && w.ID == "") {
					t.Errorf("version %d, %v: sale %s is in trouble: %q", version, c.names, sale, is.Trouble)
				}
			}
		}
	}

	raw, _ := read(1, "long")
	raw[0] = segment.Version + 1
	m := officetest.NewMemory(office.Terminal{ID: id, Key: key})
	o := office.New(m, func() time.Time { return time.Unix(1796119200, 0) })
	answers, err := o.Take(t.Context(), []office.Submission{{Terminal: id, Raw: raw}})
	if f := m.Rows(t).Findings; err != nil || answers[0].Verdict != segment.Refused || len(f) != 1 ||
		f[0].Kind != office.FindingRefused {
		t.Errorf("a segment of a version to come: %+v %v %+v", answers, err, f)
	}
}

// TestOlderOffice: an office that is older than its boxes keeps what they send, says which sales wait for an update,
// and counts the rest; behind the update and a rebuild everything is as if it had never been older.
func TestOlderOffice(t *testing.T) {
	b := newTill(t, 1, 11, 0)
	b.trade(900)
	b.close("k")
	m, fresh := officetest.NewMemory(b.terminal()), officetest.NewMemory(b.terminal())
	newer := office.New(m, func() time.Time { return b.now })
	older := office.Older(newer, state.EventRefundAsked, state.EventResolved)
	b.send(older)
	b.bring(older)
	never := office.New(fresh, func() time.Time { return b.now })
	b.send(never)
	b.bring(never)

	refunded, waiting, held := 0, 0, 0
	for _, s := range b.sales {
		if len(s.Refunds) > 0 || len(s.Resolutions) > 0 {
			refunded++
		}
	}
	var wait []string
	for _, s := range m.Rows(t).SalesOf(b.id, 0) {
		switch s.Trouble {
		case "":
		case office.TroubleNewer:
			waiting++
			wait = append(wait, s.ID)
		default:
			t.Errorf("sale %s: %s", s.ID, s.Trouble)
		}
	}
	for _, f := range m.Rows(t).Findings {
		if f.Kind != office.FindingNewer || !slices.Contains(wait, f.Values["sale"]) {
			t.Errorf("%+v", f)
		}
	}
	for _, z := range m.Rows(t).Zs {
		if z.State == office.ZProved && z.Why == office.WhyTrouble {
			held++
		} else if z.State != office.ZRecomputed {
			t.Errorf("Z%d is %s %s %+v", z.Number, z.State, z.Why, z.Differs)
		}
	}
	if waiting != refunded || waiting < 5 || len(m.Rows(t).Findings) != waiting || held == 0 {
		t.Errorf("%d sales wait of %d, %d findings, %d Z reports", waiting, refunded, len(m.Rows(t).Findings), held)
	}

	for range 2 {
		if _, err := newer.Rebuild(t.Context(), b.id); err != nil {
			t.Fatal(err)
		}
		if a, b := m.Rows(t), fresh.Rows(t); a.Text() != b.Text() || len(a.Findings) > 0 {
			t.Errorf("behind the update there are other rows, or findings: %+v", a.Findings)
		}
	}
	// And back: an office that is put back to an older version finds them again.
	if _, err := older.Rebuild(t.Context(), b.id); err != nil {
		t.Fatal(err)
	}
	if f := m.Rows(t).Findings; len(f) != waiting || f[0].Kind != office.FindingNewer {
		t.Errorf("%+v", f)
	}
}

// FuzzZ: whatever bytes stand behind a hash, the office reads them within bounds, and what it has read says nothing
// that does not fit.
func FuzzZ(f *testing.F) {
	f.Add([]byte(`{"kind":"Z","number":1,"day":"2026-11-22","after":0,"seq":5,"net_paise":0}`))
	f.Add(
		[]byte(
			`{"kind":"Z","number":1,"day":"2026-11-22",` +
				`"other_days":[{"day":"2026-11-21","upi":{"count":1,"paise":5}}]}`,
		),
	)
	f.Add([]byte(`{"kind":"Z","left":{"from":"2026-11-22T00:00:00Z","to":"2026-11-21T00:00:00Z"}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, raw []byte) { office.ReadZ(t, raw) })
}
