package counter

import (
	"galla/state"
)

// journal writes down what a person does to the box, in the till's chain of events, and does it. The change itself is
// in the settings; the chain says who made it, and is what an auditor reads.
type journal func(a state.Act, do func() error) error

// actExport is what is kept of an export beside who asked for it.
type actExport struct {
	Format string `json:"format"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}
