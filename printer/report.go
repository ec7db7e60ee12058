package printer

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"galla/internal/money"
)

// DayReport is an X report (a look at the day so far) or a Z report (the day's close, numbered, printed once).
type DayReport struct {
	Shop      Shop
	Terminal  string
	Number    int    // of the Z report; 0 makes it an X report
	Day       string // the business day; empty: it is not said
	From, To  time.Time
	At        time.Time
	Cashier   string
	Paid      ReportLine // sales paid; Label is not used
	Refunded  ReportLine // refunds given, as a positive amount
	Returned  ReportLine // had been sent back by others, and came again; printed where there is some
	Reversed  ReportLine // sent back by others, as a positive amount; likewise
	Net       money.Paise
	Pending   ReportLine // sales still open: they roll over to the next day and are listed so
	Attention ReportLine // sales a person must still resolve
	Unpaid    []ReportLine
	Sections  []ReportSection // by gateway, by cashier, …
	Facts     []ReportFact    // what is no money: how long customers took
	Chart     *Chart          // nil: none
	Anchor    string          // of a Z report: its place in the chain of events, "SEQ:HASH"; may be empty
	Copy      int
	Demo      bool
}

// ReportSection is a titled part of a report.
type ReportSection struct {
	Title string
	Lines []ReportLine
}

// ReportLine is a count and a sum.
type ReportLine struct {
	Label  string
	Count  int
	Amount money.Paise
}

// ReportFact is a line that counts no money.
type ReportFact struct{ Label, Value string }

func (DayReport) kind() string { return "report" }

func (d DayReport) compose(s *sheet) error {
	if d.Paid.Amount-d.Refunded.Amount-d.Reversed.Amount+d.Returned.Amount != d.Net {
		return fmt.Errorf("report doesn't add up: paid %s less refunded %s, less %s sent back by others and %s come "+
			"again, is not %s", d.Paid.Amount, d.Refunded.Amount,
			d.Reversed.Amount, d.Returned.Amount, d.Net)
	}
	if d.From.After(d.To) || d.At.IsZero() {
		return fmt.Errorf("report from %s to %s made at %s has its times wrong", d.From, d.To, d.At)
	}
	s.head(d.Shop)
	title := s.words.xReport
	if d.Number > 0 {
		title = s.words.zReport + " " + strconv.Itoa(d.Number)
	}
	s.marks(d.Demo, d.Copy)
	s.title(title)
	s.rule()
	s.optional(s.words.terminal, d.Terminal)
	s.optional(s.words.cashier, d.Cashier)
	s.optional(s.words.day, d.Day)
	s.pair(s.words.from, clock(d.From))
	s.pair(s.words.to, clock(d.To))
	s.pair(s.words.printed, clock(d.At))
	s.rule()
	s.counted(s.words.paidSales, d.Paid)
	s.some(s.words.refunds, ReportLine{Count: d.Refunded.Count, Amount: -d.Refunded.Amount})
	s.some(s.words.reversed, ReportLine{Count: d.Reversed.Count, Amount: -d.Reversed.Amount})
	s.some(s.words.returned, d.Returned)
	s.strong(s.words.net, d.Net.String())
	for _, sec := range d.Sections {
		if !slices.ContainsFunc(sec.Lines, ReportLine.some) {
			continue
		}
		s.rule()
		s.line(sec.Title, look{bold: true})
		for _, l := range sec.Lines {
			s.some(l.Label, l)
		}
	}

	rest := append(slices.Clone(d.Unpaid), d.Pending, d.Attention)
	if slices.ContainsFunc(rest, ReportLine.some) {
		s.rule()
	}
	for _, l := range d.Unpaid {
		s.some(l.Label, l)
	}
	s.some(s.words.pending, d.Pending)
	s.some(s.words.attention, d.Attention)
	if d.Attention.Count > 0 {
		s.center(s.words.resolve)
	}
	if len(d.Facts) > 0 {
		s.rule()
	}

	for _, f := range d.Facts {
		s.pair(f.Label, f.Value)
	}
	if d.Chart != nil {
		s.rule()
		s.chart(*d.Chart)
	}
	if d.Anchor != "" {
		s.rule()
		s.line(s.words.chain+" "+d.Anchor, look{})
	}
	s.foot(d.Shop)
	return s.err
}

// some tells whether a line says anything: nothing counted and no money is no line.
func (l ReportLine) some() bool { return l.Count != 0 || l.Amount != 0 }

// some prints a line that says something.
func (s *sheet) some(label string, l ReportLine) {
	if l.some() {
		s.counted(label, l)
	}
}

// counted prints "Label (3)   Rs.1,250.00".
func (s *sheet) counted(label string, l ReportLine) {
	s.pair(fmt.Sprintf("%s (%d)", label, l.Count), l.Amount.String())
}
