package counter

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"

	"galla/internal/till"
	"galla/state"
)

// Pad joins the box's number pads to the till. Its methods may be called from any goroutine; keys are taken one at a time,
// in the order they come.
type Pad struct {
	till Till
	log  *slog.Logger
	say  func(string)

	mu   sync.Mutex
	pad  Keypad
	sale string // under way
	key  string // idempotency key of the amount being typed: Enter pressed again after a lost answer is the same request
}

// NewPad returns a Pad over a till. say, which may be nil, is told what a key was refused for.
func NewPad(t Till, log *slog.Logger, k Keypad, say func(string)) *Pad {
	if say == nil {
		say = func(string) {}
	}
	return &Pad{till: t, log: log, pad: k, say: say}
}

// Press takes a key of a number pad. An unknown name does nothing.
func (p *Pad) Press(ctx context.Context, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sale != "" {
		s, err := p.till.Sale(ctx, p.sale)
		if err != nil {
			p.say(asProblem(err).Detail)
			return
		}
		if s.Phase.Final() {
			p.pad.Ended()
			p.sale = ""
		}
	}
	act := p.pad.Press(name)
	if err := p.do(ctx, act); err != nil {
		q := asProblem(err)
		p.log.Info("key refused", "key", name, "problem", q.Detail)
		p.say(q.Detail)
	}
}

func (p *Pad) do(ctx context.Context, a Act) error {
	switch a.Do {
	case PadShow:
		p.key = "" // another amount is another request
		p.show()
	case PadCharge:
		if p.key == "" {
			p.key = "pad-" + rand.Text()
		}
		s, err := p.till.Open(ctx, till.OpenRequest{Key: p.key, Amount: a.Amount, By: "keypad"})
		if err != nil {
			p.pad.Failed()
			return err
		}
		p.pad.Charged()
		p.sale, p.key = s.ID, ""
		p.till.Type("", nil)
	case PadCancel:
		_, err := p.till.Cancel(ctx, till.CancelRequest{Key: "pad-cancel-" + p.sale, SaleID: p.sale, Reason: state.CloseCancelled, By: "keypad"})
		return err
	case PadLook:
		s, err := p.nth(ctx, a.Index)
		if err != nil {
			return err
		}
		p.till.Type(s.Amount.Grouped(), []string{fmt.Sprintf("#%d %s", s.Number, s.Phase)})
	case PadReprint:
		s, err := p.nth(ctx, a.Index)
		if err != nil {
			return err
		}
		slip := "order"
		if s.Phase == state.PhasePaid {
			slip = "receipt"
		}
		_, err = p.till.Print(ctx, till.PrintRequest{Key: "pad-" + rand.Text(), SaleID: s.ID, Copy: slip, By: "keypad"})
		return err
	case PadRepeat:
		s, err := p.nth(ctx, a.Index)
		if err != nil {
			return err
		}
		p.pad.Type(s.Amount)
		p.show()
	case PadRefuse:
		p.say(a.Why)
	}
	return nil
}

func (p *Pad) show() { p.till.Type(p.pad.Show()) }

// nth returns the n-th newest sale, 0 the newest.
func (p *Pad) nth(ctx context.Context, n int) (state.Sale, error) {
	sales, err := p.till.Sales(ctx, till.Query{Limit: n + 1})
	if err != nil {
		return state.Sale{}, err
	}
	if len(sales) <= n {
		return state.Sale{}, problem(noSale, fmt.Sprintf("there are only %d sales to look at", len(sales)), "Go back with minus.")
	}
	return sales[n], nil
}
