package gatewaytest

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Razorpay answers as Razorpay's API is documented to (reference/gateways.md §2). Paths begin with /v1, as at the real
// one; posters stand at /i/…, as short links do.
func (s *Sim) Razorpay() http.Handler {
	m := &router{}
	on := func(pattern, op string, about subject, h handler) {
		m.handle(pattern, s.handle(Razorpay, op, about, razorpayFailure, s.account(h)))
	}
	on("POST /v1/payments/qr_codes", "create", byNotes, s.qrCreate)
	on("GET /v1/payments/qr_codes", "list", byPath, s.qrList)
	on("GET /v1/payments/qr_codes/{id}", "fetch", byPath, s.qrFetch)
	on("PATCH /v1/payments/qr_codes/{id}", "update", byPath, s.qrUpdate)
	on("PATCH /v1/payments/qr_codes/{id}/", "update", byPath, s.qrUpdate) // the page's own sample has the slash (S2)
	on("GET /v1/payments/qr_codes/{id}/payments", "payments", byPath, s.qrPayments)
	on("POST /v1/payments/qr_codes/{id}/close", "close", byPath, s.qrClose)
	on("GET /v1/payments/downtimes", "downtimes", byPath, s.downtimes)
	on("GET /v1/payments/downtimes/{id}", "downtimes", byPath, s.downtime)
	on("GET /v1/payments", "payment-list", byPath, s.paymentList)
	on("GET /v1/payments/{id}", "payment", byPath, s.paymentFetch)
	on("PATCH /v1/payments/{id}", "payment-update", byPath, s.paymentUpdate)
	on("POST /v1/payments/{id}/capture", "capture", byPath, s.paymentCapture)
	on("POST /v1/payments/{id}/refund", "refund", byRefundKey, s.refundCreate)
	on("GET /v1/payments/{id}/refunds", "refunds", byPath, s.refundsOf)
	on("GET /v1/payments/{id}/refunds/{rid}", "refund-fetch", byPath, s.refundFetch)
	on("GET /v1/refunds", "refund-list", byPath, s.refundList)
	on("GET /v1/refunds/{rid}", "refund-fetch", byPath, s.refundFetch)
	on("PATCH /v1/refunds/{rid}", "refund-update", byPath, s.refundUpdate)
	poster := func(pattern, op string, h handler) {
		m.handle(pattern, s.handle(Razorpay, op, byPath, razorpayFailure, h))
	}
	poster("GET /i/{short}", "poster", s.posterLink)
	poster("GET /posters/{file}", "poster-file", s.posterFile)
	m.other = s.handle(Razorpay, "unknown-path", byPath, razorpayFailure, func(*call) answer { return noURL() })
	return m
}

// byNotes makes the chance of a create depend on what the merchant wrote on it, so that the order in which tills ask
// does not matter.
func byNotes(c *call) string {
	var in struct {
		Name   string            `json:"name"`
		Amount int64             `json:"payment_amount"`
		Notes  map[string]string `json:"notes"`
	}
	if json.Unmarshal(c.body, &in) != nil {
		return "unreadable"
	}
	about := in.Name + " " + strconv.FormatInt(in.Amount, 10)
	for _, k := range slices.Sorted(maps.Keys(in.Notes)) {
		about += " " + in.Notes[k]
	}
	return about
}

func byRefundKey(c *call) string { return c.r.URL.Path + " " + c.r.Header.Get("X-Refund-Idempotency") }

// razorpayError is the error shape of R19; QR errors show NA and empty metadata (R3).
type razorpayError struct {
	Error struct {
		Code        string         `json:"code"`
		Description string         `json:"description"`
		Source      string         `json:"source,omitempty"`
		Step        string         `json:"step,omitempty"`
		Reason      string         `json:"reason,omitempty"`
		Field       string         `json:"field,omitempty"`
		Metadata    map[string]any `json:"metadata,omitzero"`
	} `json:"error"`
}

func qrError(text string) answer {
	var e razorpayError
	e.Error.Code, e.Error.Description, e.Error.Metadata = "BAD_REQUEST_ERROR", text, map[string]any{}
	e.Error.Source, e.Error.Step, e.Error.Reason = "NA", "NA", "NA"
	return answer{status: 400, body: e}
}

// payError is an error of the payment and refund calls, which name where it happened.
func payError(status int, text, field string) answer {
	var e razorpayError
	e.Error.Code, e.Error.Description, e.Error.Field, e.Error.Metadata = "BAD_REQUEST_ERROR", text, field,
		map[string]any{}
	e.Error.Source, e.Error.Step, e.Error.Reason = "business", "payment_initiation", "input_validation_failed"
	return answer{status: status, body: e}
}

// trouble is the text the vendor uses both for a 400 about a malformed id and for real 500s (R5, T6).
const trouble = "We are facing some trouble completing your request at the moment. Please try again shortly."

func noURL() answer { return qrError("The requested URL was not found on the server.") }

func noID() answer { return qrError("The id provided does not exist") }

// razorpayFailure is the body of an error that stands in the way of a request; some come from a proxy in front.
func razorpayFailure(status int, c *call) any {
	if status == 502 || status == 504 {
		title := http.StatusText(status)
		return fmt.Appendf(nil,
			"<html><head><title>%s</title></head><body><center><h1>%d</h1></center></body></html>", title, status)
	}
	var e razorpayError
	e.Error.Code, e.Error.Description, e.Error.Metadata = "SERVER_ERROR", trouble, map[string]any{}
	switch status {
	case 429:
		e.Error.Code, e.Error.Description = "BAD_REQUEST_ERROR", "Too many requests"
	case 503:
		e.Error.Code = "SERVICE_UNAVAILABLE"
	}
	return e
}

// account lets a call through that proves who asks; which key it was decides between test and live.
func (s *Sim) account(h handler) handler {
	return func(c *call) answer {
		id, secret, ok := c.r.BasicAuth()
		want := map[string]string{RazorpayKeyID: RazorpayKeySecret, RazorpayTestKeyID: RazorpayTestKeySecret}[id]
		unauthorized := func(text string) answer {
			var e razorpayError
			e.Error.Code, e.Error.Description = "BAD_REQUEST_ERROR", text
			return answer{status: 401, body: e}
		}
		switch {
		case !ok || !strings.HasPrefix(c.r.Header.Get("Authorization"), "Basic "):
			// the word must be exactly Basic (R2)
			return unauthorized("Please provide your api key for authentication purposes.")
		case want == "" || c.knobs.KeysRefused:
			return unauthorized("The api key provided is invalid")
		case subtle.ConstantTimeCompare([]byte(secret), []byte(want)) == 0:
			return unauthorized("The api secret provided is invalid")
		}
		return h(c)
	}
}

// keyID is the key a call came with; account checked it.
func (c *call) keyID() string {
	id, _, _ := c.r.BasicAuth()
	return id
}

var razorpayID = regexp.MustCompile(`^(qr|pay|rfnd)_[A-Za-z0-9]{14}$`)

// refused reads the JSON body strictly: an unknown field is refused in the vendor's words (R3).
func refused(c *call, into any, known ...string) string {
	var fields map[string]json.RawMessage
	if len(c.body) > 0 {
		if err := json.Unmarshal(c.body, &fields); err != nil {
			return "The request body is not valid JSON"
		}
	}
	var extra []string
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, k) {
			extra = append(extra, k)
		}
	}
	if len(extra) > 0 {
		return strings.Join(extra, ", ") + " is/are not required and should not be sent"
	}
	if len(c.body) > 0 {
		if err := json.Unmarshal(c.body, into); err != nil {
			if t, ok := err.(*json.UnmarshalTypeError); ok {
				return "The selected " + t.Field + " is invalid"
			}
			return "The request body is not valid JSON"
		}
	}
	return ""
}

// badNotes says what is wrong with notes, or nothing: at most 15 pairs of at most 256 characters.
func badNotes(notes map[string]string) string {
	if len(notes) > 15 {
		return "The notes may not have more than 15 items"
	}
	for k, v := range notes {
		if len(k) > 256 || len(v) > 256 {
			return fmt.Sprintf("The notes field %.20s may not be greater than 256 characters.", k)
		}
	}
	return ""
}

// page is what the list calls share.
type page struct {
	from, to    time.Time
	count, skip int
	by          url.Values
}

// paging reads from, to, count and skip; any other parameter must be one of extra (older pages: unknown parameters are
// refused).
func paging(c *call, extra ...string) (page, string) {
	p := page{count: 10, by: c.r.URL.Query(), to: c.now.Add(time.Hour)}
	for k, v := range p.by {
		n, err := strconv.ParseInt(v[0], 10, 64)
		switch k {
		case "from", "to":
			if err != nil || n < 0 {
				return p, k + " must be a valid timestamp"
			}
			if t := time.Unix(n, 0); k == "from" {
				p.from = t
			} else {
				p.to = t
			}
		case "count":
			if err != nil || n < 1 || n > 100 {
				return p, "The count must be between 1 and 100."
			}
			p.count = int(n)
		case "skip":
			if err != nil || n < 0 {
				return p, "The skip must be at least 0."
			}
			p.skip = int(n)
		default:
			if !slices.Contains(extra, k) {
				return p, k + " is/are not required and should not be sent"
			}
		}
	}
	return p, ""
}

// window says whether something made at t belongs on the page's list.
func (p page) window(t time.Time) bool {
	t = t.Truncate(time.Second)
	return !t.Before(p.from) && !t.After(p.to)
}

// collection cuts one page out of what was found, newest first, as Razorpay lists.
func collection[T any](p page, found []T) answer {
	slices.Reverse(found)
	found = found[min(p.skip, len(found)):]
	found = found[:min(p.count, len(found))]
	if found == nil {
		found = []T{}
	}
	return answer{status: 200, body: map[string]any{"entity": "collection", "count": len(found), "items": found}}
}

// notesJSON is a map, or the empty array that PHP makes of an empty one (R14).
func notesJSON(n map[string]string) any {
	if len(n) == 0 {
		return []any{}
	}
	return n
}

func unixOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Unix()
}

func textOrNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
