package boltstore

import (
	"fmt"
	"strings"

	"galla/state/boltstore/salesfile"
)

// Report is what Check or Salvage found in a file.
type Report struct {
	Path     string `json:"path"`
	Full     bool   `json:"full"` // every record was read, not only what a start needs
	Bytes    int64  `json:"bytes"`
	Schema   int    `json:"schema"`
	Seq      uint64 `json:"seq"`    // sequence number of the last event
	Root     uint64 `json:"root"`   // events up to this one were pruned by retention
	Events   uint64 `json:"events"` // events read
	Pruned   uint64 `json:"pruned"` // events after Root gone by retention
	Lost     uint64 `json:"lost"`   // events a salvage did not find
	Head     string `json:"head"`   // hash of the last event, in hex
	Sales    int    `json:"sales"`  // sales read
	Watch    int    `json:"watch"`  // sales that still need looking at
	Settings int    `json:"vault"`  // settings read

	Operations int `json:"operations"` // operations read

	// Findings are sentences about what is wrong, or was; at most maxFindings, and More counts the rest.
	Findings []string `json:"findings,omitempty"`
	More     int      `json:"more,omitempty"`

	tell Progress // of a check
}

const maxFindings = 100

func (r *Report) Add(format string, args ...any) {
	if len(r.Findings) == maxFindings {
		r.More++
		return
	}
	r.Findings = append(r.Findings, fmt.Sprintf(format, args...))
}

// err is ErrDamaged with the first finding, or nil if there is none.
func (r *Report) err() error {
	if len(r.Findings) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s: %s", ErrDamaged, r.Path, r.Findings[0])
}

// older says that the file is of a schema before this one, so that its sales and indexes were not looked at.
func (r *Report) older() bool { return r.Schema > 0 && r.Schema < salesfile.Schema }

// String is the report for people.
func (r Report) String() string {
	var b strings.Builder
	kind := "quick look: the newest events, and the sales still watched"
	switch {
	case r.older() && r.Full:
		kind = "every page and event was read"
	case r.older():
		kind = "quick look: the newest events"
	case r.Full:
		kind = "everything was read"
	}
	fmt.Fprintf(&b, "%s: %d bytes, schema %d (%s)\n", r.Path, r.Bytes, r.Schema, kind)
	fmt.Fprintf(&b, "  events   %d read, the last is %d, its hash %.16s\n", r.Events, r.Seq, r.Head)
	if r.Root+r.Pruned > 0 {
		fmt.Fprintf(&b, "           %d pruned by retention\n", r.Root+r.Pruned)
	}
	if r.Lost > 0 {
		fmt.Fprintf(&b, "           %d lost in a salvage\n", r.Lost)
	}
	if r.older() {
		fmt.Fprintf(&b, "  sales    not looked at: an older version wrote them, and gallad brings them to schema %d "+
			"when it opens the file\n", salesfile.Schema)
	} else {
		fmt.Fprintf(&b, "  sales    %d read; %d watched\n", r.Sales, r.Watch)
		fmt.Fprintf(&b, "  settings %d\n", r.Settings)
	}
	if r.Operations > 0 {
		fmt.Fprintf(&b, "  asked of gateways beside sales: %d\n", r.Operations)
	}
	if len(r.Findings) == 0 {
		fmt.Fprintf(&b, "  nothing is wrong\n")
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "  ! %s\n", f)
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "  ! and %d more\n", r.More)
	}
	return b.String()
}
