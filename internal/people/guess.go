package people

import (
	"net/netip"
	"sync"
	"time"
)

// Guesses are free up to freeGuesses; after that each wrong one doubles the wait, from firstWait to longestWait.
const (
	freeGuesses = 4
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
)

// guesses counts wrong tries at one secret from one place.
type guesses struct {
	Wrong int       `json:"wrong,omitempty"`
	Until time.Time `json:"until,omitzero"` // no try before
}

// wait says how long the next try has to wait. A clock that jumped back doesn't lock anyone out for longer than the
// longest wait.
func (g *guesses) wait(now time.Time) time.Duration {
	return min(max(0, g.Until.Sub(now)), longestWait)
}

func (g *guesses) wrong(now time.Time) {
	g.Wrong++
	if n := g.Wrong - freeGuesses; n > 0 {
		g.Until = now.Add(min(firstWait<<min(n-1, 10), longestWait))
	}
}

// maxSources is how many addresses are remembered. A shop's network has fewer.
const maxSources = 1024

// Sources counts wrong tries at a typed code by the address they come from, so that a stranger makes nobody wait but
// himself. Its zero value is ready; its methods may be called from any goroutine.
type Sources struct {
	mu sync.Mutex
	by map[netip.Addr]*guesses
}

// place is what is counted as one address: an IPv4 address, or the network of an IPv6 address, which has many.
func place(source netip.Addr) netip.Addr {
	source = source.Unmap().WithZone("")
	if source.Is6() {
		if net, err := source.Prefix(64); err == nil {
			return net.Addr()
		}
	}
	return source
}

// Wait says how long the next try from an address has to wait.
func (s *Sources) Wait(source netip.Addr, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.by[place(source)]; g != nil {
		return g.wait(now)
	}
	return 0
}

// Wrong counts a wrong try from an address, and returns how many there were.
func (s *Sources) Wrong(source netip.Addr, now time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := place(source)
	g := s.by[at]
	if g == nil {
		if s.by == nil {
			s.by = map[netip.Addr]*guesses{}
		}
		s.makeRoom()
		g = &guesses{}
		s.by[at] = g
	}
	g.wrong(now)
	return g.Wrong
}

// makeRoom forgets the address whose wait ended first. The caller holds mu.
func (s *Sources) makeRoom() {
	if len(s.by) < maxSources {
		return
	}
	var oldest netip.Addr
	for at, g := range s.by {
		if o := s.by[oldest]; o == nil || g.Until.Before(o.Until) {
			oldest = at
		}
	}
	delete(s.by, oldest)
}

// Right forgets the wrong tries of an address.
func (s *Sources) Right(source netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, place(source))
}

// Clear forgets all of them.
func (s *Sources) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.by = nil
}
