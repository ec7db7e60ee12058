package counter

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"galla/internal/counter/wire"
	"galla/state"
)

// feed turns the till's events into the frames of the SSE stream, each once for all clients. The newest frames are
// kept; a client further behind reads the till itself. It owns no goroutine: whoever asks first after a commit does the
// work.
type feed struct {
	till Till

	mu     sync.Mutex
	frames []frame // consecutive; the last is the newest known
	head   uint64  // seq of the newest frame, or where the feed began
	begun  bool
}

// frame is one event as it goes over the wire.
type frame struct {
	seq  uint64
	data []byte // "id: …\nevent: …\ndata: …\n\n"
}

// plain is the frame without the event's name.
func (f frame) plain() []byte {
	id, rest, _ := bytes.Cut(f.data, []byte("\nevent: "))
	_, rest, _ = bytes.Cut(rest, []byte("\n"))
	return slices.Concat(id, []byte("\n"), rest)
}

const (
	keptFrames = 512
	batch      = 256
)

func newFeed(t Till) *feed { return &feed{till: t} }

// after returns frames with seq above since, at most a batch, and none when since is the newest.
func (f *feed) after(ctx context.Context, since uint64) ([]frame, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.begun {
		head, err := f.till.Seq() // the store's: right before the till is ready, too
		if err != nil {
			return nil, err
		}
		f.head, f.begun = head, true
	}
	if first := f.head - uint64(len(f.frames)); since < first {
		f.mu.Unlock()
		out, err := f.read(ctx, since)
		f.mu.Lock()
		return out, err
	}
	for since >= f.head {
		fresh, err := f.read(ctx, f.head)
		if err != nil || len(fresh) == 0 {
			return nil, err
		}
		f.frames = append(f.frames, fresh...)
		f.head = fresh[len(fresh)-1].seq
		if extra := len(f.frames) - keptFrames; extra > 0 {
			f.frames = append([]frame(nil), f.frames[extra:]...)
		}
	}
	skip := len(f.frames) - int(f.head-since)
	if skip < 0 { // a batch came in that was larger than what is kept
		return f.read(ctx, since)
	}
	out := f.frames[skip:]
	return out[:min(batch, len(out)):min(batch, len(out))], nil
}

// read fetches a batch from the till and encodes it.
func (f *feed) read(ctx context.Context, since uint64) ([]frame, error) {
	raw, err := f.till.Events(ctx, since, batch)
	if err != nil {
		return nil, err
	}
	events, err := project(ctx, f.till, raw, nil)
	if err != nil {
		return nil, err
	}
	out := make([]frame, 0, len(events))
	for _, w := range events {
		data, err := encodeFrame(w)
		if err != nil {
			return nil, err
		}
		out = append(out, frame{seq: w.Seq, data: data})
	}
	return out, nil
}

// project turns events into what is sent of those that are wanted (nil: all), each newest one of a sale with the sale
// as it stands.
func project(ctx context.Context, t Till, events []state.Event, wanted func(kinds ...string) bool) ([]wire.Event, error) {
	return wire.FromEvents(events, func(id string) (state.Sale, error) { return t.Sale(ctx, id) }, wanted)
}

// Delivery makes the body of a webhook's message: events as the feed tells them. kinds are those that the receiver
// wants, of events and milestones; none means all. A body of events that it wants nothing of is nil. A kind that
// doesn't exist is an error.
func Delivery(t Till, kinds []string) (func(context.Context, []state.Event) ([]byte, error), error) {
	for _, k := range kinds {
		if !slices.Contains(wire.Kinds, k) {
			return nil, fmt.Errorf("the kind %q is of no event: there are %s", k, strings.Join(wire.Kinds, ", "))
		}
	}
	var wanted func(...string) bool
	if len(kinds) > 0 {
		wanted = func(have ...string) bool {
			return slices.ContainsFunc(have, func(k string) bool { return slices.Contains(kinds, k) })
		}
	}
	return func(ctx context.Context, events []state.Event) ([]byte, error) {
		list, err := project(ctx, t, events, wanted)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		return json.Marshal(wire.Delivery{Events: list})
	}, nil
}

// Probe is the body of a webhook's test.
func Probe() []byte {
	b, err := json.Marshal(wire.Delivery{Events: []wire.Event{}, Test: true})
	if err != nil {
		panic(err) // it has no values that JSON could refuse
	}
	return b
}

// encodeFrame writes an event in the text/event-stream format (WHATWG HTML, 9.2.6). JSON has no line break outside of
// its strings' escapes, so one data line holds it.
func encodeFrame(w wire.Event) ([]byte, error) {
	body, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, len(body)+64)
	b = append(b, "id: "...)
	b = appendUint(b, w.Seq)
	b = append(b, "\nevent: "...)
	b = append(b, w.Kind...)
	b = append(b, "\ndata: "...)
	b = append(b, body...)
	return append(b, "\n\n"...), nil
}
