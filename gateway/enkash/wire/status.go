package wire

import "galla/gateway"

// OrderStatus maps EnKash's order status (docs.enkash.com/payment-gateway/orders; the oldest portal adds
// PAYMENT_CONFIRMATION_PENDING; EnKash's SDK tolerates PENDING and PROCESSING). SUCCESS and CAPTURED, which the SDK
// tolerates too, are not documented for an order: they stay unknown, and the transaction decides.
func OrderStatus(s string) gateway.OrderStatus {
	switch s {
	case "CREATED", "CHECKOUT_RENDERED", "ATTEMPTED", "PAYMENT_CONFIRMATION_PENDING", "PENDING", "PROCESSING":
		return gateway.OrderOpen
	case "PAID":
		return gateway.OrderPaid
	case "CANCELLED", "EXPIRED":
		return gateway.OrderClosed
	}
	return gateway.OrderUnknown
}

// Idle is a transaction that was minted with its QR and that nobody has touched, as far as EnKash says. [I] A QR that
// nobody scanned reports PROCESS just as one whose payer is typing the PIN does, so PROCESS starts nothing: taking it
// for a started payment would take the QR off the screen before the customer saw it.
const Idle gateway.PaymentStatus = ""

// UPIStatus maps GET /pay/checkout/status/upi/{ekPayId}: SUCCESS, FAILED and PROCESS are documented
// (docs.enkash.com/api-15336379), PENDING_WITH_BANK, AUTHORIZED and "" come from EnKash's SDK. SUCCESS is
// "processing" here; reading turns it into captured when the order or the transaction agrees.
func UPIStatus(s string) gateway.PaymentStatus {
	switch s {
	case "PROCESS", "CREATED", "":
		return Idle
	case "SUCCESS", "AUTHORIZED", "PENDING_WITH_BANK", "PAYMENT_CONFIRMATION_PENDING":
		return gateway.PaymentProcessing
	case "FAILED":
		return gateway.PaymentFailed
	}
	return gateway.PaymentUnknown
}

// TransactionStatus maps GET /api/v0/payment/{transactionId} (docs.enkash.com/folder-1769246).
func TransactionStatus(s string) gateway.PaymentStatus {
	switch s {
	case "CREATED", "":
		return Idle
	case "AUTHORIZED", "PENDING_WITH_BANK":
		return gateway.PaymentProcessing
	case "SUCCESS", "PARTIALLY_REFUNDED":
		return gateway.PaymentCaptured
	case "REFUNDED":
		return gateway.PaymentRefunded
	case "FAILED", "CANCELLED":
		return gateway.PaymentFailed
	}
	return gateway.PaymentUnknown
}

// RefundStatus maps a refund's status. Only CREATED is documented (docs.enkash.com/api-8990254); the rest are the words
// EnKash uses for payments, and anything else stays unknown.
func RefundStatus(s string) gateway.RefundStatus {
	switch s {
	case "CREATED", "PENDING", "PROCESSING", "PROCESS", "INITIATED", "PENDING_WITH_BANK":
		return gateway.RefundPending
	case "SUCCESS", "REFUNDED", "PROCESSED":
		return gateway.RefundProcessed
	case "FAILED", "CANCELLED", "REJECTED":
		return gateway.RefundFailed
	}
	return gateway.RefundUnknown
}
