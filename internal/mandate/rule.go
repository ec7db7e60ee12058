package mandate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"galla/internal/day"
)

// Refusal says why something may not be asked under a mandate, in the code of a sentence and in English.
type Refusal struct {
	Code   string         // "debit_early": the sentence is problem_debit_early
	Values map[string]any // of the sentence
	Why    string
	Next   string
}

func (r *Refusal) Error() string { return r.Why + ". " + r.Next }

func refuse(code string, values map[string]any, next, why string, args ...any) *Refusal {
	return &Refusal{Code: code, Values: values, Why: fmt.Sprintf(why, args...), Next: next}
}

// fits refuses an amount that the mandate does not allow.
func (m *Mandate) fits(a Ask) error {
	if a.Amount <= 0 || m.Amount > 0 && (a.Amount > m.Amount || m.Exact && a.Amount != m.Amount) {
		allows := "at most"
		if m.Exact {
			allows = "exactly"
		}
		return refuse(
			"debit_amount",
			map[string]any{"most_paise": m.Amount},
			"Ask the payer for a new mandate if it must be another amount.",
			"%s does not fit this mandate, which allows %s %s",
			a.Amount,
			allows,
			m.Amount,
		)
	}
	return nil
}

// stands refuses what the mandate's state, or its days, do not allow.
func (m *Mandate) stands(on time.Time) error {
	switch {
	case m.State != Active:
		return refuse("debit_state", nil, m.State.remedy(), "this mandate is %s", m.State)
	case !m.Start.IsZero() && dayOf(on) < dayOf(m.Start), !m.End.IsZero() && dayOf(on) > dayOf(m.End):
		return refuse(
			"debit_outside",
			map[string]any{"from_day": dayOf(m.Start), "until_day": dayOf(m.End)},
			"Take a day within it.",
			"this mandate is for %s to %s, and the debit is for %s",
			dayOf(m.Start),
			dayOf(m.End),
			dayOf(on),
		)
	}
	return nil
}

// remedy is what a person does about a mandate that is not active.
func (s State) remedy() string {
	switch s {
	case Created:
		return "Ask the payer to approve it in their UPI app; only an active mandate is debited."
	case Paused:
		return "Ask the payer to resume it in their UPI app; only an active mandate is debited."
	case Revoked, Expired, Failed:
		return "Ask the payer for a new mandate: this one is never debited again."
	}
	return "Look at its state: only an active mandate is debited."
}

// settled refuses a further debit while one has no certain end, and a second one in a period.
func (m *Mandate) settled(a Ask, on time.Time, p Past) error {
	from, to := m.cycle(on)
	for _, d := range p.Debits {
		other, ok := parse(d.Day)
		switch {
		case d.Reference != "" && d.Reference == a.Reference:
			return refuse(
				"debit_reference",
				nil,
				"Leave the reference out: one is made.",
				"the reference %.64q belongs to sale %s",
				a.Reference,
				d.Sale,
			)
		case d.bars():
			return refuse(
				"debit_barred",
				map[string]any{"sale": d.Sale},
				"Wait for the bank, or answer its item: it went, or it did not.",
				"the debit of sale %s has no certain end yet",
				d.Sale,
			)
		case d.State == Paid && ok && !other.Before(from) && !other.After(to):
			return refuse("debit_taken", map[string]any{"sale": d.Sale}, "Wait for the next period.",
				"this period was debited already, by sale %s", d.Sale)
		}
	}
	return nil
}

// MayNotify says whether the payer may be told of a debit now; nil: yes. A notice under a reference that has one is
// refused, and so are a second one of a period before the first has come to nothing, and a day that the rule does not
// have.
func (m *Mandate) MayNotify(a Ask, p Past, now time.Time) error {
	on, ok := parse(a.Day)
	first := now.Add(Ahead)
	if !ok || !on.AddDate(0, 0, 1).After(first) {
		return refuse("notice_day", map[string]any{"from_day": dayOf(first)}, "Take a later day.",
			"the payer must be told 24 hours before a debit: %.20q is too soon, or no day", a.Day)
	}
	if err := m.stands(on); err != nil {
		return err
	}
	if err := m.fits(a); err != nil {
		return err
	}
	if slices.ContainsFunc(p.Notices, func(n Notice) bool { return n.Reference == a.Reference }) ||
		slices.ContainsFunc(p.Unsure, func(u Unsure) bool { return u.Reference == a.Reference }) {
		return refuse(
			"debit_reference",
			nil,
			"Leave the reference out: one is made.",
			"a notice with the reference %.64q was sent already",
			a.Reference,
		)
	}

	if err := m.settled(a, on, p); err != nil {
		return err
	}
	if u := p.unsure(now); u != nil {
		return refuse(
			"notice_unknown",
			map[string]any{"operation": u.Operation, "on_day": u.Day},
			fmt.Sprintf("Look for reference %.64s in the gateway's dashboard, and say how it ended: "+
				"galla operation settle %s done, or refused.", u.Reference, u.Operation),
			"nobody knows whether the payer was told of the debit on %s (operation %s)",
			u.Day,
			u.Operation,
		)
	}

	if err := m.untold(on, p, now); err != nil {
		return err
	}
	return m.agreed(on, p)
}

// unsure is a notice that the payer may have got, for a day that is not over; nil: there is none.
func (p *Past) unsure(now time.Time) *Unsure {
	i := slices.IndexFunc(p.Unsure, func(u Unsure) bool { return u.Day >= dayOf(now) })
	if i < 0 {
		return nil
	}
	return &p.Unsure[i]
}

// untold refuses a second notice of a period while the debit of the first may still come.
func (m *Mandate) untold(on time.Time, p Past, now time.Time) error {
	from, to := m.cycle(on)
	for _, n := range p.Notices {
		other, ok := parse(n.Day)
		used := slices.ContainsFunc(p.Debits, func(d Debit) bool { return d.Reference == n.Reference })
		if ok && !used && n.Day >= dayOf(now) && !other.Before(from) && !other.After(to) {
			return refuse(
				"notice_sent",
				map[string]any{"amount_paise": n.Amount, "on_day": n.Day},
				"Debit that on its day; another notice of the period can follow when that day is over, "+
					"or the debit failed.",
				"the payer was told of %s on %s already",
				n.Amount,
				n.Day,
			)
		}
	}
	return nil
}

// agreed refuses a day that the mandate's rule does not have. Where the payer was told of a day of the period, and it
// came to nothing, a later one may follow.
func (m *Mandate) agreed(on time.Time, p Past) error {
	if m.Value <= 0 || mostValue(m.Period) == 0 {
		return nil
	}
	from, to := m.cycle(on)
	if months[word(m.Period)] > 1 { // in which of its months is nowhere said: the day is held in each
		from = on.AddDate(0, 0, 1-on.In(day.IST).Day())
		to = from.AddDate(0, 1, -1)
	}
	its := m.dayIn(from, to)
	retry := slices.ContainsFunc(p.Notices, func(n Notice) bool {
		at, ok := parse(n.Day)
		return ok && !at.Before(from) && at.Before(on)
	})
	switch {
	case retry:
		return nil
	case m.Rule == "ON" && !on.Equal(its), m.Rule == "BEFORE" && on.After(its), m.Rule == "AFTER" && on.Before(its):
		return refuse(
			"notice_rule",
			map[string]any{"on_day": dayOf(its)},
			"Take the mandate's own day.",
			"the payer agreed to debits %s day %d of a period, which is %s: %s does not fit",
			strings.ToLower(m.Rule),
			m.Value,
			dayOf(its),
			dayOf(on),
		)
	}
	return nil
}

// MayDebit says whether a debit may be asked now, and by which notice. An Ask without a reference takes the notice of
// today, one without an amount its amount.
func (m *Mandate) MayDebit(a Ask, p Past, now time.Time) (Notice, error) {
	today := dayOf(now)
	on, _ := parse(today)
	outside := m.stands(on)
	if m.State != Active {
		return Notice{}, outside
	}
	if err := m.settled(a, on, p); err != nil { // before the notice is looked for: the one of a debit under way is used
		return Notice{}, err
	}
	told, err := m.told(a, p, now)
	switch {
	case outside != nil && (err != nil || told.Day <= today): // a notice of a day to come says when instead
		return Notice{}, outside
	case err != nil:
		return Notice{}, err
	}

	if a.Amount == 0 {
		a.Amount = told.Amount
	}
	switch {
	case a.Amount != told.Amount:
		return Notice{}, refuse(
			"debit_amount",
			map[string]any{"most_paise": told.Amount},
			"Debit that amount, or send a notice of another one.",
			"the payer was told of %s, not of %s",
			told.Amount,
			a.Amount,
		)
	case told.Day != today || a.Day != "" && a.Day != today:
		return Notice{}, refuse(
			"debit_day",
			map[string]any{"on_day": told.Day},
			"Debit on that day, or send a notice for another one.",
			"the payer was told of a debit on %s, and today is %s",
			told.Day,
			today,
		)
	case now.Before(told.At.Add(Ahead)):
		from := told.At.Add(Ahead).In(day.IST)
		return Notice{}, refuse(
			"debit_early",
			map[string]any{"from_at": from.Format(time.RFC3339)},
			"Try again then.",
			"the payer was told less than 24 hours ago: the debit may be asked from %s on",
			from.Format("2 January 15:04"),
		)
	}

	return told, m.fits(a)
}

// told is the notice that a debit belongs to: of its reference, else the newest of today that no debit has used.
func (m *Mandate) told(a Ask, p Past, now time.Time) (found Notice, err error) {
	used := map[string]bool{}
	for _, d := range p.Debits {
		used[d.Reference] = true
	}
	for _, n := range p.Notices {
		switch {
		case a.Reference != "" && n.Reference == a.Reference:
			return n, nil
		case a.Reference == "" && !used[n.Reference] && n.At.After(found.At) &&
			(n.Day == dayOf(now) || found.Day != dayOf(now)):
			found = n
		}
	}
	if found.Reference == "" {
		return found, refuse(
			"debit_untold",
			nil,
			"Send the notice now: 24 hours later the debit is possible, on its day.",
			"the payer was not told of this debit",
		)
	}
	return found, nil
}
