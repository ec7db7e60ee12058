package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// stage lets tasks say when they started and ended, by the bubble's clock.
type stage struct {
	mu    sync.Mutex
	begun time.Time
	said  []string
}

func (s *stage) say(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, time.Since(s.begun).String()+" "+what)
}

// lasting is a run that says its start and its end, which comes after its context's by linger.
func (s *stage) lasting(name string, linger time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		s.say(name)
		<-ctx.Done()
		time.Sleep(linger)
		s.say(name + " ended")
		return nil
	}
}

// failing is a run that returns err after a time.
func (s *stage) failing(name string, after time.Duration, err error) func(context.Context) error {
	return func(ctx context.Context) error {
		s.say(name)
		select {
		case <-time.After(after):
			return err
		case <-ctx.Done():
			return ctx.Err() // what a cancelled task says is no failure
		}
	}
}

// TestTasks runs lists of tasks. ready closes after 5 s, and the context ends after 20 s.
func TestTasks(t *testing.T) {
	lost := errors.New("the sales file failed")
	for name, c := range map[string]struct {
		tasks func(s *stage, ready <-chan struct{}) []task
		want  string // of the error: "" for none
		is    error
		said  []string
	}{
		"listeners stop first, and the till answers meanwhile": {
			tasks: func(s *stage, ready <-chan struct{}) []task {
				return []task{
					{name: "till", run: s.lasting("till", time.Second)},
					{name: "counter", run: s.lasting("counter", 3*time.Second), listens: true},
				}
			},
			said: []string{"0s counter", "0s till", "20s stopping", "23s counter ended", "24s till ended"},
		},
		"a task waits for what it needs": {
			tasks: func(s *stage, ready <-chan struct{}) []task {
				return []task{
					{name: "till", run: s.lasting("till", 0)},
					{name: "hook", run: s.lasting("hook", 0), needs: ready},
					{name: "counter", run: s.lasting("counter", time.Second), needs: ready,
						patience: 10 * time.Second, listens: true},
				}
			},
			said: []string{"0s till", "5s counter", "5s hook", "20s stopping", "21s counter ended",
				"21s hook ended", "21s till ended"},
		},
		"a listener waits for a bounded time": {
			tasks: func(s *stage, _ <-chan struct{}) []task {
				return []task{
					{name: "till", run: s.lasting("till", 0)},
					{name: "hook", run: s.lasting("hook", 0), needs: make(chan struct{})},
					{name: "counter", run: s.lasting("counter", 0), needs: make(chan struct{}),
						patience: 10 * time.Second, listens: true},
				}
			},
			said: []string{"0s till", "10s counter", "20s counter ended", "20s stopping", "20s till ended"},
		},
		"a task that fails takes the others with it": {
			tasks: func(s *stage, ready <-chan struct{}) []task {
				return []task{
					{name: "till", run: s.failing("till", 7*time.Second, lost)},
					{name: "hook", run: s.lasting("hook", 0), needs: ready},
					{name: "counter", run: s.lasting("counter", time.Second), listens: true},
				}
			},
			want: "till stopped: the sales file failed", is: lost,
			said: []string{"0s counter", "0s till", "5s hook", "7s stopping", "8s counter ended", "8s hook ended"},
		},
		"a task that returns nil early has failed too": {
			tasks: func(s *stage, _ <-chan struct{}) []task {
				return []task{
					{name: "till", run: s.lasting("till", 0)},
					{name: "maintenance", run: s.failing("maintenance", 7*time.Second, nil)},
				}
			},
			want: "maintenance stopped: it ended by itself",
			said: []string{"0s maintenance", "0s till", "7s stopping", "7s till ended"},
		},
		"a listener that fails is a failure": {
			tasks: func(s *stage, _ <-chan struct{}) []task {
				return []task{
					{name: "till", run: s.lasting("till", 0)},
					{name: "counter", run: s.failing("counter", time.Second, lost), listens: true},
				}
			},
			want: "counter stopped: the sales file failed", is: lost,
			said: []string{"0s counter", "0s till", "1s stopping", "1s till ended"},
		},
		"the first failure is the one that is told": {
			tasks: func(s *stage, _ <-chan struct{}) []task {
				return []task{
					{name: "till", run: s.failing("till", 9*time.Second, nil)},
					{name: "metrics", run: s.failing("metrics", 8*time.Second, lost)},
				}
			},
			want: "metrics stopped: the sales file failed", is: lost,
			said: []string{"0s metrics", "0s till", "8s stopping"},
		},
		"a till that never gets ready fails before anybody was let in": {
			tasks: func(s *stage, ready <-chan struct{}) []task {
				return []task{
					{name: "till", run: s.failing("till", 2*time.Second, lost)},
					{name: "hook", run: s.lasting("hook", 0), needs: ready},
					{name: "counter", run: s.lasting("counter", 0), needs: ready,
						patience: 10 * time.Second, listens: true},
				}
			},
			want: "till stopped: the sales file failed", is: lost,
			said: []string{"0s till", "2s stopping"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &stage{begun: time.Now()}
				ready := make(chan struct{})
				time.AfterFunc(5*time.Second, func() { close(ready) })
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()

				err := runTasks(ctx, c.tasks(s, ready), func() { s.say("stopping") })
				if got := text(err); got != c.want || c.is != nil && !errors.Is(err, c.is) || err != nil &&
					!errors.Is(err, errStopped) {
					t.Errorf("the tasks ended with %q, want %q", got, c.want)
				}
				time.Sleep(time.Second) // ready's timer
				slices.SortStableFunc(s.said, bySecond)
				if !slices.Equal(s.said, c.said) {
					t.Errorf("said\n%s\nwant\n%s", strings.Join(s.said, "\n"), strings.Join(c.said, "\n"))
				}
			})
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// bySecond orders what was said in one moment by name: it may come in any order.
func bySecond(a, b string) int {
	at := func(s string) time.Duration {
		moment, _, _ := strings.Cut(s, " ")
		d, _ := time.ParseDuration(moment)
		return d
	}
	if d := at(a) - at(b); d != 0 {
		return int(d / time.Millisecond)
	}
	return strings.Compare(a, b)
}
