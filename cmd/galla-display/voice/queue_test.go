package voice

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/money"
)

// mouth is an Announcer that takes its time and must not be interrupted.
type mouth struct {
	t     *testing.T
	long  time.Duration
	busy  bool
	said  []money.Paise
	err   error
	hangs atomic.Bool
}

func (m *mouth) Announce(ctx context.Context, c Cue) error {
	if m.busy {
		m.t.Error("two announcements overlap")
	}
	m.busy = true
	defer func() { m.busy = false }()
	if m.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	time.Sleep(m.long)
	m.said = append(m.said, c.Amount)
	return m.err
}

func queued(t *testing.T, m *mouth, f func(q *Queue)) {
	synctest.Test(t, func(t *testing.T) {
		m.t = t
		q := NewQueue(m, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- q.Run(ctx) }()
		f(q)
		cancel()
		if err := <-ran; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
	})
}

func cue(p money.Paise) Cue { return Cue{Paid: true, Amount: p, At: time.Now()} }

func TestOneAfterTheOther(t *testing.T) {
	m := &mouth{long: 3 * time.Second, err: errors.New("no sound card")} // a failure stops nothing
	queued(t, m, func(q *Queue) {
		for p := range money.Paise(5) {
			q.Add(cue(p))
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		q.Add(cue(5))
		time.Sleep(time.Minute)
	})
	if want := []money.Paise{0, 1, 2, 3, 4, 5}; !slices.Equal(m.said, want) {
		t.Errorf("said %v, want %v", m.said, want)
	}
}

func TestNothingComesTooLate(t *testing.T) {
	m := &mouth{long: 16 * time.Second}
	queued(t, m, func(q *Queue) {
		for p := range money.Paise(5) {
			q.Add(cue(p))
		}
		time.Sleep(5 * time.Minute)
	})
	// at 0 s and 16 s; at 32 s it is too late for the third
	if want := []money.Paise{0, 1}; !slices.Equal(m.said, want) {
		t.Errorf("said %v, want %v", m.said, want)
	}
}

func TestTheQueueIsBounded(t *testing.T) {
	m := &mouth{long: time.Second}
	queued(t, m, func(q *Queue) {
		for p := range money.Paise(100) {
			q.Add(cue(p))
		}
		time.Sleep(time.Minute)
	})
	if len(m.said) > queueLength+1 || m.said[len(m.said)-1] != 99 {
		t.Errorf("said %v: at most %d, the newest last", m.said, queueLength+1)
	}
}

func TestAPlayerThatHangsIsEnded(t *testing.T) {
	m := &mouth{}
	m.hangs.Store(true)
	queued(t, m, func(q *Queue) {
		q.Add(cue(1))
		time.Sleep(longest + time.Second)
		m.hangs.Store(false)
		q.Add(cue(2))
		time.Sleep(time.Second)
	})
	if !slices.Equal(m.said, []money.Paise{2}) {
		t.Errorf("said %v, want only the second", m.said)
	}
}
