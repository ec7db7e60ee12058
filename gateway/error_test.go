package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestError(t *testing.T) {
	e := &Error{
		Class:      ClassMisconfigured,
		Gateway:    "enkash",
		Op:         "get token",
		HTTPStatus: 200,
		Code:       "117",
		Text:       "Token is invalid.",
		Operator:   "compare the keys",
		Err:        context.DeadlineExceeded,
	}
	const want = `enkash: get token: misconfigured: http 200 code 117 "Token is invalid.": context deadline ` +
		`exceeded (compare the keys)`
	if e.Error() != want {
		t.Errorf("%s\nwant %s", e, want)
	}
	if !errors.Is(e, context.DeadlineExceeded) {
		t.Error("the cause is lost")
	}
	if short := (&Error{Class: ClassUnknown, Gateway: "g", Op: "o"}).Error(); short != "g: o: unknown" {
		t.Error(short)
	}
	if ClassOf(fmt.Errorf("sale 7: %w", e)) != ClassMisconfigured || ClassOf(errors.New("x")) != ClassUnknown ||
		ClassOf(nil) != ClassUnknown {
		t.Error("ClassOf: the safest reading of a stranger is unknown")
	}
}

func TestMaskVPA(t *testing.T) {
	for in, want := range map[string]string{
		"rahul.k@okaxis": "ra****@okaxis", "ab@x": "a****@x", "a@x": "****@x", "": "", "no-address": "****",
		"@x": "****", "x@": "****",
		"₹₹₹₹@upi": "₹₹****@upi", "9876543210@paytm": "98****@paytm", strings.Repeat("a", 300) + "@x": "****",
	} {
		if got := MaskVPA(in); got != want {
			t.Errorf("MaskVPA(%q) = %q, want %q", in, got, want)
		}
	}
}
