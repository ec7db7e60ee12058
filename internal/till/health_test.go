package till

import (
	"context"
	"testing"
	"time"

	"galla/gateway"
	"galla/internal/till/read"
	"galla/state"
)

// watchful is a store that knows how often it was read and how long a commit takes.
type watchful struct {
	Store
	reads int
	hold  chan struct{} // a commit waits for it to close; nil: it doesn't wait
	held  chan struct{} // closed when one waits
}

func (w *watchful) Sale(id string) (state.Sale, bool, error) {
	w.reads++
	return w.Store.Sale(id)
}

func (w *watchful) Sales(q state.Query) ([]state.Sale, error) {
	w.reads++
	return w.Store.Sales(q)
}

func (w *watchful) CountAttention() (int, error) {
	w.reads++
	return w.Store.CountAttention()
}

func (w *watchful) Commit(b state.Batch) error {
	if w.hold != nil {
		close(w.held)
		<-w.hold
		w.hold = nil
	}
	return w.Store.Commit(b)
}

// TestHealthIsASnapshot (books.md 5): health decodes no sale and waits for no commit, and its counts are those that a
// query of the store has: while sales get attention and lose it, refused or not, and after a restart.
func TestHealthIsASnapshot(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		w := &watchful{Store: s.store}
		s.store = w
		s.start()
		defer func() { s.end() }()
		counts := func(when string, open, attention int) {
			t.Helper()
			before := w.reads
			h := s.till.Health()
			if w.reads != before {
				t.Errorf("%s: health read the store %d times", when, w.reads-before)
			}
			stored := func(q state.Query) int {
				q.Limit = 1000
				list, err := w.Store.Sales(q)
				if err != nil {
					t.Fatal(err)
				}
				return len(list)
			}
			inStore := [2]int{stored(state.Query{Open: true}), stored(state.Query{Attention: true})}
			if want := [2]int{open, attention}; [2]int{h.Open, h.Attention} != want || inStore != want {
				t.Errorf("%s: open and attention are %d, %d in health and %d in the store, want %d",
					when, h.Open, h.Attention, inStore, want)
			}
		}
		counts("at the start", 0, 0)

		first, second := s.open(25000).ID, s.open(30000).ID
		counts("with two open", 2, 0)
		for _, id := range []string{first, second} {
			sale := s.want(5*time.Second, id, state.PhaseAwaiting, state.TenderNone)
			ref := sale.Shown().Ref
			s.gateways[0].pay(ref, gateway.PaymentCaptured, 0)
			s.gateways[0].pay(ref, gateway.PaymentCaptured, 0) // and a second time: somebody must decide
			s.want(20*time.Second, id, state.PhasePaid, state.TenderDuplicate)
		}
		counts("with two paid twice", 0, 2)

		resolve := func(id, item string) error {
			_, err := s.till.Resolve(context.Background(), ResolveRequest{
				SaleID: id, Attention: item, Action: state.ActionAccept, Note: "a gift", By: "manager:ravi"})
			return err
		}
		if err := resolve(first, "duplicate:nothing"); err == nil {
			t.Error("an item that isn't there was resolved")
		}
		counts("after a refused answer", 0, 2)
		if err := resolve(first, ""); err != nil {
			t.Fatal(err)
		}
		counts("with one answered", 0, 1)

		s.end()
		s.start()
		counts("after a restart", 0, 1)
		s.after(10*24*time.Hour, first) // nothing is watched any more, and the item stays
		counts("when the watch is over", 0, 1)
		s.end()
		s.start()
		counts("after a restart that resumes nothing", 0, 1)
		if err := resolve(second, ""); err != nil {
			t.Fatal(err)
		}
		counts("with all answered", 0, 0)

		w.held, w.hold = make(chan struct{}), make(chan struct{})
		go s.till.Open(context.Background(), OpenRequest{Amount: 100, By: "test"})
		<-w.held
		if h := s.till.Health(); !h.Ready || h.Open != 0 { // answered beside a commit that waits for its disk
			t.Errorf("during a commit: %+v", h)
		}
		close(w.hold)
		s.after(0, first)
		counts("after that commit", 1, 0)
	})
}

// TestEventsStop: a read of events over a long range ends with its caller's context, and a range in pages is whole.
func TestEventsStop(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.start()
		defer s.end()
		for range 300 {
			s.open(100)
		}
		s.after(time.Second, s.open(100).ID)
		newest, err := s.till.Seq()
		if err != nil || newest < 2*read.AtOnce/3*2 {
			t.Fatalf("%d events, %v: too few to read in pages", newest, err)
		}

		for _, limit := range []int{0, 1, read.AtOnce - 1, read.AtOnce, read.AtOnce + 1, 1 << 20} {
			events, err := s.till.Events(t.Context(), 3, limit)
			if err != nil || len(events) != min(limit, int(newest)-3) {
				t.Errorf("limit %d: %d events of %d, %v", limit, len(events), newest, err)
			}
			for i, e := range events {
				if e.Seq != uint64(i)+4 {
					t.Fatalf("limit %d: event %d stands at %d", limit, e.Seq, i)
				}
			}
		}

		ctx, cancel := context.WithCancel(t.Context())
		s.till.Reader = read.From(&leaving{Store: s.till.o.Store, after: 1, leave: cancel})
		if events, err := s.till.Events(ctx, 0, 1<<20); err != context.Canceled || events != nil {
			t.Errorf("a caller who left got %d events, %v", len(events), err)
		}
	})
}

// leaving is a store whose caller leaves while it reads.
type leaving struct {
	Store
	after int
	leave func()
}

func (l *leaving) Events(since uint64, limit int) ([]state.Event, error) {
	if l.after == 0 {
		panic("it was read on for a caller who had left")
	}
	l.after--
	l.leave()
	return l.Store.Events(since, limit)
}
