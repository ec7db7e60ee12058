package progress

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"time"

	"galla/state/boltstore"
)

// Teller writes a line a second.
func Teller(out io.Writer) boltstore.Progress {
	last := time.Now()
	return func(what string, done, total uint64) {
		if done%64 != 0 || time.Since(last) < time.Second {
			return
		}
		last = time.Now()
		if total > 0 {
			fmt.Fprintf(out, "%s: %d of %d\n", what, done, total)
		} else {
			fmt.Fprintf(out, "%s: %d\n", what, done)
		}
	}
}

// Sparse passes a full check's progress on, one line in so much time, and not its report.
type Sparse struct {
	out   io.Writer
	every time.Duration
	rest  []byte // a line that has not ended
	last  time.Time
}

// NewSparse makes a Sparse that writes to out; every 0: each line.
func NewSparse(out io.Writer, every time.Duration) *Sparse {
	return &Sparse{out: out, every: every}
}

func (s *Sparse) Write(b []byte) (int, error) {
	s.rest = append(s.rest, b...)
	for {
		line, rest, whole := bytes.Cut(s.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		s.rest = rest
		if !progressLine.Match(line) || time.Since(s.last) < s.every {
			continue
		}
		s.last = time.Now()
		if _, err := fmt.Fprintf(s.out, "  %s\n", line); err != nil {
			return 0, err
		}
	}
}

// progressLine is what Teller writes.
var progressLine = regexp.MustCompile(`^(pages|events|sales|keys): [0-9]`)
