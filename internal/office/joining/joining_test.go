package joining_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"galla/internal/office/joining"
	"galla/internal/office/joining/joiningtest"
	"galla/internal/segment"
	"galla/state/chain"
)

var (
	home  = netip.MustParseAddr("203.0.113.7")
	other = netip.MustParseAddr("203.0.113.8")
)

// office is a chain with two shops; the first has two counters.
type office struct {
	*testing.T
	*joining.Joining
	m   *joiningtest.Memory
	now time.Time
}

func newOffice(t *testing.T) *office {
	o := &office{T: t, m: joiningtest.NewMemory(), now: time.Date(2026, 12, 1, 4, 30, 0, 0, time.UTC)}
	o.Joining = joining.New(o.m, rand.Reader, func() time.Time { return o.now })
	o.ok(o.Rename(t.Context(), joining.Office{Name: "Sharma Sweets"}))
	for _, s := range []joining.Shop{
		{Name: "Sharma Sweets, MG Road", GSTIN: "27AAPFU0939F1ZV", Opens: "09:00", Closes: "22:30"},
		{ID: "pune", Name: "Pune"},
	} {
		_, err := o.AddShop(t.Context(), s)
		o.ok(err)
	}
	for _, c := range [][2]string{
		{"sharma-sweets-mg-road", "Till 1"},
		{"sharma-sweets-mg-road", "Till 2"},
		{"pune", "Till 1"},
	} {
		_, err := o.AddCounter(t.Context(), c[0], c[1])
		o.ok(err)
	}
	return o
}

const (
	till1 = "sharma-sweets-mg-road/1"
	till2 = "sharma-sweets-mg-road/2"
)

func (o *office) ok(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) refused(err error, reason joining.Reason) {
	o.Helper()
	if !joining.Is(err, reason) {
		o.Fatalf("%v, want %s", err, reason)
	}
}

func (o *office) code(counter string) string {
	o.Helper()
	code, c, err := o.NewCode(o.Context(), counter, "meena")
	o.ok(err)
	if !c.Expires.Equal(o.now.Add(15 * time.Minute)) {
		o.Fatalf("the code ends at %s", c.Expires)
	}
	return code
}

func key(n byte) ed25519.PublicKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)).Public().(ed25519.PublicKey)
}

func request(code string, n byte, seq uint64) joining.Request {
	return joining.Request{
		Code:    code,
		Key:     key(n),
		Label:   "T1",
		Shop:    "Sharma Sweets",
		Version: "1.4.0",
		Head:    at(seq, n),
	}
}

func at(seq uint64, n byte) segment.Place {
	if seq == 0 {
		return segment.Place{}
	}
	return segment.Place{Seq: seq, Hash: chain.Hash{n, byte(seq)}}
}

func (o *office) state(id string, want joining.State) joining.Terminal {
	o.Helper()
	t, found, err := o.Terminal(o.Context(), id)
	if err != nil || !found || t.State != want {
		o.Fatalf("terminal %s is %+v %v, want %s", id, t, err, want)
	}
	return t
}

func (o *office) assigned(want string) {
	o.Helper()
	all, err := o.Assignments(o.Context())
	o.ok(err)
	var got []string
	for _, a := range all {
		got = append(got, fmt.Sprintf("%s %d.%d", a.Counter, a.Branch, a.From))
	}
	if is := strings.Join(got, ", "); is != want {
		o.Fatalf("assigned: %s, want %s", is, want)
	}
}

// joined is a terminal that was confirmed.
func (o *office) joined(counter string, n byte, seq uint64, replaces string) string {
	o.Helper()
	t, _, err := o.Join(o.Context(), request(o.code(counter), n, seq), home)
	o.ok(err)
	o.ok(o.Confirm(o.Context(), t.ID, replaces, "meena"))
	return t.ID
}

// TestLife: a terminal from its code to its end, each step twice.
func TestLife(t *testing.T) {
	o := newOffice(t)
	code := o.code(till1)
	for range 2 {
		offer, err := o.Look(t.Context(), " "+strings.ReplaceAll(code, "-", " ")+" ", home)
		if err != nil || offer.Office != "Sharma Sweets" || offer.Shop != "Sharma Sweets, MG Road" ||
			offer.Counter != "Till 1" {
			t.Fatalf("%+v %v", offer, err)
		}
	}
	id := segment.TerminalID(key(1))
	for range 2 {
		is, offer, err := o.Join(t.Context(), request(code, 1, 70), home)
		if err != nil || is.ID != id || is.State != joining.Waiting || offer.Counter != "Till 1" {
			t.Fatalf("%+v %+v %v", is, offer, err)
		}
	}
	if is := o.state(id, joining.Waiting); is.Label != "T1" || is.Head != at(70, 1) || is.Address != "203.0.113.7" {
		t.Errorf("%+v", is)
	}
	_, err := o.Look(t.Context(), code, home)
	o.refused(err, joining.CodeOver)
	_, _, err = o.Join(t.Context(), request(code, 2, 0), home)
	o.refused(err, joining.CodeOver)

	o.ok(o.Confirm(t.Context(), id, "", "meena"))
	o.refused(o.Confirm(t.Context(), id, "", "meena"), joining.TerminalState)
	o.state(id, joining.Joined)
	o.assigned(till1 + " 0.1")
	o.now = o.now.Add(time.Hour) // also after the code's end
	if is, _, err := o.Join(t.Context(), request(code, 1, 70), home); err != nil || is.State != joining.Joined {
		t.Fatalf("%+v %v", is, err)
	}

	for range 2 {
		o.ok(o.Leave(t.Context(), id))
		if is := o.state(id, joining.Left); !is.LeftAt.Equal(o.now) {
			t.Errorf("%+v", is)
		}
	}
	o.m.Chain(id, joiningtest.Branch{Head: 90})
	o.now = o.now.Add(time.Hour)
	back := o.joined(till1, 1, 95, "")
	o.assigned(till1 + " 0.1, " + till1 + " 0.96")
	for range 2 {
		o.ok(o.Revoke(t.Context(), back, "meena"))
		o.state(id, joining.Revoked)
	}
	o.ok(o.Leave(t.Context(), id))
	o.state(id, joining.Revoked)
	_, _, err = o.Join(t.Context(), request(o.code(till1), 1, 95), home)
	o.refused(err, joining.TerminalRevoked)
	o.refused(o.Confirm(t.Context(), "aaaaaaaaaaaaaaaa", "", "meena"), joining.TerminalUnknown)
	o.refused(o.Leave(t.Context(), "aaaaaaaaaaaaaaaa"), joining.TerminalUnknown)
}

// TestWaitingNeverTaken: a terminal that left and asks again keeps the time at which it left, so that the core takes
// nothing of it, until somebody confirms it.
func TestWaitingNeverTaken(t *testing.T) {
	o := newOffice(t)
	id := o.joined(till1, 1, 0, "")
	o.ok(o.Leave(t.Context(), id))
	_, _, err := o.Join(t.Context(), request(o.code(till1), 1, 0), home)
	o.ok(err)
	if is := o.state(id, joining.Waiting); is.LeftAt.IsZero() {
		t.Error("the core would take what it sends")
	}
	o.ok(o.Confirm(t.Context(), id, "", "meena"))
	if is := o.state(id, joining.Joined); !is.LeftAt.IsZero() {
		t.Error("the core would take nothing")
	}
}

// TestMove: a box that stands at another counter keeps its past where it was earned.
func TestMove(t *testing.T) {
	o := newOffice(t)
	id := o.joined(till1, 1, 0, "")
	o.m.Chain(id, joiningtest.Branch{Head: 500})
	is, _, err := o.Join(t.Context(), request(o.code(till2), 1, 510), home) // ten places are under way
	if err != nil || is.State != joining.Joined || is.Counter != till2 {
		t.Fatalf("%+v %v", is, err)
	}
	o.assigned(till1 + " 0.1, " + till2 + " 0.511")
	o.m.Chain(id, joiningtest.Branch{Head: 600}, joiningtest.Branch{Head: 300}) // it was put back
	_, _, err = o.Join(t.Context(), request(o.code("pune/1"), 1, 300), home)
	o.ok(err)
	o.assigned(till1 + " 0.1, " + till2 + " 0.511, pune/1 1.301")
	_, _, err = o.Join(t.Context(), request(o.code(till1), 1, 300), home) // it was the wrong counter
	o.ok(err)
	o.assigned(till1 + " 0.1, " + till2 + " 0.511, " + till1 + " 1.301")
}

// TestReplace: what a terminal is put in the place of, with its past and without.
func TestReplace(t *testing.T) {
	for _, c := range []struct {
		name     string
		head     uint64 // of the new one
		holds    bool   // the office has it in the old one's chain
		later    bool   // it is said after the confirmation
		assigned string // of the new one
	}{
		{"an empty card", 0, false, false, "0.1"},
		{"a past of its own", 40, false, false, "0.1"},
		{"the old one's file", 80, true, false, "0.81"},
		{"an empty card, said later", 0, false, true, "0.1"},
		{"the old one's file, said later", 80, true, true, "0.81"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			old := o.joined(till1, 1, 0, "")
			b := joiningtest.Branch{Head: 100}
			if c.holds {
				b.Places = []segment.Place{at(c.head, 2)}
			}
			o.m.Chain(old, b)
			o.now = o.now.Add(time.Hour)
			replaces := old
			if c.later {
				replaces = ""
			}
			id := o.joined(till2, 2, c.head, replaces)
			if c.later {
				o.state(old, joining.Joined)
				o.m.Chain(id, joiningtest.Branch{Head: c.head + 10})
				for range 2 {
					o.ok(o.Replaces(t.Context(), id, old, "meena"))
				}
			}
			if is := o.state(old, joining.Revoked); is.LeftAt.IsZero() || is.By != "meena" {
				t.Errorf("%+v", is)
			}
			if is := o.state(id, joining.Joined); is.Replaces != old {
				t.Errorf("%+v", is)
			}
			all, err := o.Assignments(t.Context())
			o.ok(err)
			var its []string
			for _, a := range all {
				if a.Terminal == id {
					its = append(its, fmt.Sprintf("%d.%d", a.Branch, a.From))
				}
			}
			if strings.Join(its, " ") != c.assigned {
				t.Errorf("assigned %v, want %s", its, c.assigned)
			}
		})
	}

	o := newOffice(t)
	id := o.joined(till1, 1, 0, "")
	o.refused(o.Replaces(t.Context(), id, id, "meena"), joining.SameTerminal)
	o.refused(o.Replaces(t.Context(), id, "", "meena"), joining.TerminalState)
	o.refused(o.Replaces(t.Context(), id, "aaaaaaaaaaaaaaaa", "meena"), joining.TerminalUnknown)
	is, _, err := o.Join(t.Context(), request(o.code(till2), 2, 0), home)
	o.ok(err)
	o.refused(o.Replaces(t.Context(), is.ID, id, "meena"), joining.TerminalState)
	o.refused(o.Confirm(t.Context(), is.ID, is.ID, "meena"), joining.SameTerminal)
	o.state(is.ID, joining.Waiting)
}

// TestCodes: what is no code, what is over, and who tries too often.
func TestCodes(t *testing.T) {
	o := newOffice(t)
	code := o.code(till1)
	o.now = o.now.Add(joining.CodeLife - time.Second)
	_, err := o.Look(t.Context(), code, home)
	o.ok(err)
	o.now = o.now.Add(time.Second)
	_, err = o.Look(t.Context(), code, home)
	o.refused(err, joining.CodeOver)
	_, _, err = o.Join(t.Context(), request(code, 1, 0), home)
	o.refused(err, joining.CodeOver)
	o.now = o.now.Add(25 * time.Hour)
	o.code(till1)
	_, err = o.Look(t.Context(), code, home)
	o.refused(err, joining.CodeUnknown)

	wrong := []string{"", "1234", "123456789", "1234-567a", strings.Repeat(" ", 1000), "１２３４５６７８"}
	for i := range 9 {
		_, err := o.Look(t.Context(), wrong[i%len(wrong)], home)
		o.refused(err, joining.CodeUnknown)
	}
	code = o.code(till1)
	_, err = o.Look(t.Context(), code, home)
	o.refused(err, joining.TooManyTries)
	_, _, err = o.Join(t.Context(), request(code, 1, 0), home)
	if p, ok := errors.AsType[*joining.Problem](err); !ok || p.Wait != 15*time.Minute {
		t.Errorf("%v", err)
	}
	_, err = o.Look(t.Context(), code, other)
	o.ok(err)
	o.now = o.now.Add(15*time.Minute + time.Second)
	code = o.code(till1)
	_, err = o.Look(t.Context(), code, home)
	o.ok(err)

	for i := range 200 { // from everywhere at once
		_, err := o.Look(t.Context(), "", netip.AddrFrom4([4]byte{10, 0, byte(i >> 2), byte(i)}))
		o.refused(err, joining.CodeUnknown)
	}
	_, err = o.Look(t.Context(), code, home)
	o.refused(err, joining.TooManyTries)
}

// TestNetworks: the addresses of one IPv6 customer are one.
func TestNetworks(t *testing.T) {
	o := newOffice(t)
	code := o.code(till1)
	for i := range 10 {
		_, err := o.Look(t.Context(), "", netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i)))
		o.refused(err, joining.CodeUnknown)
	}
	_, err := o.Look(t.Context(), code, netip.MustParseAddr("2001:db8::ffff:1"))
	o.refused(err, joining.TooManyTries)
	_, err = o.Look(t.Context(), code, netip.MustParseAddr("2001:db8:0:1::1"))
	o.ok(err)
	_, err = o.Look(t.Context(), code, netip.MustParseAddr("::ffff:203.0.113.7"))
	o.ok(err)
}

// TestFailedCommits: a commit that fails leaves nothing, or all of it, and the same again ends the same.
func TestFailedCommits(t *testing.T) {
	for _, applied := range []bool{false, true} {
		o := newOffice(t)
		lost := errors.New("the database stopped")
		twice := func(do func() error) {
			t.Helper()
			o.m.Fail = func() (bool, error) { return applied, lost }
			if err := do(); !errors.Is(err, lost) {
				t.Fatalf("%v", err)
			}
			o.m.Fail = nil
			if err := do(); err != nil && !(applied && joining.Is(err, joining.TerminalState)) {
				t.Fatal(err)
			}
		}
		code := o.code(till1)
		id := segment.TerminalID(key(1))
		twice(func() error { _, _, err := o.Join(t.Context(), request(code, 1, 0), home); return err })
		o.state(id, joining.Waiting)
		twice(func() error { return o.Confirm(t.Context(), id, "", "meena") })
		o.state(id, joining.Joined)
		o.assigned(till1 + " 0.1")
		twice(func() error { return o.Leave(t.Context(), id) })
		twice(func() error { return o.Revoke(t.Context(), id, "meena") })
		o.state(id, joining.Revoked)
	}
}

// TestShops: what can't be a shop or a counter.
func TestShops(t *testing.T) {
	o := newOffice(t)
	good := joining.Shop{ID: "goa", Name: "Goa"}
	for name, c := range map[string]struct {
		change func(*joining.Shop)
		want   joining.Reason
	}{
		"an id twice":      {func(s *joining.Shop) { s.ID = "pune" }, joining.ShopTwice},
		"no letters":       {func(s *joining.Shop) { s.ID, s.Name = "", "शर्मा" }, joining.BadID},
		"a slash":          {func(s *joining.Shop) { s.ID = "a/b" }, joining.BadID},
		"a long id":        {func(s *joining.Shop) { s.ID = strings.Repeat("a", 33) }, joining.BadID},
		"no name":          {func(s *joining.Shop) { s.Name = "" }, joining.BadName},
		"a line break":     {func(s *joining.Shop) { s.Name = "a\nb" }, joining.BadName},
		"a long name":      {func(s *joining.Shop) { s.Name = strings.Repeat("क", 81) }, joining.BadName},
		"a mistyped GSTIN": {func(s *joining.Shop) { s.GSTIN = "27AAPFU0939F1ZW" }, joining.BadGSTIN},
		"another state":    {func(s *joining.Shop) { s.GSTIN, s.State = "27AAPFU0939F1ZV", "30" }, joining.BadState},
		"half a state":     {func(s *joining.Shop) { s.State = "3" }, joining.BadState},
		"half its hours":   {func(s *joining.Shop) { s.Opens = "09:00" }, joining.BadHours},
		"no hour":          {func(s *joining.Shop) { s.Opens, s.Closes = "9:00", "25:00" }, joining.BadHours},
		"never open":       {func(s *joining.Shop) { s.Opens, s.Closes = "09:00", "09:00" }, joining.BadHours},
	} {
		s := good
		c.change(&s)
		_, err := o.AddShop(t.Context(), s)
		if !joining.Is(err, c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	_, err := o.AddShop(t.Context(), good)
	o.ok(err)
	good.Opens, good.Closes = "18:00", "02:00"
	o.ok(o.ChangeShop(t.Context(), good))
	o.refused(o.ChangeShop(t.Context(), joining.Shop{ID: "delhi", Name: "Delhi"}), joining.ShopUnknown)
	shops, err := o.Shops(t.Context())
	if err != nil || len(shops) != 3 || shops[0] != good || shops[2].State != "27" {
		t.Errorf("%+v %v", shops, err)
	}
	_, err = o.AddCounter(t.Context(), "pune", "tiII 1")
	o.refused(err, joining.CounterTwice)
	_, err = o.AddCounter(t.Context(), "delhi", "Till 1")
	o.refused(err, joining.ShopUnknown)
	_, _, err = o.NewCode(t.Context(), "pune/9", "meena")
	o.refused(err, joining.CounterUnknown)
	o.refused(o.Rename(t.Context(), joining.Office{}), joining.BadName)
	_, _, err = o.Join(t.Context(), joining.Request{Key: key(1)[:31]}, home)
	o.refused(err, joining.BadKey)
}

// FuzzJoin: whatever a box says, it gets in only with a code that was made, and what is kept of it can be shown.
func FuzzJoin(f *testing.F) {
	f.Add("1234-5678", "T1", "Sharma", "1.0", uint64(1))
	f.Add("", "\x00", "\u202e", "\xff", uint64(1)<<63)
	f.Fuzz(func(t *testing.T, code, label, shop, version string, seq uint64) {
		o := newOffice(t)
		r := request(code, 1, seq)
		r.Label, r.Shop, r.Version = label, shop, version
		if _, _, err := o.Join(t.Context(), r, home); !joining.Is(err, joining.CodeUnknown) {
			t.Fatalf("%v", err)
		}
		r.Code = o.code(till1)
		is, _, err := o.Join(t.Context(), r, home)
		if err != nil || len(is.Label) > 64 || strings.ContainsAny(is.Shop+is.Version, "\x00\n\u202e") {
			t.Fatalf("%+v %v", is, err)
		}
	})
}
