package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/internal/counter"
	"galla/internal/counter/countertest"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/money"
	"galla/internal/operations"
	"galla/internal/till"
	"galla/state"
	"galla/state/statetest"
)

// TestMilkRound is a month of a dairy with three customers, in simulated time, over the API: notices go out by
// themselves a day before, two customers are debited by themselves and one by a person; a debit fails, one customer
// pauses, one revokes. gallad is restarted every night, and once in the middle of a debit whose answer is lost. Every
// debit at the gateway is one sale, no period is debited twice, and each day's X, and its Z, hold what came.
func TestMilkRound(t *testing.T) {
	for _, paths := range []string{"middle", "newer"} {
		t.Run(paths, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { milkRound(t, paths) }) })
	}
}

// newDairy starts a box; tune changes the gateway's calm temper.
func newDairy(t *testing.T, paths string, tune func(*gatewaytest.Knobs)) *dairy {
	k := gatewaytest.Calm()
	k.NoticeAhead = gatewaytest.Duration(24 * time.Hour)
	if tune != nil {
		tune(&k)
	}
	d := &dairy{
		t:        t,
		paths:    paths,
		sim:      gatewaytest.NewSim(gatewaytest.Options{Seed: 5, Knobs: &k, Now: time.Now}),
		net:      gatewaytest.NewNetwork(),
		memory:   statetest.NewMemory(),
		settings: countertest.NewSettings(),
	}
	d.net.Serve("127.0.0.1:1", d.sim.EnKash())
	d.start()
	return d
}

func (d *dairy) close() {
	d.stop()
	d.net.Close()
}

// debited is a new customer's first debit, asked by a person as soon as it may be.
func (d *dairy) debited(name string) (s wire.Sale) {
	d.t.Helper()
	tomorrow := time.Now().Add(24*time.Hour + 5*time.Minute)
	id := d.customer(name, (int(tomorrow.In(day.IST).Weekday())+6)%7+1, false)
	time.Sleep(5 * time.Minute)
	place := "/v1/gateways/enkash/mandates/" + id
	if code := d.ask(
		"POST",
		place+"/notify",
		wire.DebitMandate{AmountPaise: 60000, On: time.Now().Add(24 * time.Hour)},
		nil,
	); code != 201 {
		d.t.Fatalf("%s: the notice: %d", name, code)
	}
	time.Sleep(24*time.Hour + time.Minute)
	if code := d.ask("POST", place+"/execute", wire.DebitMandate{}, &s); code != 201 {
		d.t.Fatalf("%s: the debit: %d %+v", name, code, s)
	}
	return s
}

// dairy is the box of a dairy, over a gateway in memory.
type dairy struct {
	t        *testing.T
	paths    string
	sim      *gatewaytest.Sim
	net      *gatewaytest.Network
	memory   *statetest.Memory
	settings *countertest.Settings
	paper    receipts
	till     *till.Till
	ops      *operations.Operations
	api      http.Handler
	stop     func()
	keys     int
}

func (d *dairy) start() {
	log := slog.New(slog.DiscardHandler)
	ek, err := enkash.New(enkash.Config{
		BaseURL:      "http://127.0.0.1:1",
		AccessKey:    gatewaytest.EnKashAccessKey,
		SecretKey:    gatewaytest.EnKashSecretKey,
		MandatePaths: d.paths,
		MandateUnit:  "paise",
		Transport:    d.net.Transport(),
		Log:          log,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	gateways := []gateway.Gateway{ek}
	t, err := till.New(
		till.Options{Store: d.memory, Gateways: gateways, Screen: blank{}, Paper: &d.paper, Log: log, Terminal: "MILK"},
	)
	if err != nil {
		d.t.Fatal(err)
	}
	ops, err := operations.New(
		operations.Options{Till: t, Store: d.memory, Gateways: gateways, Terminal: "MILK", Log: log},
	)
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := counter.New(counter.Options{Till: t, Operations: ops, Settings: d.settings, Log: log, Version: "milk"})
	if err != nil {
		d.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var parts sync.WaitGroup
	parts.Go(func() { t.Run(ctx) })
	parts.Go(func() { ops.Run(ctx) })
	d.till, d.ops = t, ops
	d.api = c.Handler(counter.Listener{Trust: counter.Owner})
	d.stop = func() { cancel(); parts.Wait() }
	synctest.Wait()
}

// ask makes one call of the API; out takes its answer. It returns the status.
func (d *dairy) ask(method, path string, body, out any) int {
	d.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(string(raw)))
	if method == "POST" {
		d.keys++
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprintf("milk-%d", d.keys))
	} else {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.api.ServeHTTP(w, r)
	if out != nil {
		if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
			d.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
	}
	return w.Code
}

// customer makes a weekly mandate over ₹600, debited on a day of the week.
func (d *dairy) customer(name string, weekday int, auto bool) (id string) {
	d.t.Helper()
	now := time.Now()
	var op wire.Operation
	if code := d.ask("POST", "/v1/gateways/enkash/mandates", wire.CreateMandate{
		Name:        "Milk",
		Reference:   "MILK" + name,
		AmountPaise: 60000,
		Rule:        "exact",
		Payer:       wire.MandatePayer{Name: name, VPA: strings.ToLower(name) + ".k@okaxis", Account: "123456789012"},
		Period:      "WEEKLY",
		DebitRule:   "ON",
		DebitValue:  weekday,
		Expiry:      now.AddDate(0, 0, 2),
		Start:       now,
		End:         now.AddDate(1, 0, 0),
	}, &op); code != 201 || op.Mandate == nil || !strings.Contains(op.Message, "not approved") {
		d.t.Fatalf("%s: %d %+v", name, code, op)
	}
	if auto {
		d.ask("POST", "/v1/gateways/enkash/mandates/"+op.Mandate.ID+"/plan", wire.PlanMandate{Auto: true}, nil)
	}
	return op.Mandate.ID
}

func (d *dairy) mandates() map[string]wire.KnownMandate {
	var page wire.Mandates
	d.ask("GET", "/v1/mandates", nil, &page)
	out := map[string]wire.KnownMandate{}
	for _, m := range page.Mandates {
		out[m.Mandate.ID] = m
	}
	return out
}

func (d *dairy) script(line string) {
	d.t.Helper()
	if err := d.sim.Script("milk", line); err != nil {
		d.t.Fatal(err)
	}
}

func milkRound(t *testing.T, paths string) {
	d := newDairy(t, paths, nil)
	defer d.close()

	rahul, meena, asha := d.customer("Rahul", 2, true), d.customer("Meena", 3, false), d.customer("Asha", 4, true)
	time.Sleep(18 * time.Hour) // to 1 January 2000, 23:30 in India: a Saturday

	var closed, booked money.Paise // in all Z reports, and in all sales
	for range 31 {
		night := time.Now().Add(24 * time.Hour).Truncate(30 * time.Minute)
		switch date := time.Now().In(day.IST).AddDate(0, 0, 1).Day(); date {
		case 12: // Meena's bank refuses, on a Wednesday
			d.script("knob debit_fails 100")
		case 13: // Asha pauses on the day of her second debit, a Thursday, and resumes after that of the third
			d.script("knob debit_fails 0")
			d.script("mandate pause MILKAsha")
		case 18: // a Tuesday: gallad dies over Rahul's debit, and from here on the answer to every debit is lost
			d.script("on enkash mandate-execute * lose-answer")
			for before := len(d.sim.Ledger().Orders); len(d.sim.Ledger().Orders) == before; {
				time.Sleep(time.Second)
				synctest.Wait()
			}
			d.stop()
			d.start()
		case 21:
			d.script("mandate resume MILKAsha")
		case 23:
			d.script("mandate revoke MILKRahul")
		}
		for time.Now().Before(night) { // a person looks twice an hour, and starts what is due
			time.Sleep(30 * time.Minute)
			synctest.Wait()
			if m := d.mandates()[meena]; m.Next != nil && m.Next.Step == "debit_due" {
				var s wire.Sale
				code := d.ask("POST", "/v1/gateways/enkash/mandates/"+meena+"/execute", wire.DebitMandate{}, &s)
				if code != 201 || s.Kind != state.KindMandate {
					t.Fatalf("%s: %d %+v", time.Now().In(day.IST), code, s)
				}
			}
		}
		closed += d.closes()
		d.stop() // the plug is pulled every night
		d.start()
	}

	all, err := d.memory.Sales(state.Query{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	weeks := map[string]bool{}
	count := map[string]map[state.Phase]int{}
	for _, s := range all {
		if s.Kind != state.KindMandate || len(s.Attention) > 0 || !s.Phase.Final() ||
			s.Phase == state.PhasePaid && s.Kept() != 60000 {
			t.Errorf("sale %s is %s, kept %s, with %+v", s.Name(), s.Phase, s.Kept(), s.Attention)
		}
		if count[s.Debit.Mandate] == nil {
			count[s.Debit.Mandate] = map[state.Phase]int{}
		}
		count[s.Debit.Mandate][s.Phase]++
		y, w := s.OpenedAt.In(day.IST).ISOWeek()
		if week := fmt.Sprint(s.Debit.Mandate, y, w); s.Phase == state.PhasePaid && weeks[week] {
			t.Errorf("%s was debited twice in week %d", s.Debit.Payer, w)
		} else {
			weeks[week] = weeks[week] || s.Phase == state.PhasePaid
		}
		booked += s.Captured()
	}
	var took money.Paise
	for _, p := range d.sim.Ledger().Payments {
		if p.Captured {
			took += p.Amount
		}
	}
	if took != booked || took == 0 || closed != booked {
		t.Errorf("the Z reports hold %s; the gateway took %s, and the books have %s", closed, took, booked)
	}
	if c := count[rahul]; c[state.PhasePaid] != 3 || c[state.PhaseClosed] != 0 { // 4, 11 and 18 January
		t.Errorf("Rahul: %v", c)
	}
	if c := count[meena]; c[state.PhasePaid] != 3 || c[state.PhaseClosed] != 1 { // 5, 19 and 26; the 12th failed
		t.Errorf("Meena: %v", c)
	}
	if c := count[asha]; c[state.PhasePaid] != 2 || c[state.PhaseClosed] != 0 { // 6 and 27
		t.Errorf("Asha: %v", c)
	}
	known := d.mandates()
	if known[rahul].State != "revoked" || known[asha].State != "active" || known[meena].Next == nil {
		t.Errorf("Rahul is %s, Asha %s, and of Meena comes %+v",
			known[rahul].State, known[asha].State, known[meena].Next)
	}
}

// closes closes the day, and holds its Z report against the X before it and the payments of that day at the gateway.
func (d *dairy) closes() money.Paise {
	d.t.Helper()
	var x, z wire.Report
	today := day.Business(time.Now(), 0)
	if code := d.ask("GET", "/v1/reports/x", nil, &x); code != 200 {
		d.t.Fatalf("X of %s: %d", today, code)
	}
	if code := d.ask("POST", "/v1/reports/z", wire.CloseDay{Day: today}, &z); code != 201 {
		d.t.Fatalf("Z of %s: %d", today, code)
	}
	var came money.Paise
	for _, p := range d.sim.Ledger().Payments {
		if p.Captured && day.Business(p.CapturedAt, 0) == today {
			came += p.Amount
		}
	}
	if x.UPI != z.UPI || z.UPI.Paise != came || z.Day != today || z.Attention.Count > 0 || len(z.OtherDays) > 0 {
		d.t.Errorf("%s: X %+v, Z %+v with other days %+v, and %s came", today, x.UPI, z.UPI, z.OtherDays, came)
	}
	return z.UPI.Paise
}
