package terms

import (
	"reflect"
	"testing"

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
		if got := FromRefund("k", gateway.Refund{Status: theirs}).Status; got != ours {
			t.Errorf("a refund that is %q there is %q here, want %q", theirs, got, ours)
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
	for _, attempt := range []int{1, 2, 12} {
		ref := Reference("0000002AABCD", attempt, "ABCDEFGH")
		if id, ok := SaleIn(ref); !ok || id != "0000002AABCD" {
			t.Errorf("%q is of sale %q, %v", ref, id, ok)
		}
	}
	for _, ref := range []string{"", "R3", "X0000002AABCD1ABCDEFGH", "G0000002AABCD1ABCDEFG"} {
		if id, ok := SaleIn(ref); ok {
			t.Errorf("%q is of sale %q", ref, id)
		}
	}
}
