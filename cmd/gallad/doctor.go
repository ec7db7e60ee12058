package main

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"time"

	"galla/display"
	"galla/gateway"
	"galla/internal/config"
	"galla/internal/counter/wire"
	"galla/internal/doctor"
	"galla/internal/till"
	"galla/state/boltstore"
)

// newDoctor is the doctor of this gallad: it knows the printer, the screen and the sales file at first hand.
func newDoctor(
	c *config.Config,
	gateways []gateway.Gateway,
	t *till.Till,
	presenter *atomic.Pointer[string],
	printer *paper,
	store *boltstore.Store,
	office func() wire.Office,
) *doctor.Doctor {
	o := doctor.Options{
		Self:    func() wire.Check { return doctor.Gallad(t.Health().Problem) },
		Display: func() string { return t.Health().Display },
		Presenter: func() string {
			if how := presenter.Load(); how != nil {
				return *how
			}
			return ""
		},
		LeftOut: display.LeftOut(c.Shop.Name),
		Office:  office,
		Gone:    func() []string { return gone(t) },
		Busy:    func() bool { return t.Health().Open > 0 },
		Places: []doctor.Place{
			{What: "the sales file", Dir: filepath.Dir(c.Till.Database), Tight: store.Tight, Slow: store.Slow},
		},
		Built: doctor.Floor(),
	}

	if printer != nil {
		o.Printer = printer.State
	}
	if c.Till.Backup != "" {
		o.Backup = &doctor.Backup{Path: c.Till.Backup}
	}
	for i, g := range gateways {
		a := doctor.Account{
			Name:    g.Name(),
			BaseURL: c.Gateways[i].Address(),
			WhyNot:  "this gateway can't be looked over",
			Live:    func() (bool, string, time.Time) { return lastCall(t, g.Name()) },
		}
		if s, ok := g.(interface{ Skew() (time.Duration, bool) }); ok {
			a.Skew = s.Skew
		}
		if e, ok := g.(gateway.HasExamination); ok {
			a.Examine = func(ctx context.Context) []gateway.Finding { return e.Examine(ctx) }
		}
		o.Accounts = append(o.Accounts, a)
	}

	return doctor.New(o)
}

// lastCall is how the last call to a gateway went.
func lastCall(t *till.Till, name string) (ok bool, problem string, at time.Time) {
	for _, g := range t.Health().Gateways {
		if g.Name == name {
			return g.OK, g.Problem, g.At
		}
	}
	return true, "", time.Time{}
}

// gone are the gateways that are no longer set up, with orders still open or watched.
func gone(t *till.Till) (names []string) {
	for _, g := range t.Health().Gateways {
		if g.Gone {
			names = append(names, g.Name)
		}
	}
	return names
}
