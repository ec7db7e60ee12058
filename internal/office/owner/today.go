package owner

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"galla/internal/money"
)

// State is how a shop stands.
type State string

// The states.
const (
	Heard  State = "heard"  // its figure is as of now
	Behind State = "behind" // it may have sold more than is known
	Empty  State = "empty"  // no box has ever said anything there
)

// SoFar is what was received up to the same full hour.
type SoFar struct {
	Today     money.Paise `json:"today_paise"`
	Yesterday money.Paise `json:"yesterday_paise"`
	Week      money.Paise `json:"week_paise"`
}

// Group is what shops or counters come to.
type Group struct {
	Shops int `json:"shops"`
	Figures
	SoFar SoFar     `json:"so_far"`
	AsOf  time.Time `json:"as_of,omitzero"` // up to here at least all of it is known
}

// Shop is one shop today, or one of its counters.
type Shop struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	State State  `json:"state"`
	Group
	Terminal string `json:"terminal,omitempty"` // of a counter
	Counters []Shop `json:"counters,omitempty"`
}

// Today is the chain's day. The shops of Behind are in no other sum.
type Today struct {
	At     time.Time `json:"at"`
	Day    string    `json:"day"`
	Until  string    `json:"until"` // the hour up to which days are compared; empty: none is over
	Heard  Group     `json:"heard"`
	Behind Group     `json:"behind"`
	Empty  int       `json:"empty"` // shops of which nothing was ever heard
	Shops  []Shop    `json:"shops"` // those that are behind first
	Next   string    `json:"next,omitempty"`
}

// all reads all counters, or answers from a reading that is still fresh.
func (o *Owner) all(ctx context.Context) ([]Stand, moment, error) {
	m := o.moment()
	o.mu.Lock()
	defer o.mu.Unlock() // who comes meanwhile waits for the same reading
	if o.of == m.days && m.at.Sub(o.read).Abs() < Fresh {
		return o.stands, m, nil
	}
	stands, err := o.store.Stands(ctx, m.days[:])
	if err == nil {
		o.stands, o.read, o.of = stands, m.at, m.days
	}
	return stands, m, err
}

// Today is the chain's day, with a page of shops behind one's id.
func (o *Owner) Today(ctx context.Context, behind string, limit int) (t Today, err error) {
	stands, m, err := o.all(ctx)
	if err != nil {
		return t, err
	}
	t = Today{At: m.at, Day: m.days[0]}
	if m.hours > 0 {
		t.Until = m.full()
	}
	shops := shopsOf(stands, m)
	for _, s := range shops {
		switch s.State {
		case Heard:
			t.Heard.add(s.Group)
		case Behind:
			t.Behind.add(s.Group)
		default:
			t.Empty++
		}
	}
	slices.SortStableFunc(shops, func(a, b Shop) int {
		return cmp.Or(
			cmp.Compare(rank(a.State), rank(b.State)),
			cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)),
			cmp.Compare(a.ID, b.ID),
		)
	})
	limit = page(limit)
	if behind != "" {
		if at := slices.IndexFunc(shops, func(s Shop) bool { return s.ID == behind }); at >= 0 {
			shops = shops[at+1:]
		}
	}
	if len(shops) > limit {
		shops = shops[:limit]
		t.Next = shops[limit-1].ID
	}
	for _, s := range shops {
		if len(s.Counters) == 1 {
			s.Terminal = s.Counters[0].Terminal
		}
		s.Counters = nil
		t.Shops = append(t.Shops, s)
	}
	return t, nil
}

func rank(s State) int { return slices.Index([]State{Behind, Heard, Empty}, s) }

// Shop is one shop with its counters; found is false where there is none.
func (o *Owner) Shop(ctx context.Context, id string) (t Today, found bool, err error) {
	stands, m, err := o.all(ctx)
	if err != nil {
		return t, false, err
	}
	of := slices.DeleteFunc(slices.Clone(stands), func(s Stand) bool { return s.Shop != id })
	t = Today{At: m.at, Day: m.days[0], Shops: shopsOf(of, m)}
	if m.hours > 0 {
		t.Until = m.full()
	}
	return t, len(t.Shops) > 0, nil
}

// shopsOf adds counters up to their shops.
func shopsOf(stands []Stand, m moment) (shops []Shop) {
	at := map[string]int{}
	for i := range stands {
		s := &stands[i]
		if s.Shop == "" {
			continue
		}
		n, known := at[s.Shop]
		if !known {
			n = len(shops)
			at[s.Shop] = n
			shops = append(shops, Shop{ID: s.Shop, Name: s.ShopName, State: Empty})
		}
		shop := &shops[n]
		if s.Counter == "" { // a shop without a counter
			continue
		}
		c := s.counter(m)
		shop.Counters = append(shop.Counters, c)
		c.Group.Shops = 0
		shop.add(c.Group)
		if c.State != Empty && (shop.State == Empty || rank(c.State) < rank(shop.State)) {
			shop.State = c.State
		}
	}
	for i := range shops {
		shops[i].Shops = 1
	}
	return shops
}

// counter is a counter's day.
func (s *Stand) counter(m moment) Shop {
	c := Shop{ID: s.Counter, Name: s.Label, Terminal: s.Terminal, State: s.state(m.at)}
	c.Shops = 1
	c.AsOf = s.Heard
	if c.State == Heard {
		if at, shut := s.closed(m.at); shut && m.at.Sub(s.Heard) > Silence && !s.Heard.Before(at) {
			c.AsOf = m.at // closed since, and all of it is here
		}
	}
	c.Figures = s.Days[m.days[0]].Figures
	c.SoFar = SoFar{m.soFar(s.Days[m.days[0]]), m.soFar(s.Days[m.days[1]]), m.soFar(s.Days[m.days[2]])}
	return c
}

func (s *Stand) state(now time.Time) State {
	if s.Heard.IsZero() {
		return Empty
	}
	if s.Behind {
		return Behind
	}
	if now.Sub(s.Heard) <= Silence {
		return Heard
	}
	if at, shut := s.closed(now); shut && !s.Heard.Before(at) {
		return Heard
	}
	return Behind
}

// soFar is what a day had received in its first hours.
func (m moment) soFar(d Day) (sum money.Paise) {
	for _, received := range d.Hours[:m.cut+m.hours] {
		sum += received
	}
	return sum
}

func (g *Group) add(o Group) {
	g.Shops += o.Shops
	g.Received += o.Received
	g.Kept += o.Kept
	g.Surplus += o.Surplus
	g.Gone += o.Gone
	g.Payments += o.Payments
	g.Sales += o.Sales
	g.SoFar.Today += o.SoFar.Today
	g.SoFar.Yesterday += o.SoFar.Yesterday
	g.SoFar.Week += o.SoFar.Week
	if !o.AsOf.IsZero() && (g.AsOf.IsZero() || o.AsOf.Before(g.AsOf)) {
		g.AsOf = o.AsOf
	}
}
