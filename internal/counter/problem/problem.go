package problem

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
	"galla/internal/membership"
	"galla/internal/operations"
	"galla/internal/people"
	"galla/internal/quota"
	"galla/internal/till"
	"galla/state"
)

// Kind is one sort of problem: its place under /problems/, and its status. There are no others than those below.
type Kind struct {
	name   string
	status int
	title  string
	text   string // for people who follow the link
}

// The kinds. The text of each says when it is answered.
var (
	BadJSON = newKind(
		"bad-json",
		400,
		"The body can't be read",
		"The body must be one JSON object with the fields this call knows, each at most once.",
	)
	BadQuery = newKind(
		"bad-query",
		400,
		"The address can't be read",
		"A value in the address (after the question mark, or a header) is not what this call takes.",
	)
	Unauthorized = newKind(
		"who-are-you",
		401,
		"Nobody knows who asks",
		"Over the network a request carries the token of a paired device, and a person is signed in on it.",
	)
	Forbidden = newKind(
		"not-allowed",
		403,
		"Not allowed",
		"The caller's role does not cover this, or the approver's name and PIN are missing or wrong.",
	)
	SessionEnded = newKind(
		"session-ended",
		401,
		"The sign-in has ended",
		"The person who was signed in on this device did nothing for a while, or signed in 30 days ago. They enter "+
			"the PIN again (POST /v1/session), and the request can be sent again with the same key.",
	)
	NotLetIn = newKind(
		"not-let-in",
		401,
		"The device waits to be let in",
		"The device is paired. Its token works once the owner or a manager has let it in: a person sees its name "+
			"and its four digits in the list of devices.",
	)
	PinNeeded = newKind(
		"pin-needed",
		403,
		"It takes your own PIN",
		"What gives or changes power (people, PINs, devices, services) takes the PIN of the one who asks in the "+
			"same request, as your_pin. Where nobody is signed in, you says who.",
	)
	Foreign = newKind(
		"foreign-page",
		403,
		"A foreign page asked",
		"Browsers may call only from the console's own pages.",
	)
	NoSale     = newKind("no-sale", 404, "No such sale", "There is no sale with this id or number.")
	NoThing    = newKind("no-such-thing", 404, "No such thing", "There is nothing under this id or name.")
	NoPlace    = newKind("no-such-call", 404, "No such call", "The API has no call at this path.")
	BadMethod  = newKind("wrong-method", 405, "Wrong method", "The path exists, but not with this method.")
	RefusedNow = newKind("refused", 409, "Not possible now", "The sale, as it stands, does not allow this.")
	NoPrinter  = newKind(
		"no-printer",
		409,
		"No printer",
		"This box has no printer set up, so there is nothing to print on and no state to tell.",
	)
	AheadOfUs = newKind(
		"ahead-of-us",
		409,
		"Ahead of the till",
		"The client has seen events that the till does not have: its store was replaced. Read everything anew.",
	)
	TooLarge  = newKind("too-large", 413, "Too large", "A body may be 16 KiB at most.")
	BadType   = newKind("wrong-type", 415, "Wrong content type", "Bodies are application/json.")
	WrongHost = newKind(
		"wrong-host",
		421,
		"Wrong host",
		"The request names a host that is not this box. It guards against pages that point their own name at us.",
	)
	BadRequest = newKind(
		"not-acceptable-value",
		422,
		"A value is not acceptable",
		"The body could be read, but one of its values can't be used.",
	)
	KeyReused = newKind(
		"key-reused",
		422,
		"The idempotency key was used before",
		"The same key came with a different request. A key belongs to one request.",
	)
	ByNumber = newKind(
		"id-needed",
		422,
		"A write takes the sale's id",
		"Numbers begin anew each day, so a write by number could reach another day's sale. GET /v1/sales?name= "+
			"answers with the sale and its id.",
	)
	SameReference = newKind(
		"same-reference",
		409,
		"The bill number has a sale",
		"A sale of this bill number is open, or was paid today: two QRs for one bill would both be paid. For a "+
			"split bill, ask again with again.",
	)
	KeyUnreadable = newKind(
		"key-unreadable",
		400,
		"The idempotency key can't be read",
		"An Idempotency-Key is 1 to 128 printable ASCII characters.",
	)
	KeyMissing = newKind(
		"key-missing",
		400,
		"No idempotency key",
		"Every write over the network carries an Idempotency-Key header, so that it may be repeated safely.",
	)
	TooOften     = newKind("too-often", 429, "Too many tries", "Wrong PINs and codes are slowed down.")
	TooManySales = newKind(
		"too-many-sales",
		429,
		"Too many sales",
		"One caller may have so many open sales, and open so many a minute (open_sales and sales_a_minute under "+
			"[till] in gallad.toml). Others sell on.",
	)
	AtOnce = newKind(
		"too-many-at-once",
		503,
		"Too much at once",
		"One caller may hold so many connections and feeds, send so many writes and slips a minute, and read so "+
			"much at a time. Others are served on.",
	)
	OurFault       = newKind("our-fault", 500, "Galla failed", "This is a fault of Galla. The log of gallad says more.")
	GatewayRefused = newKind(
		"gateway-refused",
		422,
		"The gateway refuses it",
		"The gateway answered, and refuses what was asked. Nothing was changed. The same request is refused again.",
	)
	GatewayFault = newKind(
		"gateway-failed",
		502,
		"The gateway did not answer",
		"What was asked of the gateway could not be read. Nothing was changed.",
	)
	OfficeFault = newKind(
		"office-failed",
		502,
		"The head office did not answer",
		"The head office of the chain of shops could not be reached, or what answered is none. Nothing was changed.",
	)
	NotReady = newKind(
		"not-ready",
		503,
		"The till can't take it now",
		"The till is starting, stopping, or out of service.",
	)
)

var kinds = map[string]*Kind{}

func newKind(name string, status int, title, text string) *Kind {
	k := &Kind{name, status, title, text}
	kinds[name] = k
	return k
}

// New makes the error that becomes a problem document: what is wrong, and what to do next, each a sentence.
func New(k *Kind, detail, next string) *wire.Problem {
	return &wire.Problem{Type: "/problems/" + k.name, Title: k.title, Status: k.status, Detail: detail, Next: next,
		DetailCode: "problem_" + strings.ReplaceAll(k.name, "-", "_")}
}

// Coded names in p what exactly the problem is, where its kind does not say all; what is a code of package wire without
// its "problem_". It returns p.
func Coded(p *wire.Problem, what string, v wire.Values) *wire.Problem {
	p.DetailCode, p.DetailValues = "problem_"+what, v
	return p
}

// WrongClock refuses to close a day by a clock that the doctor found wrong.
func WrongClock(c *wire.Check) *wire.Problem {
	return Coded(New(RefusedNow, "no day is closed: "+c.Says, c.Next), "clock_wrong", nil)
}

// refusedProblem names by what was asked of the sale why it is not possible now.
func refusedProblem(r *state.RefusedError) *wire.Problem {
	p := New(RefusedNow, r.Why, "Read the sale again and decide by its message.")
	switch r.Kind {
	case state.EventRefundAsked:
		return Coded(p, "refund_refused", nil)
	case state.EventResolved:
		p.Next = "Read the sale again: its attention says what is open, and which answers it takes."
		return Coded(p, "answer_refused", nil)
	case state.EventCloseAsked:
		return Coded(p, "cancel_refused", nil)
	case state.EventPrintAsked:
		return Coded(p, "print_refused", nil)
	}
	return p
}

// valueProblem names the value that can't be used.
func valueProblem(r *till.RequestError) *wire.Problem {
	p := New(BadRequest, r.Why, "Correct the value and send it with a new idempotency key.")
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
		return Coded(p, "amount", nil)
	case "payment_id":
		p.Next = "Read the sale: its refunds say what went back."
		return Coded(p, "nothing_left", nil)
	case "reference":
		return Coded(p, "reference", nil)
	}
	return Coded(p, "value", wire.Values{"field": r.Field})
}

// gatewayProblem says what came of asking a gateway, in the code of the gateway's own sentence where it has one.
func gatewayProblem(gone *operations.GatewayError) *wire.Problem {
	p := New(NoThing, gone.Why, "Take the id from galla mandate list, galla qr list, or the gateway's dashboard.")
	switch {
	case gone.Missing:
	case gone.Refused:
		p = New(GatewayRefused, gone.Why, cmp.Or(gone.Next, "Change what is asked."))
	default:
		p = New(GatewayFault, gone.Why, cmp.Or(gone.Next, "Look the gateway over: galla doctor gateway."))
	}
	p.DetailCode = cmp.Or(gateway.SentenceCode(gone.Why), p.DetailCode)
	return p
}

// Of says what a client is told of an error. The text of an error nobody expected stays in the log.
func Of(err error) *wire.Problem {
	var p *wire.Problem
	var person *people.Refusal
	var refused *state.RefusedError
	var wrong *till.RequestError
	var large *http.MaxBytesError
	var gone *operations.GatewayError
	var day *books.DayError
	var closed *books.ClosedError
	var same *till.SameReferenceError
	var rule *mandate.Refusal
	var office *membership.Refusal
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &person):
		return refusalProblem(person)
	case errors.As(err, &refused):
		return refusedProblem(refused)
	case errors.As(err, &same):
		p := New(
			SameReference,
			same.Error(),
			`Look at that sale first. If this is another sale of a split bill, send it with "again": true and a new `+
				`idempotency key.`,
		)
		p.Field, p.Sales = "reference", []wire.Sale{wire.FromSale(same.Sale)}
		return p
	case errors.As(err, &wrong):
		return valueProblem(wrong)
	case errors.As(err, &rule):
		return Coded(New(RefusedNow, rule.Why, rule.Next), rule.Code, rule.Values)
	case errors.As(err, &office):
		return officeProblem(office)
	case errors.As(err, &closed):
		return Coded(New(RefusedNow, closed.Why, closed.Next), "day_closed", nil)
	case errors.As(err, &day):
		return Coded(New(BadQuery, day.Why, day.Next), "day", nil)
	case errors.Is(err, till.ErrNoSale):
		return New(NoSale, till.ErrNoSale.Error(), "List the sales to find it: GET /v1/sales.")
	case errors.Is(err, operations.ErrNoOperation):
		return New(NoThing, operations.ErrNoOperation.Error(), "List them to find it: GET /v1/operations.")
	case errors.As(err, &gone):
		return gatewayProblem(gone)
	case errors.Is(err, till.ErrKeyReused), errors.Is(err, books.ErrKeyReused), errors.Is(err, people.ErrKeyReused):
		return New(KeyReused, till.ErrKeyReused.Error(), "Use a new Idempotency-Key for a new request.")
	case errors.Is(err, till.ErrNoPrinter):
		return New(NoPrinter, till.ErrNoPrinter.Error(), "Set [printer] port in gallad.toml, and start gallad anew.")
	case errors.Is(err, till.ErrNotReady):
		return New(NotReady, err.Error(), "Take cash for now, and try again with the same idempotency key.")
	case errors.Is(err, till.ErrStopped):
		p := New(
			NotReady,
			err.Error(),
			"Try again in a few seconds with the same idempotency key: nothing is done twice.",
		)
		return Coded(p, "restarting", nil)
	case errors.Is(err, context.DeadlineExceeded):
		p := New(NotReady, "the till did not answer in time; what was asked may or may not be done",
			"Try again with the same idempotency key: nothing is done twice.")
		return Coded(p, "no_answer", nil)
	case errors.As(err, &large):
		return New(
			TooLarge,
			fmt.Sprintf("the body is larger than %d bytes", large.Limit),
			"Send less: a note has 256 characters at most.",
		)
	}

	return New(
		OurFault,
		"something went wrong inside gallad; what was asked may or may not be done",
		"Read the sale before you repeat anything, and repeat with the same idempotency key. The log "+
			"of gallad says more.",
	)
}

// refusalKinds are what package people refuses, as problems.
var refusalKinds = map[people.Code]*Kind{
	people.Unacceptable: BadRequest,
	people.Unidentified: Unauthorized,
	people.Forbidden:    Forbidden,
	people.Missing:      NoThing,
	people.Conflict:     RefusedNow,
	people.TooOften:     TooOften,
	people.SignedOut:    SessionEnded,
	people.NeedsPIN:     PinNeeded,
	people.NotLetIn:     NotLetIn,
}

// refusalProblem is a refusal of package people as its problem document.
func refusalProblem(r *people.Refusal) *wire.Problem {
	p := New(refusalKinds[r.Code], r.Detail, r.Next)
	if p.Field, p.Wait = r.Field, r.Wait; r.Code == people.TooOften {
		p.Bound = "tries"
	}
	if r.Reason == "" {
		return p
	}
	v := wire.Values{}
	if r.Person != "" {
		v["person"] = r.Person
	}
	if r.Role != "" {
		v["role"] = r.Role
	}
	if r.Check != "" {
		v["check"] = r.Check
	}
	if r.Wait > 0 {
		v["span"] = r.Wait.Round(time.Second).String()
	}
	return Coded(p, r.Reason, v)
}

// officeKinds are what package membership refuses, as problems.
var officeKinds = map[membership.Sort]*Kind{
	membership.BadValue: BadRequest,
	membership.NotNow:   RefusedNow,
	membership.TooOften: TooOften,
	membership.Away:     OfficeFault,
}

// officeProblem is a refusal of package membership as its problem document.
func officeProblem(r *membership.Refusal) *wire.Problem {
	p := New(officeKinds[r.Sort], r.Why, r.Next)
	if p.Field, p.Wait = r.Field, r.Wait; r.Sort == membership.TooOften {
		p.Bound = "tries"
	}
	return Coded(p, r.Code, r.Values)
}

// Write answers with a problem document and the headers that go with its status.
func Write(w http.ResponseWriter, p *wire.Problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	switch p.Status {
	case 413:
		h.Set("Connection", "close") // the rest of the body is not worth reading
	case 429, 503:
		wait := max(2, int((p.Wait+time.Second-1)/time.Second))
		h.Set("Retry-After", strconv.Itoa(wait))
		// never said to be over before Retry-After (draft-ietf-httpapi-ratelimit-headers-10, section 6)
		if p.Bound != "" {
			h.Set("RateLimit", quota.None(p.Bound, time.Duration(wait)*time.Second))
		}
	case 401:
		h.Set("WWW-Authenticate", "Bearer")
	}
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.Encode(p)
}

// Explain answers the type of a problem document, followed as a link.
func Explain(w http.ResponseWriter, r *http.Request) {
	k := kinds[r.PathValue("name")]
	if k == nil {
		Write(w, New(NoPlace, "there is no problem of this name", "Follow the type of a problem document."))
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, "%s (%d)\n\n%s\n", k.title, k.status, k.text)
}
