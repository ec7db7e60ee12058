package office

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// Finding is something that a person should know of a terminal. Found again before it has ended, it is the same one:
// kind, terminal, branch and seq say which.
type Finding struct {
	Kind     string // one of Kinds
	Terminal string
	Branch   int
	Seq      uint64
	Values   Values
	At       time.Time
}

// Values are what the sentence of a finding names, as text. A name that ends in _paise is an amount in paise, in _at a
// moment (RFC 3339), day a business day; reason is English, for who looks after the machines.
type Values map[string]string

// The kinds of findings of the chain and of the books. They are kept for ever and never change.
const (
	FindingRefused  = "refused"          // a segment proves nothing
	FindingUnknown  = "refused.unknown"  // a segment of a terminal that is not known here, or has left
	FindingStranger = "refused.stranger" // a terminal sends another one's segment
	FindingBranches = "refused.branches" // a terminal has as many histories as are kept

	FindingFork = "fork" // the box was put back, or cloned: it forgot what came after a place
	FindingHole = "hole" // the box has nothing before a place, and nothing here joins it

	FindingUnread    = "event.unread"    // an event can't be read
	FindingOperation = "event.operation" // an event does not fit its operation
	FindingNewer     = "sale.newer"      // a sale waits for an update of this office
	FindingHoled     = "sale.hole"       // a sale began before what is here
	FindingSale      = "sale.refused"    // a sale that its events contradict
	FindingTwice     = "payment.twice"   // a payment that a second sale claims: two boxes may have one sales file
	FindingLong      = "payment.long"    // a payment that is not counted: its id or its gateway's name is too long
	FindingOpenDay   = "z.missing"       // a day with sales that nobody closed by noon of the next, where days are
	FindingLackingZ  = "z.lacking"       // the bytes of a Z report did not come by noon of the day after it was made
	FindingUnproved  = "z.unproved"      // what came for a Z report is not what was closed
	FindingUnreadZ   = "z.unread"        // a Z report that this office can't read
	FindingDiffers   = "z.differs"       // a Z report says something else than its events

	// What holds of a terminal now, and ends (galla/internal/office/watch). There is one of a kind at a time.
	FindingSilent    = "silent"    // no heartbeat, and the shop is open
	FindingBehind    = "behind"    // the box has more than the office, and nothing comes
	FindingClock     = "clock"     // the box's time is another
	FindingStopped   = "stopped"   // the box takes no sales
	FindingGateway   = "gateway"   // gateways that don't answer it
	FindingPrinter   = "printer"   // something is wrong with its printer
	FindingDisk      = "disk"      // something is wrong with its disk
	FindingAttention = "attention" // it has sales that a person must decide about
	FindingUpdate    = "newer"     // it is newer than this office
)

// Kinds are all kinds of findings, each with the values that its sentence may name. Other rooms of the office add
// theirs here.
var Kinds = map[string][]string{
	FindingRefused:  {"reason"},
	FindingUnknown:  {},
	FindingStranger: {"other_terminal"},
	FindingBranches: {"branches"},

	FindingFork: {"parent", "place", "forgotten"}, // forgotten: places
	FindingHole: {"place"},

	FindingUnread:    {"reason"},
	FindingOperation: {"operation", "event", "reason"}, // event: its kind
	FindingNewer:     {"sale", "event"},
	FindingHoled:     {"sale", "event"},
	FindingSale:      {"sale", "event", "reason"},
	FindingTwice:     {"gateway", "payment", "sale", "other_terminal", "other_sale"},

	FindingSilent:    {"heard_at"},
	FindingBehind:    {"place", "here"}, // where its chain ends, and the office's
	FindingClock:     {"seconds"},       // its time less the office's
	FindingStopped:   {"code"},          // of wire.Health
	FindingGateway:   {"gateways"},      // their names, with a comma between them
	FindingPrinter:   {"code"},          // of wire.Health
	FindingDisk:      {"code"},          // of wire.Checkup
	FindingAttention: {"sales"},
	FindingUpdate:    {"version"}, // its

	FindingLong:     {"gateway", "payment", "sale"}, // how they begin
	FindingOpenDay:  {"day", "days"},                // the oldest, and how many
	FindingLackingZ: {"number", "day"},
	FindingUnproved: {"number", "day"},
	FindingUnreadZ:  {"number", "day", "reason"},
	FindingDiffers:  {"number", "day", "figure", "figures", "z", "here"}, // z, here: paise or a count, as figure says
}

// Fits says whether a finding has a kind that is known, a time, and no value that its kind does not name.
func (f Finding) Fits() bool {
	names, known := Kinds[f.Kind]
	for name := range maps.Keys(f.Values) {
		known = known && slices.Contains(names, name)
	}
	return known && !f.At.IsZero()
}

func text[T ~int | ~int64 | ~uint64](n T) string { return strconv.FormatInt(int64(n), 10) }
