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
	went bool   // a sale of the pad that was under way when gallad started was looked for
	sale string // under way
	look string // the sale that * shows: what Enter prints and / types, whatever was opened meanwhile
	key  string // idempotency key of the amount being typed: Enter pressed again after a lost answer is the same request
}

// padName is who asks, as stored with a sale.
const padName = "keypad"

// NewPad returns a Pad over a till. say is told what a key was refused for; nil: it stands on the customer's screen, the
// only one a number pad has.
func NewPad(t Till, log *slog.Logger, k Keypad, say func(string)) *Pad {
	p := &Pad{till: t, log: log, pad: k, say: say}
	if say == nil {
		p.say = func(why string) {
			entry, tape := p.pad.Show()
			t.Type(entry, tape, why)
		}
	}
	return p
}

// Press takes a key of a number pad. An unknown name does nothing.
func (p *Pad) Press(ctx context.Context, name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.resume(ctx); err != nil {
		p.say(asProblem(err).Detail)
		return
	}
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

// resume finds, at the first key after gallad's start, the sale that the pad had under way: Esc still cancels it, and no
// second one is begun beside it.
func (p *Pad) resume(ctx context.Context) error {
	if p.went {
		return nil
	}
	open, err := p.till.Sales(ctx, till.Query{Open: true, Limit: 100})
	if err != nil {
		return err
	}
	p.went = true
	for _, s := range open {
		if s.By == padName {
			p.sale = s.ID
			p.pad.Charged()
			break
		}
	}
	return nil
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
		s, err := p.till.Open(ctx, till.OpenRequest{Key: p.key, Amount: a.Amount, By: padName})
		if err != nil {
			p.pad.Failed()
			return err
		}
		p.pad.Charged()
		p.sale, p.key = s.ID, ""
		p.till.Type("", nil)
	case PadCancel:
		_, err := p.till.Cancel(ctx, till.CancelRequest{Key: "pad-cancel-" + p.sale, SaleID: p.sale, Reason: state.CloseCancelled, By: padName})
		return err
	case PadLook:
		p.look = ""
		s, err := p.nth(ctx, a.Index)
		if err != nil {
			return err
		}
		p.look = s.ID
		p.till.Type(s.Amount.Grouped(), []string{fmt.Sprintf("#%d %s", s.Number, s.Phase)})
	case PadReprint:
		s, err := p.till.Sale(ctx, p.look)
		if err != nil {
			return err
		}
		slip := "order"
		if s.Phase == state.PhasePaid {
			slip = "receipt"
		}
		_, err = p.till.Print(ctx, till.PrintRequest{Key: "pad-" + rand.Text(), SaleID: s.ID, Copy: slip, By: padName})
		return err
	case PadRepeat:
		s, err := p.till.Sale(ctx, p.look)
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
	if len(sales) == 0 {
		return state.Sale{}, problem(noSale, "there are no sales to look at yet", "Type an amount and press Enter.")
	}
	if len(sales) <= n {
		return state.Sale{}, problem(noSale, fmt.Sprintf("there are only %d sales to look at", len(sales)), "Go back with minus.")
	}
	return sales[n], nil
}
