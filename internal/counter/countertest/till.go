package countertest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/till"
	"galla/internal/typed"
	"galla/state"
	"galla/state/answer"
)

// Till is the till for tests. Its methods may be called from any goroutine.
type Till struct {
	// Now is the clock; New sets it to time.Now.
	Now func() time.Time
	// Manual keeps new sales from getting a QR; Quote gives it.
	Manual bool

	mu      sync.Mutex
	sales   map[string]state.Sale
	order   []string            // ids, oldest first
	bills   map[string][]string // ids by bill number, oldest first
	events  []state.Event
	keys    map[string]keyed
	changed chan struct{}
	fail    error
	health  till.Health
	typed   []string
	bank    *Bank
	beside  *Operations
	number  int
	day     string
}

type keyed struct {
	request any
	sale    string
}

// New returns an empty, ready till.
func New() *Till {
	t := &Till{
		Now:     time.Now,
		sales:   map[string]state.Sale{},
		bills:   map[string][]string{},
		keys:    map[string]keyed{},
		changed: make(chan struct{}),
		health: till.Health{
			Ready:    true,
			Printer:  "ready",
			Display:  "connected",
			Gateways: []till.GatewayHealth{{Name: "enkash", OK: true}},
		},
	}
	t.beside = &Operations{t: t, asked: map[string]state.Operation{}}
	return t
}

// Refuse makes every write answer with err, until it is called with nil.
func (t *Till) Refuse(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fail = err
}

// SetHealth changes what Health answers, but for its counts.
func (t *Till) SetHealth(h till.Health) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.health = h
}

// Typed lists the entries shown to the customer so far.
func (t *Till) Typed() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.typed)
}

// apply commits one event; the caller holds mu.
func (t *Till) apply(e state.Event) (state.Sale, error) {
	e.Seq = uint64(len(t.events)) + 1
	e.At = t.Now()
	s, _, err := state.Apply(t.sales[e.SaleID], e)
	if err == state.ErrReplay {
		return t.sales[e.SaleID], nil
	}
	if err != nil {
		return state.Sale{}, err
	}
	if e.Kind == state.EventOpened {
		t.order = append(t.order, s.ID)
		t.bills[typed.BillKey(s.Reference)] = append(t.bills[typed.BillKey(s.Reference)], s.ID)
	}
	t.sales[s.ID] = s
	t.events = append(t.events, e)
	close(t.changed)
	t.changed = make(chan struct{})
	return s, nil
}

// once answers a repeated key with the sale it was about, and refuses it for another request.
// A key is its owner's; the request is compared without them.
func (t *Till) once(
	ctx context.Context,
	owner, key string,
	replayed *bool,
	saleID string,
	request any,
	do func() (state.Sale, error),
) (state.Sale, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return state.Sale{}, err
	}
	if key == "" {
		return state.Sale{}, &till.RequestError{Field: "Idempotency-Key", Why: "a write needs a key"}
	}
	at := owner + "\x00" + key
	if k, ok := t.keys[at]; ok {
		if !reflect.DeepEqual(k.request, request) {
			return state.Sale{}, till.ErrKeyReused
		}
		if replayed != nil {
			*replayed = true
		}
		return t.sales[k.sale], nil
	}
	if t.fail != nil {
		return state.Sale{}, t.fail
	}
	if _, ok := t.sales[saleID]; saleID != "" && !ok {
		return state.Sale{}, till.ErrNoSale
	}
	s, err := do()
	if err == nil {
		t.keys[at] = keyed{request, s.ID}
	}
	return s, err
}

// Open implements counter.Till.
func (t *Till) Open(ctx context.Context, r till.OpenRequest) (state.Sale, error) {
	owner, key, replayed := r.Owner, r.Key, r.Replayed
	admit := r.Admit
	r.Owner, r.Key, r.Replayed, r.Admit = "", "", nil, nil
	return t.once(ctx, owner, key, replayed, "", r, func() (state.Sale, error) {
		if admit != nil {
			open := 0
			for _, s := range t.sales {
				if s.By == r.By && !s.Phase.Final() {
					open++
				}
			}
			if err := admit(open); err != nil {
				return state.Sale{}, err
			}
		}
		switch {
		case r.Amount > 1_00_000_00:
			return state.Sale{}, &till.RequestError{
				Field: "amount_paise",
				Why: fmt.Sprintf(
					"%s is above the limit of %s for one sale: split it, or raise the limit in the configuration",
					r.Amount,
					money.Paise(1_00_000_00),
				),
			}
		case r.Reference != "" && !r.Again:
			if other := t.sameReference(r.Reference); other != nil {
				return state.Sale{}, &till.SameReferenceError{Sale: *other}
			}
		}
		switch {
		case utf8.RuneCountInString(r.Reference) > 64:
			return state.Sale{}, &till.RequestError{
				Field: "reference",
				Why:   "the reference is longer than 64 characters",
			}
		case len(r.Note) > 256:
			return state.Sale{}, &till.RequestError{Field: "note", Why: "the note is longer than 256 characters"}
		}
		day := t.Now().In(day.IST).Format(time.DateOnly)
		if day != t.day {
			t.number, t.day = 0, day
		}
		t.number++
		id := fmt.Sprintf("S%06d", len(t.order)+1)
		if _, err := t.apply(
			state.Event{SaleID: id, Kind: state.EventOpened, By: r.By, Opened: &state.Opened{
				Number:    t.number,
				Day:       day,
				Amount:    r.Amount,
				Reference: r.Reference,
				Note:      r.Note,
				Invoice:   r.Invoice,
				Route:     []string{"enkash"},
				Life:      5 * time.Minute,
				Rules:     state.Rules,
				Again:     r.Again && t.sameReference(r.Reference) != nil,
			}},
		); err != nil {
			return state.Sale{}, err
		}
		s, err := t.apply(
			state.Event{SaleID: id, Kind: state.EventAttemptAsked, By: "till", Attempt: id + "-1", Gateway: "enkash"},
		)
		if err == nil && !t.Manual {
			s, err = t.quote(id)
		}
		if err == nil && r.Print && !t.Manual {
			s, err = t.apply(state.Event{
				SaleID: id,
				Kind:   state.EventPrintAsked,
				By:     r.By,
				Print:  &state.Print{Key: "order-" + id, Copy: state.CopyOrder},
			})
		}
		return s, err
	})
}

// sameReference is the newest sale of a bill number that is open or was paid today; the caller holds mu.
func (t *Till) sameReference(reference string) *state.Sale {
	for _, id := range slices.Backward(t.bills[typed.BillKey(reference)]) {
		s := t.sales[id]
		if reference != "" &&
			(!s.Phase.Final() || s.Phase == state.PhasePaid && day.Business(s.PaidAt, 0) == day.Business(t.Now(), 0)) {
			return &s
		}
	}
	return nil
}

func (t *Till) quote(id string) (state.Sale, error) {
	s := t.sales[id]
	payload := fmt.Sprintf("upi://pay?pa=galla@enkash&pn=Asha%%20Stores&tr=%s-1&am=%s&cu=INR", id, s.Amount.Decimal())
	return t.apply(state.Event{
		SaleID:  id,
		Kind:    state.EventAttemptQuoted,
		By:      "gateway:enkash",
		Attempt: id + "-1",
		Quote: &state.Quote{
			OrderID:   "order_" + id,
			Payload:   payload,
			PayeeVPA:  "galla@enkash",
			PayeeName: "Asha Stores",
		},
	})
}

// Cancel implements counter.Till. The order is closed at once unless Manual.
func (t *Till) Cancel(ctx context.Context, r till.CancelRequest) (state.Sale, error) {
	owner, key, replayed := r.Owner, r.Key, r.Replayed
	r.Owner, r.Key, r.Replayed = "", "", nil
	return t.once(ctx, owner, key, replayed, r.SaleID, r, func() (state.Sale, error) {
		s, err := t.apply(state.Event{SaleID: r.SaleID, Kind: state.EventCloseAsked, By: r.By, Close: r.Reason})
		if err == nil && !t.Manual && s.Phase == state.PhaseClosing {
			s, err = t.apply(state.Event{
				SaleID:  r.SaleID,
				Kind:    state.EventAttemptClosed,
				By:      "gateway:enkash",
				Attempt: r.SaleID + "-1",
				Reading: &state.Reading{Order: state.OrderClosed},
			})
		}
		return s, err
	})
}

// Refund implements counter.Till. The gateway has done it at once unless Manual.
func (t *Till) Refund(ctx context.Context, r till.RefundRequest) (state.Sale, error) {
	owner, key, replayed := r.Owner, r.Key, r.Replayed
	r.Owner, r.Key, r.Replayed = "", "", nil
	return t.once(ctx, owner, key, replayed, r.SaleID, r, func() (state.Sale, error) {
		s := t.sales[r.SaleID]
		if r.PaymentID == "" {
			p := s.PaidBy()
			if p == nil {
				return s, &state.RefusedError{
					Phase: s.Phase,
					Why:   fmt.Sprintf("sale %s has no payment to refund: it is %s", s.Name(), s.Phase),
				}
			}
			r.PaymentID = p.ID
		}
		if r.All {
			r.Amount = s.Refundable(r.PaymentID)
		}
		s, err := t.apply(state.Event{
			SaleID: r.SaleID,
			Kind:   state.EventRefundAsked,
			By:     r.By,
			Refund: &state.Refund{
				Key:       key,
				PaymentID: r.PaymentID,
				Amount:    r.Amount,
				Reason:    r.Reason,
				Approver:  r.Approver,
				Goods:     r.Goods,
				Confirmed: r.Confirmed,
			},
		})
		if err == nil && !t.Manual {
			s, err = t.apply(state.Event{
				SaleID: r.SaleID,
				Kind:   state.EventRefundSeen,
				By:     "gateway:enkash",
				Refund: &state.Refund{
					Key:    key,
					ID:     "rfnd_" + r.SaleID,
					Status: state.RefundProcessed,
					RRN:    "412345678999",
				},
			})
		}
		return s, err
	})
}

// Print implements counter.Till. Paper comes out at once unless Manual.
func (t *Till) Print(ctx context.Context, r till.PrintRequest) (state.Sale, error) {
	owner, key, replayed := r.Owner, r.Key, r.Replayed
	r.Owner, r.Key, r.Replayed = "", "", nil
	return t.once(ctx, owner, key, replayed, r.SaleID, r, func() (state.Sale, error) {
		if t.health.Printer == "none" {
			return state.Sale{}, till.ErrNoPrinter
		}
		s, err := t.apply(state.Event{
			SaleID: r.SaleID,
			Kind:   state.EventPrintAsked,
			By:     r.By,
			Print:  &state.Print{Key: key, Copy: r.Copy},
		})
		if err == nil && !t.Manual {
			s, err = t.apply(state.Event{
				SaleID: r.SaleID,
				Kind:   state.EventPrintDone,
				By:     "till",
				Print:  &state.Print{Key: key, Status: "printed"},
			})
		}
		return s, err
	})
}

// Resolve implements counter.Till. With the action refund it asks for the refund too, as the till does.
func (t *Till) Resolve(ctx context.Context, r till.ResolveRequest) (state.Sale, error) {
	owner, key, replayed := r.Owner, r.Key, r.Replayed
	r.Owner, r.Key, r.Replayed = "", "", nil
	return t.once(ctx, owner, key, replayed, r.SaleID, r, func() (state.Sale, error) {
		s := t.sales[r.SaleID]
		items := slices.Clone(s.Attention)
		if r.Attention != "" {
			items = slices.DeleteFunc(items, func(a state.Attention) bool { return a.ID != r.Attention })
		}
		if len(items) == 0 {
			if r.Attention != "" && !answer.Given(&s, r.Attention) {
				return s, &till.RequestError{
					Field: "attention",
					Why:   fmt.Sprintf("sale %s has no open item %q", s.Name(), r.Attention),
				}
			}
			if err := answer.Before(&s, r.Attention, r.Action); !errors.Is(err, state.ErrReplay) {
				return s, err
			}
			return s, nil
		}
		var err error
		for i, a := range items {
			if r.Action == state.ActionRefund {
				for n, f := range s.RefundsFor(a) {
					f.Key, f.Approver, f.Confirmed = fmt.Sprint(key, "-", i, "-", n), r.Approver, r.Confirmed
					s, err = t.apply(state.Event{SaleID: s.ID, Kind: state.EventRefundAsked, By: r.By, Refund: &f})
					if err != nil {
						return s, err
					}
				}
				continue
			}
			answer := &state.Resolution{
				Attention: a.ID,
				Action:    r.Action,
				Amount:    cmp.Or(r.Amount, a.Amount),
				Note:      r.Note,
				Approver:  r.Approver,
			}
			s, err = t.apply(state.Event{SaleID: r.SaleID, Kind: state.EventResolved, By: r.By, Resolution: answer})
			if err != nil {
				return s, err
			}
		}
		return s, nil
	})
}

// Type implements counter.Till.
func (t *Till) Type(entry string, _ []string, notes ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.typed = append(t.typed, strings.Join(append([]string{entry}, notes...), "\n"))
}

// Newest is Seq without its error: for tests.
func (t *Till) Newest() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return uint64(len(t.events))
}

// Seq implements counter.Till: the store's number, whether the till is ready or not.
func (t *Till) Seq() (uint64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return uint64(len(t.events)), nil
}
