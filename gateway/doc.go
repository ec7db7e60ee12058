// Package gateway says what a payment gateway is to the till: a place that opens an order for an amount and hands out
// its QR string, and that can be asked, for days, which payments came in for it.
//
//	till ──Charge──▶ Open ──▶ Quote (ids, QR string)
//	     ──Charge──▶ Find ──▶ Quote, or ErrNotFound      after a lost answer or a crash
//	     ──Order───▶ Read ──▶ Reading (payments, order status)   polled; the only evidence of money
//	     ──Order───▶ Close ─▶ accepted or not; what really happened is always Read afterwards
//
// It promises nothing about money from an error: an Error has a Class that says what may be true at the gateway, and no
// class means "paid" or "not paid". It refuses to repeat a write by itself: a lost answer is ClassUnknown and belongs
// to Find.
//
// Whatever comes from a gateway is bounded where it is decoded (bounds.go), by both clients alike: what they return can
// be stored, encoded, printed and shown. ClassBusy is this box's own budget and says nothing of the gateway. A sentence
// for the cashier has a code (sentence.go).
//
// Connections die without a word: a read that stays silent is asked once more on a fresh one, a write leaves over one
// that has answered just now (lines.go). A calm sale pays one HEAD for that.
//
// The providers are gateway/enkash and gateway/razorpay; gateway/gatewaytest holds the contract every provider passes
// and the simulator both are tested against.
package gateway
