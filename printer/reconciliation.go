package printer

import (
	"fmt"
	"time"

	"galla/internal/money"
)

// Reconciliation shows how a business day compares with what each gateway recorded.
type Reconciliation struct {
	Shop     Shop
	Terminal string
	Day      string // as it is printed, "22 Nov 2026"
	From, To time.Time
	At       time.Time // when the gateways were asked
	Cashier  string
	Agrees   bool
	Gateways []ReconciledGateway
	Demo     bool
}

// ReconciledGateway is one gateway's part.
type ReconciledGateway struct {
	Name        string
	Lines       []ReportLine // ours, theirs, what was not asked, …
	Note        string       // what a person should know, though nothing differs; may be empty
	Problem     string       // why not everything was asked; may be empty
	Differences []ReconciledDifference
}

// ReconciledDifference is one payment or refund on which both disagree.
type ReconciledDifference struct {
	RRN, ID      string // the bank's reference, else the gateway's id
	Ours, Theirs money.Paise
	Message      string
}

func (Reconciliation) kind() string { return "reconciliation" }

func (d Reconciliation) compose(s *sheet) error {
	if d.From.After(d.To) || d.At.IsZero() {
		return fmt.Errorf("reconciliation from %s to %s made at %s has its times wrong", d.From, d.To, d.At)
	}
	s.head(d.Shop)
	s.marks(d.Demo, 0)
	s.title(s.words.reconciliation)
	s.rule()
	s.optional(s.words.terminal, d.Terminal)
	s.optional(s.words.cashier, d.Cashier)
	s.pair(s.words.day, d.Day)
	s.pair(s.words.from, clock(d.From))
	s.pair(s.words.to, clock(d.To))
	s.pair(s.words.asked, clock(d.At))
	for _, g := range d.Gateways {
		s.rule()
		s.line(g.Name, look{bold: true})
		for _, l := range g.Lines {
			s.counted(l.Label, l)
		}
		if g.Note != "" {
			s.line(g.Note, look{})
		}
		if g.Problem != "" {
			s.line(s.words.incomplete+": "+g.Problem, look{})
		}
		for _, x := range g.Differences {
			s.gap(pitchA / 2)
			if x.RRN != "" {
				s.strong("RRN", x.RRN)
			} else {
				s.strong(s.words.payment, x.ID)
			}
			s.pair(s.words.ours, x.Ours.String())
			s.pair(s.words.theirs, x.Theirs.String())
			s.line(x.Message, look{})
		}
	}

	s.rule()
	if d.Agrees {
		s.boldCenter(s.words.agrees)
	} else {
		s.boldCenter(s.words.differs)
	}
	s.foot(d.Shop)
	return s.err
}
