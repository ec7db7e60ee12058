package enkash

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// Probe is what one look-up of the account answered.
type Probe struct {
	What  string // in words
	Path  string // as configured; "-" when switched off there
	Works bool   // the address is served
	Says  string // why not, or what it answered
	// Setting is the name in the config's paths of an address that can be set; empty for the others.
	Setting string
}

// Probe asks each address that EnKash's public pages don't show for a thing that doesn't exist. It changes nothing at
// the gateway. It begins with a new token, because the one in use outlives keys that were replaced; the error is that
// of getting it: without one nothing can be told.
func (c *Client) Probe(ctx context.Context) ([]Probe, error) {
	if err := c.tokens.fresh(ctx, c); err != nil {
		return nil, err
	}
	id := "GALLA" + rand.Text()[:12]
	post := func(v any) []byte { return wire.Encode(v) }
	var probes []Probe
	for _, p := range []struct {
		what, setting, method, path string
		body                        []byte
	}{
		{"order by our reference", "order_by_reference", http.MethodGet,
			strings.ReplaceAll(c.cfg.Paths.OrderByReference, "{id}", id), nil},
		{"search order", "search_orders", http.MethodPost, c.cfg.Paths.SearchOrders,
			post(map[string]string{"merchantOrderId": id})},
		{"order by our id (older accounts)", "", http.MethodGet, "/api/v0/orders/" + id, nil},
		{"refund status", "refund_status", http.MethodPost, c.cfg.Paths.RefundStatus,
			post(map[string]string{"requestId": id, "transactionId": id})},
		{"mandate", "", http.MethodGet, c.mandateBase() + "/" + id, nil},
		{"counter QR", "", http.MethodGet, "/api/v0/qr-code/" + id, nil},
	} {
		r := Probe{What: p.what, Setting: p.setting, Path: strings.ReplaceAll(p.path, id, "{id}")}
		if p.path == "" {
			r.Path, r.Says = "-", "switched off in the config"
			probes = append(probes, r)
			continue
		}
		call := gateway.Call{Op: "probe " + p.what, Method: p.method, Path: p.path, Body: p.body}
		if p.path == c.cfg.Paths.SearchOrders {
			call.Query = url.Values{"offset": {"0"}, "limit": {"1"}}
		}
		_, _, err := c.signed(ctx, call)
		if p.setting != "" { // the doctor asks whatever was remembered, and what it finds counts from now on
			c.ways.note(map[string]string{"order_by_reference": c.cfg.Paths.OrderByReference,
				"search_orders": c.cfg.Paths.SearchOrders,
				"refund_status": c.cfg.Paths.RefundStatus}[p.setting], c.now(), err)
		}
		switch {
		case err == nil:
			r.Works, r.Says = true, "answers"
		case absent(err):
			r.Works, r.Says = true, "answers \"not found\", as it should"
		case unserved(err):
			r.Says = "no such address"
		default:
			r.Says = err.Error()
		}
		probes = append(probes, r)
	}

	return probes, nil
}
