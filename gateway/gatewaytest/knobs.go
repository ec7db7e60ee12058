package gatewaytest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Percent is how often a misbehaviour happens, from 0 (never) to 100 (always).
type Percent int

// Duration is a time.Duration that reads and writes as text in JSON: "1.5s", "48h".
type Duration time.Duration

// MarshalText writes the duration as time.Duration prints it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what time.ParseDuration reads, and days: "2d".
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := parseDuration(string(b))
	if err == nil {
		*d = Duration(v)
	}
	return err
}

// parseDuration reads a time as people write it in scripts and knobs.
func parseDuration(s string) (time.Duration, error) {
	t := strings.TrimPrefix(s, "+")
	if days, ok := strings.CutSuffix(t, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 3650 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	v, err := time.ParseDuration(t)
	if err != nil || v < 0 {
		return 0, fmt.Errorf("%q is not a time: write it like 300ms, 30s, 12m, 48h or 2d", s)
	}
	return v, nil
}

// Knobs is everything about the simulator that can be set. A Percent is drawn for every request or payment
// it concerns; the rest hold for the whole run. The help tag is what GET /knobs and the README say of it.
type Knobs struct {
	// How an answer travels.
	Delay          Duration `json:"delay" help:"each answer waits a random time up to this, half before the effect and half after it"`
	Slow           Percent  `json:"slow" help:"the answer takes 40 s more, longer than a client should wait; the effect happens"`
	TooMany        Percent  `json:"too_many" help:"429 with Retry-After; nothing happened"`
	ServerError    Percent  `json:"server_error" help:"500, 502, 503 or 504; nothing happened"`
	LateError      Percent  `json:"late_error" help:"500, 502, 503 or 504 although the effect happened"`
	CutRequest     Percent  `json:"cut_request" help:"the connection is cut before the effect"`
	LostAnswer     Percent  `json:"lost_answer" help:"the connection is cut after the effect"`
	TruncatedReply Percent  `json:"truncated_reply" help:"the answer stops in the middle, after the effect"`
	GarbageReply   Percent  `json:"garbage_reply" help:"200 with a page of HTML instead of JSON, after the effect"`

	// What the answers say.
	UnknownStatus  Percent `json:"unknown_status" help:"a status value no document names, while a payment or order is not final"`
	ZeroCounters   Percent `json:"zero_counters" help:"razorpay: payments_count_received and payments_amount_received stay 0 (R14)"`
	CloseByString  Percent `json:"close_by_string" help:"razorpay: close_by is a string in every answer, which its pages show for the qr_code.created webhook only (R14)"`
	PosterOnly     Percent `json:"poster_only" help:"razorpay: no image_content, only the poster at image_url (R12)"`
	StaleActive    Percent `json:"stale_active" help:"a QR or order past its own time still reads as open (A5)"`
	NoQRURL        Percent `json:"no_qr_url" help:"enkash: no qrUrl, only the picture in qrCode (S1)"`
	DataURI        Percent `json:"data_uri" help:"enkash: qrCode begins with data:image/png;base64, (B10)"`
	OtherShapes    Percent `json:"other_shapes" help:"enkash: orderId of GET order is the merchant's, amount is a bare number, status is called status (E5, E5b)"`
	Surcharge      Percent `json:"surcharge" help:"enkash: a surcharge makes totalAmount more than amount (B12)"`
	WrongAmount    Percent `json:"wrong_amount" help:"the QR string asks for another amount than the order (B5)"`
	TokenRefused   Percent `json:"token_refused" help:"enkash: a good token is refused with code 117 (C9)"`
	CloseErrors    Percent `json:"close_errors" help:"closing answers an error although it closed (D2)"`
	ListLag        Percent `json:"list_lag" help:"razorpay: a new QR is missing from the list for up to 3 s"`
	RefundInFlight Percent `json:"refund_in_flight" help:"razorpay: 409, a request with the same key is still in progress (F3)"`
	RecordInPaise  Percent `json:"record_in_paise" help:"enkash: a payment's own record counts paise where its order counts rupees"`
	RefundFails    Percent `json:"refund_fails" help:"a refund is accepted and fails later (F4)"`

	// What the customer's money does.
	SlowBank       Percent `json:"slow_bank" help:"a payment is pending for 5 to 290 s before it is captured (A11)"`
	LateAuth       Percent `json:"late_auth" help:"a payment reads failed after 10 min and is captured after 12 min or 2 days (A1)"`
	FailFirst      Percent `json:"fail_first" help:"a payment fails, and 9 s later another one of the same QR is captured (A14)"`
	Duplicate      Percent `json:"duplicate" help:"a second payment of the same QR is captured some seconds later (A6)"`
	HiddenPayment  Percent `json:"hidden_payment" help:"a captured payment is not listed for up to 4 min (A7, A9)"`
	StuckAuth      Percent `json:"stuck_auth" help:"razorpay: a payment stays authorized until it is captured by call, or goes back after 3 days (A10)"`
	ReturnedAtOnce Percent `json:"returned_at_once" help:"a captured payment goes back by itself within a minute (A13)"`
	ReversedLater  Percent `json:"reversed_later" help:"a captured payment goes back by itself 1 to 9 days later, every second one only in part"`

	// What the account is like.
	KeysRefused      bool     `json:"keys_refused" help:"the credentials are wrong (C16)"`
	FeatureOff       bool     `json:"feature_off" help:"razorpay: the QR code feature is not enabled on the account (B1)"`
	OldCloseBy       bool     `json:"old_close_by" help:"razorpay: close_by must be 15 min ahead, and has no upper limit of 2 h (S2)"`
	TestKeysPay      bool     `json:"test_keys_pay" help:"razorpay: a QR made with the test key can be paid; at the real one it can not (B2)"`
	NoCancel         bool     `json:"no_cancel" help:"enkash: the undocumented expire and cancel paths answer 404 (D4)"`
	NoLookup         bool     `json:"no_lookup" help:"enkash: the paths nobody has seen (order by merchant id, search, refund status) answer 404 (Q4)"`
	RawToken         bool     `json:"raw_token" help:"enkash: the token must come without Bearer (E21)"`
	TokenLife        Duration `json:"token_life" help:"enkash: how long a token is good; not documented"`
	OrderLife        Duration `json:"order_life" help:"enkash: how long an order can be paid; not documented"`
	CollectTimeout   int      `json:"collect_timeout" help:"enkash: upiCollectTimeout in minutes (E20)"`
	DuplicateOrder   string   `json:"duplicate_order" help:"enkash: a second create with the same orderId: refuse, same (answers the first order) or again (makes a second one); not documented"`
	DuplicateRefund  string   `json:"duplicate_refund" help:"enkash: a second refund with the same requestId: refuse, same or again; not documented"`
	MandatePaths     string   `json:"mandate_paths" help:"enkash: which generation of mandate paths answers: middle, newer or both"`
	RefundTime       Duration `json:"refund_time" help:"how long a refund is pending"`
	RefundCounter    string   `json:"refund_counter" help:"when a refund enters the payment's counter or status: asked (and leaves it when it fails), or processed; not documented"`
	MinAmount        int      `json:"min_amount" help:"the least an order can be over, in paise; 0 is the documented one paisa"`
	MinRefund        int      `json:"min_refund" help:"the least a refund can be, in paise; 0 is the documented one: 100 at razorpay, none at enkash"`
	OrderIDs         string   `json:"order_ids" help:"enkash: whose id GET order takes: both, gateway (newer accounts, E5) or merchant (older ones, E5b)"`
	UPIOff           bool     `json:"upi_off" help:"enkash: the checkout says that UPI is switched off for the order"`
	OddQR            string   `json:"odd_qr" help:"what is wrong with the QR string: fee, tip, mandate, capitals (AM=), escaped (am=%33.00), emv-payee (a BharatQR string that names a second payee), type (razorpay: the QR says it is a bharat_qr); empty: nothing"`
	NoCurrency       bool     `json:"no_currency" help:"the QR string has no cu, as at many banks"`
	TimesInMS        bool     `json:"times_in_ms" help:"razorpay: a QR's times are milliseconds, which are years nobody lives in"`
	AmountsDecide    bool     `json:"amounts_decide" help:"razorpay: the amount decides how a payment ends, as in its test mode: 201 insufficient_funds, 204 incorrect_pin, 302 payment_cancelled, 402 payment_declined"`
	RevokeStays      Percent  `json:"revoke_stays" help:"enkash: a revocation is answered with the mandate still ACTIVE, and nothing was revoked"`
	LooseTypes       Percent  `json:"loose_types" help:"enkash: booleans as text and customParams that are no text, in a UPI QR's answers"`
	DebitFails       Percent  `json:"debit_fails" help:"enkash: a mandate's debit answers FAILED with U30"`
	DebitPends       Percent  `json:"debit_pends" help:"enkash: a mandate's debit answers PENDING, and is paid 5 min later"`
	DebitExpires     Percent  `json:"debit_expires" help:"enkash: a mandate's debit answers PENDING, and fails 5 min later with U69"`
	DebitHangs       Percent  `json:"debit_hangs" help:"enkash: a mandate's debit answers PENDING, and has no end until a script gives it one"`
	NoApproval       Percent  `json:"no_approval" help:"enkash: the payer does not approve a mandate after a minute; a script does, or it expires"`
	NoticeAhead      Duration `json:"notice_ahead" help:"enkash: how long before a debit its notice must have been sent; 24h is the rule of UPI"`
	WebhookURL       string   `json:"webhook_url" help:"razorpay: where webhooks go; empty sends none. enkash sends to the order's notifyUrl"`
	CallbackURL      string   `json:"callback_url" help:"enkash: where mandate and debit callbacks go (E30, E31); at the real one it is set in the dashboard. Empty sends none"`
	WebhookDuplicate Percent  `json:"webhook_duplicate" help:"a webhook is delivered again, up to 10 s later (E-2)"`
	WebhookDisorder  Percent  `json:"webhook_disorder" help:"a webhook comes up to 10 s late, behind newer ones (E-2)"`
	WebhookLost      Percent  `json:"webhook_lost" help:"a webhook never comes (A8, E-5)"`
}

// Calm returns the knobs of a simulator that always answers at once, truthfully, in the documented shape.
func Calm() Knobs {
	return Knobs{
		TokenLife:       Duration(30 * time.Minute),
		OrderLife:       Duration(15 * time.Minute),
		CollectTimeout:  5,
		DuplicateOrder:  "refuse",
		DuplicateRefund: "refuse",
		MandatePaths:    "both",
		RefundCounter:   "asked",
		OrderIDs:        "both",
	}
}

// Misbehaving returns the default: the simulator behaves as the real gateways were seen to behave on their bad
// days, often enough that a client meets every trouble within a few dozen sales.
func Misbehaving() Knobs {
	k := Calm()
	k.Delay = Duration(300 * time.Millisecond)
	k.Slow, k.TooMany, k.ServerError, k.LateError, k.CutRequest, k.LostAnswer, k.TruncatedReply, k.GarbageReply = 1, 3, 4, 2, 2, 4, 1, 1
	k.UnknownStatus, k.ZeroCounters, k.PosterOnly, k.StaleActive = 4, 50, 50, 20
	k.NoQRURL, k.DataURI, k.OtherShapes, k.Surcharge, k.TokenRefused = 50, 20, 30, 2, 2
	k.CloseErrors, k.ListLag, k.RefundInFlight, k.RefundFails = 5, 20, 5, 10
	k.SlowBank, k.LateAuth, k.FailFirst, k.Duplicate, k.HiddenPayment, k.StuckAuth, k.ReturnedAtOnce = 15, 5, 5, 5, 5, 3, 2
	k.RefundTime = Duration(20 * time.Second)
	k.WebhookDuplicate, k.WebhookDisorder, k.WebhookLost = 20, 20, 10
	k.DebitFails, k.DebitPends, k.DebitExpires, k.NoticeAhead = 10, 15, 5, Duration(24*time.Hour)
	return k
}

// Check refuses values that mean nothing, naming the knob.
func (k Knobs) Check() error {
	v := reflect.ValueOf(k)
	for i := range v.NumField() {
		if p, ok := v.Field(i).Interface().(Percent); ok && (p < 0 || p > 100) {
			return fmt.Errorf("knob %q is %d: it is a percentage, from 0 to 100", knobName(i), p)
		}
		if d, ok := v.Field(i).Interface().(Duration); ok && d < 0 {
			return fmt.Errorf("knob %q is negative: give a time like 300ms", knobName(i))
		}
	}
	for _, c := range []struct {
		name, value string
		of          []string
	}{
		{"duplicate_order", k.DuplicateOrder, []string{"refuse", "same", "again"}},
		{"duplicate_refund", k.DuplicateRefund, []string{"refuse", "same", "again"}},
		{"mandate_paths", k.MandatePaths, []string{"middle", "newer", "both"}},
		{"refund_counter", k.RefundCounter, []string{"asked", "processed"}},
		{"odd_qr", k.OddQR, append([]string{""}, oddities...)},
		{"order_ids", k.OrderIDs, []string{"both", "gateway", "merchant"}},
	} {
		if !slices.Contains(c.of, c.value) {
			return fmt.Errorf(
				"knob %q is %q: use one of %s",
				c.name,
				c.value,
				strings.TrimPrefix(strings.Join(c.of, ", "), ", "),
			)
		}
	}
	if k.CollectTimeout < 1 || k.OrderLife == 0 || k.TokenLife == 0 {
		return fmt.Errorf(
			"knobs \"collect_timeout\", \"order_life\" and \"token_life\" must be above 0, or no order could ever be paid",
		)
	}
	return nil
}

// patch applies a JSON object that names some knobs.
func (k Knobs) patch(b []byte) (Knobs, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&k); err != nil {
		return k, fmt.Errorf(
			"%w: send a JSON object of knobs such as {\"lost_answer\":100}; the knobs are %s",
			err,
			strings.Join(knobNames(), ", "),
		)
	}
	return k, k.Check()
}

// set applies one knob written as text.
func (k Knobs) set(name, value string) (Knobs, error) {
	v := reflect.ValueOf(&k).Elem()
	for i := range v.NumField() {
		if knobName(i) != name {
			continue
		}
		switch f := v.Field(i).Addr().Interface().(type) {
		case *Percent:
			n, err := strconv.Atoi(strings.TrimSuffix(value, "%"))
			if err != nil {
				return k, fmt.Errorf("knob %q is %q: it is a percentage, from 0 to 100", name, value)
			}
			*f = Percent(n)
		case *int:
			n, err := strconv.Atoi(value)
			if err != nil {
				return k, fmt.Errorf("knob %q is %q: it is a whole number", name, value)
			}
			*f = n
		case *bool:
			if value != "on" && value != "off" {
				return k, fmt.Errorf("knob %q is %q: it is on or off", name, value)
			}
			*f = value == "on"
		case *Duration:
			if err := f.UnmarshalText([]byte(value)); err != nil {
				return k, fmt.Errorf("knob %q: %w", name, err)
			}
		case *string:
			*f = value
		}
		return k, k.Check()
	}
	return k, fmt.Errorf("there is no knob %q: the knobs are %s", name, strings.Join(knobNames(), ", "))
}

func knobName(i int) string { return reflect.TypeFor[Knobs]().Field(i).Tag.Get("json") }

func knobNames() []string {
	var names []string
	for i := range reflect.TypeFor[Knobs]().NumField() {
		names = append(names, knobName(i))
	}
	return names
}

// knobHelp says what each knob does, by name.
func knobHelp() map[string]string {
	help := map[string]string{}
	for i := range reflect.TypeFor[Knobs]().NumField() {
		help[knobName(i)] = reflect.TypeFor[Knobs]().Field(i).Tag.Get("help")
	}
	return help
}
