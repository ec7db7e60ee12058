package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/money"
	"galla/state"
)

// deaths are the moments of a call at which the plug is pulled: its asking is on disk; before the gateway has it; when
// it was carried out; when its answer is on the line; when its end is on disk.
var deaths = []string{"asked", "before", "after", "answered", "done"}

// reaper pulls the plug of a box at a moment of a call, once.
type reaper struct {
	box  *box
	mu   sync.Mutex
	at   string // of deaths, or empty
	call string // the call it is about begins so
	done chan struct{}
}

func newReaper(b *box) *reaper {
	r := &reaper{box: b}
	hook := func(at string) func(string, int) {
		return func(call string, _ int) {
			r.mu.Lock()
			defer r.mu.Unlock()
			if r.at == at && strings.HasPrefix(call, r.call) {
				r.at = ""
				b.kill()
				close(r.done)
				if at == "before" {
					panic(http.ErrAbortHandler) // the gateway hears nothing
				}
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.before, b.after, b.gone = hook("before"), hook("after"), hook("answered")
	return r
}

// strike does something that makes a call, and gallad dies at a moment of it; then it is started again. It is
// about a kind of operation, or an attempt, or whatever comes; asked and ended are the events of that which say that
// the call is to be made, and that its answer is known.
func (r *reaper) strike(at, call, about string, asked, ended state.Kind, do func(context.Context)) {
	t := r.box.t
	t.Helper()
	h, err := r.box.till.Health(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dead := make(chan struct{})
	r.mu.Lock()
	r.at, r.call, r.done = at, call, dead
	r.mu.Unlock()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	kind := map[string]state.Kind{"asked": asked, "done": ended}[at]
	var told sync.WaitGroup
	id := ""
	if kind != "" {
		watching := make(chan struct{})
		told.Go(func() {
			close(watching)
			r.box.till.Follow(ctx, h.Seq, func(e wire.Event) error {
				if e.Operation != nil && e.Kind == asked && e.Operation.Kind == about {
					id = e.Operation.ID
				}
				if e.Kind != kind || about != "" && e.Attempt != about && (e.Operation == nil || e.Operation.ID != id) {
					return nil
				}
				r.box.kill()
				close(dead)
				return client.ErrStop
			}, nil)
		})
		<-watching
	}
	told.Go(func() { do(ctx) })
	select {
	case <-dead:
	case <-time.After(30 * time.Second):
		t.Fatalf("gallad did not die when %s was %q", call, at)
	}
	cancel()
	told.Wait()
	r.box.start()
}

// TestKillInAMandate pulls the plug of the real gallad, at the real galla-sim, at every moment of a mandate's life: its
// making, its notice, its debit. In the end nothing was asked twice, every debit at the gateway is in one sale, what
// nobody can know is named to a person, and once he has answered, each mandate is debited once.
func TestKillInAMandate(t *testing.T) {
	for paths, place := range map[string]string{"middle": "/api/v0/upi-autopay/mandates",
		"newer": "/api/v0/upi-mandate"} {
		t.Run(paths, func(t *testing.T) {
			t.Parallel()
			killInAMandate(t, paths, place)
		})
	}
}

func killInAMandate(t *testing.T, paths, place string) {
	s := newSimulator(t)
	b := s.box(gatewaytest.EnKash)
	program, err := clocked()
	if err != nil {
		t.Fatal(err)
	}
	b.program = program
	config, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("gallad.toml", string(config)+"mandate_unit = \"paise\"\nmandate_paths = \""+paths+"\"\n")
	s.script("knob notice_ahead 24h")

	posts := b.watchPosts()
	tomorrow, err := day.Start(day.Business(time.Now().AddDate(0, 0, 1), 0), 0)
	if err != nil {
		t.Fatal(err)
	}
	morning := tomorrow.Add(10 * time.Hour)
	var ahead time.Duration
	at := func(when time.Time) {
		b.kill()
		now := time.Until(when)
		s.advance(now - ahead)
		ahead = now
		b.env = []string{"GALLA_RIG_CLOCK=" + ahead.String()}
		b.start()
	}
	at(morning)
	r := newReaper(b)

	create := func(ctx context.Context, key, ref string) (wire.Operation, error) {
		return begun(func() (wire.Operation, error) {
			return b.till.CreateMandate(ctx, key, "enkash", wire.CreateMandate{
				Name:        "Milk",
				Reference:   ref,
				AmountPaise: 60000,
				Rule:        "max", // so that the box itself sends no notice: it doesn't know the amount
				Payer: wire.MandatePayer{
					Name:    ref,
					VPA:     strings.ToLower(ref) + "@okaxis",
					Account: "123456789012",
				},
				Period:    "DAILY",
				DebitRule: "ON",
				Expiry:    morning.AddDate(0, 0, 2),
				Start:     morning,
				End:       morning.AddDate(0, 6, 0),
			})
		})
	}
	notify := func(ctx context.Context, key, id, ref string) (wire.Operation, error) {
		on := morning.AddDate(0, 0, 1)
		return begun(func() (wire.Operation, error) {
			return b.till.NotifyDebit(
				ctx,
				key,
				"enkash",
				id,
				wire.DebitMandate{AmountPaise: 50000, On: on, Reference: ref},
			)
		})
	}
	execute := func(ctx context.Context, key, id string) (wire.Sale, error) {
		return b.till.ExecuteDebit(ctx, key, "enkash", id, wire.DebitMandate{})
	}
	must := func(op wire.Operation, err error) wire.Operation {
		t.Helper()
		if err != nil || op.Status != state.OperationDone {
			t.Fatalf("%+v, %v", op, err)
		}
		return op
	}
	made := func(ref string) string { // a mandate that its payer has approved
		t.Helper()
		op := must(create(t.Context(), client.Key(), ref))
		s.script("mandate approve " + ref)
		return op.Mandate.ID
	}

	// The first day: mandates are made, and payers told.
	notified, debited := map[string]string{}, map[string]string{}
	for _, death := range deaths {
		notified[death] = made("N" + death)
		debited[death] = made("E" + death)
		must(notify(t.Context(), client.Key(), debited[death], "DE"+death))
	}
	const asked, done = state.EventOperationAsked, state.EventOperationDone
	for _, death := range deaths {
		r.strike(death, "POST "+place, "mandate.create", asked, done, func(ctx context.Context) {
			create(ctx, "create-"+death, "C"+death)
		})
	}
	for _, death := range deaths {
		r.strike(death, "POST "+place+"/notify", "mandate.notify", asked, done, func(ctx context.Context) {
			notify(ctx, "notify-"+death, notified[death], "DN"+death)
		})
	}

	// The second day: debits. Nothing is waited for before: what has no end yet goes over the night.
	at(morning.AddDate(0, 0, 1).Add(time.Hour))
	struck := deaths
	if paths == "middle" { // a debit that nobody heard of is looked for during 22 s: once is enough
		struck = []string{"after", "answered", "done"}
	}
	for _, death := range struck {
		r.strike(death, "POST "+place+"/execute", "DE"+death, state.EventAttemptAsked, state.EventAttemptQuoted,
			func(ctx context.Context) { execute(ctx, "execute-"+death, debited[death]) })
	}

	// Every operation comes to an end, and every debit too or to an item.
	var ops map[string]wire.Operation
	b.until(60*time.Second, "an end, or an item, of everything", func() bool {
		page, err := b.till.Operations(t.Context(), nil)
		if err != nil {
			return false
		}
		ops = map[string]wire.Operation{}
		for _, op := range page.Operations {
			if op.Status == state.OperationAsked {
				return false
			}
			ops[op.Kind+" "+op.Reference] = op
		}
		for _, sale := range b.all() {
			if !sale.Phase.Final() && len(sale.Attention) == 0 {
				return false
			}
		}
		return true
	})

	for _, death := range deaths {
		// Of a mandate: at the gateway or not, and its operation says so, or that nobody knows.
		op := ops["mandate.create C"+death]
		there := posts.count("C"+death) == 1
		switch {
		case posts.count("C"+death) > 1:
			t.Errorf("%s: the mandate was asked for %d times", death, posts.count("C"+death))
		case there && paths == "newer" && (op.Status != state.OperationDone || op.Mandate == nil):
			t.Errorf("%s: the gateway made the mandate, and its operation is %+v", death, op)
		case op.Status == state.OperationDone && there: // the older paths can't be asked by our own reference
		case op.Status != state.OperationUnknown || !strings.Contains(op.Message, "C"+death):
			t.Errorf("%s: the gateway made %v, and the operation is %+v", death, there, op)
		}
		if again, err := create(t.Context(), "create-"+death, "C"+death); err != nil || again.ID != op.ID {
			t.Errorf("%s: the same request again: %+v, %v", death, again, err)
		}

		// Of a notice: no gateway can be asked for one, so a person says whether the payer was told.
		op = ops["mandate.notify DN"+death]
		told := posts.count(op.Reference) == 1
		if posts.count(op.Reference) > 1 || !told && op.Status != state.OperationUnknown {
			t.Errorf("%s: %d notices, and the operation is %+v", death, posts.count(op.Reference), op)
		}
		if op.Status == state.OperationUnknown {
			end, err := b.till.Settle(t.Context(), client.Key(), op.ID, wire.SettleOperation{Done: told})
			if want := (map[bool]state.OperationStatus{true: state.OperationDone,
				false: state.OperationRefused})[told]; err != nil || end.Status != want {
				t.Errorf("%s: a person's word makes it %+v, %v", death, end, err)
			}
		}
		sale, err := execute(t.Context(), client.Key(), notified[death])
		if told && (err != nil || sale.Phase != state.PhasePaid) || !told && err == nil {
			t.Errorf("%s: told: %v, and the debit is %+v, %v", death, told, sale, err)
		}

		// Of a debit: once at the gateway, and in the sale; or an item, which a person answers.
		if !slices.Contains(struck, death) {
			continue
		}
		sale = b.debitOf(debited[death])
		ref := sale.Debit.Reference
		switch {
		case posts.count(ref) > 2: // its notice, and itself
			t.Errorf("%s: the debit was asked %d times", death, posts.count(ref)-1)
		case posts.count(ref) == 2 && (sale.Phase != state.PhasePaid || sale.KeptPaise != 50000):
			t.Errorf("%s: the gateway took the debit, and the sale is %+v", death, sale)
		case posts.count(ref) < 2:
			if len(sale.Attention) != 1 || sale.Attention[0].Kind != state.AttentionDebitUnknown ||
				sale.KeptPaise != 0 {
				t.Fatalf("%s: the gateway heard nothing, and the sale is %+v", death, sale)
			}
			if _, err := execute(t.Context(), client.Key(), debited[death]); problemCode(
				err,
			) != "problem_debit_barred" {
				t.Errorf("%s: a second debit beside one of unknown end: %v", death, err)
			}
			sale, err = b.till.Resolve(
				t.Context(),
				client.Key(),
				sale.ID,
				wire.ResolveSale{Action: state.ActionItDidNot},
			)
			if err != nil || sale.Phase != state.PhaseClosed || len(sale.Attention) > 0 {
				t.Errorf("%s: it did not go, says a person: %+v, %v", death, sale, err)
			}
		}
		if _, err := execute(t.Context(), client.Key(), debited[death]); err == nil {
			t.Errorf("%s: debited a second time", death)
		}
	}

	// The gateway's books and ours.
	var took, kept money.Paise
	for _, p := range s.ledger().Payments {
		if p.Captured {
			took += p.Amount
		}
	}
	for _, sale := range b.all() {
		kept += sale.KeptPaise
		if len(sale.Attention) > 0 || !sale.Phase.Final() {
			t.Errorf("sale %s is %s with %+v", sale.Name, sale.Phase, sale.Attention)
		}
	}
	if took != kept || took < 50000*4 {
		t.Errorf("the gateway took %s, and the books have %s", took, kept)
	}
}

// debitOf is the newest debit of a mandate.
func (b *box) debitOf(mandate string) wire.Sale {
	b.t.Helper()
	for _, s := range b.all() {
		if s.Debit != nil && s.Debit.Mandate == mandate {
			return s
		}
	}
	b.t.Fatalf("mandate %s has no debit", mandate)
	return wire.Sale{}
}

func problemCode(err error) string {
	if p, ok := errors.AsType[*wire.Problem](err); ok {
		return p.DetailCode
	}
	return fmt.Sprint(err)
}

// posts counts the writes that reached the gateway, by the reference that each bears.
type posts struct {
	mu   sync.Mutex
	refs map[string]int
}

func (p *posts) count(ref string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refs[ref]
}

// watchPosts counts what gets through to the gateway from here on.
func (b *box) watchPosts() *posts {
	p := &posts{refs: map[string]int{}}
	inner := b.inner
	b.inner = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			raw, err := io.ReadAll(r.Body)
			var in struct{ ReferenceID string }
			if err == nil && json.Unmarshal(raw, &in) == nil && in.ReferenceID != "" {
				p.mu.Lock()
				p.refs[in.ReferenceID]++
				p.mu.Unlock()
			}
			r.Body = io.NopCloser(strings.NewReader(string(raw)))
		}
		inner.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context()))) // what arrived is carried out
	})
	return p
}

// begun asks again while a gallad that takes sales already says that its operations have not begun.
func begun(ask func() (wire.Operation, error)) (op wire.Operation, err error) {
	for range 100 {
		op, err = ask()
		if p, ok := errors.AsType[*wire.Problem](err); !ok || p.Status != 503 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return op, err
}
