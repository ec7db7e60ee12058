package wire

import "time"

// Problem is an RFC 9457 problem document: what the API answers whenever it does not do what was asked.
type Problem struct {
	Type   string `json:"type"` // "/problems/NAME"; the path explains it to people
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Next   string `json:"next"` // what to do now
	Field  string `json:"field,omitempty"`
	Sales  []Sale `json:"sales,omitempty"` // those it is about: the nearest of a name, the other one of a bill number

	DetailCode   string `json:"detail_code,omitempty"` // what exactly, among the problems' or the gateways' sentences
	DetailValues Values `json:"detail_values,omitempty"`

	Wait  time.Duration `json:"-"` // before it may be asked again: the header Retry-After
	Bound string        `json:"-"` // the bound that is used up, as the header RateLimit names it
}

// Error implements error with the sentence for people.
func (p *Problem) Error() string { return p.Detail }
