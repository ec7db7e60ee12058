package keypad

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"galla/internal/money"
	"galla/state"
)

// Till is what the pad asks of a till. Every call may be made from any goroutine. A write carries an idempotency key:
// the same key again is the same request.
type Till interface {
	Open(ctx context.Context, key string, amount money.Paise) (state.Sale, error)
	Cancel(ctx context.Context, key, id string) (state.Sale, error)
	// Print prints a sale's slip, state.CopyOrder or state.CopyReceipt.
	Print(ctx context.Context, key, id, slip string) (state.Sale, error)
	Sale(ctx context.Context, id string) (state.Sale, error)
	// Newest returns up to n sales, the newest first.
	Newest(ctx context.Context, n int) ([]state.Sale, error)
	// UnderWay returns the id of the newest open sale that a pad asked for, "" where there is none.
	UnderWay(ctx context.Context) (string, error)
	// Type shows the customer what is being typed, and notes such as why a key was refused. It is not stored.
	Type(entry string, tape []string, notes ...string)
	// Why is what a person is told of an error of these calls.
	Why(err error) string
}

// Pad joins the box's number pads to the till. Its methods may be called from any goroutine; keys are taken one at a
// time, in the order they come.
type Pad struct {
	till Till
	log  *slog.Logger
	say  func(string)

	mu      sync.Mutex
	machine Machine
	tempo   tempo
	went    bool   // a sale of the pad that was under way when gallad started was looked for
	sale    string // under way
	ahead   bool   // what is typed was typed before the sale ended, and was not on the screen yet
	look    string // the sale that * shows: what Enter prints and / types, whatever was opened meanwhile
	// idempotency key of the amount being typed: Enter pressed again after a lost answer is the same request
	key string
}

// refusal is a sentence of the pad's own for the person at it.
type refusal string

func (r refusal) Error() string { return string(r) }

const (
	scanned = "that was a barcode, not an amount: type the amount"
	kept    = "the sale before has ended: look at the amount, then press Enter"
)

// New returns a Pad over a till. say is told what a key was refused for; nil: it stands on the customer's screen, the
// only one a number pad has.
func New(t Till, log *slog.Logger, m Machine, say func(string)) *Pad {
	p := &Pad{till: t, log: log, machine: m, say: say}
	if say == nil {
		p.say = func(why string) {
			entry, tape := p.machine.Show()
			t.Type(entry, tape, why)
		}
	}
	return p
}

// Press takes a key of a number pad, now. An unknown name does nothing.
func (p *Pad) Press(ctx context.Context, name string) { p.PressAt(ctx, name, time.Now()) }

// PressAt takes a key that was pressed at a moment: keys in a scanner's tempo are no amount, and their Enter charges
// nothing.
func (p *Pad) PressAt(ctx context.Context, name string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()

	if len(name) == 1 && name[0] >= '0' && name[0] <= '9' {
		if p.tempo.digit(at, p.machine.Typed()) {
			p.machine.Scanned(p.tempo.before)
			p.key = ""
			if p.tempo.run == scannerDigits { // once a barcode
				p.say(scanned)
			}
			return
		}
	} else if p.tempo.key(at, name) {
		p.say(scanned)
		return
	}

	if err := p.settle(ctx); err != nil {
		p.say(p.till.Why(err))
		return
	}
	if p.ahead {
		p.ahead = false
		if name == "enter" { // nobody has seen the amount: it is shown first, and the next Enter charges it
			p.show()
			p.say(kept)
			return
		}
	}
	if err := p.do(ctx, p.machine.Press(name)); err != nil {
		why := p.till.Why(err)
		if own := refusal(""); errors.As(err, &own) {
			why = own.Error()
		}
		p.log.Info("key refused", "key", name, "problem", why)
		p.say(why)
	}
}

// settle learns, before a key is taken, whether a sale is under way. At the first key after gallad's start it finds the
// one that the pad had then: Esc still cancels it, and no second one is begun beside it.
func (p *Pad) settle(ctx context.Context) error {
	if !p.went {
		id, err := p.till.UnderWay(ctx)
		if err != nil {
			return err
		}
		p.went = true
		if id != "" {
			p.sale = id
			p.machine.Charged()
		}
	}
	if p.sale == "" {
		return nil
	}
	s, err := p.till.Sale(ctx, p.sale)
	if err == nil && s.Phase.Final() {
		p.machine.Ended()
		p.sale = ""
		p.ahead = p.machine.Sum() > 0
	}
	return err
}

func (p *Pad) do(ctx context.Context, a Act) error {
	switch a.Do {
	case Show:
		p.key = "" // another amount is another request
		p.show()
	case Charge:
		if p.key == "" {
			p.key = "pad-" + rand.Text()
		}
		s, err := p.till.Open(ctx, p.key, a.Amount)
		if err != nil {
			p.machine.Failed()
			return err
		}
		p.machine.Charged()
		p.sale, p.key = s.ID, ""
		p.till.Type("", nil)
	case Cancel:
		_, err := p.till.Cancel(ctx, "pad-cancel-"+p.sale, p.sale)
		return err
	case Look:
		p.look = ""
		s, err := p.nth(ctx, a.Index)
		if err != nil {
			return err
		}
		p.look = s.ID
		p.till.Type(s.Amount.Grouped(), []string{fmt.Sprintf("Sale %s %s", s.Name(), s.Phase)})
	case Reprint:
		s, err := p.till.Sale(ctx, p.look)
		if err != nil {
			return err
		}
		slip := state.CopyOrder
		if s.Phase == state.PhasePaid {
			slip = state.CopyReceipt
		}
		_, err = p.till.Print(ctx, "pad-"+rand.Text(), s.ID, slip)
		return err
	case Repeat:
		s, err := p.till.Sale(ctx, p.look)
		if err != nil {
			return err
		}
		p.machine.Type(s.Amount)
		p.show()
	case Ahead:
		p.key = ""
	case Refuse:
		p.say(a.Why)
	}

	return nil
}

func (p *Pad) show() { p.till.Type(p.machine.Show()) }

// nth returns the n-th newest sale, 0 the newest.
func (p *Pad) nth(ctx context.Context, n int) (state.Sale, error) {
	sales, err := p.till.Newest(ctx, n+1)
	switch {
	case err != nil:
		return state.Sale{}, err
	case len(sales) == 0:
		return state.Sale{}, refusal("there are no sales to look at yet")
	case len(sales) <= n:
		return state.Sale{}, refusal(fmt.Sprintf("there are only %d sales to look at", len(sales)))
	}
	return sales[n], nil
}
