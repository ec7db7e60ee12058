package operations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/internal/mandate"
	"galla/internal/till"
	"galla/state"
)

// The bubble's clock begins on 1 January 2000 at 05:30 in India.
const milkBody = `{"name":"Milk","amount_paise":60000,"rule":"%s","reference":"%s","payer":{"name":"Rahul",` +
	`"vpa":"rahul.k@okaxis","account":"123456789012"},
	"period":"MONTHLY","debit_rule":"BEFORE","debit_value":5,"expiry":"2000-01-03T00:00:00Z",` +
	`"start":"2000-01-01T00:00:00Z","end":"2001-01-01T00:00:00Z"}`

// milk makes a mandate, and has its payer approve it.
func (s *shop) milk(rule, ref string) (id string) {
	s.t.Helper()
	op := s.ask(Request{Kind: MandateCreate, Body: json.RawMessage(fmt.Sprintf(milkBody, rule, ref))})
	if op.Status != state.OperationDone {
		s.t.Fatalf("%+v", op)
	}
	s.turns(op.Reference, "ACTIVE")
	return "M" + op.Reference
}

// turns changes a mandate at the gateway.
func (s *shop) turns(ref, status string) {
	m := s.office.mandate(ref)
	m.Status = status
	s.office.keep(m)
}

func (s *shop) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (s *shop) listed(id string) Mandated {
	s.t.Helper()
	all, err := s.ops.MandateList()
	i := slices.IndexFunc(all, func(m Mandated) bool { return m.Record.ID == id })
	if err != nil || i < 0 {
		s.t.Fatalf("%s is not among %+v: %v", id, all, err)
	}
	return all[i]
}

func (s *shop) debit(r DebitRequest) (state.Sale, error) {
	r.By = "manager:ravi"
	return s.ops.Debit(context.Background(), r)
}

func refusal(err error) string {
	if r, ok := errors.AsType[*mandate.Refusal](err); ok {
		return r.Code
	}
	return ""
}

// TestCorner_2: notify and execute share their reference, the debit comes a day later, once, and of a mandate that
// stands then.
func TestCorner_2(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		id := s.milk("max", "MILK1")
		s.pass(time.Minute) // the box has seen that it is active
		if got := s.listed(id); got.State != mandate.Active || got.Next.Step != mandate.StepLater ||
			got.Next.Day != "2000-01-05" || got.Next.Amount != 0 {
			t.Fatalf("%+v", got)
		}
		if _, err := s.debit(DebitRequest{Mandate: id}); refusal(err) != "debit_untold" {
			t.Errorf("without a notice: %v", err)
		}
		told := s.ask(Request{
			Kind:   MandateNotify,
			Target: id,
			Body:   json.RawMessage(`{"amount_paise":50000,"reference":"D1","on":"2000-01-02T06:30:00Z"}`),
		})
		if told.Status != state.OperationDone || told.Reference != "D1" {
			t.Fatalf("%+v", told)
		}
		ask := Request{
			Kind:   MandateNotify,
			Target: id,
			Body:   json.RawMessage(`{"amount_paise":50000,"reference":"D1","on":"2000-01-02T06:30:00Z"}`),
		}
		if _, err := s.ops.Ask(context.Background(), ask); refusal(err) != "debit_reference" {
			t.Errorf("the same notice twice: %v", err)
		}
		ask.Body = json.RawMessage(`{"amount_paise":50000,"reference":"D2","on":"2000-01-03T06:30:00Z"}`)
		if _, err := s.ops.Ask(context.Background(), ask); refusal(err) != "notice_sent" {
			t.Errorf("a second notice of the period: %v", err)
		}
		ask.Body = json.RawMessage(`{"amount_paise":70000}`)
		if _, err := s.ops.Ask(context.Background(), ask); refusal(err) != "debit_amount" {
			t.Errorf("a notice over more than the mandate: %v", err)
		}
		ask.Body = json.RawMessage(`{"amount_paise":100,"on":"1999-12-31T12:00:00Z"}`)
		if _, err := s.ops.Ask(context.Background(), ask); refusal(err) != "notice_day" {
			t.Errorf("a notice for a day that is over: %v", err)
		}
		if _, err := s.debit(DebitRequest{Mandate: id, Reference: "D1"}); refusal(err) != "debit_day" {
			t.Errorf("on the day of the notice: %v", err)
		}
		s.end() // the box restarts; the notice is on disk
		s.start()

		s.pass(24*time.Hour + time.Minute)
		if _, err := s.debit(DebitRequest{Mandate: id, Amount: 9999}); refusal(err) != "debit_amount" {
			t.Errorf("another amount: %v", err)
		}
		s.turns("MILK1", "REVOKED")
		if _, err := s.debit(DebitRequest{Mandate: id}); refusal(err) != "debit_state" {
			t.Errorf("revoked a moment ago: %v", err)
		}
		s.turns("MILK1", "ACTIVE")
		if _, err := s.debit(DebitRequest{Mandate: id, Day: "2000-01-03"}); refusal(err) != "debit_day" {
			t.Errorf("for a day that the notice does not name: %v", err)
		}
		sale, err := s.debit(DebitRequest{Key: "k1", Mandate: "MILK1", Description: "Milk"})
		if err != nil || sale.Kind != state.KindMandate || sale.Phase != state.PhasePaid || sale.Amount != 50000 ||
			sale.Attempts[0].Ref != "D1" ||
			sale.Debit.Payer != "Rahul" {
			t.Fatalf("%+v, %v", sale, err)
		}
		if _, err := s.debit(DebitRequest{Mandate: id, Reference: "D1"}); refusal(err) != "debit_reference" {
			t.Errorf("the same debit again: %v", err)
		}
		ask.Body = json.RawMessage(`{"amount_paise":100,"on":"2000-01-05T06:30:00Z"}`)
		if _, err := s.ops.Ask(context.Background(), ask); refusal(err) != "debit_taken" {
			t.Errorf("a notice for a period that is paid: %v", err)
		}
		if got := s.listed(id); got.Next.Day != "2000-02-05" || len(got.Debits) != 1 || got.Debits[0].ID != sale.ID {
			t.Errorf("%+v", got.Next)
		}
		s.turns("MILK1", "REVOKED")
		s.ops.Hint("a", id)
		synctest.Wait()
		if again, err := s.debit(DebitRequest{Key: "k1", Mandate: "MILK1", Description: "Milk"}); err != nil ||
			again.ID != sale.ID {
			t.Errorf("the same request: %+v, %v", again, err)
		}
		if len(s.office.debits) != 1 {
			t.Errorf("debits %v", s.office.debits)
		}
	})
}

// TestCorner_3: a reference that answers with another customer's mandate made nothing, whichever way the answer comes.
func TestCorner_3(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		s.milk("max", "MILK1")
		again := Request{Kind: MandateCreate, Body: json.RawMessage(fmt.Sprintf(milkBody, "max", "MILK1"))}
		if e, ok := errors.AsType[*till.RequestError](errOf(s.ops.Ask(context.Background(), again))); !ok ||
			e.Field != "reference" {
			t.Errorf("a reference that the box knows: %v", e)
		}

		s.office.mandates["OLD"] = gateway.Mandate{
			ID:        "MX",
			Reference: "OLD",
			Amount:    60000,
			PayerVPA:  "me****@okbank",
			Status:    "ACTIVE",
		} // another till's
		s.office.failing(func(string) (bool, error) {
			return false, &gateway.Error{Class: gateway.ClassUnknown, Gateway: "a", Op: "create mandate"}
		})
		op := s.ask(Request{Kind: MandateCreate, Body: json.RawMessage(fmt.Sprintf(milkBody, "max", "OLD"))})
		s.pass(time.Minute)
		if op, _ = s.ops.Operation(op.ID); op.Status != state.OperationRefused || op.Problem == nil {
			t.Errorf("%+v", op)
		}
	})
}

func errOf[T any](_ T, err error) error { return err }

// TestCorner_7: a mandate is found under every id it ever had, after a restart and after a change too.
func TestCorner_7(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		id := s.milk("max", "MILK1")
		change := s.ask(Request{
			Kind:   MandateUpdate,
			Target: id,
			Body:   json.RawMessage(`{"amount_paise":40000,"reference":"MILK2"}`),
		})
		if change.Status != state.OperationDone {
			t.Fatalf("%+v", change)
		}
		s.end()
		s.start()
		defer s.end()
		for _, name := range []string{id, "MILK1", "MILK2"} {
			if m, err := s.ops.Mandate(context.Background(), "", name); err != nil || m.ID != id || m.Amount != 40000 ||
				m.PayerName != "Rahul" {
				t.Errorf("by %s: %+v, %v", name, m, err)
			}
		}
		if got := s.listed(id); !slices.Equal(got.Names, []string{id, "MILK1", "MILK2"}) ||
			got.Record.Period != "MONTHLY" {
			t.Errorf("%+v", got)
		}
	})
}

// TestCorner_6: what only the payer can finish is looked at until it ends, and its end is written down.
func TestCorner_6(t *testing.T) {
	for _, end := range []string{"ACTIVE", "EXPIRED", "REJECTED"} {
		bubble(t, func(t *testing.T) {
			s := newShop(t).start()
			defer s.end()
			op := s.ask(Request{Kind: MandateCreate, Body: json.RawMessage(fmt.Sprintf(milkBody, "max", "MILK1"))})
			s.pass(20 * time.Minute)
			if got := s.listed("M" + op.Reference); got.State != mandate.Created || got.Next.Step != mandate.StepNone {
				t.Fatalf("%+v", got)
			}
			s.turns("MILK1", end)
			s.pass(11 * time.Minute)
			ops, err := s.ops.List("", 10)
			if err != nil || len(ops) != 2 || ops[0].Kind != MandateSeen || ops[0].By != "gateway:a" {
				t.Errorf("%+v, %v", ops, err)
			}
			if got := s.listed("M" + op.Reference); got.State == mandate.Created {
				t.Errorf("%s: %+v", end, got)
			}
		})
	}
}

// TestPlanIsWhole: a plan replaces the one before, so that what runs by itself can be switched off, also over a
// restart; one that the mandate does not allow is refused.
func TestPlanIsWhole(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		id := s.milk("max", "MILK1")
		plan := func(target, body string) error {
			_, err := s.ops.Ask(
				context.Background(),
				Request{Kind: MandatePlan, Target: target, Body: json.RawMessage(body)},
			)
			return err
		}
		for _, body := range []string{`{"amount_paise":50000,"auto":true}`, `{"auto":false}`,
			`{"amount_paise":40000,"auto":true}`, `{}`} {
			var want Plan
			if err := json.Unmarshal([]byte(body), &want); err != nil {
				t.Fatal(err)
			}
			if err := plan(id, body); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			for range 2 {
				if got := s.listed(id).Plan; got != want {
					t.Errorf("%s: the plan is %+v", body, got)
				}
				s.end()
				s.start()
			}
		}
		for target, body := range map[string]string{"NOPE": `{"auto":true}`, id: `{"amount_paise":60001}`} {
			if _, ok := errors.AsType[*till.RequestError](plan(target, body)); !ok {
				t.Errorf("%s %s was taken", target, body)
			}
		}
		exact := s.milk("exact", "MILK2")
		if _, ok := errors.AsType[*till.RequestError](plan(exact, `{"amount_paise":50000}`)); !ok {
			t.Error("another amount than the exact one was taken")
		}
	})
}

// TestSchedule: the box sends the notice the day before and proposes the debit on the day; it asks for it only where
// the owner said so, once, and stops when the payer pauses.
func TestSchedule(t *testing.T) {
	for _, auto := range []bool{false, true} {
		t.Run(fmt.Sprintf("auto %v", auto), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := newShop(t).start()
				defer s.end()
				id := s.milk("exact", "MILK1")
				s.ask(Request{Kind: MandatePlan, Target: id, Body: json.RawMessage(fmt.Sprintf(`{"auto":%v}`, auto))})
				s.pass(3*24*time.Hour + 3*time.Hour) // 4 January, 08:30
				if got := s.listed(id); got.Next.Step != mandate.StepLater || got.Next.Amount != 60000 ||
					got.Plan.Auto != auto {
					t.Fatalf("%+v", got)
				}
				s.pass(time.Hour)
				next := s.listed(id).Next
				if next.Step != mandate.StepWait || next.Day != "2000-01-05" || next.Reference == "" {
					t.Fatalf("%+v", next)
				}
				s.end()
				s.start()
				s.pass(24*time.Hour + time.Minute) // 5 January, 09:31
				got := s.listed(id)
				switch {
				case auto && (len(got.Debits) != 1 || got.Debits[0].Phase != state.PhasePaid ||
					got.Debits[0].By != "till"):
					t.Errorf("%+v", got)
				case !auto && (len(got.Debits) != 0 || got.Next.Step != mandate.StepDebit ||
					got.Next.Reference != next.Reference):
					t.Errorf("%+v", got)
				}

				s.turns("MILK1", "PAUSED")
				s.pass(31 * 24 * time.Hour)
				if len(s.office.debits) > 1 || len(s.listed(id).Debits) > 1 {
					t.Errorf("a paused mandate was debited: %v", s.office.debits)
				}
				if n := len(s.office.writes()); n > 5 {
					t.Errorf("%d writes at the gateway: %v", n, s.office.writes())
				}
			})
		})
	}
}

// TestNoticeOfAnothersReference: two mandates can't be told under one reference, of which only one could be debited.
func TestNoticeOfAnothersReference(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		first, second := s.milk("max", "MILK1"), s.milk("max", "MILK2")
		body := json.RawMessage(`{"amount_paise":50000,"reference":"D1"}`)
		notice := func(id string) error {
			_, err := s.ops.Mandate(context.Background(), "a", id)
			if err == nil {
				_, err = s.ops.Ask(
					context.Background(),
					Request{Kind: MandateNotify, Target: id, Body: body, By: "owner:asha"},
				)
			}
			return err
		}
		if err := notice(first); err != nil {
			t.Fatal(err)
		}
		if err := notice(second); err == nil || !strings.Contains(err.Error(), "used before") {
			t.Errorf("%v", err)
		}
	})
}

// TestMadeElsewhere: a mandate that another box made, and that somebody has looked at here, is told and debited by that
// box. Here nobody is told of anything, until the owner plans its debits here.
func TestMadeElsewhere(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		s.milk("exact", "MILK1")
		m := s.office.mandate("MILK1")
		m.ID, m.Reference, m.Rule, m.Period, m.DebitRule, m.DebitValue = "MOTHER", "OTHER", "exact", "MONTHLY",
			"BEFORE", 5
		s.office.keep(m)
		if _, err := s.ops.Mandate(context.Background(), "a", "MOTHER"); err != nil {
			t.Fatal(err)
		}
		s.turns("MILK1", "PAUSED")
		s.pass(7 * time.Hour)
		before := len(s.office.writes())
		s.pass(40 * 24 * time.Hour)
		if n := len(s.office.writes()); n != before {
			t.Errorf("%v", s.office.writes()[before:])
		}
		if next := s.listed("MOTHER").Next; next.Day == "" || next.Amount != 0 {
			t.Errorf("%+v", next)
		}
		s.ask(Request{Kind: MandatePlan, Target: "MOTHER", Body: json.RawMessage(`{}`)})
		s.pass(31 * 24 * time.Hour)
		if n := len(s.office.writes()); n != before+1 {
			t.Errorf("planned here: %v", s.office.writes()[before:])
		}
	})
}

// TestPeriodInAnotherWord: no page says how the gateway writes a period. Its own word for it does not make a monthly
// mandate a daily one: one debit a month, by itself or not.
func TestPeriodInAnotherWord(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		id := s.milk("exact", "MILK1")
		m := s.office.mandate("MILK1")
		m.Period, m.DebitRule = "MONTH", "DAY"
		s.office.keep(m)
		s.ask(Request{Kind: MandatePlan, Target: id, Body: json.RawMessage(`{"auto":true}`)})
		s.turns("MILK1", "PAUSED")
		s.pass(7 * time.Hour) // seen in the gateway's words
		s.turns("MILK1", "ACTIVE")
		s.pass(28 * 24 * time.Hour)
		got := s.listed(id)
		if got.Record.Period != "MONTHLY" || got.Record.DebitRule != "BEFORE" || len(got.Debits) != 1 ||
			len(s.office.debits) != 1 {
			t.Errorf("%+v, %d debits", got.Record, len(s.office.debits))
		}
	})
}

// TestCorner_5: a debit of unknown end from before debits were sales bars the next one until a person says how it
// ended.
func TestCorner_5(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t)
		old := []state.Operation{
			{ID: "O00000001AAAA", Kind: MandateExecute, Gateway: "a", Target: "MMILK1", Reference: "D0"},
		}
		if err := s.store.Memory.Commit(state.Batch{
			Events: []state.Event{
				{Seq: 1, Kind: state.EventOperationAsked, At: time.Now(), Operation: &old[0]},
				{
					Seq:       2,
					Kind:      state.EventOperationDone,
					At:        time.Now(),
					Operation: &state.Operation{ID: old[0].ID, Status: state.OperationUnknown},
				},
			},
			Operations: []state.Operation{
				{
					ID:        old[0].ID,
					Seq:       2,
					Kind:      MandateExecute,
					Gateway:   "a",
					Target:    "MMILK1",
					Reference: "D0",
					Status:    state.OperationUnknown,
					AskedAt:   time.Now(),
					DoneAt:    time.Now(),
				},
			},
		}); err != nil {
			t.Fatal(err)
		}
		s.start()
		defer s.end()
		id := s.milk("exact", "MILK1")
		s.pass(time.Minute)
		s.ask(Request{
			Kind:   MandateNotify,
			Target: id,
			Body:   json.RawMessage(`{"amount_paise":60000,"on":"2000-01-02T06:30:00Z"}`),
		})
		s.pass(24*time.Hour + time.Minute)
		if _, err := s.debit(DebitRequest{Mandate: id}); refusal(err) != "debit_barred" {
			t.Fatalf("%v", err)
		}
		if op, err := s.ops.Settle(context.Background(), old[0].ID, false, "owner:ravi"); err != nil ||
			op.Status != state.OperationRefused {
			t.Fatalf("%+v, %v", op, err)
		}
		if _, err := s.ops.Settle(context.Background(), old[0].ID, true, "owner:ravi"); err == nil {
			t.Error("settled twice")
		}
		if sale, err := s.debit(DebitRequest{Mandate: id}); err != nil || sale.Phase != state.PhasePaid {
			t.Errorf("%+v, %v", sale, err)
		}
	})
}

// TestMandateWhereAClockWasSetBack: a mandate that was made while the clock was ahead is looked at as soon as any
// other.
func TestMandateWhereAClockWasSetBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t)
		s.ahead.Store(int64(12 * time.Hour))
		s.start()
		defer s.end()
		id := s.milk("exact", "MILK1")
		s.ahead.Store(int64(0))
		s.pass(2 * time.Minute)
		if got := s.listed(id); got.State != mandate.Active {
			t.Errorf("two minutes after its payer approved it, the mandate is %s", got.State)
		}
	})
}

// TestNoticeAtOnce: of two notices of a period that are asked at once, one is sent; and while nobody knows whether one
// was, no other is.
func TestNoticeAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		id := s.milk("exact", "MILK1")
		s.pass(time.Minute)
		held := make(chan struct{})
		s.office.failing(func(op string) (bool, error) { // others look at the gateway meanwhile
			s.office.mu.Unlock()
			<-held
			s.office.mu.Lock()
			return false, nil
		})
		before := len(s.office.writes())
		ends := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := s.ops.Ask(context.Background(), Request{
					Kind:   MandateNotify,
					Target: id,
					Body:   json.RawMessage(`{"amount_paise":60000,"on":"2000-01-03T06:30:00Z"}`),
				})
				ends <- err
			}()
		}
		synctest.Wait()
		if e, ok := errors.AsType[*till.RequestError](<-ends); !ok || e.Field != "id" {
			t.Errorf("the second one: %v", e)
		}
		close(held)
		if err := <-ends; err != nil {
			t.Errorf("the first one: %v", err)
		}
		if n := len(s.office.writes()) - before; n != 1 {
			t.Errorf("%d notices were sent: %v", n, s.office.writes())
		}
	})
}

// TestNoticeAtNight: the box tells nobody at night. A person may, and the next one of the box is for a day that it can
// still tell of in its hours.
func TestNoticeAtNight(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		id := s.milk("exact", "MILK1")
		s.end()
		s.pass(3*24*time.Hour + 16*time.Hour) // 4 January, 21:30: the box comes back
		s.start()
		s.pass(10 * time.Minute)
		if next := s.listed(id).Next; next.Step != mandate.StepLater || next.Day != "2000-02-05" {
			t.Errorf("in the evening before: %+v", next)
		}
		if n := len(s.office.writes()); n != 1 {
			t.Errorf("writes at the gateway: %v", s.office.writes())
		}
		op := s.ask(Request{
			Kind:   MandateNotify,
			Target: id,
			Body:   json.RawMessage(`{"amount_paise":60000,"on":"2000-01-05T06:30:00Z"}`),
		})
		if next := s.listed(id).Next; op.Status != state.OperationDone || next.Step != mandate.StepWait {
			t.Errorf("%+v, next %+v", op, next)
		}
	})
}

// TestNoticeAgain: a notice of the box that the gateway refused is sent again within the hour; one of unknown end is
// not, until a person says how it ended.
func TestNoticeAgain(t *testing.T) {
	for class, went := range map[gateway.Class][]bool{
		gateway.ClassUnavailable: {false},
		gateway.ClassUnknown:     {false, true},
	} {
		for _, went := range went {
			t.Run(fmt.Sprintf("%s, %v", class, went), func(t *testing.T) {
				bubble(t, func(t *testing.T) { noticeAgain(t, class, went) })
			})
		}
	}
}

func noticeAgain(t *testing.T, class gateway.Class, went bool) {
	s := newShop(t).start()
	defer s.end()
	id := s.milk("exact", "MILK1")
	s.pass(3*24*time.Hour + 3*time.Hour) // 4 January, 08:30
	s.office.failing(func(string) (bool, error) {
		return went, &gateway.Error{Class: class, Gateway: "a", Op: "notify"}
	})
	s.pass(40 * time.Minute)
	s.office.failing(nil)
	tried := len(s.office.writes())
	s.pass(2 * time.Hour)
	if class == gateway.ClassUnknown {
		if n := len(s.office.writes()) - tried; n != 0 {
			t.Fatalf("a notice of unknown end was followed by %d writes: %v", n, s.office.writes())
		}
		ops, err := s.ops.List("", 1)
		if err != nil || ops[0].Kind != MandateNotify || ops[0].Status != state.OperationUnknown {
			t.Fatalf("%+v, %v", ops, err)
		}
		if unsure := s.ops.Unsure("mandate."); len(unsure) != 1 || unsure[0].ID != ops[0].ID ||
			len(s.ops.Unsure("qr.")) > 0 {
			t.Errorf("%+v", unsure)
		}
		if _, err := s.ops.Settle(context.Background(), ops[0].ID, went, "owner:ravi"); err != nil {
			t.Fatal(err)
		}
		s.pass(2 * time.Hour)
	}
	want := 1
	if went {
		want = 0
	}
	if n := len(s.office.writes()) - tried; n != want {
		t.Errorf("%d notices were sent after that, want %d: %v", n, want, s.office.writes())
	}
	if next := s.listed(id).Next; next.Step != mandate.StepWait || next.Day != "2000-01-05" {
		t.Errorf("%+v", next)
	}
	if unsure := s.ops.Unsure(""); len(unsure) > 0 {
		t.Errorf("%+v", unsure)
	}
}

// TestNoticeOfNoDay: a notice that names no day is for the day of the mandate's next debit, not for the first that is
// possible: that one would use up the period on a day that the payer did not agree to.
func TestNoticeOfNoDay(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t)
		s.start()
		defer s.end()
		id := s.milk("max", "MILK1")
		s.pass(time.Minute)
		op := s.ask(Request{Kind: MandateNotify, Target: id, Body: json.RawMessage(`{"amount_paise":54000}`)})
		if next := s.listed(id).Next; op.Status != state.OperationDone || next.Step != mandate.StepWait ||
			next.Day != "2000-01-05" {
			t.Errorf("%+v, next %+v", op, next)
		}
	})
}

// TestNoticeOnceByAPerson: a person's notice of unknown end is not sent again, by anybody or after a start, until it is
// said how it ended.
func TestNoticeOnceByAPerson(t *testing.T) {
	for _, went := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			s := newShop(t).start()
			defer func() { s.end() }()
			id := s.milk("max", "MILK1")
			s.pass(time.Minute)
			ask := Request{
				Kind:   MandateNotify,
				Target: id,
				Body:   json.RawMessage(`{"amount_paise":54000}`),
				By:     "manager:ravi",
			}
			s.office.failing(func(string) (bool, error) {
				return went, &gateway.Error{Class: gateway.ClassUnknown, Gateway: "a", Op: "notify"}
			})
			op := s.ask(ask)
			s.pass(time.Minute)
			s.office.failing(nil)
			tried := len(s.office.writes())
			for _, restarted := range []bool{false, true} {
				if restarted {
					s.end()
					s.start()
				}
				for _, body := range []string{`{"amount_paise":54000}`,
					`{"amount_paise":100,"on":"2000-01-04T06:30:00Z"}`} {
					ask.Body = json.RawMessage(body)
					_, err := s.ops.Ask(context.Background(), ask)
					if refusal(err) != "notice_unknown" ||
						!strings.Contains(err.Error(), "galla operation settle "+op.ID) {
						t.Errorf("restarted %v, %s: %v", restarted, body, err)
					}
				}
				if next := s.listed(id).Next; next.Step != mandate.StepUnsure || next.Day != "2000-01-05" {
					t.Errorf("%+v", next)
				}
			}
			if n := len(s.office.writes()) - tried; n != 0 {
				t.Errorf("%d more notices", n)
			}

			if _, err := s.ops.Settle(context.Background(), op.ID, went, "manager:ravi"); err != nil {
				t.Fatal(err)
			}
			ask.Body = json.RawMessage(`{"amount_paise":54000}`)
			switch again, err := s.ops.Ask(context.Background(), ask); {
			case went && refusal(err) != "notice_sent":
				t.Errorf("the payer was told, and again: %v", err)
			case !went && (err != nil || again.Status != state.OperationDone):
				t.Errorf("%+v, %v", again, err)
			}
		})
	}
}

// TestAnotherTry: after a debit that failed, a notice that names no day is for the same period, not for the next.
func TestAnotherTry(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		id := s.milk("max", "MILK1")
		s.pass(time.Minute)
		tell := Request{Kind: MandateNotify, Target: id, Body: json.RawMessage(`{"amount_paise":54000}`)}
		s.ask(tell)
		s.pass(4*24*time.Hour + time.Hour)
		s.office.failing(func(string) (bool, error) {
			return false, &gateway.Error{Class: gateway.ClassRejected, Gateway: "a", Op: "execute"}
		})
		if sale, err := s.debit(DebitRequest{Mandate: id}); err != nil || sale.Phase != state.PhaseClosed {
			t.Fatalf("%+v, %v", sale.Phase, err)
		}
		s.office.failing(nil)
		if m := s.listed(id); m.Next.Day != "2000-02-05" || m.Retry != "2000-01-06" {
			t.Errorf("the box's own next is %+v, another try is on %q", m.Next, m.Retry)
		}
		s.ask(tell)
		if next := s.listed(id).Next; next.Step != mandate.StepWait || next.Day != "2000-01-06" {
			t.Errorf("%+v", next)
		}
	})
}

// TestLostPeriods: the list says which periods went by because nobody said an amount; of a mandate that was made
// elsewhere it says nothing.
func TestLostPeriods(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t).start()
		defer s.end()
		id := s.milk("max", "MILK1")
		s.pass(time.Minute)
		if lost := s.listed(id).Lost; lost != (mandate.Lost{}) {
			t.Errorf("%+v", lost)
		}
		s.pass(40 * 24 * time.Hour)
		want := mandate.Lost{Count: 2, From: "2000-02-01", Until: "2000-02-29"}
		if lost := s.listed(id).Lost; lost != want {
			t.Errorf("%+v, want %+v", lost, want)
		}
		s.turns("MILK1", "PAUSED")
		s.pass(25 * 24 * time.Hour)
		s.turns("MILK1", "ACTIVE")
		s.pass(24 * time.Hour)
		for range 2 {
			if lost := s.listed(id).Lost; lost != want {
				t.Errorf("with a month that was paused: %+v, want %+v", lost, want)
			}
			s.end() // and after a start
			s.start()
			synctest.Wait()
		}
	})
}
