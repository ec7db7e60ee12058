package till

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"galla/display"
	"galla/gateway"
	"galla/state"
)

// TestStatusesAreTheSame: conversion copies a status's value, so each has the same on both sides.
func TestStatusesAreTheSame(t *testing.T) {
	for theirs, ours := range map[gateway.PaymentStatus]state.PaymentStatus{
		gateway.PaymentStarted:    state.PaymentStarted,
		gateway.PaymentProcessing: state.PaymentProcessing,
		gateway.PaymentCaptured:   state.PaymentCaptured,
		gateway.PaymentFailed:     state.PaymentFailed,
		gateway.PaymentRefunded:   state.PaymentRefunded,
		gateway.PaymentUnknown:    state.PaymentUnknown,
	} {
		if got := fromPayment(gateway.Payment{Status: theirs}).Status; got != ours {
			t.Errorf("a payment that is %q there is %q here, want %q", theirs, got, ours)
		}
	}
	for theirs, ours := range map[gateway.RefundStatus]state.RefundStatus{
		gateway.RefundPending:   state.RefundPending,
		gateway.RefundProcessed: state.RefundProcessed,
		gateway.RefundFailed:    state.RefundFailed,
		gateway.RefundUnknown:   state.RefundPending, // it is followed
	} {
		if got := fromRefund("k", gateway.Refund{Status: theirs}).Status; got != ours {
			t.Errorf("a refund that is %q there is %q here, want %q", theirs, got, ours)
		}
	}
}

// TestReasonsAreTheSame: why a sale ended has one word in the sale and on the customer's screen.
func TestReasonsAreTheSame(t *testing.T) {
	for ours, screen := range map[state.CloseReason]display.Reason{
		state.CloseCancelled:   display.ReasonCancelled,
		state.CloseExpired:     display.ReasonExpired,
		state.CloseFailed:      display.ReasonFailed,
		state.CloseOtherTender: display.ReasonOtherTender,
	} {
		if display.Reason(ours) != screen {
			t.Errorf("a sale that is %q is %q on the screen", ours, screen)
		}
	}
}

// TestPaymentIsWhole: no field that both sides have is forgotten.
func TestPaymentIsWhole(t *testing.T) {
	var theirs gateway.Payment
	v := reflect.ValueOf(&theirs).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString("x")
		case reflect.Int64:
			f.SetInt(7)
		}
	}
	ours := reflect.ValueOf(fromPayment(theirs))
	for i := range ours.NumField() {
		name := ours.Type().Field(i).Name
		if f := v.FieldByName(name); f.IsValid() && f.Kind() != reflect.Struct && ours.Field(i).IsZero() {
			t.Errorf("%s is not copied", name)
		}
	}
}

// TestSaleIn: a reference names its sale, whichever attempt it is of.
func TestSaleIn(t *testing.T) {
	c := newChance(rand.NewPCG(1, 2))
	for _, attempts := range []int{0, 1, 11} {
		s := state.Sale{ID: "0000002AABCD", Attempts: make([]state.Attempt, attempts)}
		ref := c.reference(s)
		if id, ok := SaleIn(ref); !ok || id != s.ID {
			t.Errorf("%q is of sale %q, %v", ref, id, ok)
		}
	}
	for _, ref := range []string{"", "R3", "X0000002AABCD1ABCDEFGH", "G0000002AABCD1ABCDEFG"} {
		if id, ok := SaleIn(ref); ok {
			t.Errorf("%q is of sale %q", ref, id)
		}
	}
}
