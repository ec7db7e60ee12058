package watch_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/office"
	"galla/internal/office/watch"
	"galla/internal/office/watch/watchtest"
	"galla/internal/segment"
	"galla/state/chain"
)

// shop is a terminal in a bubble, and the office's watch.
type shop struct {
	t    *testing.T
	m    *watchtest.Memory
	w    *watch.Watch
	box  wire.Health
	off  time.Duration // of the box's clock
	head uint64
	ours uint64
}

const id = "ipmuourvjkuepsfq"

// in runs a test in a bubble that begins on Tuesday, 2026-12-01, at an hour of IST.
func in(t *testing.T, hour string, do func(*shop)) {
	synctest.Test(t, func(t *testing.T) {
		from, err := time.ParseInLocation("2006-01-02 15:04", "2026-12-01 "+hour, day.IST)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(from))
		s := &shop{t: t, m: watchtest.NewMemory(), head: 10, ours: 10, box: wire.Health{
			Ready:    true,
			Version:  "1.4.0",
			Printer:  "ready",
			Gateways: []wire.Gateway{{Name: "enkash", OK: true}, {Name: "razorpay", OK: true}},
		}}
		s.m.Join(watch.Standing{Terminal: id, JoinedAt: time.Now(), Shop: "goa", Opens: "09:00", Closes: "22:00"})
		s.restart()
		do(s)
	})
}

// restart is another office process.
func (s *shop) restart() {
	s.w = watch.New(watch.Options{Store: s.m, Version: "1.4.0", Log: slog.New(slog.DiscardHandler)})
}

func place(seq uint64) segment.Place { return segment.Place{Seq: seq, Hash: chain.Hash{byte(seq), 1}} }

func (s *shop) beat() {
	s.t.Helper()
	raw, err := json.Marshal(s.box)
	if err != nil {
		s.t.Fatal(err)
	}
	m := segment.Heartbeat{Head: place(s.head), At: time.Now().Add(s.off), Health: raw}
	newer, err := s.w.Heard(s.t.Context(), id, m, time.Now(), []segment.Place{place(s.ours)})
	if err != nil || !newer {
		s.t.Fatalf("%v %v", newer, err)
	}
}

// passes lets time go by, with a heartbeat a minute or none, and a round every 20 s.
func (s *shop) passes(d time.Duration, beats bool) {
	s.t.Helper()
	for n := 0; time.Duration(n)*watch.Every < d; n++ {
		if beats && n%3 == 0 {
			s.beat()
		}
		if err := s.w.Round(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
		time.Sleep(watch.Every)
	}
}

// says wants what began and ended since.
func (s *shop) says(want ...string) {
	s.t.Helper()
	for i := range want {
		want[i] += " " + id
	}
	if got := s.m.History(); !slices.Equal(got, want) && len(got)+len(want) > 0 {
		s.t.Errorf("at %s: %q, want %q", time.Now().In(day.IST).Format("Mon 15:04:05"), got, want)
	}
}

// value wants a value of an open condition.
func (s *shop) value(kind, name, want string) {
	s.t.Helper()
	open, err := s.m.Open(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range open {
		fit := office.Finding{Kind: c.Kind, Values: c.Values, At: time.Now()}
		if !fit.Fits() {
			s.t.Errorf("%+v is no finding of the office", c)
		}
		if c.Kind == kind {
			if c.Values[name] != want {
				s.t.Errorf("%s is %q, want %q", name, c.Values[name], want)
			}
			return
		}
	}
	s.t.Errorf("%s has not begun", kind)
}

// TestSilent: a box that says nothing in its shop's hours is silent from the fourth minute on, until it is heard, also
// behind the hours.
func TestSilent(t *testing.T) {
	in(t, "21:30", func(s *shop) {
		s.passes(10*time.Minute, true)
		s.says()
		last := time.Now().Add(-time.Minute)
		s.passes(90*time.Second, false)
		s.says()
		s.passes(2*time.Minute, false)
		s.says("begin silent")
		s.value("silent", "heard_at", last.UTC().Format(time.RFC3339))
		s.passes(time.Hour, false) // past 22:00
		s.says()
		s.passes(2*time.Minute, true)
		s.says("end silent")
		s.passes(10*time.Hour, false) // by night nothing is said, until the shop opens
		s.says()
		s.passes(30*time.Minute, false)
		s.says("begin silent")
	})
}

// TestNeverHeard: a box that was let in and says nothing is silent too.
func TestNeverHeard(t *testing.T) {
	in(t, "12:00", func(s *shop) {
		s.passes(150*time.Second, false)
		s.says()
		s.passes(time.Minute, false)
		s.says("begin silent")
		s.m.Leave(id)
		s.passes(time.Minute, false)
		s.says("end silent")
	})
}

// TestOfficeAway: an office that was away, or whose store failed, gives every box three minutes, and goes on with what
// had begun.
func TestOfficeAway(t *testing.T) {
	in(t, "12:00", func(s *shop) {
		s.passes(time.Minute, true)
		time.Sleep(time.Hour)
		s.restart()
		s.passes(2*time.Minute, false)
		s.says()
		s.passes(90*time.Second, false)
		s.says("begin silent")
		s.restart()
		s.passes(10*time.Minute, false)
		s.says()

		s.passes(time.Minute, true)
		s.says("end silent")
		s.m.Fail = func() (bool, error) { return false, errors.New("the database stopped") }
		time.Sleep(10 * time.Minute) // rounds fail and heartbeats too
		s.m.Fail = nil
		s.passes(2*time.Minute, false)
		s.says()
	})
}

// TestFailedChange: a commit that fails, with and without effect, is made good by the next round, and said once.
func TestFailedChange(t *testing.T) {
	for _, applied := range []bool{false, true} {
		in(t, "12:00", func(s *shop) {
			s.passes(5*time.Minute, false)
			s.says("begin silent")
			s.box.Attention = 1
			s.beat()
			lost := errors.New("the database stopped")
			s.m.Fail = func() (bool, error) { return applied, lost }
			if err := s.w.Round(s.t.Context()); !errors.Is(err, lost) {
				t.Fatal(err)
			}
			s.m.Fail = nil
			s.passes(time.Minute, false)
			got := s.m.History()
			slices.Sort(got)
			if !slices.Equal(got, []string{"begin attention " + id, "end silent " + id}) {
				t.Errorf("%q", got)
			}
		})
	}
}

// TestLearned: a shop without hours is open from the first sale to the last of its last four same weekdays, and half an
// hour around, also past midnight.
func TestLearned(t *testing.T) {
	at := func(text string) time.Time {
		at, err := time.ParseInLocation("2006-01-02 15:04", text, day.IST)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		hour   string
		silent bool
	}{
		{"00:10", true}, // Monday's trade went on to 00:20
		{"01:00", false},
		{"10:20", false},
		{"10:50", true}, // the earliest of four Tuesdays was 11:15
		{"16:00", true},
		{"20:05", true}, // the latest 19:40
		{"20:20", false},
	} {
		in(t, c.hour, func(s *shop) {
			s.m.Join(watch.Standing{Terminal: id, JoinedAt: time.Now(), Shop: "goa"})
			s.m.Traded("goa", "2026-11-24", watch.Span{First: at("2026-11-24 11:30"), Last: at("2026-11-24 19:00")})
			s.m.Traded("goa", "2026-11-17", watch.Span{First: at("2026-11-17 11:15"), Last: at("2026-11-17 19:30")})
			s.m.Traded("goa", "2026-11-03", watch.Span{First: at("2026-11-03 12:00"), Last: at("2026-11-03 19:40")})
			s.m.Traded("goa", "2026-10-27", watch.Span{First: at("2026-10-27 06:00"), Last: at("2026-10-27 23:00")})
			s.m.Traded("goa", "2026-11-25", watch.Span{First: at("2026-11-25 06:00"), Last: at("2026-11-25 23:00")})
			s.m.Traded("goa", "2026-11-23", watch.Span{First: at("2026-11-23 11:00"), Last: at("2026-11-24 00:20")})
			s.passes(4*time.Minute, false)
			if got := len(s.m.History()) == 1; got != c.silent {
				t.Errorf("%s: silent is %v, want %v", c.hour, got, c.silent)
			}
		})
	}
	in(t, "12:00", func(s *shop) { // one that never traded, and one that stands nowhere
		s.m.Join(watch.Standing{Terminal: id, JoinedAt: time.Now(), Shop: "goa"})
		s.passes(10*time.Minute, false)
		s.m.Join(watch.Standing{Terminal: id, JoinedAt: time.Now()})
		s.passes(10*time.Minute, false)
		s.says()
	})
}

// TestBehind: a box that has more than the office, and of which nothing comes, is behind after five minutes; one that
// catches up slowly is not.
func TestBehind(t *testing.T) {
	in(t, "12:00", func(s *shop) {
		s.passes(time.Minute, true)
		s.head = 20
		s.passes(4*time.Minute, true)
		s.says()
		s.passes(2*time.Minute, true)
		s.says("begin behind")
		s.value("behind", "place", "20")
		s.value("behind", "here", "10")
		s.restart()
		s.passes(2*time.Minute, true)
		s.says()
		s.ours = 15 // something came
		s.passes(time.Minute, true)
		s.says("end behind")
		for range 30 { // it catches up, a bit a minute
			s.head, s.ours = s.head+2, s.ours+1
			s.passes(time.Minute, true)
		}
		s.says()
		s.ours = s.head
		s.passes(10*time.Minute, true)
		s.says()
		s.head = 3 // it was put back, and the office holds other places
		s.passes(7*time.Minute, true)
		s.says("begin behind")
		s.ours = 3
		s.passes(time.Minute, true)
		s.says("end behind")
	})
}

// TestHealth: what a box's health says begins and ends with it.
func TestHealth(t *testing.T) {
	bad := wire.Check{Check: "disk", Level: wire.LevelBad, SaysCode: "disk_full"}
	for kind, c := range map[string]struct {
		turn        func(*shop)
		back        func(*shop)
		name, value string
	}{
		"clock": {func(s *shop) { s.off = 301 * time.Second }, func(s *shop) { s.off = -299 * time.Second },
			"seconds", "301"},
		"stopped": {func(s *shop) { s.box.Ready, s.box.ProblemCode = false, "health_store" },
			func(s *shop) { s.box.Ready = true }, "code", "health_store"},
		"gateway": {func(s *shop) { s.box.Gateways[1].OK = false }, func(s *shop) { s.box.Gateways[1].OK = true },
			"gateways", "razorpay"},
		"printer": {func(s *shop) { s.box.Printer, s.box.PrinterCode = "it is out of paper", "paper_out" },
			func(s *shop) { s.box.Printer = "none" }, "code", "paper_out"},
		"disk": {func(s *shop) { s.box.Checkup = &wire.Checkup{Checks: []wire.Check{bad}} },
			func(s *shop) { s.box.Checkup = nil }, "code", "disk_full"},
		"attention": {func(s *shop) { s.box.Attention = 2 }, func(s *shop) { s.box.Attention = 0 }, "sales", "2"},
		"newer": {func(s *shop) { s.box.Version = "v1.4.1-3-gabc" }, func(s *shop) { s.box.Version = "1.4.0" },
			"version", "v1.4.1-3-gabc"},
	} {
		t.Run(kind, func(t *testing.T) {
			in(t, "12:00", func(s *shop) {
				s.passes(time.Minute, true)
				s.says()
				c.turn(s)
				s.passes(time.Minute, true)
				s.says("begin " + kind)
				s.value(kind, c.name, c.value)
				s.restart()
				s.passes(5*time.Minute, true)
				s.says()
				c.back(s)
				s.passes(time.Minute, true)
				s.says("end " + kind)
			})
		})
	}
	in(t, "12:00", func(s *shop) { // more of the same is the same finding, with its newest values
		s.box.Attention = 1
		s.passes(time.Minute, true)
		s.box.Attention = 3
		s.passes(time.Minute, true)
		s.says("begin attention")
		s.value("attention", "sales", "3")
	})
}

// TestTwoOffices: two offices on one store say everything once.
func TestTwoOffices(t *testing.T) {
	in(t, "12:00", func(s *shop) {
		other := watch.New(watch.Options{Store: s.m, Version: "1.4.0", Log: slog.New(slog.DiscardHandler)})
		go func() {
			for range 60 {
				time.Sleep(7 * time.Second)
				if err := other.Round(s.t.Context()); err != nil {
					t.Error(err)
				}
			}
		}()
		s.passes(5*time.Minute, false)
		s.passes(5*time.Minute, true)
		s.says("begin silent", "end silent")
	})
}

// TestRun: rounds are made until the end, and counted.
func TestRun(t *testing.T) {
	in(t, "12:00", func(s *shop) {
		var counts []watch.Counts
		w := watch.New(watch.Options{
			Store: s.m,
			Log:   slog.New(slog.DiscardHandler),
			Told:  func(c watch.Counts) { counts = append(counts, c) },
		})
		ctx, cancel := context.WithCancel(s.t.Context())
		go w.Run(ctx)
		time.Sleep(4*time.Minute - time.Second)
		cancel()
		synctest.Wait()
		last := counts[len(counts)-1]
		if len(counts) != 12 || last.Terminals != 1 || last.Holds["silent"] != 1 ||
			len(last.Holds) != len(watch.Kinds) {
			t.Errorf("%d rounds: %+v", len(counts), last)
		}
	})
}

// FuzzHeard: whatever a box says of its health, it is kept or says nothing, and can be shown.
func FuzzHeard(f *testing.F) {
	f.Add(`{"ready":true,"version":"1.0.0","printer":"none"}`)
	f.Add(`{"ready":false,"gateways":[{"name":"\u0000\u202e"}],"attention":-5,` +
		`"checkup":{"checks":[{"check":"disk","level":"bad"}]}}`)
	f.Add(`[`)
	f.Add("{\"version\":\"\xff\"}")
	f.Fuzz(func(t *testing.T, health string) {
		m := watchtest.NewMemory()
		w := watch.New(watch.Options{Store: m, Log: slog.New(slog.DiscardHandler)})
		beat := segment.Heartbeat{Head: place(1), Health: json.RawMessage(health)}
		if newer, err := w.Heard(t.Context(), id, beat, time.Now(), nil); err != nil || !newer {
			t.Fatalf("%v %v", newer, err)
		}
		b, _, err := m.Beat(t.Context(), id)
		if err != nil || b.Said.Attention < 0 || b.Health != nil && !json.Valid(b.Health) {
			t.Fatalf("%+v %v", b, err)
		}
		raw, err := json.Marshal(b.Said)
		var back watch.Said
		if err := errors.Join(err, json.Unmarshal(raw, &back)); err != nil || !reflect.DeepEqual(back, b.Said) ||
			strings.ContainsAny(string(raw), "\u202e") {
			t.Fatalf("%s %v", raw, err)
		}
	})
}
