package difference

import (
	"fmt"
	"slices"
	"strings"

	"galla/internal/money"
	"galla/state"
)

// moneyItem begins the ids of items about money of an ended sale.
const moneyItem = "money:"

// Difference is what the open items of a sale say before and after its upgrade.
type Difference struct {
	Sale, Name    string
	Before, After []state.Attention
	Reasons       []string // why, each a sentence; empty where the open amounts are the same
}

// Of says why the open amounts of a sale differ under the present rules. It is pure.
func Of(before, after state.Sale) Difference {
	d := Difference{Sale: before.ID, Name: after.Name(), Before: before.Attention, After: after.Attention}
	named := func(items []state.Attention, payment string) (sum money.Paise) {
		for _, a := range items {
			switch a.Kind {
			case state.AttentionLate, state.AttentionDuplicate, state.AttentionOver, state.AttentionRefundFailed:
				if a.PaymentID == payment {
					sum += a.Amount
				}
			case state.AttentionUnder:
				if a.PaymentID == payment && strings.HasPrefix(a.ID, moneyItem) {
					sum += a.Amount
				}
			}
		}
		return sum
	}

	kinds := func(items []state.Attention, kinds ...state.AttentionKind) (sum money.Paise) {
		for _, a := range items {
			if slices.Contains(kinds, a.Kind) && !strings.HasPrefix(a.ID, moneyItem) {
				sum += a.Amount
			}
		}
		return sum
	}

	say := func(format string, args ...any) { d.Reasons = append(d.Reasons, fmt.Sprintf(format, args...)) }

	for i := range after.Payments {
		p := &after.Payments[i]
		name := p.ID
		if after.Payment(name) != p { // two gateways gave the same id
			name = p.Gateway + "/" + p.ID
		}
		was, is, lies := named(before.Attention, p.ID), named(after.Attention, name), after.Refundable(name)
		switch {
		case was == is:
		case was > lies:
			say("items named %s of payment %s, and only %s of it lies there: refunds made were not subtracted",
				was, p.ID, lies)
		case was > is:
			say("items named %s of payment %s, and %s of it needs a decision: the rest pays for the goods, was kept, "+
				"or is named once now", was, p.ID, is)
		default:
			say("%s of payment %s needs a decision, and items named %s of it: money that no item named", is, p.ID, was)
		}
	}

	missing := kinds(before.Attention, state.AttentionUnder) // rules 1 named what is missing as the item's amount
	short := slices.IndexFunc(after.Attention, func(a state.Attention) bool { return a.Kind == state.AttentionShort })
	switch {
	case short < 0 && missing != 0:
		say("an item said that %s was missing: nothing lies there that a rest could be added to, or the sale has "+
			"ended and its money is named payment by payment", missing)
	case short < 0:
	case !after.PaidAt.IsZero() || !after.ClosedAt.IsZero():
		say("the sale was called paid, and %s of its price was not there when it was: it stays paid, and this "+
			"is to be decided", after.Attention[short].Missing)
	case after.Attention[short].Missing != missing:
		say("%s is missing, where %s was said: what was sent back, or had left, does not pay for the goods, and a "+
			"decision that ended nothing is asked again", after.Attention[short].Missing, missing)
	}

	was := kinds(before.Attention, state.AttentionReversed)
	is := kinds(after.Attention, state.AttentionReversed)
	if was != is {
		say("others took %s of what pays for the goods, where %s was said: what was surplus is not counted", is, was)
	}
	was = kinds(before.Attention, state.AttentionRefundUnknown)
	is = kinds(after.Attention, state.AttentionRefundUnknown)
	if was != is {
		say("refunds of unknown end hold %s, where %s was said: a refund holds only what was there", is, was)
	}
	return d
}

// Line is the difference as one line of the migration's report; "" where the open amounts are the same.
func (d Difference) Line() string {
	if len(d.Reasons) == 0 {
		return ""
	}
	items := func(all []state.Attention) string {
		var words []string
		for _, a := range all {
			word := a.ID + " " + a.Amount.Decimal()
			if a.Missing > 0 {
				word += " (missing " + a.Missing.Decimal() + ")"
			}
			words = append(words, word)
		}
		if len(words) == 0 {
			return "nothing open"
		}
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("sale %s (%s): %s → %s: %s",
		d.Name, d.Sale, items(d.Before), items(d.After), strings.Join(d.Reasons, "; "))
}
