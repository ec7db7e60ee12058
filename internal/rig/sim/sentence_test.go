package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/gatewaytest"
	words "galla/internal/counter/wire"
	"galla/internal/counter/wire/catalogue"
	"galla/internal/money"
	"galla/state"
)

// A claim is what must be true at the banks, and of what persons said, where a sentence is read. It answers with what
// is not; "" says that all is.
type claim func(*reader, words.Values) string

// nothing is the class of sentences that say nothing about money at a bank: what is asked, what is not possible, how
// the box is.
func nothing(*reader, words.Values) string { return "" }

// claims is every code of the catalogue and its class. TestSentences fails when one has none.
var claims = map[string]claim{
	"sale_opened":            (*reader).noOrder,
	"sale_quoting":           nothing,
	"sale_awaiting":          (*reader).waits, // and alive, where a sale is looked at: see scan
	"sale_decide":            nothing,
	"sale_time_over":         (*reader).waits,
	"sale_short":             (*reader).short,
	"sale_short_again":       (*reader).again,
	"sale_used":              (*reader).used,
	"sale_unseen":            nothing,
	"sale_paying":            (*reader).begun,
	"sale_closing":           nothing,
	"sale_closing_expired":   nothing,
	"sale_closing_part":      (*reader).part,
	"sale_closing_other":     (*reader).otherTender,
	"sale_paid":              (*reader).kept,
	"sale_paid_standing":     (*reader).kept,
	"sale_paid_decide":       (*reader).paid,
	"sale_paid_more":         (*reader).paid,
	"sale_less_decide":       (*reader).wasPaid,
	"sale_reversed":          (*reader).gone,
	"sale_doubted":           (*reader).doubted,
	"sale_enough":            (*reader).enough,
	"sale_rest_other":        (*reader).enough,
	"sale_surplus_back":      all((*reader).kept, (*reader).wentBack),
	"sale_refund_asked":      (*reader).askedBack,
	"sale_refund_pending":    (*reader).pending,
	"sale_refund_failed":     (*reader).didNotGo,
	"sale_refunded":          (*reader).wentBack,
	"sale_refunded_word":     (*reader).wentBack,
	"sale_part_refunded":     all((*reader).leftTheSale, (*reader).stays),
	"sale_taken_back":        (*reader).takenBack,
	"sale_closed_decide":     (*reader).unpaid,
	"sale_late_kept":         all((*reader).unpaid, (*reader).stays),
	"sale_late_refunded":     all((*reader).unpaid, (*reader).wentBack),
	"sale_late_taken":        all((*reader).unpaid, (*reader).takenBack),
	"sale_cancelled":         all((*reader).unpaid, (*reader).noMoney),
	"sale_expired":           all((*reader).unpaid, (*reader).noMoney),
	"sale_other_tender":      all((*reader).unpaid, (*reader).noMoney, (*reader).otherTender),
	"sale_other_tender_kept": all((*reader).unpaid, (*reader).stays, (*reader).otherTender),
	"sale_other_tender_back": all((*reader).unpaid, (*reader).wentBack, (*reader).otherTender),
	"sale_failed":            all((*reader).unpaid, (*reader).noMoney),

	"sale_debit_asked":   nothing,
	"sale_debit_pending": (*reader).begun,
	"sale_debit_pin":     (*reader).begun,
	"sale_debit_unknown": nothing,
	"sale_debit_paid":    (*reader).kept,
	"sale_debit_word":    nothing, // a person's word, which may be wrong
	"sale_debit_failed":  (*reader).unpaid,
	"item_debit_unknown": nothing,

	"item_late":            all((*reader).unpaid, (*reader).lies, atLeast),
	"item_late_part":       all((*reader).unpaid, (*reader).lies, below),
	"item_late_more":       all((*reader).unpaid, (*reader).lies, atLeast),
	"item_duplicate":       all((*reader).wasPaid, (*reader).lies, (*reader).another),
	"item_over":            all((*reader).wasPaid, (*reader).lies, (*reader).tooMuch),
	"item_under":           all((*reader).unpaid, (*reader).lies),
	"item_short":           (*reader).itemShort,
	"item_short_again":     (*reader).itemAgain,
	"item_short_paying":    all((*reader).itemShort, (*reader).begun),
	"item_short_closing":   (*reader).itemShort,
	"item_short_paid":      nothing, // only after a migration from rules 1, which no run of this package has
	"item_reversed":        (*reader).itemGone,
	"item_reversed_first":  all((*reader).itemGone, (*reader).itemFailed),
	"item_reversed_keep":   (*reader).itemGone,
	"item_refund_rest":     all((*reader).lies, (*reader).itemFailed),
	"item_refund_too_much": all((*reader).itemFailed, (*reader).itemLess),
	"item_refund_doubted":  (*reader).itemDoubted,
	"item_refund_failed":   all((*reader).lies, (*reader).itemFailed),
	"item_refund_already":  (*reader).itemAlready,
	"item_refund_small":    all((*reader).lies, (*reader).itemFailed),
	"item_refund_old":      all((*reader).lies, (*reader).itemFailed),
	"item_refund_balance":  all((*reader).lies, (*reader).itemFailed),
	"item_refund_unknown":  nothing,
	"item_unnamed":         (*reader).itemUnnamed,
	"item_unnamed_beside":  all((*reader).itemUnnamed, (*reader).itemLess),
	"item_set_aside":       nothing,

	"refund_asked":     nothing,
	"refund_pending":   (*reader).refundThere,
	"refund_processed": (*reader).refundDone,
	"refund_word":      (*reader).refundWord,
	"refund_failed":    (*reader).refundNot,
	"refund_unknown":   nothing,
}

// aboutNothing are the codes that say nothing of one sale's money: refusals of a request, the box itself, what a
// gateway answered.
const aboutNothing = `
	problem_bad_json problem_bad_query problem_key_missing problem_key_reused problem_foreign_page problem_wrong_host
	problem_wrong_type problem_wrong_method problem_no_such_call problem_ahead_of_us problem_too_large
	problem_who_are_you problem_not_paired problem_revoked problem_not_signed_in problem_session_ended
	problem_session_old problem_not_let_in problem_pin_needed problem_known_caller problem_wrong_pairing_code
	problem_wrong_pin problem_too_often problem_too_many_guesses problem_not_allowed problem_too_many_sales
	problem_too_many_at_once problem_role_too_low problem_needs_manager problem_not_manager problem_no_sale
	problem_no_such_thing problem_no_person problem_no_device problem_person_exists problem_first_owner
	problem_only_owner problem_refused problem_refund_refused problem_answer_refused problem_cancel_refused
	problem_print_refused problem_day_closed problem_clock_wrong problem_no_printer problem_not_acceptable_value
	problem_value problem_amount problem_nothing_left problem_reference problem_same_reference problem_id_needed
	problem_key_unreadable problem_name problem_pin problem_day problem_not_ready problem_restarting problem_no_answer
	problem_out_of_service problem_gateway_refused problem_gateway_failed problem_our_fault

	problem_debit_amount problem_debit_state problem_debit_outside problem_debit_reference problem_debit_barred
	problem_debit_taken problem_notice_day problem_notice_sent problem_notice_rule problem_debit_day problem_debit_early
	problem_debit_untold standing_unread standing_odd_currency standing_odd_status standing_odd_record
	standing_uncaptured standing_no_code mandate_created mandate_active mandate_paused mandate_revoked mandate_expired
	mandate_halted mandate_failed mandate_unknown mandate_later mandate_notice_due mandate_amount_due
	mandate_notice_sent mandate_debit_due mandate_debit_due_pin mandate_debit_barred mandate_notice_unknown mandate_lost
	problem_notice_unknown

	problem_office_failed problem_office_away problem_office_trust problem_office_code problem_office_code_form
	problem_office_address problem_office_tries problem_office_refused problem_office_joined problem_office_none
	office_away office_waiting
	office_unknown office_refuses office_ours office_file office_not_told doctor_office_well

	health_starting health_stopped health_store health_gateway_gone health_gateway health_printer_low
	health_printer_paper_out health_printer_cover_open health_printer

	doctor_well doctor_well_note doctor_well_notes doctor_sells doctor_sells_not doctor_skipped doctor_unseen
	doctor_gallad_runs doctor_gallad_out doctor_gallad_away doctor_gallad_forbidden doctor_gallad_config
	doctor_gallad_unset doctor_link_local doctor_link_out doctor_link_signal doctor_link_route doctor_link_none
	doctor_link_wifi doctor_link_cable doctor_link_missing doctor_dns_plain doctor_dns_known doctor_dns_unknown
	doctor_dns_silent doctor_dns_fails doctor_tls_proven doctor_tls_local doctor_tls_address doctor_tls_clock
	doctor_tls_early doctor_tls_expired doctor_tls_either doctor_tls_between doctor_tls_other doctor_tls_fails
	doctor_tls_mute doctor_tls_refused doctor_tls_noway doctor_tls_silent doctor_tls_broken doctor_gateway_answers
	doctor_gateway_sale doctor_gateway_address doctor_gateway_silent doctor_gateway_broken doctor_gateway_sale_failed
	doctor_gateway_ok doctor_gateway_note doctor_gateway_bad doctor_keys_ok doctor_keys_note doctor_keys_bad
	doctor_feature_ok doctor_feature_note doctor_feature_bad doctor_clock_ok doctor_clock_note doctor_clock_bad
	doctor_printer_none doctor_printer_ready doctor_printer_open doctor_printer_answers doctor_printer_remark
	doctor_printer_gone doctor_printer_offline doctor_printer_error doctor_printer_not doctor_paper_there
	doctor_paper_low doctor_paper_out doctor_paper_cover doctor_display_connected doctor_display_presented
	doctor_display_letters doctor_display_none doctor_display_bad doctor_display_page doctor_disk_free
	doctor_disk_missing doctor_disk_mute doctor_disk_readonly doctor_disk_was_full doctor_disk_full doctor_disk_slow
	doctor_disk_filling doctor_disk_takes_none doctor_disk_dying doctor_disk_backup doctor_disk_backup_none
	doctor_disk_backup_old doctor_clock_unset doctor_clock_network doctor_clock_agrees doctor_clock_alone
	doctor_clock_chipless doctor_clock_wrong doctor_clock_wrong_unset doctor_clock_blocked doctor_gateway_gone
	doctor_display_outputs doctor_stick_carries doctor_stick_none doctor_stick_old doctor_stick_other doctor_stick_room
	doctor_stick_broken doctor_stick_unfit doctor_power_low doctor_power_was doctor_memory_unbound doctor_card_restart
	doctor_card_settings doctor_card_wait doctor_card_page doctor_card_clock doctor_card_dying doctor_card_room
	doctor_card_proxy
	doctor_card_screen doctor_card_keys doctor_card_output

	gateway_refund_nothing_left gateway_refund_too_much gateway_refund_too_small gateway_refund_part_small
	gateway_refund_refused gateway_refund_too_old gateway_refund_balance gateway_refund_unclear gateway_nothing_there
	gateway_qr_incomplete gateway_qr_kind gateway_qr_reference gateway_customer_incomplete gateway_no_address
	gateway_address_unknown gateway_mandate_incomplete gateway_mandate_state gateway_collect_ended gateway_debit_failed`

// noQR are the sentences of gateways that stand as a sale's own, where no gateway gave a QR.
const noQR = `
	gateway_offline gateway_busy gateway_own_budget gateway_paused gateway_unknown gateway_setup gateway_unclear
	gateway_unreadable gateway_test_keys gateway_refused gateway_clock gateway_amount_small gateway_amount_large
	gateway_amount gateway_amount_other gateway_surcharge gateway_qr_unfit gateway_qr_off gateway_upi_off
	gateway_order_over`

func init() {
	for _, code := range strings.Fields(aboutNothing) {
		claims[code] = nothing
	}
	for _, code := range strings.Fields(noQR) {
		claims[code] = all((*reader).unpaid, (*reader).noMoney)
	}
}

// TestSentences: every code that a person may read is classed, and no class is of a code that is gone.
func TestSentences(t *testing.T) {
	known := map[string]bool{}
	for _, area := range catalogue.Areas {
		for _, s := range area.Sentences {
			known[s.Code] = true
		}
	}
	for _, s := range gateway.Sentences {
		known[s.Code] = true
	}
	for code := range known {
		if claims[code] == nil {
			t.Errorf("nothing says what must be true at the bank where %q is read: class it in claims", code)
		}
	}
	for code := range claims {
		if !known[code] {
			t.Errorf("claims has %q, which the catalogue does not", code)
		}
	}
}

func sortedClaims() []string { return slices.Sorted(maps.Keys(claims)) }

// reader is somebody who reads a sale with the banks' books beside it. A bank's book is read as of the moments at which
// the box can have looked: between the last look that it has certainly taken in and the writing of the event.
type reader struct {
	b     *bank
	s     *state.Sale
	l     gatewaytest.Ledger
	at    time.Time
	money []sight

	item   *state.Attention
	refund *state.Refund
}

// sight is a payment at a bank, and since when the box has not looked at it for certain.
type sight struct {
	gatewaytest.LedgerPayment
	from time.Time
	ref  string
}

// hiding is how long a bank may keep a capture from a look (knob hidden_payment), and a proxy repeat an answer.
const hiding = 4*time.Minute + stalest

func all(claims ...claim) claim {
	return func(r *reader, v words.Values) string {
		for _, c := range claims {
			if why := c(r, v); why != "" {
				return why
			}
		}
		return ""
	}
}

// sentences reads all that the API says of a sale.
func (b *bank) sentences(s *state.Sale, l gatewaytest.Ledger, seq uint64) {
	b.w.mu.Lock()
	k := b.seen[seq]
	b.w.mu.Unlock()
	if !k.read {
		return
	}
	r := &reader{b: b, s: s, l: l, at: k.at}
	payments, refs := b.of(s, l)
	for i, p := range payments {
		if !p.CreatedAt.After(k.at) {
			r.money = append(r.money, sight{p, k.from[refs[i]], refs[i]})
			b.moved[p.ID] = true
		}
	}
	w := words.FromSale(*s)
	say := func(what, code string, v words.Values) {
		b.w.read(code)
		c := claims[code]
		if c == nil {
			b.w.failf(
				"sale %s, event %d: %s says %q, which has no class: %s",
				s.ID,
				seq,
				what,
				code,
				words.FromSale(*s).Message,
			)
			return
		}
		if why := c(r, v); why != "" {
			b.w.failf(
				"sale %s (%s over %s), event %d: %s says %s %v, but %s\npayments %+v\nrefunds at the banks %+v\n"+
					"refunds %+v\nitems %+v\nanswers %+v",
				s.ID,
				s.Phase,
				s.Amount,
				seq,
				what,
				code,
				v,
				why,
				r.money,
				r.refunds(),
				s.Refunds,
				s.Attention,
				s.Resolutions,
			)
		}
	}
	say("the sale", w.MessageCode, w.MessageValues)
	for i := range w.Attention {
		r.item = &s.Attention[i]
		say("item "+w.Attention[i].ID, w.Attention[i].MessageCode, w.Attention[i].MessageValues)
	}
	r.item = nil
	for i := range w.Refunds {
		r.refund = &s.Refunds[i]
		say("refund "+w.Refunds[i].ID, w.Refunds[i].MessageCode, w.Refunds[i].MessageValues)
	}
}

// refunds are those of the sale's payments.
func (r *reader) refunds() (out []gatewaytest.LedgerRefund) {
	for _, p := range r.money {
		out = append(out, refundsOf(r.l, p.LedgerPayment)...)
	}
	return out
}

// moments are those at which what a payment holds can have changed, from the last certain look on.
func (r *reader) moments(p sight) []time.Time {
	p.from = p.from.Add(-1) // what happens at the moment of the look may have come after it
	all := []time.Time{p.from, r.at, p.CapturedAt}
	for _, k := range refundsOf(r.l, p.LedgerPayment) {
		all = append(all, k.CreatedAt, k.DoneAt)
	}
	return slices.DeleteFunc(all, func(t time.Time) bool { return t.Before(p.from) || t.After(r.at) })
}

// held is the most that the bank held of a payment. Of several parts that went back EnKash names none: what others sent
// beside another part can't be seen until nothing is left.
func (r *reader) held(p sight) (most money.Paise) {
	parts := refundsOf(r.l, p.LedgerPayment)
	// it did not go, and no look since has been taken in: the next one, at once, tells whose the counter is
	for _, f := range r.s.Refunds {
		if f.PaymentID == p.ID && f.Status == state.RefundFailed && r.b.w.days.ends[f.Key].at.After(p.from) {
			p.from = time.Time{}
		}
	}
	for _, k := range r.s.Payments { // one reading said that it went; nothing moves before a second
		if k.ID == p.ID && !k.DoubtedAt.IsZero() {
			p.from = time.Time{}
		}
	}
	for _, t := range r.moments(p) {
		held := r.b.held(r.l, p.LedgerPayment, t)
		for _, k := range parts {
			if p.API == gatewaytest.EnKash && len(parts)+len(r.s.Refunds) > 1 && held > 0 && k.Key == "" &&
				r.b.counts(k, t) {
				held += k.Amount
				r.b.w.met("a part that nobody can know")
			}
		}
		most = max(most, held)
	}
	return most
}

func (r *reader) heldAll() (sum money.Paise) {
	for _, p := range r.money {
		sum += r.held(p)
	}
	return sum
}

// theirs is the most that a look can have shown of what others sent back of a payment.
//
// While a refund of ours is under way, some gateways count it and some don't, and nobody knows which: of the counter,
// so much may be ours or theirs. What an earlier look showed stands until a look says otherwise for certain, which is
// the first one after that refund's end. Seed 102978: others' refund, seen, failed at its bank; the counter fell by it
// and rose by one of ours, pending, that is larger.
func (r *reader) theirs(p sight) money.Paise {
	most := r.sent(p)
	hidden, from := r.hidden(p)
	p.from = from
	return max(most, min(r.sent(p), most+hidden))
}

// hidden is what refunds of ours that were under way at the last look of a payment, or still are, can hide of what
// others sent, and when the last look was before them.
func (r *reader) hidden(p sight) (sum money.Paise, from time.Time) {
	from = p.from
	counted := map[string]bool{}
	for more := true; more; {
		more = false
		for _, f := range r.s.Refunds {
			end, ended := r.b.w.days.ends[f.Key]
			if f.PaymentID != p.ID || counted[f.Key] || ended && end.at.Before(from) {
				continue
			}
			counted[f.Key], more = true, true
			sum += f.Amount
			if before := r.b.before(p.ref, r.b.at(r.b.w.days.asked[f.Key].fact.seq)); before.Before(from) {
				from = before
			}
		}
	}
	return sum, from
}

// sent is the most that the bank's counter held, since the last look, of what others sent back of a payment.
func (r *reader) sent(p sight) (most money.Paise) {
	for _, t := range r.moments(p) {
		sum := money.Paise(0)
		stated := r.word(func(w word) bool { return w.item == "unnamed:"+p.ID && w.action == state.ActionTheySent })
		for _, k := range refundsOf(r.l, p.LedgerPayment) {
			if k.Key == "" &&
				(r.b.counts(k, t) || stated && !k.CreatedAt.After(t)) { // the dashboard shows a pending one too
				sum += k.Amount
			}
		}
		most = max(most, sum)
	}
	return most
}

// doubtful is the most of a payment that one look can have shown as gone and not ours: beside what others sent, a
// refund of ours that its bank failed meanwhile, where a proxy repeats an answer from before. That is why one look is
// doubted, and nothing moves before a second (seed 106444).
func (r *reader) doubtful(p sight) (most money.Paise) {
	for _, t := range r.moments(p) {
		sum := money.Paise(0)
		for _, k := range refundsOf(r.l, p.LedgerPayment) {
			if (k.Key == "" || k.Status == "failed") && r.b.counts(k, t) {
				sum += k.Amount
			}
		}
		most = max(most, sum)
	}
	return max(most, r.theirs(p))
}

// done is what our refunds sent of a payment by now, and what a person found to have gone. At an EnKash account without
// look-ups a payment that went back whole answers for a refund of ours.
func (r *reader) done(keep func(state.Refund) bool) (sum money.Paise) {
	for _, f := range r.s.Refunds {
		if keep(f) &&
			(r.processed(f) || f.DecidedBy != "" && r.word(func(w word) bool {
				return w.item == "refund_unknown:"+f.Key && w.action == state.ActionItWent
			})) {
			sum += f.Amount
		}
	}
	return sum
}

// processed says whether a bank has sent a refund of ours.
func (r *reader) processed(f state.Refund) bool {
	for _, p := range r.money {
		if p.ID != f.PaymentID {
			continue
		}
		for _, k := range refundsOf(r.l, p.LedgerPayment) {
			if k.Key == f.Key && k.Status == "processed" && !k.DoneAt.After(r.at) {
				return true
			}
		}
		if p.API != gatewaytest.EnKash || f.Amount != p.Amount {
			continue
		}
		for _, k := range r.s.Payments { // one reading said that the bank's failed; nothing moves before a second
			if k.ID == p.ID && !k.DoubtedAt.IsZero() {
				p.from = time.Time{}
			}
		}
		for _, t := range r.moments(p) { // REFUNDED is all that EnKash says, and it says so of a pending one too
			if r.b.held(r.l, p.LedgerPayment, t) == 0 && !t.Before(p.CapturedAt) {
				return true
			}
		}
	}
	return false
}

// there says whether a bank has a refund of ours, however it stands.
func (r *reader) there(key string) *gatewaytest.LedgerRefund {
	for _, k := range r.refunds() {
		if k.Key == key && !k.CreatedAt.After(r.at) {
			return &k
		}
	}
	return nil
}

func (r *reader) word(is func(word) bool) bool { return slices.ContainsFunc(r.b.asked[r.s.ID], is) }

func paise(v words.Values, name string) money.Paise {
	p, _ := v[name+"_paise"].(money.Paise)
	return p
}

func (r *reader) noOrder(words.Values) string {
	if payments, _ := r.b.of(r.s, r.l); len(payments) > 0 || len(r.s.Attempts) > 0 {
		return "an order was asked"
	}
	return ""
}

// seenCapture is a capture that every look since must have shown.
func (r *reader) seenCapture(of func(sight) bool) *sight {
	for _, p := range r.money {
		if of(p) && !p.CapturedAt.IsZero() && p.CapturedAt.Before(p.from.Add(-hiding)) {
			return &p
		}
	}
	return nil
}

// waits: the customer is asked for money, and none of the QR that is shown has come as far as a look could tell.
func (r *reader) waits(words.Values) string {
	shown := r.s.Shown()
	if shown == nil {
		return "no gateway gave a QR"
	}
	if p := r.seenCapture(func(p sight) bool { return p.ref == shown.Ref }); p != nil {
		return fmt.Sprintf("%s came by its QR: %s", p.Amount, p.ID)
	}
	return ""
}

// noMoney: nothing came, as far as a look could tell.
func (r *reader) noMoney(words.Values) string {
	if p := r.seenCapture(func(sight) bool { return true }); p != nil {
		return fmt.Sprintf("%s came: %s", p.Amount, p.ID)
	}
	return ""
}

// begun: a customer has begun to pay; or the gateway says of a payment what no document names (knob unknown_status),
// and it may be one. EnKash has one transaction for all phones at a QR: a later one's payment takes the place in the
// ledger of an earlier one's, which nobody finished (seed 162562).
func (r *reader) begun(words.Values) string {
	may := func(p state.Payment) bool { return p.Status == state.PaymentUnknown || r.b.moved[p.ID] }
	if len(r.money) == 0 && !slices.ContainsFunc(r.s.Payments, may) {
		return "no customer has begun to pay"
	}
	return ""
}

// short: what counts towards the amount lies there; of money that went back and came again nothing counts by itself.
func (r *reader) short(v words.Values) string {
	there, missing := paise(v, "there"), paise(v, "missing")
	if held := r.heldAll(); there <= 0 || missing <= 0 || there > held || there+missing != r.s.Amount {
		return fmt.Sprintf("the banks held %s at most", held)
	}
	return ""
}

// again: all of the amount lies there, and some of it went back before.
func (r *reader) again(v words.Values) string {
	if held, there := r.heldAll(), paise(v, "there"); there > held || there < r.s.Amount ||
		len(r.refunds())+len(r.s.Refunds) == 0 {
		return fmt.Sprintf("the banks held %s at most, and %d refunds are known", held, len(r.refunds()))
	}
	return ""
}

func (r *reader) itemAgain(v words.Values) string {
	return r.again(words.Values{"there_paise": paise(v, "amount")})
}

// used: the QR that was shown was paid, and some of that went back.
func (r *reader) used(words.Values) string {
	shown := r.s.Shown()
	for _, p := range r.money {
		if shown != nil && p.ref == shown.Ref && !p.CapturedAt.IsZero() && !p.CapturedAt.After(r.at) &&
			len(refundsOf(r.l, p.LedgerPayment))+len(r.s.Refunds) > 0 {
			return ""
		}
	}
	return "no payment of its QR came and went back"
}

// part: some of the amount lies there; or all of it, where it went back before.
func (r *reader) part(v words.Values) string {
	if paise(v, "there") >= r.s.Amount {
		return r.again(v)
	}
	return r.short(words.Values{"there_paise": paise(v, "there"), "missing_paise": r.s.Amount - paise(v, "there")})
}

// kept: the goods may be handed over.
func (r *reader) kept(v words.Values) string {
	if why := r.wasPaid(v); why != "" {
		return why
	}
	if held := r.heldAll(); held < paise(v, "amount") || paise(v, "amount") != r.b.w.days.sales[r.s.ID].amount {
		return fmt.Sprintf("the banks held %s at most", held)
	}
	return ""
}

// paid: the price is covered and lies there.
func (r *reader) paid(v words.Values) string { return r.kept(v) }

func (r *reader) wasPaid(words.Values) string {
	if !r.b.paid[r.s.ID] {
		return "the money never covered it"
	}
	return ""
}

func (r *reader) unpaid(words.Values) string {
	if r.b.paid[r.s.ID] {
		return "the money covered it"
	}
	return ""
}

func (r *reader) gone(v words.Values) string {
	var sum money.Paise
	for _, p := range r.money {
		sum += r.theirs(p)
	}
	if gone := paise(v, "gone"); gone <= 0 || gone > sum {
		return fmt.Sprintf("others sent %s at most", sum)
	}
	return ""
}

// doubted: a look can have shown so.
func (r *reader) doubted(v words.Values) string {
	var sum money.Paise
	for _, p := range r.money {
		sum += r.doubtful(p)
	}
	if gone := paise(v, "gone"); gone <= 0 || gone > sum {
		return fmt.Sprintf("a look showed %s as gone at most", sum)
	}
	return ""
}

func (r *reader) enough(v words.Values) string {
	if !r.word(func(w word) bool {
		return w.kind == state.AttentionShort && (w.action == state.ActionEnough || w.action == state.ActionOtherTender)
	}) {
		return "nobody said so"
	}
	if held := r.heldAll(); paise(v, "there") > held {
		return fmt.Sprintf("the banks held %s at most", held)
	}
	return ""
}

func (r *reader) askedBack(v words.Values) string {
	if !r.word(func(w word) bool { return w.action == state.ActionRefund }) {
		return "nobody asked for a refund"
	}
	return ""
}

func (r *reader) pending(v words.Values) string {
	for _, f := range r.s.Refunds {
		if f.Status == state.RefundPending && r.there(f.Key) == nil {
			return fmt.Sprintf("no bank has refund %s", f.Key)
		}
	}
	return ""
}

func (r *reader) didNotGo(v words.Values) string {
	for _, f := range r.s.Refunds {
		if k := r.there(f.Key); f.Status == state.RefundFailed && k != nil && k.Status == "processed" {
			return fmt.Sprintf("refund %s went back", f.Key)
		}
	}
	return ""
}

func (r *reader) wentBack(v words.Values) string {
	if sum := r.done(func(state.Refund) bool { return true }); paise(v, "back") != sum &&
		paise(v, "back") > r.done(func(f state.Refund) bool { return f.Status == state.RefundProcessed }) {
		return fmt.Sprintf("the banks sent %s for us", sum)
	}
	return ""
}

// leftTheSale: our refunds and others together.
func (r *reader) leftTheSale(v words.Values) string {
	sum := r.done(func(state.Refund) bool { return true })
	for _, p := range r.money {
		sum += r.theirs(p)
	}
	if paise(v, "back") > sum {
		return fmt.Sprintf("the banks sent %s at most", sum)
	}
	return ""
}

func (r *reader) stays(v words.Values) string {
	if held := r.heldAll(); paise(v, "kept") > held {
		return fmt.Sprintf("the banks held %s at most", held)
	}
	return ""
}

func (r *reader) takenBack(v words.Values) string {
	v = words.Values{"gone_paise": paise(v, "back")}
	return r.gone(v)
}

func (r *reader) otherTender(words.Values) string {
	if !r.word(func(w word) bool { return w.item == "" && w.action == state.ActionOtherTender }) {
		return "nobody said so"
	}
	return ""
}

// payment is the one an item or refund is about.
func (r *reader) payment(id string) (sight, bool) {
	i := slices.IndexFunc(r.money, func(p sight) bool { return p.ID == id })
	if i < 0 {
		return sight{}, false
	}
	return r.money[i], true
}

// lies: the amount of the item is at the bank.
func (r *reader) lies(v words.Values) string {
	p, ok := r.payment(r.item.PaymentID)
	if !ok {
		return "no bank has its payment"
	}
	if held := r.held(p); paise(v, "amount") <= 0 || paise(v, "amount") > held {
		return fmt.Sprintf("the bank held %s of %s at most", held, p.ID)
	}
	return ""
}

func atLeast(r *reader, v words.Values) string {
	if paise(v, "amount") < r.b.w.days.sales[r.s.ID].amount {
		return "that is less than the price"
	}
	return ""
}

func below(r *reader, v words.Values) string {
	if paise(v, "amount") >= r.b.w.days.sales[r.s.ID].amount {
		return "that is the price"
	}
	return ""
}

// another: more than one payment was captured.
func (r *reader) another(words.Values) string {
	n := 0
	for _, p := range r.money {
		if !p.CapturedAt.IsZero() && !p.CapturedAt.After(r.at) {
			n++
		}
	}
	if n < 2 {
		return fmt.Sprintf("%d payments were captured", n)
	}
	return ""
}

// tooMuch: more came than the amount; or a person took less for the price.
func (r *reader) tooMuch(words.Values) string {
	var came money.Paise
	for _, p := range r.money {
		if !p.CapturedAt.IsZero() && !p.CapturedAt.After(r.at) {
			came += p.Amount
		}
	}
	if came <= r.s.Amount && r.s.Override() == "" {
		return fmt.Sprintf("%s came", came)
	}
	return ""
}

func (r *reader) itemShort(v words.Values) string {
	if paise(v, "amount") >= r.s.Amount && r.s.Phase != state.PhaseAwaiting {
		return r.itemAgain(v)
	}
	return r.short(words.Values{"there_paise": paise(v, "amount"), "missing_paise": paise(v, "missing")})
}

func (r *reader) itemGone(v words.Values) string {
	p, ok := r.payment(r.item.PaymentID)
	if !ok || paise(v, "amount") <= 0 || paise(v, "amount") > r.theirs(p) {
		return fmt.Sprintf("others sent %s at most", r.theirs(p))
	}
	return ""
}

// itemFailed: a refund of ours of that payment did not reach the customer.
func (r *reader) itemFailed(words.Values) string {
	for _, f := range r.s.Refunds {
		if f.PaymentID == r.item.PaymentID && f.Status == state.RefundFailed &&
			(r.there(f.Key) == nil || r.there(f.Key).Status != "processed") {
			return ""
		}
	}
	return "every refund of ours went back"
}

// itemAlready: the whole payment was sent back, or is on its way.
func (r *reader) itemAlready(v words.Values) string {
	p, ok := r.payment(r.item.PaymentID)
	if !ok {
		return "no bank has its payment"
	}
	var sum money.Paise
	for _, k := range refundsOf(r.l, p.LedgerPayment) {
		if !k.CreatedAt.After(r.at) {
			sum += k.Amount
		}
	}
	if sum < p.Amount {
		return fmt.Sprintf("%s of %s were sent back", sum, p.Amount)
	}
	return ""
}

// itemLess: others sent some of the payment back.
func (r *reader) itemLess(words.Values) string {
	for _, k := range r.refunds() {
		if k.PaymentID == r.item.PaymentID && k.Key == "" && !k.CreatedAt.After(r.at) {
			return ""
		}
	}
	return "others sent nothing of it"
}

func (r *reader) itemDoubted(v words.Values) string {
	if why := r.itemFailed(v); why != "" {
		return why
	}
	p, ok := r.payment(r.item.PaymentID)
	if gone := paise(v, "gone"); !ok || gone <= 0 || gone > r.doubtful(p) {
		return fmt.Sprintf("a look showed %s as gone at most", r.doubtful(p))
	}
	return ""
}

// itemUnnamed: others sent a part back, and how much the gateway does not say.
func (r *reader) itemUnnamed(words.Values) string {
	p, ok := r.payment(r.item.PaymentID)
	if !ok || p.API != gatewaytest.EnKash {
		return "no such gateway has its payment"
	}
	for _, t := range r.moments(p) {
		if held := r.b.held(r.l, p.LedgerPayment, t); held > 0 && held < p.Amount {
			return ""
		}
	}
	return "no part of it went back"
}

func (r *reader) refundThere(words.Values) string {
	if r.there(r.refund.Key) == nil {
		return "no bank has it"
	}
	return ""
}

func (r *reader) refundDone(words.Values) string {
	if !r.processed(*r.refund) {
		return "no bank has sent it"
	}
	return ""
}

func (r *reader) refundWord(words.Values) string {
	if !r.word(
		func(w word) bool { return w.item == "refund_unknown:"+r.refund.Key && w.action == state.ActionItWent },
	) {
		return "nobody said so"
	}
	return ""
}

func (r *reader) refundNot(words.Values) string {
	if k := r.there(r.refund.Key); k != nil && k.Status == "processed" {
		return "the bank has sent it"
	}
	return ""
}

// scan judges, where a sale is looked at, that nobody is sent to a QR that is over: its time by the box's own count, or
// its order at the gateway, which a box that is not disturbed learns soon.
func (w *world) scan(s *state.Sale, l gatewaytest.Ledger) {
	code := words.FromSale(*s).MessageCode
	shown := s.Shown()
	if code != "sale_awaiting" || shown == nil {
		delete(w.bank.waiting, s.ID)
		return
	}
	now := time.Now()
	w.mu.Lock()
	started, disturbed := w.started, w.disturbed
	w.mu.Unlock()
	since, known := w.bank.waiting[s.ID]
	if !known {
		since = now
		w.bank.waiting[s.ID] = now
	}
	if started.After(since) {
		since = started
	}
	if now.Sub(since) > w.plan.life+65*time.Second {
		w.failf(
			"sale %s still asks for its QR to be scanned, %v after it did so first, and its life is %v",
			s.ID,
			now.Sub(since),
			w.plan.life,
		)
	}
	for _, o := range l.Orders {
		if o.Status == "open" || !slices.Contains(o.References, shown.Ref) {
			continue
		}
		over, known := w.bank.over[o.ID]
		if !known {
			over = now
			w.bank.over[o.ID] = now
		}
		if disturbed.After(over) {
			over = disturbed
		}
		if now.Sub(over) > 3*time.Minute {
			w.failf(
				"sale %s still asks for its QR to be scanned, and its order %s is %s since %v",
				s.ID,
				o.ID,
				o.Status,
				now.Sub(over),
			)
		}
	}
}
