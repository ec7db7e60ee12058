package books

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"testing/synctest"

	"galla/state"
)

// waited calls every method that takes a context; by the name of the method.
var waited = map[string]func(context.Context, *Books) error{
	"X":     func(ctx context.Context, b *Books) error { _, err := b.X(ctx, "m"); return err },
	"Close": func(ctx context.Context, b *Books) error { _, err := b.Close(ctx, "", "k", "m", ""); return err },
	"Export": func(ctx context.Context, b *Books) error {
		return b.Export(ctx, "", "", func([]state.Sale) error { return nil })
	},
	"Picture":   func(ctx context.Context, b *Books) error { _, err := b.Picture(ctx, ""); return err },
	"Reconcile": func(ctx context.Context, b *Books) error { _, err := b.Reconcile(ctx, "", 0, "m"); return err },
	"UPIHealth": func(ctx context.Context, b *Books) error { _, err := b.UPIHealth(ctx, true); return err },
	"Begun":     func(ctx context.Context, b *Books) error { _, err := b.Begun(ctx, Report{Seq: 1}); return err },
	"Warm":      func(ctx context.Context, b *Books) error { b.Warm(ctx); return ctx.Err() },
}

// TestEndedContext: a call whose caller has left is not begun, or ends at once; and none that waits for another's
// reconciliation outlives its caller.
func TestEndedContext(t *testing.T) {
	b := newBench(t)
	open(t, b.till, 100)
	ended, cancel := context.WithCancel(t.Context())
	cancel()

	ctx := reflect.TypeFor[context.Context]()
	books := reflect.TypeFor[*Books]()
	for i := range books.NumMethod() {
		m := books.Method(i)
		if takes := m.Type.NumIn() > 1 && m.Type.In(1) == ctx; takes != (waited[m.Name] != nil) {
			t.Errorf("%s takes a context: %v, and the test calls it: %v", m.Name, takes, !takes)
			continue
		}
		if call := waited[m.Name]; call != nil {
			if err := call(ended, b.Books); !errors.Is(err, context.Canceled) {
				t.Errorf("%s answers %v", m.Name, err)
			}
		}
	}

	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.reconciled.one <- struct{}{} // somebody compares
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { _, err := b.Reconcile(ctx, "", 0, "m"); done <- err }()
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
