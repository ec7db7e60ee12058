package counter

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"galla/gateway"
	"galla/internal/books"
	"galla/internal/counter/wire"
	"galla/internal/mandate"
	"galla/internal/operations"
	"galla/internal/people"
	"galla/internal/quota"
	"galla/internal/till"
	"galla/state"
)

// kind is one sort of problem: its place under /problems/, and its status.
type kind struct {
	name   string
	status int
	title  string
	text   string // for people who follow the link
}

var (
	badJSON       = newKind("bad-json", 400, "The body can't be read", "The body must be one JSON object with the fields this call knows, each at most once.")
	badQuery      = newKind("bad-query", 400, "The address can't be read", "A value in the address (after the question mark, or a header) is not what this call takes.")
	unauthorized  = newKind("who-are-you", 401, "Nobody knows who asks", "Over the network a request carries the token of a paired device, and a person is signed in on it.")
	forbidden     = newKind("not-allowed", 403, "Not allowed", "The caller's role does not cover this, or the approver's name and PIN are missing or wrong.")
	sessionEnded  = newKind("session-ended", 401, "The sign-in has ended", "The person who was signed in on this device did nothing for a while, or signed in 30 days ago. They enter the PIN again (POST /v1/session), and the request can be sent again with the same key.")
	notLetIn      = newKind("not-let-in", 401, "The device waits to be let in", "The device is paired. Its token works once the owner or a manager has let it in: a person sees its name and its four digits in the list of devices.")
	pinNeeded     = newKind("pin-needed", 403, "It takes your own PIN", "What gives or changes power (people, PINs, devices, services) takes the PIN of the one who asks in the same request, as your_pin. Where nobody is signed in, you says who.")
	foreign       = newKind("foreign-page", 403, "A foreign page asked", "Browsers may call only from the console's own pages.")
	noSale        = newKind("no-sale", 404, "No such sale", "There is no sale with this id or number.")
	noThing       = newKind("no-such-thing", 404, "No such thing", "There is nothing under this id or name.")
	noPlace       = newKind("no-such-call", 404, "No such call", "The API has no call at this path.")
	badMethod     = newKind("wrong-method", 405, "Wrong method", "The path exists, but not with this method.")
	refusedNow    = newKind("refused", 409, "Not possible now", "The sale, as it stands, does not allow this.")
	noPrinter     = newKind("no-printer", 409, "No printer", "This box has no printer set up, so there is nothing to print on and no state to tell.")
	aheadOfUs     = newKind("ahead-of-us", 409, "Ahead of the till", "The client has seen events that the till does not have: its store was replaced. Read everything anew.")
	tooLarge      = newKind("too-large", 413, "Too large", "A body may be 16 KiB at most.")
	badType       = newKind("wrong-type", 415, "Wrong content type", "Bodies are application/json.")
	wrongHost     = newKind("wrong-host", 421, "Wrong host", "The request names a host that is not this box. It guards against pages that point their own name at us.")
	badRequest    = newKind("not-acceptable-value", 422, "A value is not acceptable", "The body could be read, but one of its values can't be used.")
	keyReused     = newKind("key-reused", 422, "The idempotency key was used before", "The same key came with a different request. A key belongs to one request.")
	byNumber      = newKind("id-needed", 422, "A write takes the sale's id", "Numbers begin anew each day, so a write by number could reach another day's sale. GET /v1/sales?name= answers with the sale and its id.")
	sameReference = newKind("same-reference", 409, "The bill number has a sale", "A sale of this bill number is open, or was paid today: two QRs for one bill would both be paid. For a split bill, ask again with again.")
	keyUnreadable = newKind("key-unreadable", 400, "The idempotency key can't be read", "An Idempotency-Key is 1 to 128 printable ASCII characters.")
	keyMissing    = newKind("key-missing", 400, "No idempotency key", "Every write over the network carries an Idempotency-Key header, so that it may be repeated safely.")
	tooOften      = newKind("too-often", 429, "Too many tries", "Wrong PINs and codes are slowed down.")
	tooManySales  = newKind("too-many-sales", 429, "Too many sales", "One caller may have so many open sales, and open so many a minute (open_sales and sales_a_minute under [till] in gallad.toml). Others sell on.")
	atOnce        = newKind("too-many-at-once", 503, "Too much at once", "One caller may hold so many connections and feeds at a time. Others are served on.")
	ourFault      = newKind("our-fault", 500, "Galla failed", "This is a fault of Galla. The log of gallad says more.")
	gatewayFault  = newKind("gateway-failed", 502, "The gateway did not answer", "What was asked of the gateway could not be read. Nothing was changed.")
	notReady      = newKind("not-ready", 503, "The till can't take it now", "The till is starting, stopping, or out of service.")
)

const (
	strangerRefusals = 120
	strangerWait     = 500 * time.Millisecond
)

var kinds = map[string]*kind{}

func newKind(name string, status int, title, text string) *kind {
	k := &kind{name, status, title, text}
	kinds[name] = k
	return k
}

// problem makes the error that becomes a problem document.
func problem(k *kind, detail, next string) *wire.Problem {
	return &wire.Problem{Type: "/problems/" + k.name, Title: k.title, Status: k.status, Detail: detail, Next: next,
		DetailCode: "problem_" + strings.ReplaceAll(k.name, "-", "_")}
}

// coded names what exactly the problem is, where its kind does not say all.
func coded(p *wire.Problem, what string, v wire.Values) *wire.Problem {
	p.DetailCode, p.DetailValues = "problem_"+what, v
	return p
}

// refusedProblem names by what was asked of the sale why it is not possible now.
func refusedProblem(r *state.RefusedError) *wire.Problem {
	p := problem(refusedNow, r.Why, "Read the sale again and decide by its message.")
	switch r.Kind {
	case state.EventRefundAsked:
		return coded(p, "refund_refused", nil)
	case state.EventResolved:
		p.Next = "Read the sale again: its attention says what is open, and which answers it takes."
		return coded(p, "answer_refused", nil)
	case state.EventCloseAsked:
		return coded(p, "cancel_refused", nil)
	case state.EventPrintAsked:
		return coded(p, "print_refused", nil)
	}
	return p
}

// valueProblem names the value that can't be used.
func valueProblem(r *till.RequestError) *wire.Problem {
	p := problem(badRequest, r.Why, "Correct the value and send it with a new idempotency key.")
	p.Field = r.Field
	if r.Code != "" {
		p.DetailCode, p.Next = r.Code, "Give the money back in cash."
		if r.Code == gateway.SentenceCode(gateway.CashierPartTooFew) {
			p.Next = "Refund each larger payment by itself, and give the rest back in cash."
		}
		return p
	}
	switch r.Field {
	case "amount_paise":
		return coded(p, "amount", nil)
	case "payment_id":
		p.Next = "Read the sale: its refunds say what went back."
		return coded(p, "nothing_left", nil)
	case "reference":
		return coded(p, "reference", nil)
	}
	return coded(p, "value", wire.Values{"field": r.Field})
}

// gatewayProblem says what came of asking a gateway, in the code of the gateway's own sentence where it has one.
func gatewayProblem(gone *operations.GatewayError) *wire.Problem {
	p := problem(noThing, gone.Why, "Take the id from the gateway's list.")
	if !gone.Missing {
		p = problem(gatewayFault, gone.Why, cmp.Or(gone.Next, "Look the gateway over: galla doctor gateway."))
	}
	p.DetailCode = cmp.Or(gateway.SentenceCode(gone.Why), p.DetailCode)
	return p
}

// asProblem says what a client is told of an error. The text of an error nobody expected stays in the log.
func asProblem(err error) *wire.Problem {
	var p *wire.Problem
	var person *people.Refusal
	var refused *state.RefusedError
	var wrong *till.RequestError
	var large *http.MaxBytesError
	var gone *operations.GatewayError
	var day *books.DayError
	var closed *books.ClosedError
	var same *till.SameReferenceError
	var stand *StandError
	var rule *mandate.Refusal
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &person):
		return refusalProblem(person)
	case errors.As(err, &refused):
		return refusedProblem(refused)
	case errors.As(err, &same):
		p := problem(sameReference, same.Error(), `Look at that sale first. If this is another sale of a split bill, send it with "again": true and a new idempotency key.`)
		p.Field, p.Sales = "reference", []wire.Sale{wire.FromSale(same.Sale)}
		return p
	case errors.As(err, &wrong):
		return valueProblem(wrong)
	case errors.As(err, &rule):
		return coded(problem(refusedNow, rule.Why, rule.Next), rule.Code, rule.Values)
	case errors.As(err, &closed):
		return coded(problem(refusedNow, closed.Why, closed.Next), "day_closed", nil)
	case errors.As(err, &stand):
		return problem(noThing, stand.Why, stand.Next)
	case errors.As(err, &day):
		return coded(problem(badQuery, day.Why, day.Next), "day", nil)
	case errors.Is(err, till.ErrNoSale):
		return problem(noSale, till.ErrNoSale.Error(), "List the sales to find it: GET /v1/sales.")
	case errors.Is(err, operations.ErrNoOperation):
		return problem(noThing, operations.ErrNoOperation.Error(), "List them to find it: GET /v1/operations.")
	case errors.As(err, &gone):
		return gatewayProblem(gone)
	case errors.Is(err, till.ErrKeyReused), errors.Is(err, books.ErrKeyReused):
		return problem(keyReused, till.ErrKeyReused.Error(), "Use a new Idempotency-Key for a new request.")
	case errors.Is(err, till.ErrNoPrinter):
		return problem(noPrinter, till.ErrNoPrinter.Error(), "Set [printer] port in gallad.toml, and start gallad anew.")
	case errors.Is(err, till.ErrNotReady):
		return problem(notReady, err.Error(), "Take cash for now, and try again with the same idempotency key.")
	case errors.Is(err, till.ErrStopped):
		return coded(problem(notReady, err.Error(), "Try again in a few seconds with the same idempotency key: nothing is done twice."), "restarting", nil)
	case errors.Is(err, context.DeadlineExceeded):
		p := problem(notReady, "the till did not answer in time; what was asked may or may not be done", "Try again with the same idempotency key: nothing is done twice.")
		return coded(p, "no_answer", nil)
	case errors.As(err, &large):
		return problem(tooLarge, fmt.Sprintf("the body is larger than %d bytes", large.Limit), "Send less: a note has 256 characters at most.")
	}
	return problem(ourFault, "something went wrong inside gallad; what was asked may or may not be done", "Read the sale before you repeat anything, and repeat with the same idempotency key. The log of gallad says more.")
}

// refuse writes an error as its problem document.
func (c *Counter) refuse(w http.ResponseWriter, r *http.Request, who Caller, err error) {
	if r.Context().Err() != nil && !errors.As(err, new(*wire.Problem)) && !errors.As(err, new(*people.Refusal)) {
		// Nobody reads it, most likely. To return would end in an empty 200, and somebody may: a body that came too slowly
		// cancels the request as well. A connection that breaks is the truth: the outcome isn't known.
		panic(http.ErrAbortHandler)
	}
	if who.Name == "" {
		c.slow(r)
	}
	p := asProblem(err)
	if kind := strings.TrimPrefix(p.Type, "/problems/"); p.Status == 500 {
		c.log.Error("request failed", "method", r.Method, "path", quota.Path(r.URL.Path), "by", who.Name, "status", p.Status, "error", err)
	} else if c.lines.Say(who.Name, kind) {
		c.log.Info("request refused", "method", r.Method, "path", quota.Path(r.URL.Path), "by", who.Name, "status", p.Status, "problem", kind)
	}
	writeProblem(w, p)
}

// slow keeps a stranger who is refused again and again from taking all of the box's time: beyond strangerRefusals a minute from one source, each answer
// comes later, and a source has few connections to wait on.
func (c *Counter) slow(r *http.Request) {
	from, stopped := source(r), stopping(r.Context())
	if !from.IsValid() || stopped == nil || c.refusals.Take(quota.Source(from)) == 0 {
		return
	}
	select {
	case <-time.After(strangerWait):
	case <-r.Context().Done():
	case <-stopped:
	}
}

func writeProblem(w http.ResponseWriter, p *wire.Problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	switch p.Status {
	case 413:
		h.Set("Connection", "close") // the rest of the body is not worth reading
	case 429, 503:
		h.Set("Retry-After", strconv.Itoa(max(2, int((p.Wait+time.Second-1)/time.Second))))
	case 401:
		h.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.Encode(p)
}

// explainProblem answers the type of a problem document, followed as a link.
func explainProblem(w http.ResponseWriter, r *http.Request) {
	k := kinds[r.PathValue("name")]
	if k == nil {
		writeProblem(w, problem(noPlace, "there is no problem of this name", "Follow the type of a problem document."))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "%s (%d)\n\n%s\n", k.title, k.status, k.text)
}
