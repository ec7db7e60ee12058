package wire

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"galla/internal/day"
	"galla/internal/money"
	"galla/state"
)

// message says in English how a sale stands and what the cashier does next, with the sentence's code and values.
func message(s state.Sale) (text, code string, v Values) {
	if p := refusal(s); p != nil {
		return p.Cashier, p.Code, nil
	}
	code, v = standing(s)
	return whole(code, v), code, v
}

// refusal is why no gateway gave a QR for a sale that ended so; nil where the sale says more, or no gateway did.
func refusal(s state.Sale) *state.Problem {
	if s.Kind == state.KindMandate && len(s.Attempts) > 0 && s.Attempts[0].State == state.AttemptLost {
		return nil // its problem was that nobody knew, and a person has said how it ended
	}
	if s.Phase != state.PhaseClosed || s.CloseReason() != state.CloseFailed || len(s.Payments)+len(s.Attention) > 0 {
		return nil
	}
	for i := len(s.Attempts) - 1; i >= 0; i-- {
		if p := s.Attempts[i].Problem; p != nil && p.Cashier != "" {
			return p
		}
	}
	return nil
}

// standing is the sentence of a sale, from its account.
func standing(s state.Sale) (string, Values) {
	if code, v := debit(s); code != "" {
		return code, v
	}
	switch s.Phase {
	case state.PhaseOpened:
		return "sale_opened", nil
	case state.PhaseQuoting:
		return "sale_quoting", nil
	case state.PhaseAwaiting:
		switch a := short(s); {
		case s.Unseen != nil && !timeOver(s):
			return unseen(s)
		case a != nil:
			there := lies(s, a)
			v := Values{"amount_paise": s.Amount, "there_paise": there, "missing_paise": s.Amount - there}
			if there >= s.Amount {
				delete(v, "missing_paise")
				return "sale_short_again", v
			}
			return "sale_short", v
		case len(s.Attention) > 0:
			return "sale_decide", nil
		case s.Offered() == nil: // its QR was paid, and what came is no longer there
			return "sale_used", nil
		case timeOver(s):
			return "sale_time_over", nil
		}
		return "sale_awaiting", Values{"amount_paise": s.Amount}
	case state.PhasePaying:
		if s.Unseen != nil {
			return unseen(s)
		}
		return "sale_paying", nil
	case state.PhaseClosing:
		a := short(s)
		switch why := s.CloseReason(); {
		case a != nil:
			return "sale_closing_part", Values{"amount_paise": s.Amount, "there_paise": lies(s, a)}
		case why == state.CloseOtherTender:
			return "sale_closing_other", nil
		case s.Unseen != nil: // the end can't be proven while no look succeeds
			return unseen(s)
		case why == state.CloseExpired:
			return "sale_closing_expired", nil
		}
		return "sale_closing", nil
	}

	if gone := doubted(s); gone > 0 {
		return "sale_doubted", Values{"gone_paise": gone}
	}
	if code, v := decision(s); code != "" {
		return code, v
	}
	if code, v := underWay(s); code != "" {
		return code, v
	}
	if s.Phase == state.PhasePaid {
		return paid(s)
	}
	return closed(s)
}

// debit is the sentence of a debit under a mandate; "" where a sale of the counter says the same.
func debit(s state.Sale) (string, Values) {
	v := Values{"amount_paise": s.Amount}
	switch {
	case s.Kind != state.KindMandate:
		return "", nil
	case !s.Phase.Final() && len(s.Attention) > 0:
		return "sale_debit_unknown", v
	case s.Phase == state.PhasePaying && s.Debit.PIN:
		return "sale_debit_pin", v
	case s.Phase == state.PhasePaying:
		return "sale_debit_pending", v
	case !s.Phase.Final():
		return "sale_debit_asked", v
	case len(s.Attention) > 0 || len(s.Refunds) > 0 || s.Captured() > 0 && s.Kept() != s.Amount:
		return "", nil
	case s.Phase == state.PhaseClosed && s.Captured() == 0:
		return "sale_debit_failed", nil
	case s.Phase == state.PhasePaid && s.Payments[0].DecidedBy != "" && s.Payments[0].GatewayID == "":
		v["person"] = person(s.Payments[0].DecidedBy)
		return "sale_debit_word", v
	case s.Phase == state.PhasePaid:
		return "sale_debit_paid", v
	}
	return "", nil
}

// short is the item of a sale that has a part of its money; nil: it has none, or no such item.
func short(s state.Sale) *state.Attention {
	i := slices.IndexFunc(s.Attention, func(a state.Attention) bool { return a.Kind == state.AttentionShort })
	if i < 0 {
		return nil
	}
	return &s.Attention[i]
}

// lies is what of a waiting sale's amount lies there: with it an answer covers the sale, and the rest is what the
// customer still owes. What went back once and lies there again is in it, although it covers nothing by itself; so all
// of the amount may lie there, and the sale waits.
func lies(s state.Sale, short *state.Attention) money.Paise {
	return max(short.Amount, s.Amount-short.Missing)
}

// timeOver reports whether the customer's time has run out.
func timeOver(s state.Sale) bool { return s.Life > 0 && s.Elapsed >= s.Life }

// unseen is the sentence of a sale whose payments can't be seen: since when, and what to do meanwhile.
func unseen(s state.Sale) (string, Values) {
	return "sale_unseen", Values{"amount_paise": s.Amount, "since_at": s.Unseen.Since.In(day.IST).Format(time.RFC3339)}
}

// decision is the sentence of an ended sale with open items. What each is about, its own sentence says.
func decision(s state.Sale) (string, Values) {
	if len(s.Attention) == 0 {
		return "", nil
	}
	var gone money.Paise
	for _, a := range s.Attention {
		if a.Kind == state.AttentionReversed {
			gone += a.Amount
		}
	}
	switch {
	case s.Phase == state.PhaseClosed:
		return "sale_closed_decide", nil
	case gone > 0:
		return "sale_reversed", Values{"gone_paise": gone}
	}
	if s.Kept() < s.Amount ||
		slices.ContainsFunc(s.Attention, func(a state.Attention) bool { return a.Kind == state.AttentionUnnamed }) {
		return "sale_less_decide", Values{"amount_paise": s.Amount}
	}
	beside := []state.AttentionKind{
		state.AttentionLate,
		state.AttentionDuplicate,
		state.AttentionOver,
		state.AttentionUnder,
	} // money beside the price
	if len(s.Refunds) == 0 &&
		!slices.ContainsFunc(s.Attention, func(a state.Attention) bool { return !slices.Contains(beside, a.Kind) }) {
		return "sale_paid_more", Values{"amount_paise": s.Amount}
	}
	return "sale_paid_decide", Values{"amount_paise": s.Amount}
}

// doubted is what others took of the sale's money by one reading alone.
func doubted(s state.Sale) (sum money.Paise) {
	for _, p := range s.Payments {
		sum += p.Doubt
	}
	return sum
}

// underWay is the sentence of an ended sale that a refund is under way for: the less certain one, where there are
// several.
func underWay(s state.Sale) (string, Values) {
	for _, status := range []state.RefundStatus{state.RefundAsked, state.RefundPending} {
		var back money.Paise
		for _, r := range s.Refunds {
			if r.Status == status {
				back += r.Amount
			}
		}
		if back > 0 {
			return "sale_refund_" + string(status), Values{"back_paise": back}
		}
	}
	return "", nil
}

// paid is the sentence of a paid sale that waits for nothing.
func paid(s state.Sale) (string, Values) {
	var price, taken money.Paise
	for _, p := range s.Payments {
		price += s.PriceOf(p.ID)
		taken += s.Taken(p.ID)
	}
	kept, back := s.Kept(), s.WentBack()

	switch r := rest(s); {
	case back == 0 && taken > 0 && kept == 0:
		return "sale_taken_back", Values{"back_paise": taken}
	case back > 0 && kept == 0:
		if by := word(s); by != "" {
			return "sale_refunded_word", Values{"back_paise": back, "person": person(by)}
		}
		return "sale_refunded", Values{"back_paise": back}
	case price < s.Amount && r == nil && back+taken > 0:
		return "sale_part_refunded", Values{"back_paise": back + taken, "kept_paise": kept}
	case r != nil && back+taken > 0:
		return "sale_part_refunded", Values{"back_paise": back + taken, "kept_paise": kept}
	case r != nil && r.Action == state.ActionOtherTender:
		return "sale_rest_other", Values{"there_paise": price, "rest_paise": r.Rest, "person": person(r.By)}
	case s.Override() != "":
		return "sale_enough", Values{"there_paise": price, "amount_paise": s.Amount, "person": person(s.Override())}
	case back > 0:
		return "sale_surplus_back", Values{"amount_paise": s.Amount, "back_paise": back}
	}
	if failed := fell(s); failed > 0 {
		return "sale_refund_failed", Values{"back_paise": failed}
	}
	if s.Standing != nil {
		return "sale_paid_standing", Values{"amount_paise": s.Amount, "name": cmp.Or(s.Standing.Name, s.Standing.QR)}
	}
	return "sale_paid", Values{"amount_paise": s.Amount}
}

// rest is the answer that took less than the amount for the price; nil: nobody did.
func rest(s state.Sale) *state.Resolution {
	if s.Override() == "" {
		return nil
	}
	for i := range s.Resolutions {
		if s.Resolutions[i].Kind == state.AttentionShort {
			return &s.Resolutions[i]
		}
	}
	return nil
}

// word is who said how a refund ended that no gateway could tell of.
func word(s state.Sale) string {
	for _, r := range s.Refunds {
		if r.Status == state.RefundProcessed && r.DecidedBy != "" {
			return r.DecidedBy
		}
	}
	return ""
}

// fell is the sum of refunds that failed and were not asked again.
func fell(s state.Sale) (sum money.Paise) {
	for _, r := range s.Refunds {
		if r.Status == state.RefundFailed {
			sum += r.Amount
		}
	}
	return sum
}

// closed is the sentence of a closed sale that waits for nothing.
func closed(s state.Sale) (string, Values) {
	if len(s.Payments) > 0 {
		kept, back := s.Kept(), s.WentBack()
		var taken money.Paise
		for _, p := range s.Payments {
			taken += s.Taken(p.ID)
		}
		switch {
		case kept > 0:
			by := ""
			for _, r := range s.Resolutions {
				by = r.By
			}
			if s.CloseReason() == state.CloseOtherTender {
				return "sale_other_tender_kept", Values{
					"other_paise": s.OtherTender(),
					"kept_paise":  kept,
					"person":      person(by),
				}
			}
			return "sale_late_kept", Values{"kept_paise": kept, "person": person(by)}
		case back > 0 && s.CloseReason() == state.CloseOtherTender:
			return "sale_other_tender_back", Values{"back_paise": back}
		case back > 0:
			return "sale_late_refunded", Values{"back_paise": back}
		case taken > 0:
			return "sale_late_taken", Values{"back_paise": taken}
		}
	}
	switch s.CloseReason() {
	case state.CloseCancelled:
		return "sale_cancelled", nil
	case state.CloseExpired:
		return "sale_expired", nil
	case state.CloseOtherTender:
		return "sale_other_tender", nil
	}
	return "sale_failed", nil
}

// triedByUs says that a refund of ours of the same payment failed because nothing was left of it: others were there
// first, and the customer has what the refund was to bring.
func triedByUs(s state.Sale, a state.Attention) bool {
	return slices.ContainsFunc(s.Refunds, func(r state.Refund) bool {
		return r.PaymentID == a.PaymentID && r.Status == state.RefundFailed && r.Problem != nil &&
			r.Problem.Code == "gateway_refund_nothing_left"
	})
}

// itemSentence is the sentence of one open item.
func itemSentence(s state.Sale, a state.Attention) (string, Values) {
	v := Values{"sale": s.Name(), "payment": mark(s, a.PaymentID), "amount_paise": a.Amount, "price_paise": s.Amount}
	switch a.Kind {
	case state.AttentionLate:
		switch {
		case a.Amount < s.Amount:
			return "item_late_part", v
		case a.Amount > s.Amount:
			return "item_late_more", v
		}
	case state.AttentionShort:
		v["missing_paise"] = a.Missing
		if s.Phase == state.PhasePaid {
			return "item_short_paid", v
		}
		there := lies(s, &a)
		v["amount_paise"], v["missing_paise"] = there, max(0, s.Amount-there)
		switch s.Phase {
		case state.PhasePaying:
			return "item_short_paying", v
		case state.PhaseClosing:
			return "item_short_closing", v
		}
		if there >= s.Amount {
			return "item_short_again", v
		}
	case state.AttentionRefundFailed:
		if p := s.Payment(a.PaymentID); p != nil && p.Doubt > 0 {
			v["gone_paise"] = p.Doubt
			return "item_refund_doubted", v
		}
		return failedRefund(s, a), v
	case state.AttentionReversed:
		switch {
		case triedByUs(s, a):
			return "item_reversed_first", v
		case s.Surplus() > 0:
			return "item_reversed_keep", v
		}
	case state.AttentionUnnamed:
		if r := failed(s, a.PaymentID); r != nil && r.TooMuch {
			var back money.Paise
			for _, o := range s.Refunds {
				if o.PaymentID == a.PaymentID && o.Reserved() {
					back += o.Amount
				}
			}
			v["back_paise"] = back
			return "item_unnamed_beside", v
		}
	}

	return "item_" + string(a.Kind), v
}

// mark tells a payment from the others of its sale, where there are others: by its RRN, or the end of its id.
func mark(s state.Sale, id string) string {
	p := s.Payment(id)
	if p == nil || !slices.ContainsFunc(s.Payments, func(o state.Payment) bool { return o.Received() && o != *p }) {
		return ""
	}
	if p.RRN != "" {
		return " (RRN " + p.RRN + ")"
	}
	return " (…" + p.ID[max(0, len(p.ID)-4):] + ")"
}

// failed is the newest refund of a payment that failed; nil: none did.
func failed(s state.Sale, payment string) (newest *state.Refund) {
	for i := range s.Refunds {
		if r := &s.Refunds[i]; r.PaymentID == payment && r.Status == state.RefundFailed {
			newest = r
		}
	}
	return newest
}

// failedRefund says by why it failed what can be done instead.
func failedRefund(s state.Sale, a state.Attention) string {
	r := failed(s, a.PaymentID)
	switch {
	case r == nil || r.Problem == nil && !r.TooMuch:
		return "item_refund_failed"
	case r.TooMuch && s.Taken(a.PaymentID) > 0:
		return "item_refund_rest"
	case r.TooMuch:
		return "item_refund_too_much"
	}
	switch r.Problem.Code {
	case "gateway_refund_nothing_left":
		return "item_refund_already"
	case "gateway_refund_too_small":
		return "item_refund_small"
	case "gateway_refund_too_old":
		return "item_refund_old"
	case "gateway_refund_balance":
		return "item_refund_balance"
	}
	return "item_refund_failed"
}

// person is who did something, without the role that is stored with it.
func person(by string) string {
	role, name, ok := strings.Cut(by, ":")
	if ok && slices.Contains([]string{"cashier", "manager", "owner", "service"}, role) {
		return name
	}
	return by
}

// refundSentence is the sentence of one refund.
func refundSentence(r state.Refund) (string, Values) {
	if r.Status == state.RefundProcessed && r.DecidedBy != "" {
		return "refund_word", Values{"person": person(r.DecidedBy)}
	}
	return "refund_" + string(r.Status), nil
}
