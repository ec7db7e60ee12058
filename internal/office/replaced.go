package office

import (
	"slices"
	"time"
)

// maxReplaced bounds how many boxes that stood there before one another are looked through.
const maxReplaced = 64

// replacedBy are the terminals whose place a terminal took, the youngest first.
func replacedBy(tx Tx, t *Terminal) (ids []string, err error) {
	for id := t.Replaces; id != "" && id != t.ID && !slices.Contains(ids, id) && len(ids) < maxReplaced; {
		old, found, err := tx.Terminal(id)
		if err != nil || !found {
			return ids, err
		}
		ids, id = append(ids, id), old.Replaces
	}
	return ids, nil
}

// former is a sale as it was counted before, and as it counts now: as this branch had it, or an older one, or else a
// terminal that this one took the place of, if it was given that one's sales file. What that terminal counted stays its
// own, and this one counts what changed since: of events that both have, nothing. counts is false where a younger
// branch has the sale.
func (j *projection) former(s *touched) (was, is *Sale, counts bool, err error) {
	for n := len(j.t.Branches) - 1; n > j.branch.N; n-- {
		if _, found, err := j.tx.Sale(j.t.ID, n, s.ID); err != nil || found {
			return nil, nil, false, err
		}
	}
	was, is = &s.was, &s.Sale
	for n := j.branch.N - 1; n >= 0 && !s.there; n-- {
		older, found, err := j.tx.Sale(j.t.ID, n, s.ID)
		if err != nil {
			return nil, nil, false, err
		}
		if found {
			was = &older
			break
		}
	}
	if !s.there && was == &s.was { // what it was where the branch parted is counted nowhere
		was = &Sale{}
	}

	old, found, err := j.ofReplaced(s)
	if err != nil || !found {
		return was, is, true, err
	}
	if was.Seq <= old.Seq {
		was = &old
	}
	if is.Seq <= old.Seq {
		is = &old
	}
	return was, is, true, nil
}

// aDay is how far clocks of boxes may be off before a sale is looked for where it can't be.
const aDay = 24 * time.Hour

// ofReplaced is a sale as the youngest terminal has it that had it before this one took its place.
func (j *projection) ofReplaced(s *touched) (Sale, bool, error) {
	for _, id := range j.replaced {
		old, _, err := j.tx.Terminal(id)
		if err != nil {
			return Sale{}, false, err
		}
		if !old.LeftAt.IsZero() && s.OpenedAt.After(old.LeftAt.Add(aDay)) {
			continue
		}
		for n := len(old.Branches) - 1; n >= 0; n-- {
			is, found, err := j.tx.Sale(id, n, s.ID)
			if err != nil || found && is.begins(&s.Sale) {
				return is, err == nil, err
			}
		}
	}
	return Sale{}, false, nil
}

// begins says whether two sales of one id began as the same.
func (s *Sale) begins(o *Sale) bool {
	return s.Day == o.Day && s.Number == o.Number && s.OpenedAt.Equal(o.OpenedAt)
}

// inherited adds to a day what became of a payment since this terminal took the place of the one that was paid. The
// payment stays that one's.
func (j *projection) inherited(s *touched, paid *Payment) error {
	was, is, counts, err := j.former(s)
	if err != nil || !counts {
		return err
	}
	sum := func(s *Sale) Sum {
		for i := range s.Payments {
			if p := &s.Payments[i]; p.Gateway == paid.Gateway && p.ID == paid.ID && p.Received() {
				return s.sumOf(p)
			}
		}
		return paid.Sum
	}
	d := j.day(paid.Day)
	d.Sum = d.Sum.plus(sum(is)).minus(sum(was))
	return nil
}
