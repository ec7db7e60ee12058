package salename

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"galla/internal/counter/problem"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/state"
)

// Till is what is read of sales here. Every call may be made from any goroutine.
type Till interface {
	Sale(ctx context.Context, id string) (state.Sale, error)
	Sales(ctx context.Context, q state.Query) ([]state.Sale, error)
	// Find lists the sales that have a value, newest first; before is a sale id to page back from.
	Find(ctx context.Context, f state.Field, value, before string, limit int) ([]state.Sale, error)
	// Days lists the business days that have sales, newest first.
	Days(ctx context.Context, from, to string) ([]string, error)
}

// Finder finds sales by what people and requests call them. Its methods may be called from any goroutine.
type Finder struct {
	Till  Till
	Today func() string // the business day that a bare number means
}

// Named reads the sale of a name. A name that no sale has is refused with the nearest ones, never answered with one of
// them: money would go back to somebody else.
func (f *Finder) Named(ctx context.Context, text string) (state.Sale, error) {
	name, ok := day.ParseName(text)
	if !ok {
		return state.Sale{}, problem.New(
			problem.BadQuery,
			fmt.Sprintf("name is %.40q, which is not what a sale is called", text),
			"Write 1129-2 for number 2 of 29 November, 2026-11-29/2 with the year, or 2 for today's.",
		)
	}

	days := name.Days(f.Today())
	for _, d := range days {
		s, found, err := f.numbered(ctx, d, name.Number)
		if err != nil || found {
			return s, err
		}
	}

	near, err := f.nearest(ctx, name, days)
	if err != nil {
		return state.Sale{}, err
	}
	what := "there is no sale " + strings.TrimSpace(text)
	if name.Day == "" {
		what = fmt.Sprintf("there is no sale %d today", name.Number)
	}
	next := "List the sales to find it: GET /v1/sales."
	if len(near) > 0 {
		verb := "are"
		if len(near) == 1 {
			verb = "is"
		}
		what += fmt.Sprintf("; the nearest %s %s", verb, listed(near))
		next = fmt.Sprintf("Name the day with the number, like %s, if one of them is meant.", near[0].Name())
	}

	p := problem.New(problem.NoSale, what, next)
	for _, s := range near {
		p.Sales = append(p.Sales, wire.FromSale(s))
	}
	return state.Sale{}, p
}

func (f *Finder) numbered(ctx context.Context, business string, n int) (s state.Sale, found bool, err error) {
	sales, err := f.Till.Find(ctx, state.FieldNumber, state.NumberOf(business, n), "", 1)
	if err != nil || len(sales) == 0 {
		return s, false, err
	}
	return sales[0], true, nil
}

const (
	nearestMost = 3
	nearestDays = 31 // how far back a number is looked for
)

// nearest are sales that may have been meant by a name that none has: for a bare number those of earlier days, for a
// day the numbers beside it.
func (f *Finder) nearest(ctx context.Context, name day.Name, days []string) (near []state.Sale, err error) {
	look := func(business string, n int) error {
		if n < 1 || len(near) == nearestMost {
			return nil
		}
		s, found, err := f.numbered(ctx, business, n)
		if found {
			near = append(near, s)
		}
		return err
	}

	if name.Day == "" {
		at, err := time.Parse(time.DateOnly, days[0])
		if err != nil {
			return nil, err
		}
		for back := 1; back <= nearestDays && len(near) < nearestMost; back++ {
			if err := look(at.AddDate(0, 0, -back).Format(time.DateOnly), name.Number); err != nil {
				return nil, err
			}
		}
	}
	for _, business := range days[:min(2, len(days))] {
		for by := 1; by <= nearestMost; by++ {
			for _, n := range []int{name.Number - by, name.Number + by} {
				if err := look(business, n); err != nil {
					return nil, err
				}
			}
		}
	}
	if len(near) > 0 || len(days) == 0 {
		return near, nil
	}
	return f.newestNear(ctx, days[0])
}

// newestNear are the newest sale of a day and that of the nearest day before it, where no sale has a number that is
// like the one asked for; or the newest of all.
func (f *Finder) newestNear(ctx context.Context, business string) (near []state.Sale, err error) {
	at, err := time.Parse(time.DateOnly, business)
	if err != nil {
		return nil, err
	}
	before, err := f.Till.Days(
		ctx,
		at.AddDate(0, 0, -nearestDays).Format(time.DateOnly),
		at.AddDate(0, 0, -1).Format(time.DateOnly),
	)
	if err != nil {
		return nil, err
	}

	for _, d := range append([]string{business}, before[:min(1, len(before))]...) {
		newest, err := f.Till.Sales(ctx, state.Query{Day: d, Limit: 1})
		if err != nil {
			return nil, err
		}
		near = append(near, newest...)
	}
	if len(near) > 0 {
		return near, nil
	}
	return f.Till.Sales(ctx, state.Query{Limit: 1})
}

// listed says which sales are meant, each with its day and amount.
func listed(sales []state.Sale) string {
	var all []string
	for _, s := range sales {
		all = append(all, fmt.Sprintf("%s over %s", s.Name(), s.Amount))
	}
	return strings.Join(all, ", ")
}

// bare reports whether a path says a bare number where an id stands.
func bare(id string) bool {
	n, ok := day.ParseName(id)
	return ok && n.Day == "" && strings.Trim(id, "0123456789") == ""
}

// OfRead reads the sale of the path of a read: an id, or a bare number, which means today's.
func (f *Finder) OfRead(r *http.Request) (state.Sale, error) {
	if id := r.PathValue("id"); !bare(id) {
		return f.byID(r.Context(), id)
	}
	return f.Named(r.Context(), r.PathValue("id"))
}

// OfWrite reads the sale of the path of a write: an id and nothing else. A number is another sale's tomorrow, and a
// request that waited in a queue over midnight would write to that one.
func (f *Finder) OfWrite(r *http.Request) (state.Sale, error) {
	id := r.PathValue("id")
	if !bare(id) {
		return f.byID(r.Context(), id)
	}
	s, err := f.Named(r.Context(), id)
	if err != nil {
		return s, err
	}
	path := strings.Replace(r.URL.Path, "/"+id+"/", "/"+s.ID+"/", 1)
	p := problem.New(
		problem.ByNumber,
		fmt.Sprintf("a write takes the sale's id, not the number %s, which other days have too", id),
		fmt.Sprintf("If sale %s over %s is meant: POST %s.", s.Name(), s.Amount, path),
	)
	p.Sales = []wire.Sale{wire.FromSale(s)}
	return state.Sale{}, p
}

// byID reads a sale by its id. Called by a name, it says which id that is, or where names are looked up.
func (f *Finder) byID(ctx context.Context, id string) (state.Sale, error) {
	if _, ok := day.ParseName(id); !ok {
		return f.Till.Sale(ctx, id)
	}
	p := problem.New(problem.NoSale, fmt.Sprintf("%.40q is a sale's name, and a path takes its id", id),
		fmt.Sprintf("Ask for the sale by its name, and take its id: GET /v1/sales?name=%s.", url.QueryEscape(id)))
	s, err := f.Named(ctx, id)
	if none := (*wire.Problem)(nil); errors.As(err, &none) {
		return state.Sale{}, p
	} else if err != nil {
		return state.Sale{}, err
	}
	p.Next = fmt.Sprintf("If sale %s over %s is meant, its id is %s: GET /v1/sales?name=%s answers with it.",
		s.Name(), s.Amount, s.ID, url.QueryEscape(id))
	p.Sales = []wire.Sale{wire.FromSale(s)}
	return state.Sale{}, p
}
