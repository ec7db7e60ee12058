package counter

import (
	"context"
	"time"

	"galla/state"
)

// journal writes down what a person does to the box, in the till's chain of events, and does it. The change itself is in
// the vault; the chain says who made it, and is what an auditor reads.
type journal func(a state.Act, do func() error) error

// journalTime is the most a commit may take before the change is refused.
const journalTime = 10 * time.Second

func journalOf(t Till) journal {
	return func(a state.Act, do func() error) error {
		ctx, cancel := context.WithTimeout(context.Background(), journalTime)
		defer cancel()
		return t.Record(ctx, a, do)
	}
}

// actExport is what is kept of an export beside who asked for it.
type actExport struct {
	Format string `json:"format"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}
