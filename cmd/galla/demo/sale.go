package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/internal/upiqr"
	"galla/state"
)

// order is one sale the demo takes.
type order struct {
	gateway, rupees, reference string
}

// words are what the timeline calls each event. An event without words is of no news to a person: a look of the till
// that found nothing new.
var words = map[state.Kind]string{
	state.EventOpened:        "the amount is entered, and on disk",
	state.EventAttemptAsked:  "the order is on disk, and asked of the gateway",
	state.EventAttemptQuoted: "the gateway's QR has come, and names the right amount",
	state.EventShown:         "the QR is on the customer's screen; a reader of ours read it back",
	state.EventPrintAsked:    "a slip waits for the printer",
	state.EventPrintBegun:    "the printer begins with it",
}

// readings are what the gateway's record says of a sale, by the phase that it brings.
var readings = map[state.Phase]string{
	state.PhasePaying: "the gateway says: the customer is paying",
	state.PhasePaid:   "the gateway says: paid. The screen, the voice and the cashier's list say so now",
	state.PhaseClosed: "the gateway says: it ended unpaid",
}

// take takes one sale: the pretend phone reads the QR off the picture of the screen, as a customer's would.
func (w *world) take(ctx context.Context, n int, d order) error {
	amount, err := money.Parse(d.rupees)
	if err != nil {
		return err
	}
	before, err := w.till.Health(ctx)
	if err != nil {
		return err
	}
	shots := w.shots()
	limited, cancel := context.WithTimeout(ctx, w.limit(time.Minute))
	defer cancel()
	sale, err := w.till.Open(
		limited,
		client.Key(),
		wire.OpenSale{AmountPaise: wire.Amount(amount), Reference: d.reference},
	)
	if err != nil {
		return err
	}

	fmt.Fprintf(w.says, "\nSale %d: %s at %s\n", n, amount, d.gateway)
	var picture string
	prints := 0
	err = w.till.Follow(limited, before.Seq, func(e wire.Event) error {
		if e.SaleID != sale.ID {
			return nil
		}
		said := func(what string) {
			if what != "" {
				fmt.Fprintf(w.says, "%8.1f s  %s\n", e.At.Sub(sale.CreatedAt).Seconds(), what)
			}
		}
		if e.Sale != nil && e.Sale.Phase != sale.Phase {
			said(readings[e.Sale.Phase])
		}
		if said(words[e.Kind]); e.Kind == state.EventPrintDone {
			said(fmt.Sprintf("the slip is %s", e.Print.Status))
		}

		switch e.Kind {
		case state.EventShown:
			if picture, err = w.pay(limited, shots, n, d, amount); err != nil {
				return err
			}
		case state.EventPrintDone:
			prints++
			if err := w.slip(fmt.Sprintf("%d-%s-slip%d.png", n, d.gateway, prints)); err != nil {
				return err
			}
		}
		if e.Sale != nil {
			sale = *e.Sale
		}
		if sale.Phase == state.PhasePaid && prints == 2 || sale.Phase == state.PhaseClosed {
			return client.ErrStop
		}
		return nil
	}, nil)

	switch {
	case err != nil && !errors.Is(err, context.DeadlineExceeded):
		return err
	case sale.Phase != state.PhasePaid:
		return fmt.Errorf("it is %s, not paid: %s", sale.Phase, sale.Message)
	}

	fmt.Fprintf(w.says, "             %s RRN %s. The QR as it was on the screen: %s\n", sale.Message, sale.RRN, picture)
	return within(ctx, w.limit(10*time.Second), "the screen that says paid", func() (bool, error) {
		isPaid := func(f string) bool { return strings.HasSuffix(f, "-paid.png") }
		return slices.ContainsFunc(w.shots()[len(shots):], isPaid), w.gone()
	})
}

// shots are the pictures of the customer's screen so far, in order.
func (w *world) shots() []string {
	names, _ := filepath.Glob(filepath.Join(w.out, "screens", "*.png"))
	slices.Sort(names)
	return names
}

// pay reads the QR off the newest picture of the screen, checks it as a customer would, and has the pretend phone start
// and then finish the payment. It keeps the picture and the string that the gateway issued, to be compared by anyone.
func (w *world) pay(
	ctx context.Context,
	shots []string,
	n int,
	d order,
	amount money.Paise,
) (picture string, err error) {
	var raw []byte
	err = within(ctx, w.limit(10*time.Second), "the picture of the QR", func() (bool, error) {
		for _, f := range w.shots()[len(shots):] {
			if strings.HasSuffix(f, "-pay.png") {
				raw, err = os.ReadFile(f)
				return err == nil && len(raw) > 0, err
			}
		}
		return false, nil
	})
	if err != nil {
		return "", err
	}
	payload, err := upiqr.DecodePicture(raw)
	if err != nil {
		return "", fmt.Errorf("the QR on the screen can't be read: %w", err)
	}

	if _, err := upiqr.Check(payload, amount); err != nil {
		return "", err
	}
	issued, err := w.issued(ctx, d.gateway)
	if err != nil {
		return "", err
	}
	if issued != payload {
		return "", fmt.Errorf("the screen shows %q, and the gateway issued %q", payload, issued)
	}
	base := filepath.Join(w.out, fmt.Sprintf("%d-%s", n, d.gateway))
	picture = base + "-pay.png"
	if err := errors.Join(
		os.WriteFile(picture, raw, 0o644),
		os.WriteFile(base+"-issued.txt", []byte(issued), 0o644),
	); err != nil {
		return "", err
	}

	for _, action := range []string{"start", "pay"} {
		if err := w.manage(ctx, "/pay", map[string]any{"payload": payload, "action": action}, nil); err != nil {
			return "", err
		}
		if action == "start" { // long enough for the till to notice, and for a person to see it
			select {
			case <-ctx.Done():
				return "", ctx.Err()
			case <-time.After(3 * time.Second):
			}
		}
	}

	return picture, nil
}

// issued asks the simulator for the newest QR string it handed out.
func (w *world) issued(ctx context.Context, gateway string) (string, error) {
	var orders []struct{ API, Payload string }
	if err := w.manage(ctx, "/orders", nil, &orders); err != nil {
		return "", err
	}
	for _, o := range orders {
		if o.API == gateway {
			return o.Payload, nil
		}
	}
	return "", fmt.Errorf("the pretend %s has handed out no QR", gateway)
}

// manage calls the simulator's management port.
func (w *world) manage(ctx context.Context, path string, body, out any) error {
	method, send := http.MethodGet, io.Reader(nil)
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		method, send = http.MethodPost, bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, w.addresses.Manage+path, send)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the pretend phone: %s: %s", resp.Status, bytes.TrimSpace(raw))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}
