package gateway

// What a cashier reads when a call to a gateway failed. Each text has a code, by which other languages find theirs and
// programs decide; a text of this list is never changed without a new code.
const (
	CashierOffline = "The payment service cannot be reached. Check the internet connection and try again, or " +
		"take another form of payment."
	CashierBusy      = "The payment service is busy. Wait a moment and try again."
	CashierOwnBudget = "This till is asking the payment service as often as it may. Wait a moment and try again; " +
		"nothing is wrong with the connection."
	CashierPaused = "The payment service asked this till to wait a moment. Try again soon, or take " +
		"another form of payment."
	CashierUnknown = "The payment service has not confirmed this yet. Wait while Galla checks; do not start it again."
	CashierUnclear = "The payment service did not confirm the order, and its QR was shown to nobody. Start the " +
		"sale again, or take another form of payment."
	CashierUnreadable = "The payment service answers something that this till cannot read. Look at its dashboard " +
		"before goods go, and call the person who looks after the terminal."
	CashierTestKeys = "This till is set up with test keys, so nobody can pay. Call the owner."
	CashierSetup    = "The payment service refuses this terminal's settings. Call the person who " +
		"looks after the terminal."
	CashierRefused = "The payment service refused this request. Take another form of payment and tell the person " +
		"who looks after the terminal."
	CashierClock = "This box does not have the right time yet, so it cannot reach the payment service safely. Wait " +
		"a minute; if it stays, check the internet connection and call the owner."

	CashierTooSmall = "The amount is too small for a UPI payment. Take another form of payment."
	CashierTooLarge = "The amount is above what the payment service allows. Take another form of payment."
	CashierAmount   = "The payment service does not take this amount. Check the amount, or take " +
		"another form of payment."
	CashierMixedUp   = "The payment service mixed up the amount. Nobody was charged: start the sale again."
	CashierSurcharge = "The payment service wants to charge the customer another amount than yours. The QR was " +
		"not shown: take another form of payment."
	CashierUnfit = "The payment service sent a QR code that does not fit this sale. It was not shown: start " +
		"the sale again, or take another form of payment."
	CashierNoQR = "The payment service has not switched on QR payments for this shop. Take another form of " +
		"payment and call the person who looks after the terminal."
	CashierNoUPI = "The payment service has switched UPI off for this order. Take another form of payment " +
		"and call the person who looks after the terminal."
	CashierNotOpen     = "This payment request is no longer open. Start a new sale."
	CashierNothingLeft = "This payment was already given back in full. Look at the sale's refunds."
	CashierTooMuchBack = "The refund is larger than what is left of the payment. Enter a smaller amount."
	CashierTooFewBack  = "The payment service gives back no amount as small as this. Give it back in cash."
	CashierPartTooFew  = "One payment of this money is less than the payment service gives back. Refund each " +
		"larger payment by itself, and give the rest back in cash."
	CashierNoWayBack = "This amount cannot be given back through the payment service. Check what was already " +
		"refunded, or give cash."
	CashierTooOld = "The payment is older than six months and cannot be given back this way. Give the money " +
		"back by bank transfer."
	CashierLowBalance = "The shop's account at the payment service holds too little for this refund. Tell the " +
		"manager; try again after the next sales, or give the money back another way."
	CashierMaybeBack = "Whether this refund happened is not known. Do not send it again: look at " +
		"the payment service's dashboard."
	CashierNothingThere = "EnKash has nothing under this id. Take the id from the list, or from EnKash's dashboard."

	CashierQRIncomplete = "A counter QR needs a name and an amount of zero or more."
	CashierQRKind       = "A standing QR at this payment service takes many payments and does not expire. For " +
		"one payment open a sale."
	CashierQRReference        = "Another standing QR has this reference. Leave the reference out, or choose a new one."
	CashierCustomerIncomplete = "A customer needs a name, and a mobile number of ten digits where one is given."
	CashierNoAddress          = "This is not a UPI address. It looks like name@bank: ask the customer again."
	CashierAddressUnknown     = "EnKash says that the payer's UPI address doesn't exist. Ask the payer again; " +
		"nothing was made."
	CashierMandateIncomplete = "This mandate request is not complete. Correct it and try again."
	CashierMandateState      = "This mandate can't be used as it stands. Look at its status: the payer must have " +
		"approved it, and it must not have ended."
	CashierCollectEnded = "UPI apps take no request by address any more, so this mandate was not made. Ask the " +
		"payment service how payers approve mandates now."
	CashierDebitFailed = "The payer's bank did not pay this debit. No money moved; look at the mandate's " +
		"record for the reason."
)

// Sentence is one text that a cashier may read, and its code.
type Sentence struct{ Code, Text string }

// Sentences lists every text that an Error's Cashier may hold.
var Sentences = []Sentence{
	{"gateway_offline", CashierOffline},
	{"gateway_busy", CashierBusy},
	{"gateway_own_budget", CashierOwnBudget},
	{"gateway_paused", CashierPaused},
	{"gateway_unknown", CashierUnknown},
	{"gateway_unclear", CashierUnclear},
	{"gateway_unreadable", CashierUnreadable},
	{"gateway_test_keys", CashierTestKeys},
	{"gateway_setup", CashierSetup},
	{"gateway_refused", CashierRefused},
	{"gateway_clock", CashierClock},
	{"gateway_amount_small", CashierTooSmall},
	{"gateway_amount_large", CashierTooLarge},
	{"gateway_amount", CashierAmount},
	{"gateway_amount_other", CashierMixedUp},
	{"gateway_surcharge", CashierSurcharge},
	{"gateway_qr_unfit", CashierUnfit},
	{"gateway_qr_off", CashierNoQR},
	{"gateway_upi_off", CashierNoUPI},
	{"gateway_order_over", CashierNotOpen},
	{"gateway_refund_nothing_left", CashierNothingLeft},
	{"gateway_refund_too_much", CashierTooMuchBack},
	{"gateway_refund_too_small", CashierTooFewBack},
	{"gateway_refund_part_small", CashierPartTooFew},
	{"gateway_refund_refused", CashierNoWayBack},
	{"gateway_refund_too_old", CashierTooOld},
	{"gateway_refund_balance", CashierLowBalance},
	{"gateway_refund_unclear", CashierMaybeBack},
	{"gateway_nothing_there", CashierNothingThere},
	{"gateway_qr_incomplete", CashierQRIncomplete},
	{"gateway_qr_kind", CashierQRKind},
	{"gateway_qr_reference", CashierQRReference},
	{"gateway_customer_incomplete", CashierCustomerIncomplete},
	{"gateway_no_address", CashierNoAddress},
	{"gateway_address_unknown", CashierAddressUnknown},
	{"gateway_mandate_incomplete", CashierMandateIncomplete},
	{"gateway_mandate_state", CashierMandateState},
	{"gateway_collect_ended", CashierCollectEnded},
	{"gateway_debit_failed", CashierDebitFailed},
}

// SentenceCode is the code of one of Sentences; empty for any other text.
func SentenceCode(text string) string {
	for _, s := range Sentences {
		if s.Text == text {
			return s.Code
		}
	}
	return ""
}

// CashierCode is the code of the error's Cashier.
func (e *Error) CashierCode() string { return SentenceCode(e.Cashier) }
