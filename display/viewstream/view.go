package viewstream

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"galla/display"
	"galla/internal/money"
)

// Bounds of a View on the wire. They are far above what a screen can show.
const (
	maxText    = 512  // bytes of a name, an id, a reason
	maxPayload = 4096 // bytes of a QR string; a QR code holds 2,953
	maxTape    = 100  // lines of a sum
	maxNotes   = 4    // lines below a pairing code
	maxTongues = 4    // languages
	maxSpan    = 366 * 24 * time.Hour
)

// wireView is a View as it crosses the socket: the times are durations relative to the moment of sending.
type wireView struct {
	Seq       uint64         `json:"seq"`
	Screen    display.Screen `json:"screen"`
	SaleID    string         `json:"sale_id,omitempty"`
	Name      string         `json:"name,omitempty"`
	Number    int            `json:"number,omitempty"`
	Amount    int64          `json:"amount_paise,omitempty"`
	Shop      string         `json:"shop,omitempty"`
	Payee     string         `json:"payee,omitempty"`
	PayeeVPA  string         `json:"payee_vpa,omitempty"`
	Payload   string         `json:"payload,omitempty"`
	Reason    display.Reason `json:"reason,omitempty"`
	RRN       string         `json:"rrn,omitempty"`
	Entry     string         `json:"entry,omitempty"`
	Tape      []string       `json:"tape,omitempty"`
	Code      string         `json:"code,omitempty"`
	Link      string         `json:"link,omitempty"`
	Notes     []string       `json:"notes,omitempty"`
	Languages []string       `json:"languages,omitempty"`
	Demo      bool           `json:"demo,omitempty"`
	SinceMS   *int64         `json:"since_ms,omitempty"` // how long ago this state began
	ValidMS   *int64         `json:"valid_ms,omitempty"` // how long the View may still be shown; 0 or less: not at all
}

var screens = []display.Screen{display.ScreenIdle, display.ScreenTyping, display.ScreenOpening,
	display.ScreenPay, display.ScreenPaying,
	display.ScreenPaid, display.ScreenUnpaid, display.ScreenLate, display.ScreenOutOfService, display.ScreenPairing}

// toWire describes v as of now.
func toWire(v display.View, now time.Time) *wireView {
	w := &wireView{
		Seq:       v.Seq,
		Screen:    v.Screen,
		SaleID:    v.SaleID,
		Name:      v.Name,
		Number:    v.Number,
		Amount:    int64(v.Amount),
		Shop:      v.Shop,
		Payee:     v.Payee,
		PayeeVPA:  v.PayeeVPA,
		Payload:   v.Payload,
		Reason:    v.Reason,
		RRN:       v.RRN,
		Entry:     v.Entry,
		Tape:      v.Tape,
		Code:      v.Code,
		Link:      v.Link,
		Notes:     v.Notes,
		Languages: v.Languages,
		Demo:      v.Demo,
	}
	if !v.Since.IsZero() {
		ms := min(max(now.Sub(v.Since), 0), maxSpan).Milliseconds()
		w.SinceMS = &ms
	}
	if !v.ValidUntil.IsZero() {
		ms := min(max(v.ValidUntil.Sub(now), 0), maxSpan).Milliseconds()
		w.ValidMS = &ms
	}
	return w
}

// view gives the View meant by w, sent at the moment sent by the reader's monotonic clock.
func (w *wireView) view(sent time.Time) display.View {
	v := display.View{
		Seq:       w.Seq,
		Screen:    w.Screen,
		SaleID:    w.SaleID,
		Name:      w.Name,
		Number:    w.Number,
		Amount:    money.Paise(w.Amount),
		Shop:      w.Shop,
		Payee:     w.Payee,
		PayeeVPA:  w.PayeeVPA,
		Payload:   w.Payload,
		Reason:    w.Reason,
		RRN:       w.RRN,
		Entry:     w.Entry,
		Tape:      w.Tape,
		Code:      w.Code,
		Link:      w.Link,
		Notes:     w.Notes,
		Languages: w.Languages,
		Demo:      w.Demo,
	}
	if w.SinceMS != nil {
		v.Since = sent.Add(-time.Duration(*w.SinceMS) * time.Millisecond)
	}
	if w.ValidMS != nil {
		v.ValidUntil = sent.Add(time.Duration(*w.ValidMS) * time.Millisecond)
	}
	return v
}

// check refuses a View that could not be shown truthfully. Both sides use it: the sender so as not to be hung up on.
func (w *wireView) check() error {
	if !slices.Contains(screens, w.Screen) {
		return fmt.Errorf("view %d has the unknown screen %.40q: install the same release of gallad and galla-display",
			w.Seq, w.Screen)
	}
	if w.Seq == 0 {
		return fmt.Errorf("a %s view has no seq", w.Screen)
	}
	if w.Screen == display.ScreenPay && (w.Payload == "" || w.Amount <= 0) {
		return fmt.Errorf(
			"view %d is a pay screen with a QR string of %d bytes and an amount of %d paise: both are needed",
			w.Seq,
			len(w.Payload),
			w.Amount,
		)
	}

	if w.Screen != display.ScreenPay && w.Payload != "" {
		return fmt.Errorf("view %d is a %s screen and must not carry a QR string", w.Seq, w.Screen)
	}
	if w.Amount < 0 || w.Amount > int64(money.Max) || w.Number < 0 {
		return fmt.Errorf("view %d has an amount of %d paise and number %d: neither may be negative or above %d",
			w.Seq, w.Amount, w.Number, int64(money.Max))
	}
	if len(w.Payload) > maxPayload || !utf8.ValidString(w.Payload) {
		return fmt.Errorf("view %d has a QR string of %d bytes that is too long (%d are allowed) or not UTF-8",
			w.Seq, len(w.Payload), maxPayload)
	}
	if len(w.Tape) > maxTape || len(w.Notes) > maxNotes || len(w.Languages) > maxTongues {
		return fmt.Errorf("view %d has %d tape lines, %d notes and %d languages: %d, %d and %d are allowed",
			w.Seq, len(w.Tape), len(w.Notes), len(w.Languages), maxTape, maxNotes, maxTongues)
	}

	texts := append(
		[]string{w.SaleID, w.Name, w.Shop, w.Payee, w.PayeeVPA, string(w.Reason), w.RRN, w.Entry, w.Code, w.Link},
		w.Tape...)
	for _, s := range append(append(texts, w.Notes...), w.Languages...) {
		if len(s) > maxText || !utf8.ValidString(s) {
			return fmt.Errorf("view %d has a text of %d bytes that is too long (%d are allowed) or not UTF-8",
				w.Seq, len(s), maxText)
		}
	}

	for _, ms := range []*int64{w.SinceMS, w.ValidMS} {
		if ms != nil && (*ms < 0 || *ms > maxSpan.Milliseconds()) {
			return fmt.Errorf("view %d has a time span of %d ms: 0 to %d are allowed",
				w.Seq, *ms, maxSpan.Milliseconds())
		}
	}

	return nil
}
