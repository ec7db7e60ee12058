package health

import (
	"errors"
	"testing"
	"time"

	"galla/gateway"
)

// TestObserve: a refusal is an answer, our own budget says nothing, and anything else is trouble of the gateway's.
func TestObserve(t *testing.T) {
	for class, ok := range map[gateway.Class]bool{
		gateway.ClassRejected:      true,
		gateway.ClassBusy:          true,
		gateway.ClassUnavailable:   false,
		gateway.ClassUnknown:       false,
		gateway.ClassMisconfigured: false,
	} {
		b := New([]string{"a", "b"}, true)
		b.Observe("a", &gateway.Error{Class: class, Cashier: "Why."}, time.Time{})
		if h := b.Health(Running, time.Time{}); h.Gateways[0].OK != ok || (h.Gateways[0].Problem == "") != ok ||
			!h.Gateways[1].OK {
			t.Errorf("%s: %+v", class, h.Gateways)
		}
	}
}

// TestStages: what failed counts more than what ended, and that more than what runs.
func TestStages(t *testing.T) {
	for _, tc := range []struct {
		at     Stage
		failed bool
		ready  bool
		code   string
	}{
		{Starting, false, false, "health_starting"},
		{Running, false, true, ""},
		{Stopped, false, false, "health_stopped"},
		{Starting, true, false, "health_store"},
		{Stopped, true, false, "health_store"},
	} {
		b := New([]string{"a"}, false)
		if tc.failed {
			b.Failed(errors.New("input/output error"))
		}
		if h := b.Health(tc.at, time.Time{}); h.Ready != tc.ready || h.Code != tc.code ||
			(h.Problem == "") != tc.ready {
			t.Errorf("stage %d, failed %v: %+v", tc.at, tc.failed, h)
		}
	}
}

// TestSlipBesideThePrinter: how a slip ended is said only while the printer says nothing of itself.
func TestSlipBesideThePrinter(t *testing.T) {
	b := New([]string{"a"}, true)
	b.Slip("last slip failed: no paper")
	if h := b.Health(Running, time.Time{}); h.Printer != "last slip failed: no paper" {
		t.Errorf("the printer is %q", h.Printer)
	}
	b.Printer("its cover is open")
	if h := b.Health(Running, time.Time{}); h.Printer != "its cover is open" {
		t.Errorf("the printer is %q", h.Printer)
	}
}
