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

// what the timeline calls each event.
var words = map[state.Kind]string{
	state.EventOpened:        "amount entered, on disk",
	state.EventAttemptAsked:  "order written down, asked of the gateway",
	state.EventAttemptQuoted: "QR received, checked against the amount, on disk",
	state.EventShown:         "QR on the customer's screen, read back and decoded",
	state.EventPrintAsked:    "slip queued",
	state.EventPrintBegun:    "slip begun",
	state.EventReading:       "gateway's record read: something new",
	state.EventWatched:       "read once more after the end",
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
		what := words[e.Kind]
		switch {
		case e.Kind == state.EventReading && e.Sale != nil:
			what = "gateway's record read: " + string(e.Sale.Phase)
		case e.Kind == state.EventPrintDone:
			what = fmt.Sprintf("slip %s", e.Print.Status)
		}
		if what == "" {
			what = string(e.Kind)
		}
		if e.Sale != nil && e.Sale.Phase == state.PhasePaid && sale.Phase != state.PhasePaid {
			what += "; the sale is paid"
		}
		fmt.Fprintf(w.says, "%8d ms  %s\n", e.At.Sub(sale.CreatedAt).Milliseconds(), what)
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
		return slices.ContainsFunc(
			w.shots()[len(shots):],
			func(f string) bool { return strings.HasSuffix(f, "-paid.png") },
		), w.gone()
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
