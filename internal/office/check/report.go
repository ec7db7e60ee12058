package check

import (
	"fmt"
	"io"
	"slices"

	"galla/internal/money"
)

// Kind is what is wrong.
type Kind string

// The kinds of problems.
const (
	Missing Kind = "missing" // a box has it, or its events make it, and the office has not
	Doubled Kind = "doubled" // it is there twice
	Wrong   Kind = "wrong"   // it is there, and is not what the box's chain says
)

// MaxProblems bounds how many problems a report lists. It counts all.
const MaxProblems = 1000

// Problem is one thing that does not agree.
type Problem struct {
	Kind     Kind   `json:"kind"`
	What     string `json:"what"` // chain, head, segment, place, sale, operation, z, payment, refund, day, table
	Terminal string `json:"terminal,omitempty"`
	Branch   int    `json:"branch"`
	Seq      uint64 `json:"seq,omitempty"`
	ID       string `json:"id,omitempty"`
	Text     string `json:"text"`
}

// Report is what a check found. Counts are of what it looked at.
type Report struct {
	Terminals int `json:"terminals"`
	Boxes     int `json:"boxes"`  // chains that were given
	Places    int `json:"places"` // at the office
	Of        int `json:"of"`     // places of the boxes
	Forgotten int `json:"forgotten"`
	Shared    int `json:"shared"` // payments that two terminals claim
	Zs        int `json:"zs"`
	// Z reports whose bytes are what was closed, and agree with their events.
	Recomputed int `json:"zs_recomputed"`
	Totals     `json:"totals"`
	Replayed   money.Paise  `json:"replayed_paise"` // received, as the events say
	Found      map[Kind]int `json:"found,omitempty"`
	Problems   []Problem    `json:"problems,omitempty"`
}

// Good says that nothing was found.
func (r *Report) Good() bool { return len(r.Found) == 0 }

func (r *Report) find(k Kind, terminal string, branch int, seq uint64, what, id, format string, args ...any) {
	if r.Found == nil {
		r.Found = map[Kind]int{}
	}
	if r.Found[k]++; len(r.Problems) < MaxProblems {
		r.Problems = append(r.Problems, Problem{k, what, terminal, branch, seq, id, fmt.Sprintf(format, args...)})
	}
}

// Write writes the report for a person.
func (r *Report) Write(w io.Writer) error {
	lines := []string{
		fmt.Sprintf(
			"%d terminals, %d branches: %d places in %d segments",
			r.Terminals,
			r.Branches,
			r.Places,
			r.Segments,
		),
		fmt.Sprintf("%d chains of boxes: %d places, each looked for at the office", r.Boxes, r.Of),
		fmt.Sprintf("%d sales and %d operations replayed", r.Sales, r.Operations),
		fmt.Sprintf("%d payments: %s at the office, %s by the events; %d days: %s; %d refunds", r.Payments, r.Received,
			r.Replayed, r.Days, r.OfDays, r.Refunds),
	}
	if r.Zs > 0 {
		lines = append(
			lines,
			fmt.Sprintf("%d Z reports, of which %d agree with their events", r.Zs, r.Recomputed),
		)
	}
	if r.Forgotten > 0 {
		lines = append(
			lines,
			fmt.Sprintf("%d places are in none of these chains: their boxes forgot them, or have pruned "+
				"them", r.Forgotten),
		)
	}
	if r.Shared > 0 {
		lines = append(
			lines,
			fmt.Sprintf("%d payments are claimed by two boxes: they may have one sales file", r.Shared),
		)
	}
	for _, p := range r.Problems {
		lines = append(lines, fmt.Sprintf("%s: %s of terminal %s, branch %d: %s", p.Kind, p.What, p.Terminal, p.Branch,
			p.Text))
	}
	if r.Good() {
		lines = append(lines, "nothing is missing, doubled or wrong")
	} else {
		lines = append(lines, fmt.Sprintf("%d missing, %d doubled, %d wrong", r.Found[Missing], r.Found[Doubled],
			r.Found[Wrong]))
	}
	for line := range slices.Values(lines) {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}
