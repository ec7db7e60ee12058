package alerts

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"galla/internal/day"
	"galla/internal/office"
)

// sentences say what a kind of finding is, with its values in braces, in English: whoever gets mail of an office has no
// language there. The office's page says the same in six.
var sentences = map[string]string{
	office.FindingSilent:    "has not been heard since {heard_at}, and the shop is open",
	office.FindingBehind:    "has {place} events, the office {here}, and nothing comes",
	office.FindingClock:     "has a clock that is {seconds} off",
	office.FindingStopped:   "takes no sales ({code})",
	office.FindingGateway:   "gets no answer from {gateways}",
	office.FindingPrinter:   "has trouble with its printer ({code})",
	office.FindingDisk:      "has trouble with its disk ({code})",
	office.FindingAttention: "has sales that a person must decide about: {sales}",
	office.FindingUpdate:    "runs version {version}, which is newer than the office: update the office",

	office.FindingRefused:  "sent what proves nothing: {reason}",
	office.FindingUnknown:  "sends, and does not belong to this office",
	office.FindingStranger: "sent what terminal {other_terminal} signed",
	office.FindingBranches: "has {branches} histories, which is too many: let it join anew",
	office.FindingFork:     "was put back or cloned: it forgot {forgotten} events behind place {place}",
	office.FindingHole:     "has nothing before place {place}: what it did before is not here",

	office.FindingUnread:    "sent an event that can't be read: {reason}",
	office.FindingOperation: "sent an event {event} that does not fit operation {operation}: {reason}",
	office.FindingNewer:     "has a sale {sale} that this office is too old for: update the office",
	office.FindingHoled:     "has a sale {sale} that began before what is here",
	office.FindingSale:      "has a sale {sale} that its events contradict: {reason}",
	office.FindingTwice: "claims payment {payment} of {gateway}, which terminal {other_terminal} has: two boxes may " +
		"have one sales file",
	office.FindingLong: "has a payment of sale {sale} that is not counted: its name {payment} is too long",

	office.FindingOpenDay:  "did not close {day} with a Z report; days that are open: {days}",
	office.FindingLackingZ: "made Z report {number} of {day}, and it did not come",
	office.FindingUnproved: "sent another Z report {number} of {day} than it had closed",
	office.FindingUnreadZ:  "made Z report {number} of {day}, which this office can't read: {reason}",
	office.FindingDiffers:  "made Z report {number} of {day}, which says another {figure} than its events",
}

var brace = regexp.MustCompile(`\{([a-z_]+)\}`)

// Sentence says what an alert is about, without the place.
func Sentence(a Alert) string {
	text, known := sentences[a.Kind]
	if !known {
		text = "has something that a person should see (" + a.Kind + "): look at the office's page"
	}
	text = brace.ReplaceAllStringFunc(text, func(name string) string {
		name = name[1 : len(name)-1]
		return cmp.Or(written(name, a.Values[name]), "?")
	})
	text = where(a) + " " + text
	if a.What == Ended {
		return "Over: " + text
	}
	return text
}

// written is a value as people read it.
func written(name, value string) string {
	switch name {
	case "heard_at":
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return at.In(day.IST).Format("2 Jan 15:04 IST")
		}
	case "seconds":
		if n, err := strconv.ParseInt(value, 10, 64); err == nil {
			return fmt.Sprintf("%+d minutes", n/60)
		}
	}
	return value
}

// where is the place a finding is of.
func where(a Alert) string {
	if a.Shop == "" {
		return "Terminal " + a.Terminal
	}
	return a.Shop + ", " + a.Counter
}
