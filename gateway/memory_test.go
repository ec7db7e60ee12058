package gateway

import (
	"strconv"
	"testing"
)

func TestMemory(t *testing.T) {
	var m Memory[int]
	if m.Of("a") != 0 {
		t.Error("something is kept of an id that nobody noted")
	}
	for i := range maxMemory {
		m.Note(strconv.Itoa(i), func(v *int) { *v += i })
	}
	m.Note("7", func(v *int) { *v++ })
	if m.Of("7") != 8 || m.Of("0") != 0 || m.Of(strconv.Itoa(maxMemory-1)) != maxMemory-1 {
		t.Error("what was noted is not kept")
	}
	m.Note("one more", func(v *int) { *v = 1 })
	if m.Note("1", func(*int) {}); len(m.values) != maxMemory || len(m.oldest) != maxMemory || m.Of("one more") != 1 {
		t.Errorf("%d values, %d ids in order", len(m.values), len(m.oldest))
	}
}
