package office

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"galla/state"
	"galla/state/journal"
)

// recompute holds a Z report against its events: their numbers say which facts stand in it, and the sales' accounts
// what these are. It shares nothing with what made the report at the box but galla/state. why says that it can't be
// done.
//
// A fact of a sale (a posting, its opening, its end) bears the time of the event that made it. It stands in the first Z
// report that holds that event and did not leave that time to a later one.
func recompute(p *past, z *Z, report *zReport) (why string, differs []Difference, err error) {
	if differs = report.says(z); len(differs) > 0 {
		return "", differs, nil
	}
	before, known, err := p.zsBefore(z, report.After)
	if err != nil {
		return "", nil, err
	}
	if !known {
		return WhyBefore, nil, nil
	}
	m, whole, err := p.momentsOf(z.Branch, report.After, z.Seq)
	if err != nil {
		return "", nil, err
	}
	if !whole {
		return WhyHole, nil, nil
	}

	var here figures
	for _, id := range slices.Sorted(maps.Keys(m.of)) {
		s, found, err := p.saleIn(z.Branch, id)
		switch {
		case err != nil:
			return "", nil, err
		case !found || s.Trouble != "":
			return WhyTrouble, nil, nil
		case s.Rules < 2 || m.translated(&s):
			return WhyRules, nil, nil
		}
		here.add(&s.Sale, func(at time.Time) bool {
			seq, fresh := m.of[id][at.UnixNano()]
			if !fresh || z.Left.has(at) {
				return false
			}
			return !slices.ContainsFunc(before, func(b Z) bool { return seq <= b.Seq && !b.Left.has(at) })
		})
	}

	said := report.total()
	for i, f := range here.list() {
		says := said.list()[i].line
		if says.Paise != f.line.Paise {
			differs = append(differs, Difference{f.name + "_paise", int64(says.Paise), int64(f.line.Paise)})
		}
		if says.Count != f.line.Count {
			differs = append(differs, Difference{f.name + "_count", int64(says.Count), int64(f.line.Count)})
		}
	}
	return "", differs, nil
}

// moments are the times of the events of a stretch, by sale, in unix ns, each with its first event.
type moments struct {
	of map[string]map[int64]uint64
	at map[uint64]time.Time // of each event
}

// momentsOf reads the events of a branch, or of those that it hangs off, behind a place; whole is false where one of
// them is not here.
func (p *past) momentsOf(branch int, after, upTo uint64) (m moments, whole bool, err error) {
	m = moments{map[string]map[int64]uint64{}, map[uint64]time.Time{}}
	for seq := upTo; seq > after; seq-- {
		for branch >= 0 && seq <= p.t.Branches[branch].From {
			branch = p.t.Branches[branch].Parent
		}
		if branch < 0 {
			return m, false, nil
		}
		place, found, err := p.place(branch, seq)
		if err != nil {
			return m, false, err
		}
		var e struct {
			Sale string    `json:"sale_id"`
			At   time.Time `json:"at"`
		}
		if !found || place.Event == nil || json.Unmarshal(place.Event, &e) != nil {
			return m, false, nil
		}
		if e.Sale == "" {
			continue
		}
		if m.of[e.Sale] == nil {
			m.of[e.Sale] = map[int64]uint64{}
		}
		m.of[e.Sale][e.At.UnixNano()] = seq
		m.at[seq] = e.At
	}
	return m, true, nil
}

// translated says whether an event among these brought a sale from older rules to ours: its postings have the moments
// of what they tell of, and those may be in no event here.
func (m *moments) translated(s *Sale) bool {
	return slices.ContainsFunc(s.Journal, func(p journal.Posting) bool {
		at, here := m.at[p.Event]
		return here && !at.Equal(p.At)
	})
}

// saleIn is a sale as a branch has it, or else one that it hangs off.
func (p *past) saleIn(branch int, id string) (s Sale, found bool, err error) {
	for ; branch >= 0 && !found && err == nil; branch = p.t.Branches[branch].Parent {
		s, found, err = p.tx.Sale(p.t.ID, branch, id)
	}
	return s, found, err
}

// zsBefore are the Z reports of a branch, and of those it hangs off, before one, back to where all events up to after
// are in them; known is false where one of them is not known here.
func (p *past) zsBefore(z *Z, after uint64) (before []Z, known bool, err error) {
	upTo := pastOf(p.t, z.Branch)
	all, err := p.tx.Zs(z.Terminal)
	if err != nil {
		return nil, false, err
	}
	byNumber := map[int]Z{}
	for _, b := range all {
		if b.Event <= upTo[b.Branch] && b.Number < z.Number {
			byNumber[b.Number] = b
		}
	}
	for n := z.Number - 1; n > 0; n-- {
		b, there := byNumber[n]
		if !there {
			return nil, false, nil
		}
		if b.Seq <= after { // and so do those before it
			break
		}
		before = append(before, b)
	}
	return before, true, nil
}

// pastOf says, of a branch and of those that it hangs off, up to which place each is its past.
func pastOf(t *Terminal, branch int) map[int]uint64 {
	upTo := map[int]uint64{}
	for n, bound := branch, uint64(math.MaxUint64); n >= 0; n = t.Branches[n].Parent {
		upTo[n] = bound
		bound = min(bound, t.Branches[n].From)
	}
	return upTo
}

// add counts those facts of a sale that are within.
func (f *figures) add(s *state.Sale, within func(time.Time) bool) {
	if within(s.OpenedAt) {
		f.Sales.add(s.Amount)
	}
	if within(s.PaidAt) {
		f.Paid.add(s.Amount)
	}
	if s.Closing != nil && within(s.ClosedAt) {
		switch s.Closing.Reason {
		case state.CloseCancelled:
			f.Cancelled.add(s.Amount)
		case state.CloseExpired:
			f.Expired.add(s.Amount)
		case state.CloseFailed:
			f.Failed.add(s.Amount)
		}
	}
	for _, p := range s.OtherTenders() {
		if within(p.At) {
			f.Other.Paise += p.Amount
			if p.Amount > 0 {
				f.Other.Count++
			}
		}
	}

	came := map[journal.Account]bool{}
	var last struct {
		line *line
		of   string // the payment, or the refund
		at   time.Time
	}
	for _, p := range s.Journal {
		from, left, _ := strings.Cut(string(p.From), ":")
		to, reached, _ := strings.Cut(string(p.To), ":")
		var l *line
		of := reached
		switch {
		case p.From == journal.Clearing && to == "surplus" && !came[p.To]:
			came[p.To] = true
			l = &f.UPI
			if within(p.At) && late(s, reached) {
				f.Late.add(p.Amount)
			}
		case p.From == journal.Clearing:
			l = &f.Returned
		case p.To == journal.Clearing && from == "promised":
			l, of = &f.Refunds, left
		case p.To == journal.Clearing:
			l, of = &f.Reversals, left
		case from == "surplus" && to == "accepted":
			l = &f.Accepted
		}
		again := l == last.line && of == last.of && p.At.Equal(last.at)
		last.line, last.of, last.at = l, of, p.At
		if l == nil || !within(p.At) {
			continue
		}
		l.Paise += p.Amount
		if !again { // one taking of several accounts is one
			l.Count++
		}
	}
}

// late says whether a payment, "gateway/id", came after its sale was closed.
func late(s *state.Sale, payment string) bool {
	return slices.ContainsFunc(s.Payments, func(p state.Payment) bool {
		return p.Gateway+"/"+p.ID == payment && p.Late
	})
}
