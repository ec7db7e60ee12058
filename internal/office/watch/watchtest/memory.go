package watchtest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"galla/internal/office/watch"
)

// Memory is a store in memory. Its methods may be called from any goroutine.
type Memory struct {
	// Fail is asked before each write: with an error it fails, and applied says whether it is there all the same. Nil:
	// none fails.
	Fail func() (applied bool, err error)

	mu      sync.Mutex
	joined  map[string]watch.Standing
	beats   map[string]watch.Beat
	trade   map[string]map[string]watch.Span
	open    map[[2]string]watch.Condition
	history []string // "begin silent abc", "end silent abc", in their order
}

// NewMemory makes a store without terminals.
func NewMemory() *Memory {
	return &Memory{
		joined: map[string]watch.Standing{},
		beats:  map[string]watch.Beat{},
		trade:  map[string]map[string]watch.Span{},
		open:   map[[2]string]watch.Condition{},
	}
}

// Join adds a terminal that is joined.
func (m *Memory) Join(s watch.Standing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.joined[s.Terminal] = s
}

// Leave takes one away.
func (m *Memory) Leave(terminal string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.joined, terminal)
}

// Traded says when a shop traded on a business day.
func (m *Memory) Traded(shop, day string, s watch.Span) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.trade[shop] == nil {
		m.trade[shop] = map[string]watch.Span{}
	}
	m.trade[shop][day] = s
}

// History is what began and ended since the last question.
func (m *Memory) History() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() { m.history = nil }()
	return m.history
}

// Beat is watch.Store's.
func (m *Memory) Beat(ctx context.Context, terminal string) (watch.Beat, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, found := m.beats[terminal]
	return b, found, ctx.Err()
}

// PutBeat is watch.Store's.
func (m *Memory) PutBeat(ctx context.Context, b watch.Beat) (kept bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b.Terminal == "" || b.Signed.IsZero() || b.Received.IsZero() || (b.Head == b.Ours) != b.Behind.IsZero() {
		panic(fmt.Sprintf("watchtest: a heartbeat that says nothing: %+v", b))
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if was, found := m.beats[b.Terminal]; found && !b.Signed.After(was.Signed) {
		return false, nil
	}
	return true, m.write(func() { m.beats[b.Terminal] = b })
}

func (m *Memory) write(do func()) error {
	if m.Fail != nil {
		if applied, err := m.Fail(); err != nil {
			if applied {
				do()
			}
			return err
		}
	}
	do()
	return nil
}

// Standings is watch.Store's.
func (m *Memory) Standings(ctx context.Context) (all []watch.Standing, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.joined {
		s.Beat, s.Heard = m.beats[s.Terminal]
		s.Beat.Health = nil
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b watch.Standing) int { return cmp.Compare(a.Terminal, b.Terminal) })
	return all, ctx.Err()
}

// Trade is watch.Store's.
func (m *Memory) Trade(ctx context.Context, shop string, days []string) (map[string]watch.Span, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := maps.Clone(m.trade[shop])
	maps.DeleteFunc(found, func(day string, _ watch.Span) bool { return !slices.Contains(days, day) })
	return found, ctx.Err()
}

// Open is watch.Store's.
func (m *Memory) Open(ctx context.Context) ([]watch.Condition, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(maps.Values(m.open)), ctx.Err()
}

// Change is watch.Store's.
func (m *Memory) Change(ctx context.Context, begin, end []watch.Condition, at time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	seen := map[[2]string]bool{}
	for _, c := range slices.Concat(begin, end) {
		key := [2]string{c.Terminal, c.Kind}
		if seen[key] || at.IsZero() || !slices.Contains(watch.Kinds, c.Kind) {
			panic(fmt.Sprintf("watchtest: %+v begins and ends at once, or is no condition", c))
		}
		seen[key] = true
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return m.write(func() {
		for _, c := range begin {
			key := [2]string{c.Terminal, c.Kind}
			if _, open := m.open[key]; !open {
				m.history = append(m.history, "begin "+c.Kind+" "+c.Terminal)
			}
			m.open[key] = c
		}
		for _, c := range end {
			key := [2]string{c.Terminal, c.Kind}
			if _, open := m.open[key]; open {
				m.history = append(m.history, "end "+c.Kind+" "+c.Terminal)
			}
			delete(m.open, key)
		}
	})
}
