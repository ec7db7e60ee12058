package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	words "galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// payer is a customer with a mandate.
type payer struct {
	ref, id string // ours, and the gateway's id of the mandate
	amount  money.Paise
	exact   bool
	weekly  bool
	told    []string  // references of the notices that a person sent
	due     time.Time // when the last of them was a day old, by the banks' clock
}

// round makes the mandates of a run, and has people and the box tell the payers of their first debits. A day later,
// a moment before those are due, the storm begins.
func (w *world) round() {
	if !w.plan.round {
		return
	}
	wild := w.sim.Knobs()
	k := w.calmKnobs()
	k.NoApproval = 0
	w.sim.SetKnobs(k)
	defer func() { w.sim.SetKnobs(wild) }()

	for i := range 2 + w.r.IntN(2) {
		w.mandate(i)
	}
	w.pass(3*time.Minute + moment(w.r, time.Minute))
	for _, p := range w.payers {
		if p.exact { // its notices and debits are the box's own business, while its owner lets it
			w.call(http.MethodPost, p.place()+"/plan", `{"auto":true}`)
			continue
		}
		for range 1 + w.r.IntN(2) {
			w.tell(p)
		}
	}
	w.pass(time.Duration(1+w.r.Int64N(22)) * time.Hour)
	w.restart(moment(w.r, time.Minute))
	told := trueStart.Add(3 * time.Minute)
	w.pass(told.Add(24*time.Hour).Sub(w.bank.now()) - moment(w.r, 2*time.Minute))
	w.check(false)
}

// mandate makes one.
func (w *world) mandate(i int) {
	p := &payer{ref: fmt.Sprintf("MND%d", i+1), amount: 60000, exact: i == 0, weekly: i == 1}
	now := w.wall()
	body := words.CreateMandate{
		Name:        "Milk",
		Reference:   p.ref,
		AmountPaise: words.Amount(p.amount),
		Rule:        map[bool]string{true: "exact", false: "max"}[p.exact],
		Payer: words.MandatePayer{
			Name:    fmt.Sprintf("Payer %d", i+1),
			VPA:     fmt.Sprintf("payer%d.k@okaxis", i+1),
			Account: "123456789012",
		},
		Period:     map[bool]string{true: "WEEKLY", false: "DAILY"}[p.weekly],
		DebitRule:  "ON",
		DebitValue: 1,
		Expiry:     now.AddDate(0, 0, 2),
		Start:      now,
		End:        now.AddDate(1, 0, 0),
	}
	raw, _, ok := w.call(http.MethodPost, "/v1/gateways/enkash/mandates", string(encode(body)))
	var op words.Operation
	if !ok || json.Unmarshal(raw, &op) != nil || op.Mandate == nil {
		return // its answer was lost: the operation says so
	}
	p.id = op.Mandate.ID
	w.payers = append(w.payers, p)
	w.met("mandate")
}

func (p *payer) place() string { return "/v1/gateways/enkash/mandates/" + p.id }

// tell has a person send the notice of a debit for tomorrow, over the mandate's amount or less.
func (w *world) tell(p *payer) {
	amount := p.amount
	if !p.exact {
		amount = []money.Paise{p.amount, p.amount / 2, 100}[w.r.IntN(3)]
	}
	body := encode(words.DebitMandate{AmountPaise: words.Amount(amount), On: w.wall().Add(24*time.Hour + time.Minute)})
	raw, _, ok := w.call(http.MethodPost, p.place()+"/notify", string(body))
	var op words.Operation
	if ok && json.Unmarshal(raw, &op) == nil {
		p.told = append(p.told, op.Reference)
		p.due = w.bank.now().Add(24 * time.Hour)
		w.met("notice by a person")
	}
}

// greedy has a person tell the weekly payers of a debit on one day of calm, whether this week's was paid or not, and
// ask for it on the next.
func (w *world) greedy(day int) {
	for _, p := range w.payers {
		switch {
		case !p.weekly:
		case day == 0:
			w.tell(p)
		case day == 1:
			w.call(http.MethodPost, p.place()+"/execute", "{}")
		}
	}
}

// debitAct is one thing that happens to a mandate.
func (w *world) debitAct() {
	if len(w.payers) == 0 {
		return
	}
	p := w.payers[w.r.IntN(len(w.payers))]
	switch n := w.r.IntN(14); {
	case n < 7:
		w.execute(p)
	case n < 8:
		w.tell(p)
	case n < 11:
		act := []string{"pause", "resume", "resume", "pause", "resume", "resume", "revoke", "halt",
			"expire"}[w.r.IntN(9)]
		if w.sim.Script("payer", fmt.Sprintf("mandate %s %s", act, p.ref)) == nil {
			w.met("mandate " + act)
		}
	case n < 12: // anybody may say that something happened
		w.till.Hint("enkash", p.told...)
	default:
		w.decideDebits()
	}
}

// execute has a person ask for a debit: once, twice at the same time, or with the plug pulled over it.
func (w *world) execute(p *payer) {
	if early := p.due.Sub(w.bank.now()); early > 0 && early < 5*time.Minute && w.r.IntN(4) > 0 {
		w.pass(early + moment(w.r, 20*time.Second))
	}
	body := words.DebitMandate{}
	if len(p.told) > 0 && w.r.IntN(3) == 0 {
		body.Reference = p.told[w.r.IntN(len(p.told))]
	}
	other := body
	if n := len(p.told); n > 1 && w.r.IntN(2) == 0 { // two notices of one day
		body.Reference, other.Reference = p.told[n-1], p.told[n-2]
	}
	raw := string(encode(body))
	switch w.r.IntN(4) {
	case 0:
		w.send(p.place()+"/execute", raw)
		w.pass(moment(w.r, 2*time.Second))
		w.restart(moment(w.r, 30*time.Second))
		w.met("killed over a debit")
		if other == body {
			return
		}
		raw = string(encode(other)) // and the person tries the other notice
	case 1:
		w.send(p.place()+"/execute", raw)
		w.pass(moment(w.r, 2*time.Second))
		w.met("two debits at once")
		raw = string(encode(other))
	}
	if _, _, ok := w.call(http.MethodPost, p.place()+"/execute", raw); ok {
		w.met("debit by a person")
	}
}

// send asks the API, and nobody waits for the answer.
func (w *world) send(path, body string) {
	w.asks++
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:7417"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:9"
	r.Header.Set("Idempotency-Key", fmt.Sprintf("call-%d", w.asks))
	r.Header.Set("Content-Type", "application/json")
	api := w.api
	go func() {
		defer func() { _ = recover() }() // net/http's: the handler broke off
		api.ServeHTTP(httptest.NewRecorder(), r)
	}()
}

// decideDebits has a person answer every debit of unknown end that the gateway's dashboard tells the end of.
func (w *world) decideDebits() {
	if !w.plan.round {
		return
	}
	w.check(false)
	for _, s := range w.sales {
		for _, item := range s.Attention {
			if item.Kind != state.AttentionDebitUnknown || w.bank.now().Sub(w.bank.at(s.Seq)) < 2*time.Minute {
				continue // a request may still be on its way
			}
			var action state.Action
			if amount, known := w.bank.person(&s, item, &action); known {
				w.met("debit of unknown end: " + string(action))
				w.answer(s, item, action, amount)
			}
		}
	}
}

// undecidedDebit says whether a sale waits for a person to say whether its debit happened.
func undecidedDebit(s *state.Sale) bool {
	return slices.ContainsFunc(s.Attention, func(a state.Attention) bool {
		return a.Kind == state.AttentionDebitUnknown
	})
}
