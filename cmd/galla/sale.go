package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// saleCommand takes a sale, and with --wait stays until it has ended.
type saleCommand struct {
	Amount    string `arg:"" help:"Amount in rupees: 250, 250.50, 1,00,000."`
	Reference string `help:"The shop's bill number." placeholder:"R"`
	Again     bool   `help:"${sale_again}"`
	Note      string `help:"A note, kept with the sale." placeholder:"N"`
	Wait      bool   `help:"Wait until it is paid or closed. Ctrl-C leaves the sale as it is."`
	Print     bool   `help:"Print the order slip with the QR."`
	JSON      bool   `name:"json" help:"Print the sale as JSON; with --wait, as it ended."`
}

// resendFor is how long a sale whose answer got lost is asked for again, always with the same key.
const resendFor = 30 * time.Second

// answerPatience is how long an interrupted sale still waits for gallad's answer.
const answerPatience = 3 * time.Second

// Run implements the command.
func (c *saleCommand) Run(s *session) error {
	amount, err := rupees(c.Amount)
	if err != nil {
		return err
	}
	if !c.JSON {
		warn(s)
	}

	// Ctrl-C while the sale is being asked for waits a little for the answer, so that it can be said which sale is
	// left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s), resendFor)
	defer cancel()
	defer context.AfterFunc(s, func() { time.AfterFunc(answerPatience, cancel) })()
	sale, err := s.till.Open(ctx, client.Key(), wire.OpenSale{AmountPaise: amount, Reference: c.Reference,
		Again: c.Again, Note: c.Note, Print: c.Print})
	if err != nil {
		return err
	}
	if !c.Wait {
		return show(s, c.JSON, sale, s.printSale)
	}
	if !c.JSON {
		s.printSale(sale)
	}

	sale, err = c.wait(s, sale)
	if errors.Is(err, context.Canceled) {
		fmt.Fprintf(s.err, "galla: stopped waiting; sale %s goes on and is %s\n  next: galla show %s, or galla "+
			"cancel %s to end it\n", sale.Name, sale.Phase, sale.Name, sale.Name)
		if c.JSON {
			s.printJSON(sale)
		}
		return outcome(exitUnknown)
	}
	if err != nil {
		return fmt.Errorf("waiting for sale %s, which goes on: %w", sale.Name, err)
	}
	if c.JSON {
		s.printJSON(sale)
	} else {
		textview.Items(s.out, sale)
	}

	if sale.Phase == state.PhasePaid {
		return nil
	}
	return outcome(exitNotPaid)
}

// wait follows the sale until its end. gallad may restart meanwhile.
func (c *saleCommand) wait(s *session, sale wire.Sale) (wire.Sale, error) {
	last := sale.Message
	if sale.Phase.Final() {
		return sale, nil
	}
	err := s.till.Follow(s, sale.Seq, func(e wire.Event) error {
		if e.Sale == nil || e.SaleID != sale.ID {
			return nil
		}
		sale = *e.Sale
		if !c.JSON && sale.Message != last {
			textview.Step(s.out, sale)
			last = sale.Message
		}
		if sale.Phase.Final() {
			return client.ErrStop
		}
		return nil
	}, func(error) {
		fmt.Fprintln(s.err, "galla: gallad went away; waiting for it to come back (the sale is on its disk)")
	})
	return sale, err
}

// showCommand shows one sale.
type showCommand struct {
	Sale string `arg:"" help:"Its name (1129-2; 2026-11-29/2), its number today, or its id."`
	JSON bool   `name:"json" help:"Print it as JSON."`
}

// Run implements the command.
func (c *showCommand) Run(s *session) error {
	w, err := s.sale(c.Sale)
	if err != nil {
		return err
	}
	return show(s, c.JSON, w, s.printSale)
}

// cancelCommand ends a sale unpaid.
type cancelCommand struct {
	Sale       string `arg:"" help:"Its name (1129-2; 2026-11-29/2), its number today, or its id."`
	OtherMoney bool   `name:"other-tender" help:"The customer paid in another way."`
	JSON       bool   `name:"json" help:"Print the sale as JSON."`
}

// Run implements the command.
func (c *cancelCommand) Run(s *session) error {
	b := wire.CancelSale{Reason: state.CloseCancelled}
	if c.OtherMoney {
		b.Reason = state.CloseOtherTender
	}
	sale, err := s.sale(c.Sale)
	if err != nil {
		return err
	}
	return s.change(c.JSON, func(ctx context.Context, key string) (wire.Sale, error) {
		return s.till.Cancel(ctx, key, sale.ID, b)
	})
}

// change does one write with a key of its own, and prints the sale after it.
func (s *session) change(json bool, do func(ctx context.Context, key string) (wire.Sale, error)) error {
	ctx, cancel := context.WithTimeout(s, resendFor)
	defer cancel()
	w, err := do(ctx, client.Key())
	if err != nil {
		return err
	}
	return show(s, json, w, s.printSale)
}

// printSale prints how a sale stands.
func (s *session) printSale(w wire.Sale) { textview.Sale(s.out, w) }
