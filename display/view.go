package display

import (
	"time"

	"galla/internal/money"
)

// Screen names what the customer sees.
type Screen string

const (
	ScreenIdle         Screen = "idle"           // shop name, logo, clock
	ScreenTyping       Screen = "typing"         // the amount while the cashier enters it
	ScreenOpening      Screen = "opening"        // the order is being opened
	ScreenPay          Screen = "pay"            // the QR
	ScreenPaying       Screen = "paying"         // the bank is confirming: do not pay again
	ScreenPaid         Screen = "paid"           // the money is there
	ScreenUnpaid       Screen = "unpaid"         // cancelled, expired or failed: what to do
	ScreenLate         Screen = "late"           // money came after the sale was closed
	ScreenOutOfService Screen = "out_of_service" // no sale can be taken: why
	ScreenPairing      Screen = "pairing"        // a code for a new cashier device
)

// Reason says why a sale isn't paid, why its payment isn't seen, or why the box is out of service. The display has a
// sentence for each in each language.
type Reason string

const (
	ReasonNone           Reason = ""
	ReasonCancelled      Reason = "cancelled"       // by the cashier
	ReasonExpired        Reason = "expired"         // nobody paid in time
	ReasonFailed         Reason = "failed"          // no QR could be had
	ReasonOtherTender    Reason = "other_tender"    // paid in another way
	ReasonNoGateway      Reason = "no_gateway"      // the gateway can't be reached
	ReasonUnseen         Reason = "unseen"          // a payment may have been made: the till can't look
	ReasonNotConfigured  Reason = "not_configured"  // keys or settings are missing
	ReasonClockNotSet    Reason = "clock_not_set"   // TLS needs the time, and the box hasn't got it
	ReasonStorage        Reason = "storage"         // the store is full, read-only or damaged
	ReasonConnectionLost Reason = "connection_lost" // the display hasn't heard from gallad for 10 s
	ReasonStarting       Reason = "starting"        // gallad is resuming its sales
	// the payload can't be drawn readably, or read back as something else
	ReasonQRUnreadable Reason = "qr_unreadable"
	ReasonTestKeys     Reason = "test_keys" // test keys on a live till
)

// View is all that the customer's screen may show at one moment. It is a projection of the sale, recomputed at any
// time, holds no secret and nothing of another customer, and says until when it may be shown.
type View struct {
	// rises with every View of one gallad process; the display echoes it when the frame is on the screen
	Seq      uint64
	Screen   Screen      //
	SaleID   string      // which sale, for matching the echo; empty on screens without one
	Name     string      // what people call the sale, "1129-2"; empty: its number stands alone
	Number   int         // the sale's number of the day, as the cashier sees it; 0: none
	Amount   money.Paise // the sale's amount
	Shop     string      // the shop's name
	Payee    string      // who the customer's app will name, from the QR string
	PayeeVPA string      // the merchant's address in the QR string, compared with what is read back; not drawn
	Payload  string      // the gateway's QR string, on ScreenPay only
	Reason   Reason      // on ScreenUnpaid and ScreenOutOfService; ReasonUnseen on ScreenPay and ScreenPaying
	RRN      string      // last four of the bank reference, on ScreenPaid
	Entry    string      // what is typed so far, on ScreenTyping
	Tape     []string    // the lines of a sum being typed, on ScreenTyping
	Code     string      // on ScreenPairing
	// on ScreenPairing: the address of the console with the code in it, drawn as a QR; empty: none
	Link string
	// on ScreenPairing: the address to type, and how to know the box; on ScreenTyping: why a key was refused
	Notes     []string
	Languages []string  // one or two of "en", "hi", "ta", …; the first is the larger
	Demo      bool      // not real money: the screen says so
	Since     time.Time // when this state began: the elapsed time of ScreenPaying
	// from this moment the View must not be shown; zero: until replaced. Monotonic; crosses a socket as a duration
	ValidUntil time.Time
}

// symbol is the string that v shows as a QR code; empty: none.
func (v View) symbol() string {
	switch v.Screen {
	case ScreenPay:
		return v.Payload
	case ScreenPairing:
		return v.Link
	}
	return ""
}
