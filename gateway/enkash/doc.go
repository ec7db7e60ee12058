// Package enkash is the client of EnKash's payment gateway ("Olympus"): it opens an order, gets the order's dynamic
// UPI QR, and reads what became of it.
//
//	Open   POST /api/v0/orders ──▶ GET /pay/checkout/{id} ──▶ GET /pay/checkout/qrcode/{id} ──▶ Quote
//	       (ours: Reference)        surcharge? refused         ekPayId + upi:// or picture, checked
//	Find   the order by our reference, then a further QR of it (a further ekPayId)
//	Read   GET /api/v0/orders/{id}  and  GET /pay/checkout/status/upi/{ekPayId} for every ekPayId
//	       EnKash's id, then ours, then paths.order_by_reference: which one answered is tried first from then on
//	       └─ the authority            └─ which of them; then GET /api/v0/payment/{ekPayId} for amount and RRN
//	       A look at an order that nobody has tried to pay leaves the second out, beside the screen or where calls
//	       wait (reading.go)
//	Close  PATCH /pay/charge/order/cancel, or /pay/charge/expire for each QR; only when Config.CancelOrders says so:
//	       they are undocumented
//	Refund POST /api/v0/payment/{ekPayId}/refund, after a look-up
//
// It promises: amounts leave as JSON numbers with two decimals and come back without a float; a QR is handed out only
// if its payee is named and its amount is the charge's; a payment is "captured" only if the order is PAID or the
// transaction itself is SUCCESS, and the amount is the gateway's own word. PENDING_WITH_BANK, AUTHORIZED, the empty
// status and every value it doesn't know are never success and never failure.
// It refuses to repeat a write, to show a QR with a surcharge on it, and to believe a notification.
//
// Facts come from docs.enkash.com as captured (pages named beside each call); what was only seen in EnKash's own
// browser SDK is marked so, and nothing that decides about money rests on it. Where a path isn't public (order by
// merchant id, search order, refund status) it is a setting in Paths, used for recovery only.
//
// How EnKash writes a value and what its words mean stands in package wire, which sends nothing.
package enkash
