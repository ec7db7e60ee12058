package counter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"galla/gateway"
	"galla/internal/books"
	"galla/internal/counter/problem"
	"galla/internal/counter/query"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/mandate"
	"galla/internal/money"
	"galla/internal/operations"
	"galla/state"
)

// Operations is what is asked of gateways beside sales, and the audit of acts, as the counter needs them. Every call
// may be made from any goroutine. Errors are those of Till, operations.ErrNoOperation, of the rules of mandates
// *mandate.Refusal, and of the reads of a gateway *operations.GatewayError.
type Operations interface {
	Ask(ctx context.Context, r operations.Request) (state.Operation, error)
	Operation(id string) (state.Operation, error)
	List(before string, limit int) ([]state.Operation, error)
	Gateways() []operations.Account
	CounterQR(ctx context.Context, account, id string) (gateway.CounterQR, error)
	CounterQRs(ctx context.Context, account string, s gateway.CounterQRSearch) ([]gateway.CounterQR, error)
	Mandate(ctx context.Context, account, id string) (gateway.Mandate, error)
	MandateList() ([]operations.Mandated, error)
	Unsure(prefix string) []state.Operation
	Debit(ctx context.Context, r operations.DebitRequest) (state.Sale, error)
	Settle(ctx context.Context, id string, went bool, by string) (state.Operation, error)
	Examine(ctx context.Context, account string) ([]gateway.Finding, error)
	books.Statements // what gateways recorded
	// Audit writes down what a person does to the box, then does it; it returns what do returns.
	Audit(a state.Act, do func() error) error
}

// operate asks for one operation. 201 says that it is on disk; its status says how it ended.
func (c *Counter) operate(w http.ResponseWriter, r *http.Request, who Caller, asked *asked, approver,
	kind string, body any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	o, err := c.operations.Ask(r.Context(), operations.Request{Key: asked.key, Owner: asked.owner,
		Replayed: &asked.replayed, Gateway: r.PathValue("name"), Kind: kind, Target: r.PathValue("id"),
		Body: raw, By: who.Name, Approver: approver})
	if err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/operations/"+o.ID)
	return asked.answer(w, http.StatusCreated, wireOperation(o))
}

// unsure are the operations of kinds that begin so whose end nobody knows.
func (c *Counter) unsure(prefix string) (out []wire.Operation) {
	for _, o := range c.operations.Unsure(prefix) {
		out = append(out, wireOperation(o))
	}
	return out
}

// nothing is an operation without a body.
func (c *Counter) nothing(kind string) func(http.ResponseWriter, *http.Request, Caller) error {
	return func(w http.ResponseWriter, r *http.Request, who Caller) error {
		asked, err := c.once(w, r, who, &wire.Nothing{})
		if err != nil {
			return err
		}
		return c.operate(w, r, who, asked, "", kind, struct{}{})
	}
}

func (c *Counter) createQR(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.CreateQR
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	return c.operate(w, r, who, asked, "", operations.QRCreate,
		gateway.CounterQRSpec{Name: b.Name, Amount: money.Paise(b.AmountPaise), MultipleUse: b.MultipleUse,
			Description: b.Description, Expiry: b.Expiry, Reference: b.Reference})
}

func (c *Counter) showQR(w http.ResponseWriter, r *http.Request, _ Caller) error {
	q, err := c.operations.CounterQR(r.Context(), r.PathValue("name"), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, wireQR(q, r.PathValue("name")))
}

func (c *Counter) listQRs(w http.ResponseWriter, r *http.Request, _ Caller) error {
	v, err := query.Of(r, "status", "reference", "offset", "limit")
	if err != nil {
		return err
	}
	offset, err := query.Number(v, "offset")
	if err != nil {
		return err
	}
	limit, err := query.Limit(v, 100, "codes", "offset=")
	if err != nil {
		return err
	}
	if offset > 1<<30 {
		return problem.New(problem.BadQuery, fmt.Sprintf("offset is %d, which no list reaches", offset),
			"Page on from the codes that are there.")
	}
	found, err := c.operations.CounterQRs(r.Context(), r.PathValue("name"), gateway.CounterQRSearch{
		Status: v.Get("status"), Reference: v.Get("reference"), Offset: int(offset), Limit: limit,
	})
	if err != nil {
		return err
	}
	page := wire.CounterQRs{QRs: []wire.CounterQR{}}
	for _, q := range found {
		page.QRs = append(page.QRs, wireQR(q, r.PathValue("name")))
	}
	return answer(w, http.StatusOK, page)
}

// pageOperations is how many operations a page has where no limit is given.
const pageOperations = 50

func (c *Counter) listOperations(w http.ResponseWriter, r *http.Request, _ Caller) error {
	v, err := query.Of(r, "before", "limit")
	if err != nil {
		return err
	}
	limit, err := query.Limit(v, 1000, "operations", "before=")
	if err != nil {
		return err
	}
	if limit == 0 {
		limit = pageOperations
	}
	before := v.Get("before")
	if before != "" { // of one that there is not the newest page would come again, for ever
		if _, err := c.operations.Operation(before); errors.Is(err, operations.ErrNoOperation) {
			return problem.New(problem.BadQuery,
				fmt.Sprintf("before is %.60q, which is not the id of an operation here", before),
				"Give what the page before named as next, or the id of its last operation.")
		} else if err != nil {
			return err
		}
	}

	list, err := c.operations.List(before, limit)
	if err != nil {
		return err
	}
	page := wire.Operations{Operations: []wire.Operation{}}
	if len(list) == limit {
		last := list[limit-1].ID
		older, err := c.operations.List(last, 1)
		if err != nil {
			return err
		}
		if page.More = len(older) > 0; page.More {
			page.Next = last
		}
	}

	for _, o := range list {
		page.Operations = append(page.Operations, wireOperation(o))
	}
	return answer(w, http.StatusOK, page)
}

func (c *Counter) showOperation(w http.ResponseWriter, r *http.Request, _ Caller) error {
	o, err := c.operations.Operation(r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, wireOperation(o))
}

// wireOperation projects an operation onto the wire, with the gateway's record of what it was about. What a later
// version wrote, or nothing, leaves the record out: the rest is still right.
func wireOperation(o state.Operation) wire.Operation {
	w := wire.FromOperation(o)
	switch o.Kind {
	case operations.QRCreate, operations.QRCancel:
		if q, ok := result[gateway.CounterQR](o); ok {
			w.QR = new(wireQR(q, ""))
		}
	case operations.MandateCreate, operations.MandateUpdate, operations.MandateRevoke, operations.MandateNotify,
		operations.MandateExecute, operations.MandateSeen:
		if m, ok := result[gateway.Mandate](o); ok {
			w.Mandate = new(wireMandate(m))
			// the payer alone can finish it
			if o.Status == state.OperationDone && gateway.MandateStateOf(m.Status) == gateway.MandateAsked {
				w.Message = wire.SayMandate(mandate.Created.Sentence())
			}
		}
		var d gateway.MandateDebit
		if o.Kind == operations.MandateNotify && json.Unmarshal(o.Request, &d) == nil {
			w.Debit = &wire.ToldDebit{AmountPaise: d.Amount, Day: day.Business(d.On, 0)}
		}
	case operations.GatewayRecord:
		if r, ok := result[operations.Recorded](o); ok {
			w.Recording = new(wire.Recording(r))
		}
	}
	return w
}

// result is the gateway's record as an operation keeps it; false if there is none that can be read.
func result[T any](o state.Operation) (v T, ok bool) {
	ok = len(o.Result) > 0 && json.Unmarshal(o.Result, &v) == nil
	return v, ok
}

func wireQR(q gateway.CounterQR, account string) wire.CounterQR {
	return wire.CounterQR{ID: q.ID, Gateway: account, Name: q.Name, AmountPaise: q.Amount, MultipleUse: q.MultipleUse,
		Description: q.Description, Expiry: q.Expiry,
		Reference: q.Reference, Status: q.Status, CreatedAt: q.CreatedAt.UTC(), Payload: q.Payload, Problem: q.Problem}
}
