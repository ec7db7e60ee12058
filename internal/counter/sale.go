package counter

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"galla/internal/counter/body"
	"galla/internal/counter/problem"
	"galla/internal/counter/query"
	"galla/internal/counter/search"
	"galla/internal/counter/validator"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

func (c *Counter) openSale(w http.ResponseWriter, r *http.Request, who Caller) error {
	w.Header().Set("RateLimit-Policy", fmt.Sprintf(`%s, "open-sales";q=%d`, c.rate.Policy("sales"), c.openSales))
	left := c.rate.Left("sales", keyOwner(who))
	w.Header().Set("RateLimit", left)
	var b wire.OpenSale
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	if b.AmountPaise <= 0 {
		p := problem.New(problem.BadRequest, noAmount(b.AmountPaise), "Give the amount in paise, "+
			"like 25000 for ₹250.00.")
		p.Field = "amount_paise"
		return p
	}

	req := till.OpenRequest{
		Key:       asked.key,
		Owner:     asked.owner,
		Replayed:  &asked.replayed,
		Amount:    money.Paise(b.AmountPaise),
		Reference: b.Reference,
		Again:     b.Again,
		Note:      b.Note,
		Print:     b.Print,
		By:        who.Name,
		Admit: func(open int) (err error) {
			left, err = c.admit(who, open)
			return err
		},
	}

	if i := b.Invoice; i != nil {
		if !i.GSTPaise.Given {
			return body.Missing("invoice.gst_paise")
		}
		req.Invoice = &money.Invoice{Number: i.Number, Date: i.Date, CustomerName: i.CustomerName, GSTIN: i.GSTIN,
			GST: money.Paise(i.GSTPaise.Paise), Cess: money.Paise(i.CessPaise), Interstate: i.Interstate}
	}

	s, err := c.till.Open(r.Context(), req)
	if err != nil {
		return err
	}
	w.Header().Set("RateLimit", left) // not before: where Open gave up, the till may still admit
	w.Header().Set("Location", "/v1/sales/"+s.ID)
	return asked.answer(w, http.StatusCreated, wire.FromSale(s))
}

// admit says whether a caller may open one more sale while it has so many open: a gateway's budget is for all. left is
// what remains then, for the header RateLimit.
func (c *Counter) admit(who Caller, open int) (left string, err error) {
	if open >= c.openSales {
		p := problem.New(problem.TooManySales,
			fmt.Sprintf("%s has %d open sales, and may have no more", who.Name, open),
			"End some first: cancel what nobody pays. The owner sets open_sales under [till] in gallad.toml.")
		p.Bound, p.Wait = "open-sales", openSalesWait
		return "", p
	}
	if wait := c.rate.Take(keyOwner(who)); wait > 0 {
		p := problem.New(problem.TooManySales,
			fmt.Sprintf("%s opens more sales than a caller may in a minute", who.Name),
			fmt.Sprintf("Wait %s and send it again with the same idempotency key. The owner sets sales_a_minute "+
				"under [till] in gallad.toml.", wait))
		p.Bound, p.Wait = "sales", wait
		return "", p
	}
	return fmt.Sprintf(`%s, "open-sales";r=%d`, c.rate.Left("sales", keyOwner(who)), c.openSales-open-1), nil
}

// openSalesWait is when a caller with too many open sales comes back: nobody knows when one ends, and most do within
// minutes.
const openSalesWait = 10 * time.Second

func noAmount(a wire.Amount) string {
	if a == 0 {
		return "amount_paise is 0: a sale needs an amount above zero"
	}
	return fmt.Sprintf("amount_paise is %d: a sale needs an amount above zero", a)
}

func (c *Counter) listSales(w http.ResponseWriter, r *http.Request, who Caller) error {
	v, err := query.Of(r, append([]string{"name", "since", "limit", "before", "day", "attention", "open"},
		search.Fields...)...)
	if err != nil {
		return err
	}

	// a program whose variable is empty must not take the newest sale for what it looks for
	for _, name := range search.Fields {
		if v.Has(name) && strings.TrimSpace(v.Get(name)) == "" {
			return problem.New(problem.BadQuery, name+" is empty", "Leave it out, or say what to look for.")
		}
	}
	if v.Has("name") {
		if len(v) > 1 {
			return problem.New(problem.BadQuery, "name finds one sale, and nothing goes with it",
				"Leave the other values out.")
		}
		return c.oneSale(w, r, who, v.Get("name"))
	}

	var q till.Query
	if q.Since, err = query.Number(v, "since"); err != nil {
		return err
	}
	if q.Limit, err = query.Limit(v, 1000, "sales", "before= or since="); err != nil {
		return err
	}
	if q.Day = v.Get("day"); q.Day != "" {
		if _, err := time.Parse(time.DateOnly, q.Day); err != nil {
			return problem.New(problem.BadQuery, fmt.Sprintf("day %.20q is not a date", q.Day),
				"Write it like 2026-11-22.")
		}
	}
	if q.Attention, err = query.Yes(v, "attention"); err != nil {
		return err
	}
	if q.Open, err = query.Yes(v, "open"); err != nil {
		return err
	}

	look, err := search.Of(v, c.dayCut)
	if err != nil {
		return err
	}
	if !look.Empty() {
		if q.Since != 0 || q.Day != "" || q.Attention || q.Open {
			return problem.New(problem.BadQuery, fmt.Sprintf("a search (%s) goes with limit and before only",
				strings.Join(search.Fields, ", ")), "Leave since, day, attention and open out.")
		}
		return c.searchSales(w, r, who, look, v.Get("before"), q.Limit)
	}
	if q.Before, err = c.before(r, v); err != nil {
		return err
	}

	if q.Limit == 0 {
		q.Limit = pageSales
	}
	seq, err := c.till.Seq() // read first: what comes after it is in the feed
	if err != nil {
		return err
	}
	if c.unchanged(w, r, who, validator.Strong, seq) {
		return nil
	}
	page := wire.Sales{Sales: []wire.Sale{}, Seq: seq}
	sales, err := c.till.Sales(r.Context(), q)
	if err != nil {
		return err
	}

	for _, s := range sales {
		page.Sales = append(page.Sales, wire.FromSale(s))
	}
	if page.More, err = c.more(r, q, sales); err != nil {
		return err
	}
	if page.More && q.Since == 0 {
		page.Next = sales[len(sales)-1].ID
	}
	return answer(w, http.StatusOK, page)
}

// more says whether another page follows.
func (c *Counter) more(r *http.Request, q till.Query, page []state.Sale) (bool, error) {
	if len(page) < q.Limit {
		return false, nil
	}
	last := page[len(page)-1]
	if q.Limit = 1; q.Since != 0 {
		q.Since = last.Seq
	} else {
		q.Before = last.ID
	}
	next, err := c.till.Sales(r.Context(), q)
	return len(next) > 0, err
}

// pageSales is how many sales a page has where no limit is given.
const pageSales = 50

// before reads the sale a page goes on from. One that there is not is refused: the newest page would come again, for
// ever.
func (c *Counter) before(r *http.Request, v url.Values) (string, error) {
	id := v.Get("before")
	if id == "" {
		return "", nil
	}
	if _, err := c.till.Sale(r.Context(), id); errors.Is(err, till.ErrNoSale) {
		return "", badCursor(id)
	} else if err != nil {
		return "", err
	}
	return id, nil
}

// oneSale answers a name with a page of one sale.
func (c *Counter) oneSale(w http.ResponseWriter, r *http.Request, who Caller, name string) error {
	seq, err := c.till.Seq() // read first, as for every page
	if err != nil {
		return err
	}
	s, err := c.names.Named(r.Context(), name)
	if err != nil {
		return err
	}
	if c.unchanged(w, r, who, validator.Strong, seq, s.ID) {
		return nil
	}
	return answer(w, http.StatusOK, wire.Sales{Sales: []wire.Sale{wire.FromSale(s)}, Seq: seq})
}

func (c *Counter) showSale(w http.ResponseWriter, r *http.Request, who Caller) error {
	s, err := c.names.OfRead(r)
	if err != nil {
		return err
	}
	if c.unchanged(w, r, who, validator.Strong, s.ID, s.Seq) {
		return nil
	}
	return answer(w, http.StatusOK, wire.FromSale(s))
}

func (c *Counter) cancelSale(w http.ResponseWriter, r *http.Request, who Caller) error {
	b := wire.CancelSale{}
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	switch b.Reason {
	case "":
		b.Reason = state.CloseCancelled
	case state.CloseCancelled, state.CloseOtherTender:
	default:
		p := problem.New(problem.BadRequest, fmt.Sprintf("reason %.40q is not one a person can give", b.Reason),
			`Give "cancelled" or "other_tender".`)
		p.Field = "reason"
		return p
	}
	return c.change(w, r, asked, http.StatusOK, func(s state.Sale) (state.Sale, error) {
		return c.till.Cancel(r.Context(), till.CancelRequest{Key: asked.key, Owner: asked.owner,
			Replayed: &asked.replayed, SaleID: s.ID, Reason: b.Reason, By: who.Name})
	})
}

func (c *Counter) refundSale(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.RefundSale
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	if b.AmountPaise.Given && b.AmountPaise.Paise <= 0 {
		p := problem.New(problem.BadRequest, fmt.Sprintf("amount_paise is %d: a refund needs an amount above zero",
			b.AmountPaise.Paise), "Give the paise to send back, or leave amount_paise out to refund all that is left.")
		p.Field = "amount_paise"
		return p
	}
	approver, err := c.approve(who, b.Approval)
	if err != nil {
		return err
	}
	return c.change(w, r, asked, http.StatusCreated, func(s state.Sale) (state.Sale, error) {
		return c.till.Refund(r.Context(), till.RefundRequest{Key: asked.key, Owner: asked.owner,
			Replayed: &asked.replayed, SaleID: s.ID, PaymentID: b.PaymentID,
			Amount: money.Paise(b.AmountPaise.Paise), All: !b.AmountPaise.Given, Reason: b.Reason, Goods: b.Goods,
			Confirmed: b.Confirmed, By: who.Name, Approver: approver})
	})
}

func (c *Counter) printSale(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.PrintSale
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	if !slices.Contains([]string{state.CopyOrder, state.CopyReceipt, state.CopyMerchant}, b.Copy) {
		p := problem.New(problem.BadRequest, fmt.Sprintf("copy %.40q is not printable", b.Copy),
			`Give "order", "receipt" or "merchant".`)
		p.Field = "copy"
		return p
	}
	return c.change(w, r, asked, http.StatusAccepted, func(s state.Sale) (state.Sale, error) {
		return c.till.Print(r.Context(), till.PrintRequest{Key: asked.key, Owner: asked.owner,
			Replayed: &asked.replayed, SaleID: s.ID, Copy: b.Copy, By: who.Name})
	})
}

func (c *Counter) resolveSale(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.ResolveSale
	asked, err := c.once(w, r, who, &b)
	if err != nil {
		return err
	}
	if !slices.Contains(state.Actions, b.Action) {
		p := problem.New(problem.BadRequest, fmt.Sprintf("action %.40q is not known", b.Action),
			fmt.Sprintf("Give %s.", state.Choice(state.Actions)))
		p.Field = "action"
		return p
	}
	if b.AmountPaise < 0 || b.AmountPaise > money.Max {
		p := problem.New(problem.BadRequest, fmt.Sprintf("amount_paise is %d: it is what the item names",
			int64(b.AmountPaise)), "Read the sale again, and send the amount of its item.")
		p.Field = "amount_paise"
		return p
	}
	return c.change(w, r, asked, http.StatusOK, func(s state.Sale) (state.Sale, error) {
		approver := ""
		if weighty(s, b) {
			if approver, err = c.approve(who, b.Approval); err != nil {
				return s, err
			}
		}
		return c.till.Resolve(r.Context(), till.ResolveRequest{Key: asked.key, Owner: asked.owner,
			Replayed: &asked.replayed, SaleID: s.ID, Attention: b.Attention, Action: b.Action,
			Amount: b.AmountPaise, Confirmed: b.Confirmed, Note: b.Note, By: who.Name, Approver: approver})
	})
}

// weighty reports whether a decision takes a manager: it sends money back, takes a sale for paid that isn't whole, or
// says what no gateway's record does.
func weighty(s state.Sale, b wire.ResolveSale) bool {
	switch b.Action {
	case state.ActionRefund, state.ActionEnough, state.ActionKeep, state.ActionItWent, state.ActionItDidNot,
		state.ActionTheySent:
		return true
	}
	return slices.ContainsFunc(s.Attention, func(a state.Attention) bool {
		return (a.Kind == state.AttentionShort || a.Kind == state.AttentionUnder) &&
			(b.Attention == "" || b.Attention == a.ID)
	})
}

// change finds the sale of the path, does something to it, and answers with it.
func (c *Counter) change(w http.ResponseWriter, r *http.Request, asked *asked, status int,
	do func(state.Sale) (state.Sale, error)) error {
	s, err := c.names.OfWrite(r)
	if err != nil {
		return err
	}
	if s, err = do(s); err != nil {
		return err
	}
	return asked.answer(w, status, wire.FromSale(s))
}

// write reads a write's body and its idempotency key.
func (c *Counter) write(w http.ResponseWriter, r *http.Request, who Caller, into any) (key string, err error) {
	key = r.Header.Get("Idempotency-Key")
	switch {
	case key == "" && who.Local:
		key = "made-" + rand.Text() // a person at a shell does not repeat blindly, and the CLI sends its own
	case key == "":
		return "", problem.New(problem.KeyMissing, "this write has no Idempotency-Key header",
			"Make a random key per request, and repeat the request with the same key when the answer is lost.")
	case len(key) > 128 || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", problem.New(problem.KeyUnreadable, "the Idempotency-Key is not 1 to 128 printable ASCII characters",
			"Send a random key, such as a UUID.")
	}
	if err := c.pace(r, who); err != nil {
		return "", err
	}
	return key, body.Read(w, r, into)
}

// asked is a write's idempotency key with the caller it belongs to, and whether it was answered before.
type asked struct {
	key, owner string
	replayed   bool
}

// once reads a write's body and its key, for a write that the till does once.
func (c *Counter) once(w http.ResponseWriter, r *http.Request, who Caller, body any) (*asked, error) {
	key, err := c.write(w, r, who, body)
	return &asked{key: key, owner: keyOwner(who)}, err
}

// answer answers a write: with status the first time; a repeat is 200 and says so.
func (a *asked) answer(w http.ResponseWriter, status int, v any) error {
	if a.replayed {
		w.Header().Set("Idempotency-Replayed", "true")
		status = http.StatusOK
	}
	return answer(w, status, v)
}

func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.Encode(v) // a client that went away is nobody's error
	return nil
}
