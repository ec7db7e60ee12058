package proof

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/setup/interview"
	"galla/state"
)

// proofTime is how long a person has to pay the first sale; the till's own clock ends it earlier unless life is longer.
const proofTime = 6 * time.Minute

// Terminal is where the person sits. Its Yes answers interview.ErrLeft where the person leaves.
type Terminal interface {
	Yes(question string, def bool) (bool, error)
}

// ErrNotProven says that the sale was not paid, or that the money did not go back; all was said.
var ErrNotProven = errors.New("the till is not proven")

// proof is what Take works with.
type proof struct {
	context.Context
	till *client.Client
	out  io.Writer
}

// Take asks whether to take the sale, waits until it is paid and sends the money back. Whoever leaves leaves no sale
// that can be paid: interview.ErrLeft.
func Take(ctx context.Context, till *client.Client, t Terminal, out io.Writer) error {
	s := &proof{ctx, till, out}
	fmt.Fprintln(s.out, "\nThe proof: a sale over ₹1 that you pay with your own phone; the ₹1 is sent back at once.")
	take, err := t.Yes("Make it now", true)
	if err != nil {
		return err
	}
	if !take {
		fmt.Fprintln(s.out, "The till is set up. Make a sale over ₹1 before the first customer comes: "+
			"galla sale 1 --wait")
		return nil
	}

	sale, err := s.firstSale()
	if err != nil {
		return err
	}
	if sale.Phase != state.PhasePaid {
		fmt.Fprintf(s.out, "The sale was not paid: %s\n  next: galla doctor looks for a cause; "+
			"galla sale 1 --wait tries again.\n",
			sale.Message)
		return ErrNotProven
	}
	fmt.Fprintf(s.out, "   Paid, RRN %s.\n", sale.RRN)
	return s.sendBack(sale)
}

// firstSale opens the sale and shows its QR here too, in case there is no screen yet.
func (s *proof) firstSale() (wire.Sale, error) {
	ctx, cancel := context.WithTimeout(s, proofTime)
	defer cancel()
	key, ask := client.Key(), wire.OpenSale{AmountPaise: 100, Note: "first sale, of galla setup"}
	sale, err := s.till.Open(ctx, key, ask)
	for shown := false; err == nil && sale.Phase != state.PhasePaid &&
		sale.Phase != state.PhaseClosed; sale, err = look(ctx, s.till, sale) {
		if sale.QR != nil && !shown {
			shown = true
			if code, err := qrcode.New(sale.QR.Payload, qrcode.Low); err == nil {
				fmt.Fprintf(s.out, "\n%s\n", code.ToSmallString(false))
			}
			fmt.Fprintln(s.out, "   Scan this, or the QR on the customer's screen, with any UPI app, and pay ₹1.")
		}
		select {
		case <-ctx.Done():
		case <-time.After(300 * time.Millisecond):
		}
	}
	switch {
	case s.Err() != nil:
		if err := cancelLeft(s.till, key, ask, sale); err != nil {
			fmt.Fprintf(s.out, "   ! The sale over ₹1 may still be open: galla list --open, then galla cancel. (%v)\n",
				err)
		}
		return sale, interview.ErrLeft
	case ctx.Err() != nil:
		return sale, nil // its message says how it stands
	}
	return sale, err
}

// look reads the sale as it is now; without an answer it is the one from before.
func look(ctx context.Context, till *client.Client, was wire.Sale) (wire.Sale, error) {
	now, err := till.Sale(ctx, was.ID)
	if err != nil {
		return was, err
	}
	return now, nil
}

// cancelLeft ends a sale that nobody waits for any more. Where we left before the answer to Open came, the same key
// names the sale that it made.
func cancelLeft(till *client.Client, key string, ask wire.OpenSale, sale wire.Sale) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if sale.ID == "" {
		if sale, err = till.Open(ctx, key, ask); err != nil {
			return err
		}
	}
	_, err = till.Cancel(ctx, client.Key(), sale.ID, wire.CancelSale{Reason: state.CloseCancelled})
	return err
}

// sendBack refunds the sale and waits for the gateway's word. A refund that the gateway has taken on is good enough:
// banks take days.
func (s *proof) sendBack(sale wire.Sale) error {
	ctx, cancel := context.WithTimeout(s, time.Minute)
	defer cancel()
	sale, err := s.till.Refund(ctx, client.Key(), sale.ID,
		wire.RefundSale{AmountPaise: wire.PartOf(100), Reason: "first sale, of galla setup"})
	for err == nil {
		if n := len(sale.Refunds); n > 0 {
			switch r := sale.Refunds[n-1]; string(r.Status) {
			case "processed", "pending":
				word := "The ₹1 is on its way back; your bank may take some days."
				if r.RRN != "" {
					word = "The ₹1 went back, RRN " + r.RRN + "."
				}
				fmt.Fprintf(s.out, "   %s\n\nThe till is set up. Good business!\n", word)
				return nil
			case "failed":
				fmt.Fprintf(s.out, "   ! The refund failed: %s\n  next: galla show %s; the ₹1 is in your own "+
					"account at the gateway.\n", strings.TrimSuffix(r.Problem, "."), sale.Name)
				return ErrNotProven
			}
		}
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-time.After(300 * time.Millisecond):
			sale, err = s.till.Sale(ctx, sale.ID)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		fmt.Fprintf(s.out, "   The gateway has not confirmed the refund yet: galla show %s tells when it has.\n\n"+
			"The till is set up. Good business!\n", sale.Name)
		return nil
	}
	if s.Err() != nil {
		return interview.ErrLeft
	}
	return err
}
