package web

import "sync"

// room is what calls hold at once.
type room struct {
	mu     sync.Mutex
	calls  int
	bodies int64 // bytes
}

// take holds a place and the bytes of a body; false where there is no room.
func (r *room) take(body int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls >= maxCalls || r.bodies+body > maxBodies {
		return false
	}
	r.calls++
	r.bodies += body
	return true
}

func (r *room) give(body int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls--
	r.bodies -= body
}
