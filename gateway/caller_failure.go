package gateway

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// judge turns an answer that no provider needs to see into an error; nil lets the answer through.
func (c *Caller) judge(call Call, a Answer, readErr error) *Error {
	page := isPage(a)
	switch {
	case call.connect && a.Status != http.StatusTooManyRequests:
		// What stands at the base URL is nobody's business: a redirect there is no wrong setting, and a maintenance
		// page's Retry-After must not hold up the sales.
		return nil
	case a.Status == http.StatusTooManyRequests:
		wait := c.retryAfter(a)
		c.budget.refused(wait)
		e := c.noAnswer(call, a, nil)
		e.RetryAfter, e.Cashier = wait, CashierBusy
		if call.Write { // a limiter may sit behind the part that acts
			e.Cashier = CashierUnknown
		}
		e.Operator = "the gateway limits how often this account may ask: see how many tills share its keys"
		return e
	case a.Status >= 500 || a.Status == http.StatusRequestTimeout || a.Status == http.StatusTooEarly:
		e := c.noAnswer(call, a, nil)
		if e.RetryAfter = c.retryAfter(a); e.RetryAfter > 0 {
			c.budget.refused(e.RetryAfter)
		}
		return e
	case a.Status < 200:
		return c.noAnswer(call, a, fmt.Errorf("status %d is no final answer", a.Status))
	case a.Status >= 300 && a.Status < 400:
		if call.Write && a.Status == http.StatusSeeOther {
			return c.noAnswer(call, a, errors.New("the gateway answers a write with a page to look at"))
		}
		return c.fail(call, a, ClassMisconfigured, CashierSetup,
			"the gateway sends us to another address: correct its base URL in the config", nil)
	case readErr != nil:
		return c.noAnswer(call, a, readErr)
	case len(a.Body) > MaxAnswer:
		return c.noAnswer(call, a, fmt.Errorf("the answer is larger than %d bytes", MaxAnswer))
	case a.Status < 300 && page:
		e := c.noAnswer(call, a, errors.New("a web page came instead of an answer"))
		e.Operator = "a proxy, a firewall or a maintenance page answers in the gateway's place: check the base URL " +
			"and the shop's network"
		return e
	case a.Status < 300 && len(a.Body) == 0 && a.Status != http.StatusNoContent && call.Method != http.MethodHead:
		return c.noAnswer(call, a, errors.New("the answer is empty"))
	}

	return nil
}

// Unreadable is for an answer whose body the provider cannot make sense of: a write may have happened. Of a read nobody
// is told to wait: the same answer comes again.
func (c *Caller) Unreadable(call Call, a Answer, err error) *Error {
	e := c.noAnswer(call, a, fmt.Errorf("the answer cannot be read: %w", err))
	if e.Cashier == CashierBusy {
		e.Cashier = CashierUnreadable
	}
	return e
}

// Failed makes an *Error for what the provider found in an answer. Cashier and operator are sentences; an empty
// cashier's is filled by the class. Code and text are the gateway's own and are shortened here.
func (c *Caller) Failed(call Call, a Answer, class Class, code, text, cashier, operator string) *Error {
	if cashier == "" {
		cashier = map[Class]string{ClassRejected: CashierRefused, ClassMisconfigured: CashierSetup,
			ClassUnknown: CashierUnknown}[class]
	}
	if cashier == "" {
		cashier = CashierBusy
	}
	e := c.fail(call, a, class, cashier, operator, nil)
	e.Code, e.Text = Shorten(code, 60), Shorten(text, 200)
	return e
}

// noAnswer is a call that was sent, or may have been, and got no usable answer.
func (c *Caller) noAnswer(call Call, a Answer, err error) *Error {
	if errors.Is(err, errUntrusted) {
		return c.fail(call, a, ClassMisconfigured, CashierSetup, hintUntrusted, err)
	}
	class, cashier := ClassUnavailable, CashierOffline
	if a.Status != 0 {
		cashier = CashierBusy
	}
	if call.Write {
		class, cashier = ClassUnknown, CashierUnknown
	}
	return c.fail(call, a, class, cashier, operatorHint(err), err)
}

// notSent is a call of which no byte left this box.
func (c *Caller) notSent(call Call, err error) *Error {
	cashier := CashierOffline
	if ClockBehind(err) {
		cashier = CashierClock
	}
	return c.fail(call, Answer{}, ClassUnavailable, cashier, operatorHint(err), fmt.Errorf("not sent: %w", err))
}

// heldBack is a call that waited for this box's own budget until its time was over, or would have. It says nothing
// about the gateway, but that it asked for quiet where it did.
func (c *Caller) heldBack(call Call, wait time.Duration, err error) *Error {
	cashier, operator := CashierOwnBudget, "this box asks the gateway more often than its budget allows: see how "+
		"many sales are open, and the account's rate"
	if c.budget.pausedFor() > 0 {
		cashier, operator = CashierPaused, "the gateway answered 429 or 503 and asked for quiet: see how many tills "+
			"share its keys"
	}
	e := c.fail(call, Answer{}, ClassBusy, cashier, operator, fmt.Errorf("not sent: %w", err))
	e.RetryAfter = wait
	return e
}

func (c *Caller) fail(call Call, a Answer, class Class, cashier, operator string, err error) *Error {
	return &Error{
		Class:      class,
		Gateway:    c.name,
		Op:         call.Op,
		HTTPStatus: a.Status,
		Cashier:    cashier,
		Operator:   operator,
		Err:        err,
	}
}

// report logs a failed call and hands its error on. Logged are ids, class, status and cause: never a body.
func (c *Caller) report(call Call, id string, start time.Time, e *Error) *Error {
	c.log.LogAttrs(
		context.Background(),
		slog.LevelWarn,
		"gateway call failed",
		slog.String("op", call.Op),
		slog.String("request", id),
		slog.String("class", string(e.Class)),
		slog.Int("status", e.HTTPStatus),
		slog.Duration("took", c.now().Sub(start)),
		slog.Any("cause", e.Err),
	)
	c.seen(call.Op, e.Class, c.now().Sub(start))
	return e
}

// plainCause takes the URL, which may hold an id or a search value, out of err, and names our own timeout.
func plainCause(ctx context.Context, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	cause := context.Cause(ctx)
	if cause != nil && errors.Is(err, context.DeadlineExceeded) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return err
}

// operatorHint says what to check for causes that have one remedy.
func operatorHint(err error) string {
	if ClockBehind(err) {
		return "the gateway's certificate begins after this box's time: check network time (timedatectl)"
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok && e.Reason == x509.Expired {
		return "the gateway's certificate is not valid at this box's time: check the box's clock first"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "something else answers in the gateway's place: check for a captive portal or an inspecting proxy, " +
			"and that ca-certificates is installed"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the certificate belongs to another host: check the base URL and for a captive portal"
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Sprintf("the name %q cannot be looked up: check the network cable, the router and DNS", e.Name)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return "no connection: check the network cable, the router, a proxy in the environment, and the base URL"
	}
	return ""
}

// retryAfter reads the Retry-After header (RFC 9110 10.2.3): seconds, or a date that is compared with the
// server's own Date so that our clock doesn't matter. 0 when there is none that makes sense.
func (c *Caller) retryAfter(a Answer) time.Duration {
	v := strings.TrimSpace(a.Header.Get("Retry-After"))
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	now := c.now()
	if d, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		now = d
	}
	return max(0, at.Sub(now))
}

// isPage says whether the answer is a web page: a maintenance notice, a captive portal, a firewall's refusal.
func isPage(a Answer) bool {
	return strings.HasPrefix(strings.ToLower(a.Header.Get("Content-Type")), "text/html") ||
		bytes.HasPrefix(bytes.TrimSpace(a.Body), []byte("<"))
}

// Shorten is Text for an error or a log: nothing in it looks like a payment address either.
func Shorten(s string, n int) string {
	if len(s) > 8*n {
		s = s[:8*n]
	}
	words := strings.Fields(Text(s, 8*n))
	for i, w := range words {
		if bare := strings.Trim(w, `"'.,;:()[]{}<>`); strings.Contains(bare, "@") {
			words[i] = strings.Replace(w, bare, MaskVPA(bare), 1)
		}
	}
	return Text(strings.Join(words, " "), n)
}
