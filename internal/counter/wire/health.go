package wire

import "time"

// Health is the body of GET /v1/health.
type Health struct {
	Ready     bool      `json:"ready"`
	Problem   string    `json:"problem,omitempty"` // why no sale is taken
	Version   string    `json:"version"`
	Seq       uint64    `json:"seq"`
	Head      *Head     `json:"head,omitempty"` // the end of the chain of events; its seq is Seq
	Open      int       `json:"open"`
	Attention int       `json:"attention"`
	Gateways  []Gateway `json:"gateways"`
	Printer   string    `json:"printer"`

	ProblemCode string `json:"problem_code,omitempty"` // of Problem, in the catalogue
	PrinterCode string `json:"printer_code,omitempty"` // of Printer, where it is neither "none" nor "ready"

	Display   string    `json:"display"`
	LastTurn  time.Time `json:"last_turn,omitzero"`
	UPIHealth UPIHealth `json:"weather"`
	Hooks     []Hook    `json:"hooks,omitempty"` // the webhooks
	// what is wrong and what to do; of the outside as last looked at (GET /v1/doctor looks anew)
	Checkup *Checkup `json:"checkup,omitempty"`
}

// Head is the end of the chain of events: the newest event's number, and its hash.
type Head struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"` // 64 hexadecimal digits; all zero before the first event
}

// Gateway is what the last calls to a gateway showed.
type Gateway struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Problem string `json:"problem,omitempty"`

	ProblemCode string `json:"problem_code,omitempty"` // of Problem, in the catalogue or among the gateways' sentences

	At time.Time `json:"at,omitzero"`
}
