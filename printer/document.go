package printer

import (
	"time"

	"galla/internal/money"
	"galla/printer/escpos"
)

// Shop is the head and foot of every slip.
type Shop struct {
	Name    string
	Address []string
	Phone   string
	GSTIN   string
	Header  []string
	Footer  []string
	Logo    string // path of a PNG; empty: none. Load reads it
	// Language of the fixed words: "" or "en" English, "hi" Hindi. Names and addresses are printed in whatever script
	// they are.
	Language string
	Picture  *escpos.Bitmap // the logo as dots, from Load; nil: none
}

// OrderSlip is a printed QR to pay by. It is not a receipt and says so.
type OrderSlip struct {
	Shop       Shop
	Terminal   string
	Name       string // what people call the sale, "1129-2"; empty: the slip says its number
	Number     int    // the sale's number of the day
	SaleID     string
	Reference  string // the shop's own bill number; may be empty
	Amount     money.Paise
	Payload    string // the gateway's QR string, encoded as it is
	Payee      string
	At         time.Time
	ValidUntil time.Time // zero: not known
	Copy       int       // 0 the first print; above that the slip says DUPLICATE
	Demo       bool      // not real money: the slip says so
}

// Stand is a standing QR to be put up at the counter: everybody who comes pays it.
type Stand struct {
	Shop    Shop
	Name    string      // what the shop calls it
	Amount  money.Paise // 0: the customer types it
	Payload string      // the gateway's QR string, encoded as it is
	Demo    bool
}

// Receipt states that one sale was paid. It can't be made from a failed or pending sale.
type Receipt struct {
	Shop      Shop
	Terminal  string
	Name      string // as on an OrderSlip
	Number    int
	SaleID    string
	Reference string // bill number; an invoice number is checked by CGST rule 46(b)
	Invoice   bool   // Reference is a tax invoice's number
	Amount    money.Paise
	Gateway   string
	PaymentID string
	RRN       string
	UPITxnID  string
	VPA       string // masked
	PaidAt    time.Time
	Cashier   string
	Merchant  bool // merchant copy instead of customer copy
	Copy      int  // 0 the first print; above that the slip says DUPLICATE in large letters
	Demo      bool
	// Override names who declared the sale paid without the gateway's evidence; empty when the gateway did. The slip
	// then says so.
	Override string

	Refunds []Refund    // what went back or may have, oldest first; a receipt printed anew says so
	Taken   money.Paise // what others sent back, at the gateway's dashboard or a bank; 0: nothing
	Kept    money.Paise // what the shop keeps of the money; printed beside Refunds or Taken alone
}

// Refund is one line of a receipt about money that was sent back. One that failed is none.
type Refund struct {
	Amount money.Paise
	At     time.Time // when it went back, or while that is not certain, when it was asked for
	Status string    // "asked", "pending", "processed" or "unknown", as the API says
}

// Status is how a print job ended.
type Status string

const (
	StatusPrinted Status = "printed" // the printer acknowledged that it is on paper
	StatusSent    Status = "sent"    // all bytes left; this printer can't say more
	StatusFailed  Status = "failed"  // nothing reached the paper
	StatusUnknown Status = "unknown" // some of it may be on paper; never repeated by itself
)
