package doctor

import (
	"context"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
)

// TestRun: a look two minutes after the start, one an hour, one soon after sales turned, and none while sales are under
// way.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			mu    sync.Mutex
			looks int
			busy  = true
			when  time.Time
		)
		d := New(Options{Root: t.TempDir(), Disk: card{free: 1 << 40}, Busy: func() bool {
			mu.Lock()
			defer mu.Unlock()
			return busy
		}, Accounts: []Account{{Name: "x", BaseURL: "http://127.0.0.1:1",
			Live: func() (bool, string, time.Time) { mu.Lock(); defer mu.Unlock(); return true, "", when },
			// no look gets as far as an examination
			Examine: func(context.Context) []gateway.Finding { looks++; return nil }}},
			Dial: refuse(syscall.ECONNREFUSED)})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		looked := func() time.Time {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.looked
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if !looked().IsZero() {
			t.Error("it looks while sales are under way")
		}
		mu.Lock()
		busy = false
		mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		first := looked()
		if first.IsZero() {
			t.Fatal("it never looks")
		}
		time.Sleep(50 * time.Minute)
		synctest.Wait()
		if looked() != first {
			t.Error("it looks again before the hour is over")
		}
		mu.Lock()
		when = time.Now() // sales go well, and the last look said that they can't
		mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		second := looked()
		if second == first {
			t.Error("it doesn't look when sales turn")
		}
		time.Sleep(61 * time.Minute)
		synctest.Wait()
		if looked() == second {
			t.Error("it doesn't look every hour")
		}
		cancel()
		if err := <-done; err != nil || looks != 0 {
			t.Errorf("%v after %d examinations", err, looks)
		}
	})
}
