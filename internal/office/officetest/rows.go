package officetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"galla/internal/office"
	"galla/state"
)

// Subject is a store under test.
type Subject interface {
	office.Store
	// Fail makes commits of updates fail: it is asked before each, and with an error the commit fails with any error,
	// and applied says whether all of it is there all the same. Nil: none fails.
	Fail(func() (applied bool, err error))
	// Rows is all that is there but segments, read past the store.
	Rows(testing.TB) Rows
}

// Rows is what a store has. Findings are in their order, the rest is in none.
type Rows struct {
	Terminals  []office.Terminal
	Sales      []SaleRow
	Operations []OperationRow
	Payments   []office.Payment
	Refunds    []office.Refund
	Days       []office.Day
	Zs         []office.Z
	Findings   []office.Finding // that have not ended
}

// SaleRow is a sale and its key.
type SaleRow struct {
	Terminal string
	Branch   int
	Sale     office.Sale
}

// OperationRow is an operation and its key.
type OperationRow struct {
	Terminal  string
	Branch    int
	Operation state.Operation
}

// SalesOf are the sales of a branch, by id.
func (r Rows) SalesOf(terminal string, branch int) map[string]office.Sale {
	all := map[string]office.Sale{}
	for _, s := range r.Sales {
		if s.Terminal == terminal && s.Branch == branch {
			all[s.Sale.ID] = s.Sale
		}
	}
	return all
}

// SumsOf are the days of a terminal.
func (r Rows) SumsOf(terminal string) map[string]office.Day {
	all := map[string]office.Day{}
	for _, d := range r.Days {
		if d.Terminal == terminal {
			all[d.Day] = d
		}
	}
	return all
}

// Text is every row but findings, for comparing two stores.
func (r Rows) Text() string {
	var lines []string
	for _, t := range r.Terminals {
		lines = append(lines, line("terminal", t))
	}
	for _, s := range r.Sales {
		lines = append(lines, line("sale", s))
	}
	for _, o := range r.Operations {
		lines = append(lines, line("operation", o))
	}
	for _, p := range r.Payments {
		lines = append(lines, line("payment", p))
	}
	for _, f := range r.Refunds {
		lines = append(lines, line("refund", f))
	}
	for _, d := range r.Days {
		lines = append(lines, line("day", d))
	}
	for _, z := range r.Zs {
		lines = append(lines, line("z", z))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func line(kind string, row any) string {
	raw, err := json.Marshal(row)
	if err != nil {
		panic(fmt.Sprintf("officetest: %T has no text: %v", row, err))
	}
	return kind + " " + string(raw) + "\n"
}
