package wire

import "galla/internal/books"

// What the books answer goes over the wire as it is: one shape, kept, printed and sent.
type (
	Report         = books.Report
	Line           = books.Line
	Share          = books.Share
	HourLine       = books.HourLine
	TimeSpan       = books.TimeSpan
	Printed        = books.Printed
	Reconciliation = books.Reconciliation
	Reconciled     = books.Reconciled
	Difference     = books.Difference
	Picture        = books.Picture
	PictureDay     = books.PictureDay
	Wait           = books.Wait
	End            = books.End
	UPIHealth      = books.UPIHealth
	OtherDay       = books.OtherDay
	Summing        = books.Summing
	Underway       = books.Underway
	Undecided      = books.Undecided
	Span           = books.Span
)

// The levels of UPIHealth.
const (
	UPIQuiet = books.UPIQuiet
	UPIGood  = books.UPIGood
	UPISlow  = books.UPISlow
	UPIBad   = books.UPIBad
)

// CloseDay is the body of POST /v1/reports/z.
type CloseDay struct {
	// Day is the business day to close; days before it that are open are closed too, each by a Z report of its own.
	// Left out: today, but, as long as no sale was opened today, the newest day before that is open.
	Day string `json:"day,omitempty"`
	// the report, once the day is closed; the answer then waits for the paper
	Print bool `json:"print,omitempty"`
	// hold the day against the gateways too, and print that after the report
	Reconcile bool `json:"reconcile,omitempty"`
	Approval
}

// Reports is the body of GET /v1/reports/z, newest first.
type Reports struct {
	Reports []Report `json:"reports"`
}

// Typing is the body of PUT /v1/typing: what the cashier has typed so far, for the customer's screen.
type Typing struct {
	Entry string   `json:"entry"`
	Tape  []string `json:"tape,omitempty"`
}

// ReconcileDay is the body of POST /v1/reports/reconciliation/print.
type ReconcileDay struct {
	Day string `json:"day,omitempty"` // left out: today
}
