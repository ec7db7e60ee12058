package gatewaytest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"

	"galla/gateway"
)

// Player is a transport that answers from a transcript that gateway.Recorder wrote: for the day somebody has recorded a
// real account ("galla doctor gateway --record FILE"). Each request must be the next recorded one of its method and
// path, with the same body. Safe for concurrent use.
type Player struct {
	mu    sync.Mutex
	lines map[string][]gateway.Exchange
	errs  []error
}

// maxReplayLine bounds one line of a transcript, in bytes: an answer that a client reads whole, and its request.
const maxReplayLine = 2 * gateway.MaxAnswer

// volatile are the fields of requests that hold the time of asking.
var volatile = []string{"close_by", "created_at", "from", "to"}

// Replay reads a transcript from a file.
func Replay(file string) (*Player, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("transcript: %w", err)
	}
	defer f.Close()
	return ReplayFrom(f)
}

// ReplayFrom reads a transcript.
func ReplayFrom(r io.Reader) (*Player, error) {
	p := &Player{lines: map[string][]gateway.Exchange{}}
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 1<<16), maxReplayLine)
	for n := 1; in.Scan(); n++ {
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		var e gateway.Exchange
		if err := json.Unmarshal(in.Bytes(), &e); err != nil || e.Method == "" || e.Status < 100 || e.Status > 599 ||
			!strings.HasPrefix(e.Path, "/") {
			return nil, fmt.Errorf("transcript line %d is no exchange with method, path and status: %v", n, err)
		}
		key := e.Method + " " + e.Path
		p.lines[key] = append(p.lines[key], e)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("transcript: %w", err)
	}
	if len(p.lines) == 0 {
		return nil, errors.New("the transcript is empty")
	}
	return p, nil
}

// RoundTrip answers the next recorded exchange of the request, or fails.
func (p *Player) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, err
		}
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Method == http.MethodHead { // warming a line is nobody's business
		return &http.Response{
			StatusCode: 200,
			ProtoMajor: 1,
			ProtoMinor: 1,
			Header:     http.Header{},
			Body:       http.NoBody,
			Request:    r,
		}, nil
	}

	key := r.Method + " " + r.URL.RequestURI()
	queue := p.lines[key]
	if len(queue) == 0 {
		return nil, p.wrong("%s is not in the transcript, or not so often", key)
	}
	e := queue[0]
	p.lines[key] = queue[1:]
	if what := differs("", e.Sent, body); what != "" {
		return nil, p.wrong("%s: %s", key, what)
	}
	answer := []byte(e.Other)
	if len(e.Got) > 0 {
		answer = e.Got
	}

	h := http.Header{}
	for k, v := range map[string]string{"Content-Type": e.Type, "Date": e.Date} {
		if v != "" {
			h.Set(k, v)
		}
	}
	return &http.Response{
		StatusCode:    e.Status,
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        h,
		Body:          io.NopCloser(bytes.NewReader(answer)),
		ContentLength: int64(len(answer)),
		Request:       r,
	}, nil
}

func (p *Player) wrong(format string, args ...any) error {
	err := fmt.Errorf("replay: "+format, args...)
	p.errs = append(p.errs, err)
	return err
}

// Err says what did not fit the transcript, and what of it was never asked; nil when all of it was played.
func (p *Player) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	errs := slices.Clone(p.errs)
	for key, left := range p.lines {
		if len(left) > 0 {
			errs = append(errs, fmt.Errorf("replay: %s was recorded %d times more than it was asked", key, len(left)))
		}
	}
	return errors.Join(errs...)
}

// differs says how a body is not the recorded one. What was redacted may be anything, and so may the time of asking.
func differs(at string, recorded, body []byte) string {
	switch {
	case len(recorded) == 0 && len(bytes.TrimSpace(body)) == 0:
		return ""
	case len(recorded) == 0:
		return "a body is sent, and none was recorded"
	}
	decode := func(b []byte) (v any, err error) {
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		err = d.Decode(&v)
		return v, err
	}
	want, err1 := decode(recorded)
	got, err2 := decode(body)
	if err := errors.Join(err1, err2); err != nil {
		return fmt.Sprintf("a body is no JSON: %v", err)
	}
	return differ(at, want, got)
}

func differ(at string, want, got any) string {
	if s, ok := want.(string); ok &&
		(strings.Contains(s, "redacted") || strings.HasPrefix(s, "[") && strings.HasSuffix(s, " characters]")) {
		return ""
	}
	switch want := want.(type) {
	case map[string]any:
		m, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v, recorded was an object", at, got)
		}
		for k := range m {
			if _, known := want[k]; !known {
				return fmt.Sprintf("%s.%s is sent, and was not recorded", at, k)
			}
		}
		for k, w := range want {
			g, there := m[k]
			if !there {
				return fmt.Sprintf("%s.%s was recorded, and is not sent", at, k)
			}
			if slices.Contains(volatile, k) {
				continue
			}
			if what := differ(at+"."+k, w, g); what != "" {
				return what
			}
		}
		return ""
	case []any:
		a, ok := got.([]any)
		if !ok || len(a) != len(want) {
			return fmt.Sprintf("%s is %v, recorded was %v", at, got, want)
		}
		for i := range want {
			if what := differ(fmt.Sprintf("%s[%d]", at, i), want[i], a[i]); what != "" {
				return what
			}
		}
		return ""
	}

	if fmt.Sprintf("%T %v", want, want) != fmt.Sprintf("%T %v", got, got) {
		return fmt.Sprintf("%s is %v, recorded was %v", at, got, want)
	}
	return ""
}
