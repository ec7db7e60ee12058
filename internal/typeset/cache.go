package typeset

// cache remembers values up to a total cost. It keeps two generations: when the young one is full it becomes the old
// one and the old one is forgotten, so that what is still used survives and nothing needs to be ordered.
type cache[K comparable, V any] struct {
	limit      int // of one generation
	cost       int // of the young generation
	young, old map[K]V
}

func newCache[K comparable, V any](limit int) cache[K, V] {
	return cache[K, V]{limit: limit / 2, young: map[K]V{}}
}

func (c *cache[K, V]) get(k K, cost func(V) int) (V, bool) {
	v, ok := c.young[k]
	if !ok {
		if v, ok = c.old[k]; ok {
			c.put(k, v, cost(v))
		}
	}
	return v, ok
}

func (c *cache[K, V]) put(k K, v V, cost int) {
	if cost > c.limit {
		return
	}
	if c.cost+cost > c.limit {
		c.old, c.young, c.cost = c.young, map[K]V{}, 0
	}
	c.young[k] = v
	c.cost += cost
}
