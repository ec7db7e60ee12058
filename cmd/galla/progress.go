package main

import (
	"bytes"
	"fmt"
	"io"
	"time"
)

// progress counts the lines that go through it, and says each second how many there are: to a person at a terminal who
// doesn't see the lines themselves. Nothing is said of what ends within a second.
type progress struct {
	to, says io.Writer
	lines    int
	next     time.Time
}

// counted is where a command writes what may be long.
func (s *session) counted() io.Writer {
	if s.person || !s.watched {
		return s.out
	}
	return &progress{to: s.out, says: s.err, next: time.Now().Add(time.Second)}
}

// Write implements io.Writer.
func (p *progress) Write(b []byte) (int, error) {
	p.lines += bytes.Count(b, []byte{'\n'})
	if now := time.Now(); now.After(p.next) {
		fmt.Fprintf(p.says, "galla: %d lines so far\n", p.lines)
		p.next = now.Add(time.Second)
	}
	return p.to.Write(b)
}
