package mandate

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"galla/internal/day"
	"galla/internal/money"
)

const rs600 = 600 * money.Rupee

func at(text string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", text, day.IST)
	if err != nil {
		panic(err)
	}
	return t
}

func milk() *Mandate {
	return &Mandate{
		State:  Active,
		Amount: rs600,
		Period: "MONTHLY",
		Rule:   "ON",
		Value:  5,
		Start:  at("2026-11-01 00:00"),
		End:    at("2027-10-31 23:59"),
	}
}

func code(err error) string {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Code
	}
	return ""
}

// TestCorner_2: one debit a period, by its own notice's reference, over its amount, of an active mandate; never beside
// one without an end.
func TestCorner_2(t *testing.T) {
	told := Notice{"D1", rs600, "2026-12-05", at("2026-12-04 09:00")}
	older := Debit{Reference: "D0", Sale: "1105-3", Day: "2026-11-05", State: Paid}
	now := at("2026-12-05 10:00")
	for name, tc := range map[string]struct {
		change func(*Mandate, *Past, *Ask)
		now    time.Time
		want   string
	}{
		"as it should be":     {nil, now, ""},
		"without a reference": {func(_ *Mandate, _ *Past, a *Ask) { a.Reference = "" }, now, ""},
		"without an amount":   {func(_ *Mandate, _ *Past, a *Ask) { a.Amount = 0 }, now, ""},
		"no notice":           {func(_ *Mandate, p *Past, _ *Ask) { p.Notices = nil }, now, "debit_untold"},
		"another notice":      {func(_ *Mandate, _ *Past, a *Ask) { a.Reference = "D2" }, now, "debit_untold"},
		"too early":           {nil, at("2026-12-05 08:59"), "debit_early"},
		"the day before":      {nil, at("2026-12-04 23:00"), "debit_day"},
		"the day after":       {nil, at("2026-12-06 00:01"), "debit_day"},
		"another amount": {func(_ *Mandate, _ *Past, a *Ask) {
			a.Amount = 9999 * money.Rupee
		}, now, "debit_amount"},
		"a notice over too much": {func(m *Mandate, _ *Past, _ *Ask) {
			m.Amount = 500 * money.Rupee
		}, now, "debit_amount"},
		"less than an exact mandate": {func(m *Mandate, _ *Past, _ *Ask) {
			m.Amount, m.Exact = 700*money.Rupee, true
		}, now, "debit_amount"},
		"revoked":              {func(m *Mandate, _ *Past, _ *Ask) { m.State = Revoked }, now, "debit_state"},
		"paused":               {func(m *Mandate, _ *Past, _ *Ask) { m.State = Paused }, now, "debit_state"},
		"not approved":         {func(m *Mandate, _ *Past, _ *Ask) { m.State = Created }, now, "debit_state"},
		"a state nobody knows": {func(m *Mandate, _ *Past, _ *Ask) { m.State = Unknown }, now, "debit_state"},
		"after its end": {func(m *Mandate, _ *Past, _ *Ask) {
			m.End = at("2026-12-04 23:59")
		}, now, "debit_outside"},
		"an older one under way": {func(_ *Mandate, p *Past, _ *Ask) {
			p.Debits[0].State = UnderWay
		}, now, "debit_barred"},
		"an older one of unknown end": {func(_ *Mandate, p *Past, _ *Ask) {
			p.Debits[0].State = Undecided
		}, now, "debit_barred"},
		"one of this period was paid": {func(_ *Mandate, p *Past, _ *Ask) {
			p.Debits[0].Day = "2026-12-01"
		}, now, "debit_taken"},
		"one of this period failed": {func(_ *Mandate, p *Past, _ *Ask) {
			p.Debits[0].Day, p.Debits[0].State = "2026-12-01", NotPaid
		}, now, ""},
		"the reference had a debit": {func(_ *Mandate, p *Past, _ *Ask) {
			p.Debits[0].Reference, p.Debits[0].State = "D1", NotPaid
		}, now, "debit_reference"},
		"untold, and not approved": {func(m *Mandate, p *Past, a *Ask) {
			m.State, p.Notices, a.Reference = Created, nil, ""
		}, now, "debit_state"},
		"under way, said by nobody": {func(_ *Mandate, p *Past, a *Ask) {
			p.Debits[0], a.Reference = Debit{"D1", "s", "2026-12-05", UnderWay}, ""
		}, now, "debit_barred"},
		"paid, said by nobody": {func(_ *Mandate, p *Past, a *Ask) {
			p.Debits[0], a.Reference = Debit{"D1", "s", "2026-12-05", Paid}, ""
		}, now, "debit_taken"},
		"its reference, said by nobody": {func(_ *Mandate, p *Past, a *Ask) {
			p.Debits[0].Reference, a.Reference = "D1", ""
		}, now, "debit_untold"},
		"before its start, told": {func(m *Mandate, _ *Past, _ *Ask) {
			m.Start = at("2026-12-05 00:00")
		}, at("2026-12-04 23:00"), "debit_day"},
		"before its start, untold": {func(m *Mandate, p *Past, _ *Ask) {
			m.Start, p.Notices = at("2026-12-05 00:00"), nil
		}, at("2026-12-04 23:00"), "debit_outside"},
		"after its end, told before": {func(m *Mandate, _ *Past, a *Ask) {
			m.End, a.Reference = at("2026-12-05 23:59"), ""
		}, at("2026-12-06 10:00"), "debit_outside"},
	} {
		m, p, a := milk(), Past{Notices: []Notice{told}, Debits: []Debit{older}}, Ask{Reference: "D1", Amount: rs600}
		if tc.change != nil {
			tc.change(m, &p, &a)
		}
		got, err := m.MayDebit(a, p, tc.now)
		if code(err) != tc.want || err == nil && got != told {
			t.Errorf("%s: %+v, %v; want %q", name, got, err, tc.want)
		}
	}
}

// TestCorner_6: a notice is sent 24 hours before, for a day of the mandate, once; a new mandate's days, rule, period
// and value are checked.
func TestCorner_6(t *testing.T) {
	now := at("2026-12-04 09:00")
	for name, tc := range map[string]struct {
		ask  Ask
		want string
	}{
		"tomorrow":         {Ask{"D1", rs600, "2026-12-05"}, ""},
		"today":            {Ask{"D1", rs600, "2026-12-04"}, "notice_day"},
		"yesterday":        {Ask{"D1", rs600, "2026-12-03"}, "notice_day"},
		"no day":           {Ask{"D1", rs600, ""}, "notice_day"},
		"after its end":    {Ask{"D1", rs600, "2027-11-01"}, "debit_outside"},
		"too much":         {Ask{"D1", rs600 + 1, "2026-12-05"}, "debit_amount"},
		"nothing":          {Ask{"D1", 0, "2026-12-05"}, "debit_amount"},
		"told already":     {Ask{"D9", rs600, "2026-12-05"}, "debit_reference"},
		"a paid reference": {Ask{"D0", rs600, "2026-12-05"}, "debit_reference"},
		"a paid period":    {Ask{"D1", rs600, "2027-01-05"}, "debit_taken"},
		"a told period":    {Ask{"D1", rs600, "2027-02-28"}, "notice_sent"},
		"a day too early":  {Ask{"D1", rs600, "2027-03-04"}, "notice_rule"},
		"a day too late":   {Ask{"D1", rs600, "2026-12-06"}, "notice_rule"},
	} {
		p := Past{
			Notices: []Notice{{Reference: "D9", Day: "2027-02-05"}},
			Debits:  []Debit{{"D0", "1105-3", "2027-01-02", Paid}},
		}
		if err := milk().MayNotify(tc.ask, p, now); code(err) != tc.want {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}

	missed := Notice{"D8", rs600, "2026-12-05", at("2026-12-04 09:00")}
	failed := []Debit{{"D8", "1205-1", "2026-12-05", NotPaid}}
	for name, tc := range map[string]struct {
		change func(*Mandate)
		past   Past
		day    string
		now    string
		want   string
	}{
		"on, the day after a miss": {nil, Past{Notices: []Notice{missed}}, "2026-12-08", "2026-12-06 09:00", ""},
		"on, the miss is today": {nil, Past{Notices: []Notice{missed}}, "2026-12-08",
			"2026-12-05 23:00", "notice_sent"},
		"on, after a failure": {nil, Past{Notices: []Notice{missed}, Debits: failed}, "2026-12-06",
			"2026-12-05 12:00", ""},
		"on, nobody was told": {nil, Past{}, "2026-12-08", "2026-12-06 09:00", "notice_rule"},
		"on, an old miss": {nil, Past{Notices: []Notice{missed}}, "2027-01-08",
			"2027-01-06 09:00", "notice_rule"},
		"before, early": {func(m *Mandate) {
			m.Rule = "BEFORE"
		}, Past{}, "2027-01-02", "2026-12-06 09:00", ""},
		"before, late": {func(m *Mandate) {
			m.Rule = "BEFORE"
		}, Past{}, "2027-01-06", "2026-12-06 09:00", "notice_rule"},
		"after, early": {func(m *Mandate) {
			m.Rule = "AFTER"
		}, Past{}, "2027-01-04", "2026-12-06 09:00", "notice_rule"},
		"after, late": {func(m *Mandate) {
			m.Rule = "AFTER"
		}, Past{}, "2027-01-31", "2026-12-06 09:00", ""},
		"no rule": {func(m *Mandate) {
			m.Rule, m.Value = "", 0
		}, Past{}, "2027-01-31", "2026-12-06 09:00", ""},
		"the 31st of a short month": {func(m *Mandate) {
			m.Value = 31
		}, Past{}, "2027-02-28", "2026-12-06 09:00", ""},
		"a Tuesday of a Friday's week": {func(m *Mandate) {
			m.Period = "WEEKLY"
		}, Past{}, "2026-12-08", "2026-12-06 09:00", "notice_rule"},
		"a week's Friday": {func(m *Mandate) {
			m.Period = "WEEKLY"
		}, Past{}, "2026-12-11", "2026-12-06 09:00", ""},
		"daily, two days": {func(m *Mandate) {
			m.Period, m.Value = "DAILY", 0
		}, Past{Notices: []Notice{missed}}, "2026-12-06", "2026-12-04 10:00", ""},
		"daily, twice": {func(m *Mandate) {
			m.Period, m.Value = "DAILY", 0
		}, Past{Notices: []Notice{missed}}, "2026-12-05", "2026-12-04 10:00", "notice_sent"},
		"quarterly, its second month": {func(m *Mandate) {
			m.Period = "QUARTERLY"
		}, Past{}, "2027-01-05", "2026-12-06 09:00", ""},
	} {
		m := milk()
		if tc.change != nil {
			tc.change(m)
		}
		if err := m.MayNotify(Ask{"D1", rs600, tc.day}, tc.past, at(tc.now)); code(err) != tc.want {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}

	good := Terms{rs600, "on", 5, "monthly", now.AddDate(0, 0, 2), now, now.AddDate(1, 0, 0)}
	for name, tc := range map[string]struct {
		change func(*Terms)
		field  string
	}{
		"good":                    {func(*Terms) {}, ""},
		"once":                    {func(t *Terms) { t.Period, t.Value = "one_time", 0 }, ""},
		"a period nobody knows":   {func(t *Terms) { t.Period = "SOMETIMES" }, "period"},
		"a rule nobody knows":     {func(t *Terms) { t.Rule = "NEAR" }, "debit_rule"},
		"the 32nd":                {func(t *Terms) { t.Value = 32 }, "debit_value"},
		"the 8th day of a week":   {func(t *Terms) { t.Period, t.Value = "WEEKLY", 8 }, "debit_value"},
		"approved in the past":    {func(t *Terms) { t.Approve = now.Add(-time.Second) }, "expiry"},
		"approved after its end":  {func(t *Terms) { t.Approve = now.AddDate(2, 0, 0) }, "expiry"},
		"begins yesterday":        {func(t *Terms) { t.Start = now.AddDate(0, 0, -1) }, "start"},
		"ends before it begins":   {func(t *Terms) { t.End = now.Add(-time.Hour) }, "end"},
		"lasts a hundred years":   {func(t *Terms) { t.End = now.AddDate(100, 0, 0) }, "end"},
		"once, after some day":    {func(t *Terms) { t.Period, t.Rule, t.Value = "ONETIME", "AFTER", 0 }, "debit_rule"},
		"today, later in the day": {func(t *Terms) { t.Start = at("2026-12-04 00:00") }, ""},
	} {
		terms := good
		tc.change(&terms)
		if field, why := terms.Check(now); field != tc.field || (why == "") != (field == "") {
			t.Errorf("%s: %q, %q; want %q", name, field, why, tc.field)
		}
	}
	if NeedsPIN(15_000*money.Rupee) || !NeedsPIN(15_000*money.Rupee+1) {
		t.Error("₹15,000 is debited without a PIN, and a paisa more is not")
	}
}

func TestPlan(t *testing.T) {
	paid := func(day string) Past { return Past{Debits: []Debit{{"D0", "s", day, Paid}}} }
	told := Past{Notices: []Notice{{"D1", rs600, "2026-12-05", at("2026-12-04 09:30")}}}
	for name, tc := range map[string]struct {
		change func(*Mandate)
		past   Past
		now    string
		step   Step
		day    string
	}{
		"weeks before":             {nil, Past{}, "2026-11-20 12:00", StepLater, "2026-12-05"},
		"the day before, at night": {nil, Past{}, "2026-12-04 08:59", StepLater, "2026-12-05"},
		"the day before":           {nil, Past{}, "2026-12-04 09:00", StepNotice, "2026-12-05"},
		"nine in the evening":      {nil, Past{}, "2026-12-04 20:59", StepNotice, "2026-12-05"},
		"after it":                 {nil, Past{}, "2026-12-04 21:00", StepLater, "2027-01-05"},
		"after it, daily": {func(m *Mandate) {
			m.Period, m.Value = "DAILY", 0
		}, Past{}, "2026-12-04 22:00", StepLater, "2026-12-06"},
		"after midnight, daily": {func(m *Mandate) {
			m.Period, m.Value = "DAILY", 0
		}, Past{}, "2026-12-05 02:00", StepLater, "2026-12-06"},
		"told":            {nil, told, "2026-12-04 10:00", StepWait, "2026-12-05"},
		"told, too early": {nil, told, "2026-12-05 09:00", StepWait, "2026-12-05"},
		"due":             {nil, told, "2026-12-05 09:30", StepDebit, "2026-12-05"},
		"told twice, and paid": {nil, Past{Notices: told.Notices, Debits: paid("2026-12-05").Debits},
			"2026-12-05 10:00", StepLater, "2027-01-05"},
		"missed":              {nil, told, "2026-12-06 09:30", StepLater, "2027-01-05"},
		"this period is paid": {nil, paid("2026-12-01"), "2026-12-03 09:30", StepLater, "2027-01-05"},
		"this period failed": {nil, Past{Debits: []Debit{{"D0", "s", "2026-12-01", NotPaid}}},
			"2026-12-03 09:30", StepLater, "2027-01-05"},
		"barred": {nil, Past{Debits: []Debit{{"D0", "s", "2026-12-01", Undecided}}},
			"2026-12-03 09:30", StepUnknown, "2026-12-01"},
		"revoked": {func(m *Mandate) { m.State = Revoked }, told, "2026-12-05 09:30", StepNone, ""},
		"the 31st of February": {func(m *Mandate) {
			m.Value = 31
		}, paid("2027-01-31"), "2027-02-01 09:00", StepLater, "2027-02-28"},
		"after the 5th, on the 9th": {func(m *Mandate) {
			m.Rule = "AFTER"
		}, Past{}, "2026-12-09 10:00", StepNotice, "2026-12-10"},
		"its last period is over": {func(m *Mandate) {
			m.End = at("2026-12-31 23:59")
		}, paid("2026-12-05"), "2026-12-06 10:00", StepNone, ""},
		"daily": {func(m *Mandate) {
			m.Period, m.Value = "DAILY", 0
		}, paid("2026-12-05"), "2026-12-05 10:00", StepNotice, "2026-12-06"},
		"weekly, on Friday": {func(m *Mandate) {
			m.Period = "WEEKLY"
		}, Past{}, "2026-12-05 10:00", StepLater, "2026-12-11"},
		"quarterly": {func(m *Mandate) {
			m.Period = "QUARTERLY"
		}, paid("2026-11-05"), "2026-11-06 10:00", StepLater, "2027-02-05"},
		"fortnightly, on the 20th": {func(m *Mandate) {
			m.Period, m.Value = "FORTNIGHTLY", 20
		}, paid("2026-12-05"), "2026-12-06 10:00", StepLater, "2026-12-20"},
		"once": {func(m *Mandate) {
			m.Period, m.Value = "ONETIME", 0
		}, Past{}, "2026-12-06 10:00", StepNotice, "2026-12-07"},
		"once, and paid": {func(m *Mandate) {
			m.Period, m.Value = "ONETIME", 0
		}, paid("2026-12-05"), "2026-12-06 10:00", StepNone, ""},
		"in a word nobody knows": {func(m *Mandate) { m.Period = "MONTH" }, Past{}, "2026-12-04 09:00", StepNone, ""},
		"as a person says": {func(m *Mandate) {
			m.Period, m.Value = "ASPRESENTED", 0
		}, Past{}, "2026-12-06 10:00", StepNone, ""},
	} {
		m := milk()
		if tc.change != nil {
			tc.change(m)
		}
		if got := m.Plan(tc.past, at(tc.now)); got.Step != tc.step || got.Day != tc.day {
			t.Errorf("%s: %+v, want %q on %s", name, got, tc.step, tc.day)
		}
	}
}

// TestPlanIsAllowed: what the plan says may be done is what the rules allow, over random years; and no period is
// debited twice.
func TestPlanIsAllowed(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 17))
		m := milk()
		m.Period = Periods[r.IntN(len(Periods)-1)]
		m.Value = 1 + r.IntN(max(1, mostValue(m.Period)))
		m.Rule = []string{"ON", "BEFORE", "AFTER"}[r.IntN(3)]
		var p Past
		paid := map[string]bool{}
		for now := at("2026-11-01 00:30"); now.Before(m.End); now = now.Add(time.Duration(1+r.IntN(20)) * time.Hour) {
			next := m.Plan(p, now)
			ref := now.Format("D060102150405")
			switch next.Step {
			case StepNotice:
				if err := m.MayNotify(Ask{ref, next.Amount, next.Day}, p, now); err != nil {
					t.Fatalf("seed %d, %s %s %d at %s: %v", seed, m.Period, m.Rule, m.Value, now, err)
				}
				p.Notices = append(p.Notices, Notice{ref, next.Amount, next.Day, now})
			case StepDebit:
				n, err := m.MayDebit(Ask{}, p, now)
				if err != nil {
					t.Fatalf("seed %d, %s %s %d at %s: %v", seed, m.Period, m.Rule, m.Value, now, err)
				}
				state := Paid
				if r.IntN(4) == 0 {
					state = NotPaid
				}
				from, _ := m.cycle(now)
				if state == Paid && paid[dayOf(from)] {
					t.Fatalf("seed %d: the period from %s is debited twice", seed, dayOf(from))
				}
				paid[dayOf(from)] = paid[dayOf(from)] || state == Paid
				p.Debits = append(p.Debits, Debit{n.Reference, "s", dayOf(now), state})
			}
		}
		if len(p.Debits) == 0 &&
			months[m.Period] < 3 { // of a long one, a box that looks twice a day may miss the hours
			t.Errorf("seed %d: nothing of %s %s %d was debited in a year", seed, m.Period, m.Rule, m.Value)
		}
	}
}
