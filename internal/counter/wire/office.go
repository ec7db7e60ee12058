package wire

import "time"

// Office is how the box stands to the head office of its chain of shops: the body of GET /v1/office, and the answer to
// joining and leaving.
type Office struct {
	Joined      bool   `json:"joined"`
	Address     string `json:"address,omitempty"` // https://office.example
	Office      string `json:"office,omitempty"`  // its name, and of the place this box takes there
	Shop        string `json:"shop,omitempty"`
	Counter     string `json:"counter,omitempty"`
	Terminal    string `json:"terminal,omitempty"`    // what the office calls this box: 16 letters, of its key
	Fingerprint string `json:"fingerprint,omitempty"` // SHA-256 of its certificate, if that is how it is known

	JoinedAt time.Time `json:"joined_at,omitzero"`
	JoinedBy string    `json:"joined_by,omitempty"`

	// Seq is the newest event that the office has, as it last said; 0: it has said none since gallad started.
	Seq       uint64    `json:"seq"`
	Behind    uint64    `json:"behind"`               // events after it
	HeardAt   time.Time `json:"heard_at,omitzero"`    // its last answer, since gallad started
	AwaySince time.Time `json:"away_since,omitzero"`  // since when it takes nothing, where there is a problem
	NextTryAt time.Time `json:"next_try_at,omitzero"` // the next call, where there is a problem

	Problem       string `json:"problem,omitempty"` // why it takes nothing; empty: it does
	ProblemCode   string `json:"problem_code,omitempty"`
	ProblemValues Values `json:"problem_values,omitempty"`
}

// Trouble says why an office takes nothing, or what is left to do there.
func (o *Office) Trouble(code string, v Values) {
	o.Problem, o.ProblemCode, o.ProblemValues = whole(code, v), code, v
}

// LookAtOffice is the body of POST /v1/office/look: what is this code for?
type LookAtOffice struct {
	Address     string `json:"address"`
	Code        string `json:"code"`                  // of the office's page "Add a box": eight digits
	Fingerprint string `json:"fingerprint,omitempty"` // of its certificate, where this machine does not trust it
}

// OfficePlace is the place that a box takes with a code.
type OfficePlace struct {
	Address   string    `json:"address"`
	Office    string    `json:"office"`
	Shop      string    `json:"shop"`
	Counter   string    `json:"counter"`
	Here      string    `json:"here"` // what this box calls its own shop
	ExpiresAt time.Time `json:"expires_at"`
}

// JoinOffice is the body of POST /v1/office/join.
type JoinOffice struct {
	LookAtOffice
	Acting
}
