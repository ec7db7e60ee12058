package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/internal/counter"
	"galla/internal/money"
	"galla/internal/operations"
	"galla/internal/people"
	"galla/internal/standing"
)

// Reports and exports are asked over the API, as a console does, and read as its bytes.

// safe is what the counter keeps beside the sales. It outlives the process, and a write to it fails as the seed wants:
// with the value there, or not.
type safe struct {
	w  *world
	mu sync.Mutex
	m  map[string][]byte
	n  int // writes
}

func (v *safe) Get(key string) ([]byte, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	raw, ok := v.m[key]
	return slices.Clone(raw), ok, nil
}

func (v *safe) Put(key string, value []byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.n++
	n := 99
	if !v.w.calm.Load() {
		n = v.w.chance(fmt.Sprint("safe ", key, v.n)).IntN(12)
	}
	if n == 0 {
		v.w.met("settings refuse")
		return errFull
	}
	v.m[key] = slices.Clone(value)
	if n == 1 {
		v.w.met("settings write and fail")
		return errUnknown
	}
	return nil
}

func (v *safe) Delete(key string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.m, key)
	return nil
}

func (v *safe) List(prefix string) (keys []string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for k := range v.m {
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// counterOver makes the counter of a process.
func (w *world) counterOver(ctx context.Context, gateways []gateway.Gateway) {
	watch, err := standing.New(standing.Options{
		Till:     w.till,
		Store:    w.truth,
		Marks:    w.safe,
		Gateways: gateways,
		DayCut:   w.plan.cut,
		Wall:     w.wall,
		Random:   rand.NewPCG(w.seed, 200+uint64(w.count.kills)),
		Log:      w.log,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	ops, err := operations.New(operations.Options{
		Till:     w.till,
		Store:    w.truth,
		Gateways: gateways,
		Terminal: "SIM",
		Known:    watch.Known,
		Missed:   watch.Missed,
		Wall:     w.wall,
		Log:      w.log,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.stands = watch
	var c *counter.Counter
	for range 5 { // systemd starts it again
		c, err = counter.New(counter.Options{
			OpenSales:    1000,
			SalesAMinute: 6000,
			Till:         w.till,
			Operations:   ops,
			Settings:     w.safe,
			Log:          w.log,
			Version:      "sim",
			DayCut:       w.plan.cut,
			Now:          w.wall,
			PINCost:      people.Cost{Passes: 1, Memory: 64},
		})
		if !errors.Is(err, errFull) && !errors.Is(err, errUnknown) {
			break
		}
	}
	if err != nil {
		w.failf("the counter can't be made: %v", err)
		return
	}
	w.api = c.Handler(counter.Listener{Trust: counter.Owner})
	go func() {
		if err := ops.Run(ctx); err != nil && ctx.Err() == nil {
			w.failf("the operations ended: %v", err)
		}
	}()
	if !w.plan.stand {
		return
	}
	go func() {
		if err := watch.Run(ctx); err != nil && ctx.Err() == nil {
			w.failf("the watch of standing QRs ended: %v", err)
		}
	}()
}

// call asks the API until it answers. ok is false where it refused, which why then says, or where there is no box.
func (w *world) call(method, path, body string) (answer []byte, why string, ok bool) {
	w.asks++
	key := fmt.Sprintf("call-%d", w.asks)
	for range 6 {
		if w.gone {
			return nil, "", false
		}
		synctest.Wait()
		r := httptest.NewRequestWithContext(
			context.Background(),
			method,
			"http://127.0.0.1:7417"+path,
			strings.NewReader(body),
		)
		r.RemoteAddr = "127.0.0.1:9"
		if method != http.MethodGet {
			r.Header.Set("Idempotency-Key", key)
			r.Header.Set("Content-Type", "application/json")
		}
		a := httptest.NewRecorder()
		broke := func() (broke bool) {
			defer func() {
				if p := recover(); p != nil {
					if err, is := p.(error); !is || !errors.Is(err, http.ErrAbortHandler) {
						w.failf("%s %s panicked: %v", method, path, p)
					}
					broke = true
				}
			}()
			w.api.ServeHTTP(a, r)
			return false
		}()
		switch {
		case broke:
		case a.Code < 300:
			return a.Body.Bytes(), "", true
		case a.Code < 500:
			return nil, fmt.Sprint(a.Code, a.Body), false
		}
		why = fmt.Sprint(a.Code, a.Body)
		w.pass(3*time.Second + moment(w.r, time.Millisecond))
	}
	if w.calm.Load() {
		w.failf("%s %s has no answer in calm: %s", method, path, why)
	}
	return nil, why, false
}

// read counts a sentence.
func (w *world) read(code string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.codes[code]++
}

// sum is a line of a report, as its bytes have it.
type sum struct {
	Count int         `json:"count"`
	Paise money.Paise `json:"paise"`
}

func (s *sum) add(p money.Paise) { s.Count++; s.Paise += p }

func (s sum) plus(o sum) sum { return sum{s.Count + o.Count, s.Paise + o.Paise} }

// figures are what a report says of one day.
type figures struct {
	Day         string      `json:"day"`
	Sales       sum         `json:"sales"`
	Paid        sum         `json:"paid"`
	UPI         sum         `json:"upi"`
	Late        sum         `json:"late"`
	Unmatched   sum         `json:"unmatched"`
	Refunds     sum         `json:"refunds"`
	OtherTender sum         `json:"other_tender"`
	Cancelled   sum         `json:"cancelled"`
	Expired     sum         `json:"expired"`
	Failed      sum         `json:"failed"`
	Reversals   sum         `json:"reversals"`
	Returned    sum         `json:"returned"`
	Accepted    sum         `json:"accepted"`
	Net         money.Paise `json:"net_paise"`
}

func (f figures) plus(o figures) figures {
	f.Sales, f.Paid, f.UPI, f.Late = f.Sales.plus(o.Sales), f.Paid.plus(o.Paid), f.UPI.plus(o.UPI), f.Late.plus(o.Late)
	f.Unmatched, f.Refunds = f.Unmatched.plus(o.Unmatched), f.Refunds.plus(o.Refunds)
	f.OtherTender = f.OtherTender.plus(o.OtherTender)
	f.Cancelled, f.Expired, f.Failed = f.Cancelled.plus(o.Cancelled), f.Expired.plus(o.Expired), f.Failed.plus(o.Failed)
	f.Reversals, f.Returned = f.Reversals.plus(o.Reversals), f.Returned.plus(o.Returned)
	f.Accepted = f.Accepted.plus(o.Accepted)
	f.Net += o.Net
	return f
}

// part is a cashier's or gateway's share of a report.
type part struct {
	Name      string `json:"name"`
	Sales     sum    `json:"sales"`
	Paid      sum    `json:"paid"`
	Refunds   sum    `json:"refunds"`
	Reversals sum    `json:"reversals"`
	Returned  sum    `json:"returned"`
}

// report is an X or a Z, as the API sends it.
type report struct {
	Kind   string    `json:"kind"`
	Number int       `json:"number"`
	At     time.Time `json:"at"`
	Seq    uint64    `json:"seq"`
	figures

	Pending        sum       `json:"pending"`
	PendingRefunds sum       `json:"pending_refunds"`
	Attention      sum       `json:"attention"`
	Cashiers       []part    `json:"cashiers"`
	Gateways       []part    `json:"gateways"`
	Hours          []sum     `json:"hours"`
	OtherDays      []figures `json:"other_days"`
	OpenDays       []figures `json:"open_days"`
}

// paperwork asks for an X, closes the day, or exports.
func (w *world) paperwork() {
	switch n := w.r.IntN(20); {
	case n < 9:
		w.x()
	case n < 16:
		w.z("")
	default:
		w.export(false)
	}
}

// x looks at today. A Z report whose writing was said to have failed, and had not, is there after the next start.
func (w *world) x() (x report, ok bool) {
	if !w.zs() {
		return report{}, false
	}
	before := len(w.days.zs)
	raw, why, ok := w.call(http.MethodGet, "/v1/reports/x", "")
	if !ok {
		if why != "" {
			w.met("an X without an answer")
		}
		return report{}, false
	}
	if err := json.Unmarshal(raw, &x); err != nil {
		w.failf("an X can't be read: %v: %s", err, raw)
		return report{}, false
	}
	w.replay(false)
	if !w.zs() || len(w.days.zs) > before {
		return x, false
	}
	w.days.x(x)
	w.met("X report")
	return x, true
}

// z closes a day, and holds every Z report that it made against the facts.
func (w *world) z(day string) bool {
	body := "{}"
	if day != "" {
		body = fmt.Sprintf(`{"day":%q}`, day)
	}
	_, _, ok := w.call(http.MethodPost, "/v1/reports/z", body)
	if !ok {
		w.met("day not closed")
	}
	return w.zs() && ok
}

// zs reads every Z report there is: one whose answer was lost is there too.
func (w *world) zs() bool {
	raw, _, ok := w.call(http.MethodGet, "/v1/reports/z", "")
	if !ok {
		return false
	}
	var list struct {
		Reports []json.RawMessage `json:"reports"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		w.failf("the Z reports can't be read: %v: %s", err, raw)
		return false
	}
	w.replay(false)
	slices.Reverse(list.Reports)
	for i, raw := range list.Reports {
		var z report
		if err := json.Unmarshal(raw, &z); err != nil || z.Number != i+1 {
			w.failf("Z report %d can't be read, or has number %d: %v", i+1, z.Number, err)
			return false
		}
		w.days.z(z, raw)
	}
	return true
}
