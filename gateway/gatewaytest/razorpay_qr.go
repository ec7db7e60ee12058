package gatewaytest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"galla/internal/day"
	"galla/internal/money"
)

// qrCreate is POST /v1/payments/qr_codes (R3).
func (s *Sim) qrCreate(c *call) answer {
	if c.knobs.FeatureOff {
		return noURL()
	}
	var in struct {
		Type       string            `json:"type"`
		Name       string            `json:"name"`
		Usage      string            `json:"usage"`
		Fixed      bool              `json:"fixed_amount"`
		Amount     *int64            `json:"payment_amount"`
		Desc       string            `json:"description"`
		Customer   string            `json:"customer_id"`
		CloseBy    *int64            `json:"close_by"`
		Notes      map[string]string `json:"notes"`
		TaxInvoice map[string]any    `json:"tax_invoice"`
	}

	why := refused(c, &in, "type", "name", "usage", "fixed_amount", "payment_amount", "description", "customer_id",
		"close_by", "notes", "tax_invoice")
	if why != "" {
		return qrError(why)
	}
	once := in.Usage == "single_use"
	switch {
	case in.Type == "":
		return qrError("The type field is required.")
	case in.Type != "upi_qr":
		return qrError("The selected type is invalid")
	case in.Usage == "":
		return qrError("The usage field is required.")
	case !once && in.Usage != "multiple_use":
		return qrError("The selected usage is invalid")
	case once && !in.Fixed:
		return qrError("The fixed amount field must be true for usage single_use.")
	case in.Fixed && in.Amount == nil:
		return qrError("The payment amount field is required when fixed amount is true.")
	case in.Amount != nil && *in.Amount < int64(max(1, c.knobs.MinAmount)):
		return qrError(fmt.Sprintf("The payment amount must be at least %d.", max(1, c.knobs.MinAmount)))
	case in.Amount != nil && !in.Fixed:
		return qrError("payment_amount is/are not required and should not be sent")
	}

	if text := badNotes(in.Notes); text != "" {
		return qrError(text)
	}
	o := &order{
		api:      Razorpay,
		id:       "qr_" + c.dice.text("qr", letters, 14),
		key:      c.keyID(),
		live:     strings.HasPrefix(c.keyID(), "rzp_live_"),
		created:  c.now,
		modified: c.now,
		once:     once,
		fixed:    in.Fixed,
		name:     in.Name,
		desc:     in.Desc,
		customer: in.Customer,
		notes:    in.Notes,
		image:    !c.dice.hit(c.knobs.PosterOnly, "poster_only"),
		invoice:  in.TaxInvoice,
	}

	if in.Amount != nil {
		o.amount = money.Paise(*in.Amount)
	}
	var text string
	if o.closeBy, text = closeBy(c, once, in.CloseBy); text != "" {
		return qrError(text)
	}
	amount := asked(o, c.knobs, c.dice)
	am := ""
	if o.fixed {
		am = rupees(amount, true) // am=3 for 300 paise, as documented (R12)
	} else {
		amount = 0
	}

	k := &code{tr: "RZP" + o.id[3:] + "qrv2", order: o, at: c.now, amount: amount}
	k.payload = upiString(
		append(
			[]string{
				"ver",
				"01",
				"mode",
				"15",
				"pa",
				razorpayPayee(o.id),
				"pn",
				payeeName,
				"tr",
				k.tr,
				"tn",
				"PaymenttoGallaSimStore",
				"cu",
				currency(c.knobs),
				"mc",
				payeeMCC,
				"qrMedium",
				"04",
				"am",
				am,
			},
			gst(in.TaxInvoice)...)...)

	k.payload = odd(c.knobs, k.payload, razorpayPayee(o.id), am)
	o.codes = []*code{k}
	s.orders = append(s.orders, o)
	s.issue(k)
	c.about = o
	s.announceQR(o, "qr_code.created")
	return answer{status: 200, body: s.qrEntity(c, o)}
}

// closeBy applies one of the two rules the pages contradict each other with (§2.3).
func closeBy(c *call, once bool, want *int64) (time.Time, string) {
	least, most := 2*time.Minute, 2*time.Hour
	if c.knobs.OldCloseBy {
		least, most = 15*time.Minute, 0
	}
	switch {
	case want == nil && once && most > 0:
		return c.now.Add(most).Truncate(time.Second), ""
	case want == nil:
		return time.Time{}, ""
	case !once && !c.knobs.OldCloseBy:
		return time.Time{}, "close_by is/are not required and should not be sent"
	case *want < 946684800 || *want > 4765046400:
		return time.Time{}, "close_by must be between 946684800 and 4765046400"
	}
	t := time.Unix(*want, 0)
	if t.Before(c.now.Add(least).Truncate(time.Second)) {
		return t, "close_by should be at least " + strconv.Itoa(int(least.Minutes())) + " minutes after current time"
	}
	if most > 0 && t.After(c.now.Add(most)) {
		t = c.now.Add(most).Truncate(time.Second) // silently cut
	}
	return t, ""
}

// gst adds what a tax invoice puts on the string; an incomplete one falls back to none (R11).
func gst(inv map[string]any) []string {
	num := func(k string) (money.Paise, bool) { f, ok := inv[k].(float64); return money.Paise(f), ok }
	text := func(k string) string { v, _ := inv[k].(string); return v }
	tax, ok := num("gst_amount")
	cess, _ := num("cess_amount")
	date, dated := num("date")
	if !ok || !dated || text("number") == "" || text("business_gstin") == "" || text("supply_type") == "" {
		return nil
	}
	split := "GST:" + rupees(tax, true) + "|SGST:" + rupees(tax/2, true) + "|CGST:" + rupees(tax-tax/2, true)
	if text("supply_type") == "interstate" {
		split = "GST:" + rupees(tax, true) + "|IGST:" + rupees(tax, true)
	}
	ist := time.Unix(int64(date), 0).In(day.IST).Format("2006-01-02T15:04:05-07:00")
	return []string{
		"invoiceNo",
		text("number"),
		"invoiceDate",
		ist,
		"invoiceName",
		text("customer_name"),
		"gstIn",
		text("business_gstin"),
		"gstBrkUp",
		split + "|CESS:" + rupees(cess, true),
	}
}

// qrEntity is a QR code as every call answers it (R13).
func (s *Sim) qrEntity(c *call, o *order) map[string]any {
	usage, amount := "multiple_use", any(nil)
	if o.once {
		usage = "single_use"
	}
	if o.fixed {
		amount = int64(o.amount)
	}
	e := map[string]any{
		"id":                       o.id,
		"entity":                   "qr_code",
		"created_at":               o.created.Unix(),
		"name":                     o.name,
		"usage":                    usage,
		"type":                     "upi_qr",
		"image_url":                c.host + "/i/" + o.id[3:11],
		"payment_amount":           amount,
		"status":                   "active",
		"description":              o.desc,
		"fixed_amount":             o.fixed,
		"payments_amount_received": 0,
		"payments_count_received":  0,
		"notes":                    notesJSON(o.notes),
		"customer_id":              textOrNull(o.customer),
		"close_by":                 unixOrNull(o.closeBy),
		"closed_at":                unixOrNull(o.closed),
		"close_reason":             textOrNull(o.closedWhy),
		"tax_invoice":              o.invoice,
	}

	if c.knobs.OddQR == "type" {
		e["type"] = "bharat_qr"
	}
	if c.knobs.TimesInMS {
		for _, k := range []string{"created_at", "close_by", "closed_at"} {
			if v, ok := e[k].(int64); ok {
				e[k] = v * 1000
			}
		}
	}

	if c.dice.hit(c.knobs.CloseByString, "close_by_string") && !o.closeBy.IsZero() {
		e["close_by"] = strconv.FormatInt(o.closeBy.Unix(), 10)
	}
	if o.image {
		e["image_content"] = o.codes[0].payload
	}
	switch {
	case !o.closed.IsZero():
		e["status"] = "closed"
	case o.past(c.now) && !c.dice.hit(c.knobs.StaleActive, "stale"):
		// The reason of an expiry is not documented; the simulator gives none (§2.5).
		e["status"], e["closed_at"] = "closed", o.closeBy.Unix()
	}

	if c.op != "create" && c.dice.hit(c.knobs.UnknownStatus, "qr_status") && e["status"] == "active" {
		e["status"] = "paused"
	}
	if !c.dice.hit(c.knobs.ZeroCounters, "zero_counters") {
		var sum money.Paise
		n := 0
		for _, p := range o.payments {
			if p.state == captured && !c.now.Before(p.hidden) {
				sum, n = sum+p.amount, n+1
			}
		}
		e["payments_amount_received"], e["payments_count_received"] = int64(sum), n
	}

	return e
}

// qr finds the QR code a path names, with the vendor's texts for the two ways to miss.
func (s *Sim) qr(c *call) (*order, answer) {
	id := c.r.PathValue("id")
	if !strings.HasPrefix(id, "qr_") || !razorpayID.MatchString(id) {
		if c.op == "close" {
			return nil, qrError(trouble) // a malformed id on close (R5)
		}
		return nil, qrError(id + " is not a valid id")
	}
	o := s.order(Razorpay, id)
	if o == nil || o.key != c.keyID() {
		return nil, noID() // also what the wrong key pair sees (R5)
	}
	c.about = o
	return o, answer{}
}

func (s *Sim) qrFetch(c *call) answer {
	o, no := s.qr(c)
	if o == nil {
		return no
	}
	return answer{status: 200, body: s.qrEntity(c, o)}
}

// qrList is GET /v1/payments/qr_codes, by time, by customer or by payment (R7, R8).
func (s *Sim) qrList(c *call) answer {
	p, text := paging(c, "customer_id", "payment_id")
	if text != "" {
		return qrError(text)
	}
	found := []map[string]any{}
	for _, o := range s.orders {
		if o.api != Razorpay || o.key != c.keyID() || !p.window(o.created) {
			continue
		}
		if v := p.by.Get("customer_id"); v != "" && v != o.customer {
			continue
		}
		if v := p.by.Get("payment_id"); v != "" && o.find(v) == nil {
			continue
		}
		d := s.dice("list " + o.id)
		if d.hit(c.knobs.ListLag, "list_lag") && c.now.Before(o.created.Add(d.upTo(3*time.Second, "lag"))) {
			continue
		}
		found = append(found, s.qrEntity(c, o))
	}
	return collection(p, found)
}

// qrUpdate is PATCH /v1/payments/qr_codes/{id}: notes and nothing else, on a closed QR too (S2). The sample shows the
// new notes in place of the old ones.
func (s *Sim) qrUpdate(c *call) answer {
	o, no := s.qr(c)
	if o == nil {
		return no
	}
	var in struct {
		Notes map[string]string `json:"notes"`
	}
	if text := refused(c, &in, "notes"); text != "" {
		return qrError(text)
	}
	if in.Notes == nil {
		return qrError("The notes field is required.")
	}
	if text := badNotes(in.Notes); text != "" {
		return qrError(text)
	}
	o.notes, o.modified = in.Notes, c.now
	return answer{status: 200, body: s.qrEntity(c, o)}
}

// qrClose is POST /v1/payments/qr_codes/{id}/close (R5). What closing a closed QR answers is not documented; the
// simulator refuses.
func (s *Sim) qrClose(c *call) answer {
	o, no := s.qr(c)
	if o == nil {
		return no
	}
	if len(c.body) > 0 && !json.Valid(c.body) {
		return qrError("The request body is not valid JSON")
	}
	if !o.closed.IsZero() || o.past(c.now) {
		return qrError("QR code is already closed")
	}
	o.closed, o.closedWhy, o.modified = c.now, "on_demand", c.now
	s.announceQR(o, "qr_code.closed")
	if c.dice.hit(c.knobs.CloseErrors, "close_errors") {
		return qrError(trouble)
	}
	return answer{status: 200, body: s.qrEntity(c, o)}
}

// posterLink is the short link at image_url: it redirects to the picture.
func (s *Sim) posterLink(c *call) answer {
	for _, o := range s.orders {
		if o.api == Razorpay && o.id[3:11] == c.r.PathValue("short") {
			return answer{status: 302, header: map[string][]string{"Location": {c.host + "/posters/" + o.id + ".png"}}}
		}
	}
	return answer{status: 404, body: []byte("not found")}
}

func (s *Sim) posterFile(c *call) answer {
	o := s.order(Razorpay, strings.TrimSuffix(c.r.PathValue("file"), ".png"))
	if o == nil {
		return answer{status: 404, body: []byte("not found")}
	}
	c.about = o
	return answer{status: 200, body: posterPNG(o, o.codes[0].payload)}
}
