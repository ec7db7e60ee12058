package till

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"galla/state"
)

// TestCommit: events of no sale stand in one chain with the sales, at most once for a key, and not at all when they are
// refused.
func TestCommit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var full atomic.Bool
		s := refusing(t, func(state.Batch) bool { return full.Load() })
		s.start()
		defer s.end()
		ctx := context.Background()
		told := 0
		ask := func(key, what string, fail error) (id string, err error) {
			err = s.till.Commit(ctx, func(x *Txn) error {
				id = x.NextID("O")
				earlier, err := x.Once("", key, id, what)
				if err != nil || earlier != "" {
					id = earlier
					return err
				}
				o, err := x.Apply(state.Event{Kind: state.EventOperationAsked, By: "test", Gateway: "a",
					Operation: &state.Operation{ID: id, Kind: what, Gateway: "a"}})
				if err != nil || o.Status != state.OperationAsked || o.Seq == 0 {
					t.Errorf("%+v, %v", o, err)
				}
				x.After(func() { told++ })
				return fail
			})
			return id, err
		}

		first, err := ask("k1", "one", nil)
		if err != nil || told != 1 {
			t.Fatalf("%v, told %d times", err, told)
		}
		if again, err := ask("k1", "one", nil); err != nil || again != first || told != 1 {
			t.Errorf("the same again made %q after %q, %v", again, first, err)
		}
		if _, err := ask("k1", "two", nil); !errors.Is(err, ErrKeyReused) {
			t.Errorf("another request under the key: %v", err)
		}
		no := errors.New("no")
		if id, err := ask("k2", "two", no); !errors.Is(err, no) || errors.Is(err, ErrRefused) {
			t.Errorf("%q, %v", id, err)
		}
		full.Store(true)
		if id, err := ask("k2", "two", nil); !errors.Is(err, ErrRefused) || !errors.Is(err, errPicky) {
			t.Errorf("%q, %v", id, err)
		}
		full.Store(false)
		sale := s.open(25000)
		second, err := ask("k2", "two", nil)
		if err != nil || second <= first || told != 2 {
			t.Errorf("%q after %q, %v, told %d times", second, first, err, told)
		}
		s.after(time.Second, sale.ID)
		for _, id := range []string{first, second} {
			if o, found, err := s.store.Operation(id); err != nil || !found || o.Status != state.OperationAsked {
				t.Errorf("%s on disk: %+v, %v", id, o, err)
			}
		}
	})
}
