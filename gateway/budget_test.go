package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// ask calls Wait beside the test and reports when it was let through.
func ask(b *Budget, lane Lane, done func(time.Duration, error)) {
	start := time.Now()
	go func() {
		_, err := b.Wait(context.Background(), lane)
		done(time.Since(start), err)
	}()
}

func TestBudgetUrgentFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Rate: 2, Burst: 4})
		var mu sync.Mutex
		var order []string
		note := func(what string) func(time.Duration, error) {
			return func(d time.Duration, err error) {
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					what += " refused"
				}
				order = append(order, what+" "+d.Round(time.Millisecond).String())
			}
		}
		for range 3 {
			ask(b, LaneSale, note("poll"))
			synctest.Wait()
		}
		ask(b, LaneCounter, note("cashier"))
		synctest.Wait()
		ask(b, LaneCounter, note("cashier"))
		synctest.Wait()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		// Four tokens: a poll takes one and leaves the reserve of three; the cashier takes two of it at once. The other
		// polls wait for the reserve to fill again (1 left + 1 for each half second): four are there after 1.5 s, and
		// each half second after.
		want := []string{"poll 0s", "cashier 0s", "cashier 0s", "poll 1.5s", "poll 2s"}
		mu.Lock()
		defer mu.Unlock()
		if len(order) != len(want) {
			t.Fatalf("%v, want %v", order, want)
		}
		for i := range want {
			if order[i] != want[i] {
				t.Fatalf("%v, want %v", order, want)
			}
		}
	})
}

// TestBudgetSlowsPolls: thirty sales that each poll as fast as they may get the rate between them, no more.
func TestBudgetSlowsPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{})
		ctx, stop := context.WithCancel(t.Context())
		var mu sync.Mutex
		polls, worst := 0, time.Duration(0)
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				for ctx.Err() == nil {
					if _, err := b.Wait(ctx, LaneSale); err != nil {
						return
					}
					mu.Lock()
					polls++
					mu.Unlock()
				}
			})
		}
		for range 60 { // the cashier acts once a second meanwhile
			time.Sleep(time.Second)
			start := time.Now()
			if _, err := b.Wait(ctx, LaneCounter); err != nil {
				t.Error(err)
			}
			worst = max(worst, time.Since(start))
		}
		stop()
		wg.Wait()
		if polls < 170 || polls > 190 { // 60 s × 4/s − 60 urgent + the burst's 5
			t.Errorf("%d polls in a minute, want about 185", polls)
		}
		if worst > 0 {
			t.Errorf("the cashier waited %s behind polls", worst)
		}
	})
}

func TestTrouble_C14_PauseForEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := roundTrip(func(r *http.Request) (*http.Response, error) {
			status := http.StatusOK
			if r.URL.Path == "/limited" {
				status = http.StatusTooManyRequests
			}
			return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {"4"}}, Body: jsonBody()}, nil
		})
		b := NewBudget(BudgetOptions{})
		c := open(t, "https://host", func(o *CallerOptions) { o.Transport, o.Budget = rt, b })
		other := open(
			t,
			"https://host",
			func(o *CallerOptions) { o.Name, o.Transport, o.Budget = "second till account", rt, b },
		)
		_, err := c.Do(t.Context(), Call{Op: "poll", Method: http.MethodGet, Path: "/limited"})
		if e, ok := errors.AsType[*Error](err); !ok || e.RetryAfter != 4*time.Second || e.Class != ClassUnavailable ||
			e.Cashier != CashierBusy {
			t.Fatal(err)
		}
		start := time.Now()
		if _, err := other.Do(t.Context(), Call{Op: "poll", Method: http.MethodGet, Path: "/"}); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(start); waited < 4*time.Second || waited > 8*time.Second {
			t.Errorf("the next call left after %s, want 4 to 8 s", waited)
		}
	})
}

func jsonBody() *body { return &body{left: "{}"} }

type body struct{ left string }

func (b *body) Read(p []byte) (int, error) {
	if b.left == "" {
		return 0, io.EOF
	}
	n := copy(p, b.left)
	b.left = b.left[n:]
	return n, nil
}
func (*body) Close() error { return nil }

func TestBudgetTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{})
		b.refused(time.Minute)
		start := time.Now()
		wait, err := b.Wait(t.Context(), LaneCounter)
		if !errors.Is(err, ErrBudget) || time.Since(start) != 0 || wait < time.Minute || wait > 5*time.Minute {
			t.Errorf("Wait = %s, %v after %s; want an answer at once", wait, err, time.Since(start))
		}
		time.Sleep(2*time.Minute + time.Second)
		if _, err := b.Wait(t.Context(), LaneCounter); err != nil {
			t.Errorf("after the pause: %v", err)
		}
		b.refused(24 * time.Hour) // a broken header
		time.Sleep(2*maxPause + time.Second)
		if _, err := b.Wait(t.Context(), LaneCounter); err != nil {
			t.Errorf("a day's pause: %v", err)
		}
	})
}

func TestBudgetBacksOffWithoutRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{})
		longest := time.Duration(0)
		for range 200 {
			b.refused(0)
			pause := time.Until(b.paused)
			if pause > maxPause {
				t.Fatalf("a pause of %s", pause)
			}
			longest = max(longest, pause)
			time.Sleep(max(0, pause))
		}
		if longest < 30*time.Second {
			t.Errorf("200 refusals in a row paused for at most %s: no back-off", longest)
		}
		b.answered()
		b.refused(0)
		if pause := time.Until(b.paused); pause > firstPause {
			t.Errorf("after an answer the pause begins at %s", pause)
		}
	})
}

// TestPauseIsSpread: ten thousand tills told "come back in 10 s" must not all come back in 10 s.
func TestPauseIsSpread(t *testing.T) {
	early, late := time.Hour, time.Duration(0)
	for range 300 {
		b := NewBudget(BudgetOptions{})
		b.refused(10 * time.Second)
		pause := time.Until(b.paused)
		early, late = min(early, pause), max(late, pause)
	}
	if early < 9*time.Second || early > 12*time.Second || late < 18*time.Second || late > 20*time.Second {
		t.Errorf("pauses from %s to %s, want them spread over 10 to 20 s", early, late)
	}
}

func TestBudgetCtx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewBudget(BudgetOptions{Rate: 1, Burst: 1})
		if _, err := b.Wait(t.Context(), LaneCounter); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := b.Wait(ctx, LaneCounter); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait = %v", err)
		}
		if n := len(b.queues[LaneCounter]) + len(b.queues[LaneSale]); n != 0 {
			t.Errorf("%d waiters are left in the queue", n)
		}
		if _, err := b.Wait(t.Context(), LaneSale); err != nil { // its token was not lost
			t.Error(err)
		}
	})
}

func TestJitter(t *testing.T) {
	if Jitter(0) != 0 || Jitter(-5) != 0 {
		t.Error("no time has no jitter")
	}
	low, high := false, false
	for range 1000 {
		j := Jitter(time.Second)
		if j < 0 || j >= time.Second {
			t.Fatalf("Jitter = %s", j)
		}
		low, high = low || j < 100*time.Millisecond, high || j > 900*time.Millisecond
	}
	if !low || !high {
		t.Error("jitter doesn't use its whole range")
	}
}
