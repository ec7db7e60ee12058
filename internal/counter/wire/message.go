package wire

import (
	"fmt"

	"galla/state"
)

// Message says how a sale stands and what the cashier does next. Every phase has one sentence for each.
func Message(s state.Sale) string {
	switch s.Phase {
	case state.PhaseOpened:
		return "The sale is written down. Wait: the QR is being asked for."
	case state.PhaseQuoting:
		return "The gateway is asked for the QR. Wait a moment."
	case state.PhaseAwaiting:
		if s.Tender == state.TenderUnder {
			return fmt.Sprintf("%s of %s has come. Ask the customer for the rest, or let a manager accept less.", s.Captured(), s.Amount)
		}
		return fmt.Sprintf("Ask the customer to scan the QR and pay %s.", s.Amount)
	case state.PhasePaying:
		return "The customer's bank is confirming. Do not ask them to pay again."
	case state.PhaseClosing:
		if s.Closing != nil && s.Closing.Reason == state.CloseExpired {
			return "The time to pay is over and the order is being closed. Wait: money may still come."
		}
		return "The order is being closed at the gateway. Wait: money may still come."
	case state.PhasePaid:
		switch {
		case len(s.Attention) > 0:
			return fmt.Sprintf("%s is paid, but something needs a decision: see the item on this sale.", s.Amount)
		case s.Override() != "":
			return fmt.Sprintf("%s was accepted for %s by %s. Hand over the goods.", s.Captured(), s.Amount, s.Override())
		case refunded(s):
			return "It was paid, and the money went back. Nothing is left to do."
		}
		return fmt.Sprintf("%s is paid. Hand over the goods.", s.Amount)
	case state.PhaseClosed:
		return closedMessage(s)
	}
	return ""
}

func closedMessage(s state.Sale) string {
	if len(s.Attention) > 0 {
		return "Money came after this sale was closed. Hand over the goods and accept it, or refund it."
	}
	if s.Tender == state.TenderLate || s.Captured() > 0 {
		return "It was closed, money came late, and that was dealt with. Nothing is left to do."
	}
	reason := state.CloseReason("")
	if s.Closing != nil {
		reason = s.Closing.Reason
	}
	switch reason {
	case state.CloseCancelled:
		return "It was cancelled and nothing was paid. If the customer still pays, it shows up here."
	case state.CloseExpired:
		return "Nobody paid in time. Make a new sale if the customer still wants to pay."
	case state.CloseOtherTender:
		return "It was paid in another way. Nothing is left to do."
	}
	for i := len(s.Attempts) - 1; i >= 0; i-- {
		if p := s.Attempts[i].Problem; p != nil && p.Cashier != "" {
			return p.Cashier
		}
	}
	return "No gateway gave a QR. Try again, or take cash."
}

func refunded(s state.Sale) bool {
	for _, p := range s.Payments {
		if s.Refundable(p.ID) > 0 {
			return false
		}
	}
	return len(s.Refunds) > 0
}

func attentionMessage(s state.Sale, a state.Attention) string {
	switch a.Kind {
	case state.AttentionLate:
		return fmt.Sprintf("%s arrived for sale %d after it was closed: hand over the goods and accept it, or refund it.", a.Amount, s.Number)
	case state.AttentionDuplicate:
		return fmt.Sprintf("%s arrived a second time for sale %d: refund it, or accept it for something else.", a.Amount, s.Number)
	case state.AttentionOver:
		return fmt.Sprintf("%s too much arrived for sale %d: refund it or accept it.", a.Amount, s.Number)
	case state.AttentionShort:
		return fmt.Sprintf("%s is missing on sale %d: ask for the rest, or let a manager accept less.", a.Missing, s.Number)
	case state.AttentionUnder:
		return fmt.Sprintf("%s came for sale %d, which was closed: refund it or accept it.", a.Amount, s.Number)
	case state.AttentionReversed:
		return fmt.Sprintf("The gateway sent %s of sale %d back on its own: ask it why, then accept this note.", a.Amount, s.Number)
	case state.AttentionRefundFailed:
		return fmt.Sprintf("The refund of %s of sale %d failed: refund again, or give the money back in cash and accept this note.", a.Amount, s.Number)
	case state.AttentionRefundUnknown:
		return fmt.Sprintf("Nobody can say whether the refund of %s of sale %d went out: look at the gateway's dashboard before paying it out, then say whether it went.", a.Amount, s.Number)
	case state.AttentionUnnamed:
		return fmt.Sprintf("The gateway says that a part of payment %s of sale %d went back, and not how much: look at its dashboard, then say what others sent back.", a.PaymentID, s.Number)
	}
	return fmt.Sprintf("Something on sale %d could not be done: tell the owner, then accept this note.", s.Number)
}
