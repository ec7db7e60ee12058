package enkash

import (
	"errors"
	"net/http"
	"strings"

	"galla/gateway"
	"galla/gateway/enkash/wire"
)

// refusal turns an answer in which the gateway said no into an error.
func (c *Client) refusal(call gateway.Call, a gateway.Answer, env wire.Envelope) *gateway.Error {
	code, words := env.Code(), c.redact(env.Words())
	k := wire.Failure{Class: gateway.ClassRejected}
	switch {
	case a.Status == http.StatusForbidden:
		k = wire.NotEnabled
	case noSuchPath(a, env):
		k = wire.Failure{Class: gateway.ClassMisconfigured, Operator: "this address does not exist at EnKash: check " +
			"the base URL and, for " + call.Op + ", the path in the config"}
		if strings.HasPrefix(call.Path, c.mandateBase()) {
			k.Operator = "this address does not exist at EnKash: try the other mandate_paths (middle, " +
				"newer) in the config"
		}
	default:
		if f, ok := wire.FailureOf(code, words); ok {
			k = f
		}
	}
	if k.Class == gateway.ClassUnknown && !call.Write {
		k.Class = gateway.ClassUnavailable
	}
	e := c.caller.Failed(call, a, k.Class, code, words, k.Cashier, k.Operator)
	e.Err = k.Cause
	return e
}

// noSuchPath says that the address itself isn't served: a 404 or 405 without the gateway's envelope.
func noSuchPath(a gateway.Answer, env wire.Envelope) bool {
	return env.Code() == "" && (a.Status == http.StatusNotFound || a.Status == http.StatusMethodNotAllowed ||
		a.Status == http.StatusNotImplemented)
}

// absent says that err is the gateway's own answer that it has no such thing.
func absent(err error) bool {
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || e.Class != gateway.ClassRejected || e.Code == "" {
		return false
	}
	words := strings.ToLower(e.Text)
	for _, w := range []string{"not found", "no order", "no such", "does not exist", "doesn't exist", "no record",
		"no data", "invalid order", "no transaction", "no refund"} {
		if strings.Contains(words, w) {
			return true
		}
	}
	return e.HTTPStatus == http.StatusNotFound
}

// unserved says that the account has no such call: the path is a guess and the guess was wrong. Some front-ends answer
// an unknown address with 401 or 403; wrong keys show in the token call already.
func unserved(err error) bool {
	e, ok := errors.AsType[*gateway.Error](err)
	if !ok || e.Class != gateway.ClassMisconfigured || e.Code != "" || e.Op == opToken {
		return false
	}
	switch e.HTTPStatus {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusUnauthorized,
		http.StatusForbidden:
		return true
	}
	return false
}
