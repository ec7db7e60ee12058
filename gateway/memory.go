package gateway

import "sync"

// Memory keeps a bounded number of values by an id, for this process: what it forgets is asked of the gateway once
// more. The zero value keeps 2,048, five days of a busy counter. Safe for concurrent use.
type Memory[T any] struct {
	mu     sync.Mutex
	values map[string]T
	oldest []string
}

const maxMemory = 2048

// Of is what is kept of id, or T's zero value.
func (m *Memory[T]) Of(id string) T {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[id]
}

// Note lets change alter what is kept of id, and forgets the oldest where there is no room.
func (m *Memory[T]) Note(id string, change func(*T)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[string]T{}
	}

	v, known := m.values[id]
	if !known {
		if m.oldest = append(m.oldest, id); len(m.oldest) > maxMemory {
			delete(m.values, m.oldest[0])
			m.oldest = m.oldest[1:]
		}
	}

	change(&v)
	m.values[id] = v
}
