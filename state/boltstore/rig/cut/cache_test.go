package cut

import (
	"math/rand/v2"
	"sync"
)

const sector = 512

// cache is a disk's content with its volatile cache.
type cache struct {
	mu      sync.Mutex
	thaw    *sync.Cond
	now     []byte // what a read sees
	durable []byte
	pending []write
	frozen  bool
	dead    bool // the power is gone: requests are answered and forgotten
	lie     float64
	r       *rand.Rand
}

type write struct {
	off  int64
	data []byte
}

func newCache(image []byte, lie float64) *cache {
	c := &cache{
		now:     append([]byte{}, image...),
		durable: append([]byte{}, image...),
		lie:     lie,
		r:       rand.New(rand.NewPCG(7, 7)),
	}
	c.thaw = sync.NewCond(&c.mu)
	return c
}

// enter waits while the disk is frozen, and reports whether it still has power. The caller unlocks mu.
func (c *cache) enter() bool {
	c.mu.Lock()
	for c.frozen {
		c.thaw.Wait()
	}
	return !c.dead
}

func (c *cache) read(b []byte, off int64) int {
	c.enter()
	defer c.mu.Unlock()
	return copy(b, c.now[min(off, int64(len(c.now))):])
}

func (c *cache) write(b []byte, off int64) {
	defer c.mu.Unlock()
	if c.enter() && off+int64(len(b)) <= int64(len(c.now)) {
		copy(c.now[off:], b)
		c.pending = append(c.pending, write{off, append([]byte{}, b...)})
	}
}

func (c *cache) flush() {
	defer c.mu.Unlock()
	if !c.enter() || c.r.Float64() < c.lie {
		return
	}
	for _, w := range c.pending {
		copy(c.durable[w.off:], w.data)
	}
	c.pending = nil
}

func (c *cache) freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = true
}

// drop is the moment of the cut: part of the cache has reached the platter, the rest never will.
func (c *cache) drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	chance := []float64{0, .1, .5, .9, 1}[c.r.IntN(5)]
	whole := c.r.IntN(2) == 0
	for _, w := range c.pending {
		if whole {
			if c.r.Float64() < chance {
				copy(c.durable[w.off:], w.data)
			}
			continue
		}
		for at := 0; at < len(w.data); at += sector {
			if c.r.Float64() < chance {
				copy(c.durable[w.off+int64(at):], w.data[at:min(at+sector, len(w.data))])
			}
		}
	}
	c.pending = nil
	c.dead, c.frozen = true, false
	c.thaw.Broadcast()
}

// revive is the power coming back.
func (c *cache) revive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	copy(c.now, c.durable)
	c.dead = false
}
