package operations

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"galla/gateway"
	"galla/internal/money"
)

// Recorded is the result of a GatewayRecord: what was done at a real account, and the redacted transcript, a JSON
// object a line.
type Recorded struct {
	Steps      []string `json:"steps"`
	Transcript []string `json:"transcript"`
}

// record walks an order over ₹1 from create over show to close, and returns everything that was said. The QR is shown
// to nobody, so nobody can pay it.
func record(ctx context.Context, gw gateway.Gateway, ref string) (any, error) {
	var out bytes.Buffer
	second, rec, err := gw.(gateway.Recordable).Recording(&out)
	if err != nil {
		return nil, err
	}
	var r Recorded
	note := func(format string, args ...any) { r.Steps = append(r.Steps, fmt.Sprintf(format, args...)) }
	err = func() error {
		q, err := second.Open(ctx, gateway.Charge{
			Reference:   ref,
			SaleID:      ref,
			Amount:      money.Rupee,
			Description: "Galla test",
			AskedAt:     time.Now(),
			CloseAfter:  5 * time.Minute,
		})
		if err != nil {
			note("create: %v", err)
			// There may be an order all the same: it is not left open.
			if e, ok := errors.AsType[*gateway.Error](err); ok && e.Order != "" {
				return errors.Join(
					err,
					end(ctx, second, gateway.Order{Reference: ref, ID: e.Order, Amount: money.Rupee}, note),
				)
			}
			return err
		}
		note("create: order %s over %s", q.ID, q.Amount)
		shown := look(ctx, second, q.Order, note)
		if err := errors.Join(shown, end(ctx, second, q.Order, note)); err != nil {
			return err
		}
		return look(ctx, second, q.Order, note)
	}()

	if werr := rec.Err(); werr != nil {
		note("transcript: %v", werr)
		err = errors.Join(err, werr)
	}
	if text := strings.TrimSpace(out.String()); text != "" {
		r.Transcript = strings.Split(text, "\n")
	}
	return r, err
}

func look(ctx context.Context, gw gateway.Gateway, o gateway.Order, note func(string, ...any)) error {
	r, err := gw.Read(ctx, o)
	if err != nil {
		note("show: %v", err)
		return err
	}
	note("show: %s, %d payments", r.Status, len(r.Payments))
	return nil
}

func end(ctx context.Context, gw gateway.Gateway, o gateway.Order, note func(string, ...any)) error {
	err := gw.Close(ctx, o)
	switch {
	case errors.Is(err, gateway.ErrUnsupported):
		note("close: this account closes by its own expiry only")
		return nil
	case err != nil:
		note("close: %v", err)
	default:
		note("close: told")
	}
	return err
}
