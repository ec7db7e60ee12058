package mandate

import (
	"testing"

	"galla/internal/money"
)

// TestRetry: a debit that failed is tried again within its period, 24 hours from now at the soonest, as often as it
// fails; where that is not possible any more there is no day.
func TestRetry(t *testing.T) {
	failed := Debit{Reference: "D1", Sale: "1205-1", Day: "2026-12-05", State: NotPaid}
	told := Notice{"D1", rs600, "2026-12-05", at("2026-12-04 09:00")}
	for name, c := range map[string]struct {
		change func(*Mandate, *Past)
		now    string
		want   string
	}{
		"the same day":            {nil, "2026-12-05 11:00", "2026-12-06"},
		"weeks later":             {nil, "2026-12-20 11:00", "2026-12-21"},
		"on the last day but one": {nil, "2026-12-30 11:00", "2026-12-31"},
		"too late in the period":  {nil, "2026-12-31 11:00", ""},
		"in the next period":      {nil, "2027-01-02 11:00", ""},
		"nothing failed":          {func(_ *Mandate, p *Past) { p.Debits = nil }, "2026-12-05 11:00", ""},
		"it was paid":             {func(_ *Mandate, p *Past) { p.Debits[0].State = Paid }, "2026-12-05 11:00", ""},
		"it is under way":         {func(_ *Mandate, p *Past) { p.Debits[0].State = UnderWay }, "2026-12-05 11:00", ""},
		"nobody knows": {func(_ *Mandate, p *Past) {
			p.Debits[0].State = Undecided
		}, "2026-12-05 11:00", ""},
		"it failed, and one is paid": {func(_ *Mandate, p *Past) {
			p.Debits = append(p.Debits, Debit{Reference: "D2", Sale: "1207-1", Day: "2026-12-07", State: Paid})
		}, "2026-12-08 11:00", ""},
		"it failed twice": {func(_ *Mandate, p *Past) {
			p.Notices = append(p.Notices, Notice{"D2", rs600, "2026-12-07", at("2026-12-06 09:00")})
			p.Debits = append(p.Debits, Debit{Reference: "D2", Sale: "1207-1", Day: "2026-12-07", State: NotPaid})
		}, "2026-12-08 11:00", "2026-12-09"},
		"the payer was told of the next try": {func(_ *Mandate, p *Past) {
			p.Notices = append(p.Notices, Notice{"D2", rs600, "2026-12-07", at("2026-12-06 09:00")})
		}, "2026-12-06 11:00", ""},
		"nobody knows whether he was": {func(_ *Mandate, p *Past) {
			p.Unsure = []Unsure{{"O7", "D2", "2026-12-07"}}
		}, "2026-12-06 11:00", ""},
		"paused": {func(m *Mandate, _ *Past) { m.State = Paused }, "2026-12-05 11:00", ""},
	} {
		m, p := milk(), Past{Notices: []Notice{told}, Debits: []Debit{failed}}
		if c.change != nil {
			c.change(m, &p)
		}
		if got := m.Retry(p, at(c.now)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestNoticeUnsure: while nobody knows whether the payer was told, he is told of nothing else; a day that is over bars
// nothing, and a debit may still be asked by a notice that is known.
func TestNoticeUnsure(t *testing.T) {
	m := milk()
	p := Past{Unsure: []Unsure{{"O7", "D1", "2026-12-05"}}}
	ask := Ask{Reference: "D2", Amount: rs600, Day: "2026-12-05"}
	if err := m.MayNotify(ask, p, at("2026-12-04 09:30")); code(err) != "notice_unknown" {
		t.Errorf("%v", err)
	}
	if next := m.Plan(p, at("2026-12-04 09:30")); next.Step != StepUnsure || next.Day != "2026-12-05" ||
		next.Reference != "D1" {
		t.Errorf("%+v", next)
	}
	ask.Day = "2027-01-05"
	if err := m.MayNotify(ask, p, at("2026-12-05 23:59")); code(err) != "notice_unknown" {
		t.Errorf("another day: %v", err)
	}
	if err := m.MayNotify(ask, p, at("2026-12-06 00:01")); err != nil {
		t.Errorf("its day is over: %v", err)
	}
	if next := m.Plan(p, at("2026-12-06 09:30")); next.Step != StepLater {
		t.Errorf("its day is over: %+v", next)
	}
	p.Notices = []Notice{{"D2", rs600, "2026-12-05", at("2026-12-04 09:00")}}
	if told, err := m.MayDebit(Ask{}, p, at("2026-12-05 10:00")); err != nil || told.Reference != "D2" {
		t.Errorf("%+v, %v", told, err)
	}
}

// TestLost: periods that went by without a debit are counted from the first that the payer could be told of.
func TestLost(t *testing.T) {
	since := "2026-11-01 10:00"
	debit := func(on string, state DebitState) Debit { return Debit{Reference: on, Day: on, State: state} }
	notice := func(on string) Notice { return Notice{on, 100 * money.Rupee, on, at(on + " 00:00").Add(-Ahead)} }
	for name, c := range map[string]struct {
		change func(*Mandate, *Past)
		since  string
		now    string
		want   Lost
	}{
		"before its first day":   {nil, since, "2026-11-03 10:00", Lost{}},
		"it can still be told":   {nil, since, "2026-11-04 23:30", Lost{}},
		"it can't any more":      {nil, since, "2026-11-05 00:30", Lost{1, "2026-11-01", "2026-11-30"}},
		"three months":           {nil, since, "2027-01-20 10:00", Lost{3, "2027-01-01", "2027-01-31"}},
		"known too late":         {nil, "2026-11-05 10:00", "2026-11-20 10:00", Lost{}},
		"known before its start": {nil, "2026-09-01 10:00", "2026-11-20 10:00", Lost{1, "2026-11-01", "2026-11-30"}},
		"debited": {func(_ *Mandate, p *Past) {
			p.Debits = []Debit{debit("2026-11-05", Paid)}
		}, since, "2026-11-20 10:00", Lost{}},
		"failed": {func(_ *Mandate, p *Past) {
			p.Debits = []Debit{debit("2026-11-05", NotPaid)}
		}, since, "2026-11-20 10:00", Lost{}},
		"of unknown end": {func(_ *Mandate, p *Past) {
			p.Debits = []Debit{debit("2026-11-05", Undecided)}
		}, since, "2026-11-20 10:00", Lost{}},
		"one of two": {func(_ *Mandate, p *Past) {
			p.Debits = []Debit{debit("2026-12-05", Paid)}
		}, since, "2026-12-20 10:00", Lost{1, "2026-11-01", "2026-11-30"}},
		"told, on its day": {func(_ *Mandate, p *Past) {
			p.Notices = []Notice{notice("2026-11-05")}
		}, since, "2026-11-05 10:00", Lost{}},
		"told, and nobody came": {func(_ *Mandate, p *Past) {
			p.Notices = []Notice{notice("2026-11-05")}
		}, since, "2026-11-06 10:00", Lost{1, "2026-11-01", "2026-11-30"}},
		"perhaps told": {func(_ *Mandate, p *Past) {
			p.Unsure = []Unsure{{"O1", "D", "2026-11-05"}}
		}, since, "2026-11-05 10:00", Lost{}},
		"paused": {func(m *Mandate, _ *Past) { m.State = Paused }, since, "2027-01-20 10:00", Lost{}},
		"daily": {func(m *Mandate, _ *Past) {
			m.Period = "DAILY"
		}, since, "2027-01-20 10:00", Lost{}},
		"when a person says": {func(m *Mandate, _ *Past) {
			m.Period = "ASPRESENTED"
		}, since, "2027-01-20 10:00", Lost{}},
		"any day, not over": {func(m *Mandate, _ *Past) {
			m.Rule, m.Value = "", 0
		}, since, "2026-11-29 10:00", Lost{}},
		"any day, over": {func(m *Mandate, _ *Past) {
			m.Rule, m.Value = "", 0
		}, since, "2026-11-30 10:00", Lost{1, "2026-11-01", "2026-11-30"}},
		"a quarter, in its month": {func(m *Mandate, _ *Past) {
			m.Period = "QUARTERLY"
		}, since, "2026-12-20 10:00", Lost{}},
		"a quarter, over": {func(m *Mandate, _ *Past) {
			m.Period = "QUARTERLY"
		}, since, "2027-01-05 10:00", Lost{1, "2026-11-01", "2027-01-31"}},
		"weekly, a year": {func(m *Mandate, _ *Past) {
			m.Period, m.Value = "WEEKLY", 1
		}, since, "2026-12-01 10:00", Lost{5, "2026-11-30", "2026-12-06"}},
		"paused in its last days": {func(_ *Mandate, p *Past) {
			p.Idle = []Span{{at("2026-11-04 10:00"), at("2026-11-20 10:00")}}
		}, since, "2026-12-20 10:00", Lost{1, "2026-12-01", "2026-12-31"}},
		"paused after its day": {func(_ *Mandate, p *Past) {
			p.Idle = []Span{{at("2026-11-06 10:00"), at("2026-11-20 10:00")}}
		}, since, "2026-11-20 10:00", Lost{1, "2026-11-01", "2026-11-30"}},
	} {
		m, p := milk(), Past{}
		if c.change != nil {
			c.change(m, &p)
		}
		if got := m.Lost(p, at(c.since), at(c.now)); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}
