package owner

import (
	"context"
	"regexp"
	"strings"

	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/typed"
)

// Found are sales that fit what was looked for.
type Found struct {
	Sales []SaleRow `json:"sales"`
	Next  string    `json:"next,omitempty"`
}

var digits = regexp.MustCompile(`^[0-9]{9,20}$`)

// MaxText bounds what is looked for, in bytes.
const MaxText = 64

// Ask makes questions of what a person typed, the likeliest first: an RRN, a sale's name, an amount, a bill number.
func (o *Owner) Ask(text, terminal string) (all []Query, err error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > MaxText || !typed.Printable(text) {
		return nil, &Asked{
			"owner_text",
			"nothing can be looked for by that",
			"Type an amount, an RRN, a bill or sale number.",
		}
	}
	if rrn := strings.TrimSpace(strings.TrimPrefix(strings.ToUpper(text), "RRN")); digits.MatchString(rrn) {
		all = append(all, Query{RRN: rrn, Terminal: terminal})
	}
	today := o.moment().days[0]
	if n, ok := day.ParseName(text); ok && n.Day != "" { // a bare number is in too many shops
		for _, d := range n.Days(today)[:1] {
			all = append(all, Query{Day: d, Number: n.Number, Terminal: terminal})
		}
	}
	if amount, err := money.Parse(text); err == nil {
		all = append(all, Query{Amount: amount, Terminal: terminal})
	}
	if typed.BillKey(text) != "" { // something is left of it
		all = append(all, Query{Reference: text, Terminal: terminal})
	}
	return all, nil
}

// Find are the sales that fit the first question that any sale fits; a page behind a mark needs the same text.
func (o *Owner) Find(ctx context.Context, text, terminal string, behind Mark, limit int) (f Found, err error) {
	queries, err := o.Ask(text, terminal)
	if err != nil {
		return f, err
	}
	limit = page(limit)
	for _, q := range queries {
		first := behind
		sales, err := o.store.Find(ctx, q, first, limit+1)
		if err != nil {
			return f, err
		}
		if len(sales) == 0 {
			continue
		}
		sales, f.Next = paged(sales, limit, markOf)
		for _, s := range sales {
			f.Sales = append(f.Sales, rowOf(s))
		}
		return f, nil
	}
	return f, nil
}
