package gateway

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// TestFailedCheckSaysWhichCall: a person reads which call had no answer, or one that can't be read, and never a bare
// "EOF" or a status that means success.
func TestFailedCheckSaysWhichCall(t *testing.T) {
	for _, c := range []struct {
		err        *Error
		says, next string
	}{
		{&Error{Class: ClassUnknown, Op: "probe QR codes", Err: io.EOF},
			"probe QR codes had no answer: EOF", "Wait a minute"},
		{&Error{Class: ClassUnavailable, Op: "list downtimes", HTTPStatus: 200,
			Err: errors.New("the answer cannot be read: no list")},
			"list downtimes: the answer cannot be read: no list", "Wait a minute"},
		{&Error{Class: ClassUnavailable, Op: "list downtimes", HTTPStatus: 503},
			"list downtimes was answered with status 503", "Wait a minute"},
		{&Error{Class: ClassRejected, Op: "list downtimes", HTTPStatus: 400, Text: "no"},
			`list downtimes was answered "no"`, "See the log"},
	} {
		f := FailedCheck("feature", c.err)
		if f.Says != c.says || !strings.HasPrefix(f.Next, c.next) || f.Level != LevelBad {
			t.Errorf("%v: %+v", c.err, f)
		}
	}
}

// TestCorners_12: a gateway that is out of order is no word about the keys, or an owner makes new ones and breaks the
// other tills that have them.
func TestCorners_12(t *testing.T) {
	for _, c := range []struct {
		err   *Error
		check string
	}{
		{&Error{Class: ClassUnavailable, Op: "get token", HTTPStatus: 503}, "reach"},
		{&Error{Class: ClassUnavailable, Op: "get token", HTTPStatus: 429}, "reach"},
		{&Error{Class: ClassUnknown, Op: "get token", HTTPStatus: 500}, "reach"},
		{&Error{Class: ClassUnavailable, Op: "get token", HTTPStatus: 200,
			Err: errors.New("the answer cannot be read: a page")}, "reach"},
		{&Error{Class: ClassMisconfigured, Op: "get token", HTTPStatus: 404}, "reach"},
		{&Error{Class: ClassMisconfigured, Op: "get token", HTTPStatus: 403, Text: "blocked by a firewall"}, "reach"},
		{&Error{Class: ClassMisconfigured, Op: "get token", HTTPStatus: 302}, "reach"},
		{&Error{Class: ClassMisconfigured, Op: "get token", HTTPStatus: 400}, "reach"},
		{&Error{Class: ClassRejected, Op: "get token", HTTPStatus: 400, Text: "no such field"}, "reach"},
		{&Error{Class: ClassMisconfigured, Op: "get token", HTTPStatus: 200, Text: "Merchant not found"}, "keys"},
		{&Error{Class: ClassMisconfigured, Op: "get token", HTTPStatus: 400, Text: "Invalid access key"}, "keys"},
		{&Error{Class: ClassMisconfigured, Op: "get token", HTTPStatus: 401, Text: "Invalid credentials"}, "keys"},
	} {
		if f := FailedCheck("keys", c.err); f.Check != c.check || f.Level != LevelBad {
			t.Errorf("%+v: %+v", c.err, f)
		}
	}
}
