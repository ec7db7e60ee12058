// Package razorpay takes a UPI payment through Razorpay's QR codes (the "QR v2" product).
//
//	Open   POST  /v1/payments/qr_codes            single use, fixed amount, our reference in its notes
//	Find   GET   /v1/payments/qr_codes?from&to    by time, then by the reference in the notes
//	Read   GET   /v1/payments/qr_codes/:id/payments, and the QR itself unless it is already paid, known to be closed,
//	       or was read a moment ago;
//	             GET /v1/payments?from&to instead, where it says of many sales that nothing came
//	Close  POST  /v1/payments/qr_codes/:id/close  and, when that is unclear, GET the QR
//	Refund POST  /v1/payments/:id/refund          with X-Refund-Idempotency
//
// Beside the gateway.Gateway it offers what a shop needs around a sale: capture of a late authorised payment,
// notes on a QR after the sale, lists by time, customer and payment, refunds of a payment, downtimes, and
// webhooks, which are hints that trigger a Read and never evidence.
//
// What it promises:
//
//   - Each write is sent once. The one repeat is a create that was refused for its close_by, with another body.
//   - A QR string is handed out only after upiqr found a payee, INR and exactly our amount in it. Accounts without
//     the qr_image_content feature get a branded poster instead; the one QR in it is read and checked likewise.
//   - Counters (payments_count_received) are ignored: Razorpay's own sample shows 0 beside a captured payment.
//   - Key secrets and full payer addresses stay inside this package.
//
// What it refuses: showing a QR made with test keys (nobody can pay it) unless AllowTestKeys, and taking anything
// but status "captured" in INR for money.
//
// What it leaves to the caller: waiting. Razorpay documents no delay between a create and its appearance in
// the list, so after ClassUnknown wait 2 s, 5 s and 15 s between three Finds before believing ErrNotFound. A QR that
// turns up later was never shown and so cannot be paid.
//
// Requests: a sale costs one create, one read a look (payments) and one of the QR every ten seconds while it is open; a
// poster adds two or three, a close two with the read that proves it, the notes after the sale two. Many sales that are
// not on the screen are looked at by one list (together.go), which is no evidence: whatever it names is read by itself.
// gateway/budget.go reckons with them.
//
// Sources, as cited by tag: R2 to R37 of the project's gateway reference, which is the vendor's Markdown mirror
// github.com/razorpay/markdown-docs at ab3bda5 (2026-04) unless it says otherwise, and seed 002 (update a QR code).
package razorpay
