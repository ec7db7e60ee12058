package state

import "fmt"

// Transitions lists every change of phase a sale may make. What isn't here is an error.
// The diagram in doc.go is drawn from this table (go test ./state -update).
var Transitions = map[Phase][]Phase{
	"":            {PhaseOpened, PhasePaid}, // paid: at a standing QR
	PhaseOpened:   {PhaseQuoting},
	PhaseQuoting:  {PhaseAwaiting, PhasePaid, PhaseClosing, PhaseClosed},
	PhaseAwaiting: {PhasePaying, PhasePaid, PhaseClosing},
	PhasePaying:   {PhasePaid, PhaseAwaiting, PhaseClosing},
	PhaseClosing:  {PhaseClosed, PhasePaid},
	PhasePaid:     {},
	PhaseClosed:   {},
}

var (
	everywhere = []Phase{PhaseOpened, PhaseQuoting, PhaseAwaiting, PhasePaying, PhaseClosing, PhasePaid, PhaseClosed}
	asked      = []Phase{PhaseQuoting, PhaseAwaiting, PhasePaying, PhaseClosing, PhasePaid, PhaseClosed}
)

// allowed lists in which phases an event may happen at all.
var allowed = map[Kind][]Phase{
	EventOpened:        {""},
	EventStanding:      {""},
	EventAttemptAsked:  {PhaseOpened, PhaseQuoting},
	EventAttemptQuoted: asked, // a lost attempt may be found long after
	EventAttemptFailed: asked,
	EventAttemptLost:   {PhaseQuoting, PhaseClosing},
	EventShown:         {PhaseAwaiting, PhasePaying, PhaseClosing, PhasePaid, PhaseClosed},
	EventReading:       asked,
	EventUnseen:        {PhaseAwaiting, PhasePaying, PhaseClosing},
	EventCloseAsked:    {PhaseQuoting, PhaseAwaiting, PhasePaying},
	// an orphan is closed whatever the sale does
	EventAttemptClosed:  {PhaseQuoting, PhaseAwaiting, PhasePaying, PhaseClosing, PhasePaid, PhaseClosed},
	EventPatienceOver:   {PhaseClosing},
	EventWatched:        {PhasePaid, PhaseClosed},
	EventRefundAsked:    asked,
	EventRefundSeen:     asked,
	EventPrintAsked:     everywhere,
	EventPrintBegun:     everywhere,
	EventPrintDone:      everywhere,
	EventResolved:       asked,
	EventEffectSetAside: everywhere,
	EventRules:          everywhere,
}

// phase derives where the sale stands from its facts.
func phase(s *Sale) Phase {
	switch {
	case !s.PaidAt.IsZero():
		return PhasePaid
	case !s.ClosedAt.IsZero():
		return PhaseClosed
	case s.Closing != nil:
		return PhaseClosing
	case s.Kind == KindMandate:
		return s.debitPhase()
	case s.Shown() == nil && len(s.Attempts) == 0:
		return PhaseOpened
	case s.Shown() == nil:
		return PhaseQuoting
	case s.inFlight(PaymentStarted, PaymentProcessing, PaymentUnknown):
		return PhasePaying
	}
	return PhaseAwaiting
}

// replayed reports whether the facts already hold what the event wanted, so that asking again is answered, not refused.
func replayed(s *Sale, e Event) bool {
	switch e.Kind {
	case EventCloseAsked:
		return s.Closing != nil && s.Closing.Reason == e.Close
	case EventOpened, EventStanding:
		return s.ID == e.SaleID
	}
	return false
}

// notNow says why an event may not happen, in words a cashier can use.
func notNow(s *Sale, e Event) string {
	if e.Kind == EventCloseAsked {
		switch s.Phase {
		case PhasePaid:
			return fmt.Sprintf("sale %s is already paid, so it can't be cancelled: to give the money back, refund it",
				s.Name())
		case PhaseClosing:
			return fmt.Sprintf("sale %s is already being closed (%s): wait for the gateway's answer",
				s.Name(), s.Closing.Reason)
		case PhaseClosed:
			return fmt.Sprintf("sale %s is already closed (%s)", s.Name(), s.Closing.Reason)
		}
	}
	return fmt.Sprintf("%s can't happen to sale %s, which is %q", e.Kind, s.ID, s.Phase)
}
