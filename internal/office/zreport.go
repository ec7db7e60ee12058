package office

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"galla/internal/money"
	"galla/internal/segment"
)

// line is a count and a sum in paise.
type line struct {
	Count int         `json:"count"`
	Paise money.Paise `json:"paise"`
}

func (l *line) add(p money.Paise) {
	l.Count++
	l.Paise += p
}

// figures are what a Z report says of money and sales that events can say again: of its own day, or of another one that
// stands in it.
type figures struct {
	Sales     line `json:"sales"`
	Paid      line `json:"paid"`
	UPI       line `json:"upi"`
	Late      line `json:"late"`
	Refunds   line `json:"refunds"`
	Reversals line `json:"reversals"`
	Returned  line `json:"returned"`
	Accepted  line `json:"accepted"`
	Other     line `json:"other_tender"`
	Cancelled line `json:"cancelled"`
	Expired   line `json:"expired"`
	Failed    line `json:"failed"`
}

// figure is one of them, by the name it has in a report.
type figure struct {
	name string
	line *line
}

// list is all of them, what money came and went first.
func (f *figures) list() []figure {
	return []figure{
		{"upi", &f.UPI},
		{"refunds", &f.Refunds},
		{"reversals", &f.Reversals},
		{"returned", &f.Returned},
		{"accepted", &f.Accepted},
		{"other_tender", &f.Other},
		{"late", &f.Late},
		{"paid", &f.Paid},
		{"sales", &f.Sales},
		{"cancelled", &f.Cancelled},
		{"expired", &f.Expired},
		{"failed", &f.Failed},
	}
}

// zReport is what is read of a Z report's bytes.
type zReport struct {
	Kind   string      `json:"kind"`
	Number int         `json:"number"`
	Day    string      `json:"day"`
	After  uint64      `json:"after"` // the last event before those in it
	Seq    uint64      `json:"seq"`
	Left   *Span       `json:"left"`
	Net    money.Paise `json:"net_paise"` // upi and returned less refunds and reversals, of its own day
	figures
	OtherDays []struct {
		Day string `json:"day"`
		figures
	} `json:"other_days"`
}

const (
	maxOtherDays = 1000
	maxCount     = math.MaxInt32
)

// parseZ reads a Z report. Fields that are not known are passed over.
func parseZ(raw []byte) (*zReport, error) {
	if len(raw) > segment.MaxZ {
		return nil, fmt.Errorf("it has %d bytes, more than %d", len(raw), segment.MaxZ)
	}
	var z zReport
	if err := json.Unmarshal(raw, &z); err != nil {
		return nil, fmt.Errorf("it can't be read: %w", err)
	}
	days := []string{z.Day}
	all := z.list()
	for i := range z.OtherDays {
		days = append(days, z.OtherDays[i].Day)
		all = append(all, z.OtherDays[i].list()...)
	}
	switch {
	case z.Kind != "Z":
		return nil, fmt.Errorf("it is a report of the kind %.40q", z.Kind)
	case z.Number < 1 || z.Number > maxZNumber:
		return nil, fmt.Errorf("it says that it is number %d", z.Number)
	case z.After > z.Seq:
		return nil, fmt.Errorf("it holds events after %d up to %d", z.After, z.Seq)
	case len(z.OtherDays) > maxOtherDays:
		return nil, fmt.Errorf("it tells of %d other days", len(z.OtherDays))
	case z.Net < -maxPaise || z.Net > maxPaise:
		return nil, fmt.Errorf("it says that %d paise came", int64(z.Net))
	case z.Left != nil && !z.Left.From.Before(z.Left.To):
		return nil, errors.New("the time that it leaves to later ones ends before it begins")
	}
	for i, d := range days {
		if _, err := time.Parse(time.DateOnly, d); err != nil || slices.Contains(days[:i], d) {
			return nil, fmt.Errorf("it tells of the day %.40q, which is none or stands there twice", d)
		}
	}
	for _, f := range all {
		if f.line.Count < 0 || f.line.Count > maxCount || f.line.Paise < -maxPaise || f.line.Paise > maxPaise {
			return nil, fmt.Errorf("its %s are %d, of %d paise", f.name, f.line.Count, int64(f.line.Paise))
		}
	}
	return &z, nil
}

// total is what a report says of its own day and of all others in it. To which of them a fact belongs is a matter of
// the hour at which the box's days begin, which its events do not say; that it stands in one of them is not.
func (z *zReport) total() (t figures) {
	sum := t.list()
	add := func(f *figures) {
		for i, one := range f.list() {
			sum[i].line.Count += one.line.Count
			sum[i].line.Paise += one.line.Paise
		}
	}
	add(&z.figures)
	for i := range z.OtherDays {
		add(&z.OtherDays[i].figures)
	}
	return t
}

// says holds what a report says of itself against what its chain says of it.
func (z *zReport) says(chain *Z) (d []Difference) {
	differ := func(figure string, z, here int64) {
		if z != here {
			d = append(d, Difference{figure, z, here})
		}
	}
	differ("number_count", int64(z.Number), int64(chain.Number))
	differ("seq_count", int64(z.Seq), int64(chain.Seq))
	differ("net_paise", int64(z.Net), int64(chain.Net))
	differ("net_paise", int64(z.Net), int64(z.UPI.Paise+z.Returned.Paise-z.Refunds.Paise-z.Reversals.Paise))
	if z.Day != chain.Day || !z.Left.is(chain.Left) {
		d = append(d, Difference{"day_count", 0, 1})
	}
	return d
}
