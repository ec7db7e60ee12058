package razorpay

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"galla/gateway"
)

// Recording makes a second client of the account whose traffic goes to w, without keys and people.
func (c *Client) Recording(w io.Writer) (gateway.Gateway, *gateway.Recorder, error) {
	cfg := c.given
	rec := gateway.NewRecorder(gateway.Guard(w, cfg.KeySecret, cfg.KeyID), cfg.Transport)
	cfg.Transport, cfg.AllowTestKeys = rec, true // what is recorded is shown to nobody
	second, err := New(cfg)
	return second, rec, err
}

// Examine looks the account over: line, clock, keys, the QR code feature, and the downtimes Razorpay knows of. It stops
// at a cause that makes the rest meaningless.
func (c *Client) Examine(ctx context.Context) []gateway.Finding {
	found, ok := c.caller.Reach(ctx)
	if !ok {
		return found
	}

	// The list of downtimes needs keys and nothing else.
	down, err := c.Downtimes(ctx)
	if err != nil {
		return append(found, gateway.FailedCheck("keys", err))
	}
	found = append(found, gateway.Finding{Check: "keys", Level: gateway.LevelOK, Says: "Razorpay accepts the keys"})
	if c.testMode {
		f := gateway.Finding{
			Check: "keys",
			Level: gateway.LevelBad,
			Says:  "these are test keys: no customer can pay, so no QR of them is shown",
			Next:  "Make a live key pair in Razorpay's dashboard and store it as the gateway's credentials.",
		}
		if c.allowTest {
			f.Level, f.Next = gateway.LevelNote, "This till is in demo mode: use a live key pair and switch demo "+
				"off before the shop opens."
		}
		found = append(found, f)
	}

	// Only a create is documented to say that the feature is off (R3). This one can't succeed: Razorpay knows no such
	// type.
	probe := write("probe QR codes", http.MethodPost, qrPath, map[string]string{"type": "probe"})
	if err := c.do(ctx, probe, &qrEntity{}); err != nil {
		if _, no := rejected(err); !no {
			return append(found, gateway.FailedCheck("feature", err))
		}
	}
	found = append(
		found,
		gateway.Finding{Check: "feature", Level: gateway.LevelOK, Says: "QR codes are switched on for the account"},
	)
	if f, ok := c.payees.Finding(); ok {
		found = append(found, f)
	}
	if h := c.hooks.Load(); h != nil {
		found = append(found, h.finding())
	}

	if f, ok := c.unnoted.finding(); ok {
		found = append(found, f)
	}
	for _, d := range down {
		if d.Status != "started" {
			continue
		}
		whose := "UPI as a whole"
		next := "Sales are tried all the same. Where a payment doesn't go through, take another form of payment."
		if d.Instrument != "" && !strings.EqualFold(d.Instrument, "all") {
			whose = "UPI with " + gateway.Shorten(d.Instrument, 40)
			next = "Nothing to do here: customers with other banks or apps can pay."
		}
		found = append(found, gateway.Finding{
			Check: "downtime",
			Level: gateway.LevelNote,
			Says:  fmt.Sprintf("Razorpay knows of %s-severity trouble: %s", gateway.Shorten(d.Severity, 20), whose),
			Next:  next,
		})
	}

	return found
}

// finding says whether webhooks come.
func (h *Hooks) finding() gateway.Finding {
	f := gateway.Finding{
		Check: "webhooks",
		Level: gateway.LevelOK,
		Says:  "no event has come since this program started; sales don't need them",
	}
	if last := h.Last(); !last.IsZero() {
		f.Says = fmt.Sprintf("the last event came %v ago", time.Since(last).Round(time.Second))
	}
	if n, since := h.Silent(); n > 0 {
		f.Level, f.Says = gateway.LevelNote, fmt.Sprintf(
			"no event has come for %v, while %d payments were found by looking",
			time.Since(since).Round(time.Minute),
			n,
		)
		f.Next = "See in Razorpay's dashboard whether the webhook is still switched on, and whether the reverse " +
			"proxy reaches listen.hints. Sales go on without."
	}
	if n := h.Wrong(); n > 0 {
		if f.Level == gateway.LevelOK && h.Last().IsZero() {
			f.Says = "no event has come that Razorpay signed"
		}
		f.Level, f.Says = gateway.LevelNote, f.Says+fmt.Sprintf("; since the last one, %d had a signature that does "+
			"not fit", n)
		f.Next = "Compare webhook_secrets in the gateway's keys with the secret of the webhook in Razorpay's " +
			"dashboard: it is not the API's secret. " +
			"If they are the same, somebody else posts there. Sales go on without."
	}
	return f
}
