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
// it concerns; the rest hold for the whole run. GET /knobs and the README say what each does, as
// knobHelp does.
type Knobs struct {
	// How an answer travels.
	Delay          Duration `json:"delay"`
	Slow           Percent  `json:"slow"`
	TooMany        Percent  `json:"too_many"`
	ServerError    Percent  `json:"server_error"`
	LateError      Percent  `json:"late_error"`
	CutRequest     Percent  `json:"cut_request"`
	LostAnswer     Percent  `json:"lost_answer"`
	TruncatedReply Percent  `json:"truncated_reply"`
	GarbageReply   Percent  `json:"garbage_reply"`

	// What the answers say.
	UnknownStatus  Percent `json:"unknown_status"`
	ZeroCounters   Percent `json:"zero_counters"`
	CloseByString  Percent `json:"close_by_string"`
	PosterOnly     Percent `json:"poster_only"`
	StaleActive    Percent `json:"stale_active"`
	NoQRURL        Percent `json:"no_qr_url"`
	DataURI        Percent `json:"data_uri"`
	OtherShapes    Percent `json:"other_shapes"`
	Surcharge      Percent `json:"surcharge"`
	WrongAmount    Percent `json:"wrong_amount"`
	TokenRefused   Percent `json:"token_refused"`
	CloseErrors    Percent `json:"close_errors"`
	ListLag        Percent `json:"list_lag"`
	RefundInFlight Percent `json:"refund_in_flight"`
	RecordInPaise  Percent `json:"record_in_paise"`
	RefundFails    Percent `json:"refund_fails"`

	// What the customer's money does.
	SlowBank       Percent `json:"slow_bank"`
	LateAuth       Percent `json:"late_auth"`
	FailFirst      Percent `json:"fail_first"`
	Duplicate      Percent `json:"duplicate"`
	HiddenPayment  Percent `json:"hidden_payment"`
	StuckAuth      Percent `json:"stuck_auth"`
	ReturnedAtOnce Percent `json:"returned_at_once"`
	ReversedLater  Percent `json:"reversed_later"`

	// What the account is like.
	KeysRefused      bool     `json:"keys_refused"`
	FeatureOff       bool     `json:"feature_off"`
	OldCloseBy       bool     `json:"old_close_by"`
	TestKeysPay      bool     `json:"test_keys_pay"`
	NoCancel         bool     `json:"no_cancel"`
	NoLookup         bool     `json:"no_lookup"`
	RawToken         bool     `json:"raw_token"`
	TokenLife        Duration `json:"token_life"`
	OrderLife        Duration `json:"order_life"`
	CollectTimeout   int      `json:"collect_timeout"`
	DuplicateOrder   string   `json:"duplicate_order"`
	DuplicateRefund  string   `json:"duplicate_refund"`
	MandatePaths     string   `json:"mandate_paths"`
	RefundTime       Duration `json:"refund_time"`
	RefundCounter    string   `json:"refund_counter"`
	MinAmount        int      `json:"min_amount"`
	MinRefund        int      `json:"min_refund"`
	OrderIDs         string   `json:"order_ids"`
	UPIOff           bool     `json:"upi_off"`
	OddQR            string   `json:"odd_qr"`
	NoCurrency       bool     `json:"no_currency"`
	TimesInMS        bool     `json:"times_in_ms"`
	AmountsDecide    bool     `json:"amounts_decide"`
	RevokeStays      Percent  `json:"revoke_stays"`
	LooseTypes       Percent  `json:"loose_types"`
	DebitFails       Percent  `json:"debit_fails"`
	DebitPends       Percent  `json:"debit_pends"`
	DebitExpires     Percent  `json:"debit_expires"`
	DebitHangs       Percent  `json:"debit_hangs"`
	NoApproval       Percent  `json:"no_approval"`
	NoticeAhead      Duration `json:"notice_ahead"`
	WebhookURL       string   `json:"webhook_url"`
	CallbackURL      string   `json:"callback_url"`
	WebhookDuplicate Percent  `json:"webhook_duplicate"`
	WebhookDisorder  Percent  `json:"webhook_disorder"`
	WebhookLost      Percent  `json:"webhook_lost"`
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
	k.Slow, k.TooMany, k.ServerError, k.LateError, k.CutRequest, k.LostAnswer, k.TruncatedReply, k.GarbageReply = 1, 3,
		4, 2, 2, 4, 1, 1
	k.UnknownStatus, k.ZeroCounters, k.PosterOnly, k.StaleActive = 4, 50, 50, 20
	k.NoQRURL, k.DataURI, k.OtherShapes, k.Surcharge, k.TokenRefused = 50, 20, 30, 2, 2
	k.CloseErrors, k.ListLag, k.RefundInFlight, k.RefundFails = 5, 20, 5, 10
	k.SlowBank, k.LateAuth, k.FailFirst, k.Duplicate, k.HiddenPayment, k.StuckAuth, k.ReturnedAtOnce = 15, 5, 5, 5, 5,
		3, 2
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
			return fmt.Errorf("knob %q is %q: use one of %s",
				c.name, c.value, strings.TrimPrefix(strings.Join(c.of, ", "), ", "))
		}
	}
	if k.CollectTimeout < 1 || k.OrderLife == 0 || k.TokenLife == 0 {
		return fmt.Errorf("knobs \"collect_timeout\", \"order_life\" and \"token_life\" must be above 0, or no order " +
			"could ever be paid")
	}
	return nil
}

// patch applies a JSON object that names some knobs.
func (k Knobs) patch(b []byte) (Knobs, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&k); err != nil {
		return k, fmt.Errorf("%w: send a JSON object of knobs such as {\"lost_answer\":100}; the knobs are %s",
			err, strings.Join(knobNames(), ", "))
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
