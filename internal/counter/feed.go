package counter

import (
	"context"
	"encoding/json"
	"sync"

	"galla/internal/counter/wire"
	"galla/state"
)

// feed turns the till's events into the frames of the SSE stream, each once for all clients. The newest frames are kept;
// a client further behind reads the till itself. It owns no goroutine: whoever asks first after a commit does the work.
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
	events, err := project(ctx, f.till, raw)
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

// project turns events into what is sent of them, each newest one of a sale with the sale as it stands.
func project(ctx context.Context, t Till, events []state.Event) ([]wire.Event, error) {
	return wire.FromEvents(events, func(id string) (state.Sale, error) { return t.Sale(ctx, id) })
}

// Delivery makes the body of a webhook's message: events as the feed tells them.
func Delivery(t Till) func(context.Context, []state.Event) ([]byte, error) {
	return func(ctx context.Context, events []state.Event) ([]byte, error) {
		list, err := project(ctx, t, events)
		if err != nil {
			return nil, err
		}
		return json.Marshal(wire.Delivery{Events: list})
	}
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
