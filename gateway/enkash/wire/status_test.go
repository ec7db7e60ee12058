package wire

import (
	"testing"

	"galla/gateway"
)

func TestTrouble_C7_PendingWithBank(t *testing.T) {
	if UPIStatus("PENDING_WITH_BANK") != gateway.PaymentProcessing ||
		TransactionStatus("PENDING_WITH_BANK") != gateway.PaymentProcessing {
		t.Error("PENDING_WITH_BANK is neither success nor failure")
	}
	for _, s := range []string{"SUCCESS", "AUTHORIZED", "PAID", "CAPTURED", "success", "DEEMED", "", "FAILED"} {
		if UPIStatus(s) == gateway.PaymentCaptured {
			t.Errorf("the UPI status %q alone counts as money", s)
		}
	}
}

func TestTrouble_F4_RefundStatuses(t *testing.T) {
	for s, want := range map[string]gateway.RefundStatus{"CREATED": gateway.RefundPending,
		"SUCCESS": gateway.RefundProcessed, "FAILED": gateway.RefundFailed, "": gateway.RefundUnknown,
		"success": gateway.RefundUnknown, "ON_HOLD": gateway.RefundUnknown} {
		if got := RefundStatus(s); got != want {
			t.Errorf("RefundStatus(%q) = %s, want %s", s, got, want)
		}
	}
}
