//go:build rig

package fleet

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// tally counts what faults did: not that they were drawn, but what was seen to go wrong by them.
type tally struct {
	mu    sync.Mutex
	times map[string]int
	did   map[string]int64
}

// befell notes that a fault befell, and how much of something it did: 0 is nothing.
func (y *tally) befell(name string, did int64) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.did == nil {
		y.times, y.did = map[string]int{}, map[string]int64{}
	}
	y.times[name]++
	y.did[name] += max(0, did)
}

// add puts another one's numbers to these.
func (y *tally) add(o *tally) {
	for name, did := range o.did {
		y.befell(name, did)
		y.times[name] += o.times[name] - 1
	}
}

// idle are the faults that were drawn and did nothing.
func (y *tally) idle() (names []string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	for name, did := range y.did {
		if did == 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (y *tally) String() string {
	y.mu.Lock()
	defer y.mu.Unlock()
	var lines []string
	for name, did := range y.did {
		lines = append(lines, fmt.Sprintf("%s: %d times, %d %s", name, y.times[name], did, measures[name]))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// calls is a way to an office that counts what becomes of calls.
type calls struct {
	http.RoundTripper
	seen *seen
}

// seen is what boxes met.
type seen struct{ failed, clock atomic.Int64 }

func (c calls) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(r)
	switch {
	case err != nil:
		if r.Context().Err() == nil {
			c.seen.failed.Add(1)
		}
	case resp.StatusCode >= http.StatusInternalServerError:
		c.seen.failed.Add(1)
	case resp.StatusCode == http.StatusUnauthorized:
		raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		if bytes.Contains(raw, []byte(`"clock"`)) {
			c.seen.clock.Add(1)
		}
		resp.Body = io.NopCloser(bytes.NewReader(raw))
	}
	return resp, err
}
