package owner

import (
	"cmp"
	"context"
	"slices"
	"time"

	"galla/internal/money"
	"galla/state"
)

// Weighty are the kinds of what people do at a box that gives or changes power, or takes data away.
var Weighty = []string{
	state.ActExport,
	state.ActPersonAdd,
	state.ActPersonPIN,
	state.ActPersonRemove,
	state.ActDevicePair,
	state.ActDeviceLetIn,
	state.ActDeviceRevoke,
	state.ActWrongPINs,
}

// Done is who did what in a span of days.
type Done struct {
	From    string      `json:"from"`
	To      string      `json:"to"`
	Refunds []RefundRow `json:"refunds"`
	Next    string      `json:"next,omitempty"`
}

// Refunds are what went back, the newest first.
func (o *Owner) Refunds(ctx context.Context, s Span, behind Mark, limit int) (d Done, err error) {
	limit = page(limit)
	rows, err := o.store.Refunds(ctx, s, behind, limit+1)
	if err != nil {
		return d, err
	}
	d.From, d.To = s.From, s.To
	rows, d.Next = paged(rows, limit, func(r Refund) Mark { return Mark{r.AskedAt, r.Gateway + "/" + r.Key} })
	for _, r := range rows {
		d.Refunds = append(
			d.Refunds,
			RefundRow{r.Where, name(r.Day, r.Number), r.Day, r.Amount, r.Status, r.By, r.Approver,
				r.Others, r.RRN, r.AskedAt},
		)
	}
	return d, nil
}

// Cashiers are how often sales were cancelled, held against the chain's median.
type Cashiers struct {
	From    string    `json:"from"`
	To      string    `json:"to"`
	Median  int       `json:"median_permille"` // of the cashiers with MinSales and more
	People  int       `json:"people"`          // who have so many
	Above   []Cashier `json:"above"`           // the most cancelled first
	MinSale int       `json:"min_sales"`
}

// Cashier is a person at a terminal.
type Cashier struct {
	Where
	By        string      `json:"by"`
	Sales     int         `json:"sales"`
	Cancelled int         `json:"cancelled"`
	Permille  int         `json:"permille"`
	Amount    money.Paise `json:"amount_paise"` // cancelled
}

// MinSales is how many sales somebody must have before a share says something.
const MinSales = 20

// Cashiers are those who cancel more than twice the chain's median, the worst first, at most MaxPage.
func (o *Owner) Cashiers(ctx context.Context, s Span) (c Cashiers, err error) {
	rows, err := o.store.Cancels(ctx, s)
	if err != nil {
		return c, err
	}
	c = Cashiers{From: s.From, To: s.To, MinSale: MinSales}
	var all []Cashier
	for _, r := range rows {
		if r.Sales >= MinSales {
			all = append(all, Cashier{r.Where, r.By, r.Sales, r.Cancelled, r.Cancelled * 1000 / r.Sales, r.Amount})
		}
	}
	if c.People = len(all); c.People == 0 {
		return c, nil
	}
	slices.SortFunc(all, func(a, b Cashier) int {
		return cmp.Or(cmp.Compare(b.Permille, a.Permille), cmp.Compare(b.Cancelled, a.Cancelled),
			cmp.Compare(a.Terminal, b.Terminal), cmp.Compare(a.By, b.By))
	})
	c.Median = all[len(all)/2].Permille
	for _, one := range all {
		if len(c.Above) < MaxPage && one.Cancelled > 1 && one.Permille > 2*c.Median {
			c.Above = append(c.Above, one)
		}
	}
	return c, nil
}

// Acted is what people did at the boxes.
type Acted struct {
	Acts []ActRow `json:"acts"`
	Next string   `json:"next,omitempty"`
}

// ActRow is one act.
type ActRow struct {
	Where
	Kind     string    `json:"kind"`
	Target   string    `json:"target,omitempty"`
	By       string    `json:"by"`
	Approver string    `json:"approver,omitempty"`
	At       time.Time `json:"at"`
}

// Acts are what people did at the boxes that is Weighty, the newest first.
func (o *Owner) Acts(ctx context.Context, behind Mark, limit int) (a Acted, err error) {
	limit = page(limit)
	rows, err := o.store.Acts(ctx, Weighty, behind, limit+1)
	if err != nil {
		return a, err
	}
	rows, a.Next = paged(rows, limit, func(r Act) Mark { return Mark{r.At, r.Terminal + "/" + r.ID} })
	for _, r := range rows {
		a.Acts = append(a.Acts, ActRow{r.Where, r.Kind, r.Target, r.By, r.Approver, r.At})
	}
	return a, nil
}
