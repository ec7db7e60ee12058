package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"sync"

	"galla/internal/counter/wire"
	"galla/state"
)

// Till is the till's events, and its sales, as the feed needs them. Every call may be made from any goroutine.
type Till interface {
	Seq() (uint64, error) // of the newest event
	Events(ctx context.Context, since uint64, limit int) ([]state.Event, error)
	Sale(ctx context.Context, id string) (state.Sale, error)
}

// Feed turns the till's events into the frames of the SSE stream, each once for all clients. The newest frames are
// kept; a client further behind reads the till itself. It owns no goroutine: whoever asks first after a commit does the
// work.
type Feed struct {
	till Till

	mu     sync.Mutex
	frames []Frame // consecutive; the last is the newest known
	head   uint64  // seq of the newest frame, or where the feed began
	begun  bool
}

// Frame is one event as it goes over the wire.
type Frame struct {
	Seq  uint64
	Data []byte // "id: …\nevent: …\ndata: …\n\n"
}

// Plain is the frame without the event's name.
func (f Frame) Plain() []byte {
	id, rest, _ := bytes.Cut(f.Data, []byte("\nevent: "))
	_, rest, _ = bytes.Cut(rest, []byte("\n"))
	return slices.Concat(id, []byte("\n"), rest)
}

const (
	// Kept is how many frames are kept, and Batch how many come at once.
	Kept  = 512
	Batch = 256
)

// New is a feed that begins with what is newest when it is asked first.
func New(t Till) *Feed { return &Feed{till: t} }

// After returns frames with seq above since, at most a batch, and none when since is the newest.
func (f *Feed) After(ctx context.Context, since uint64) ([]Frame, error) {
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
		f.head = fresh[len(fresh)-1].Seq
		if extra := len(f.frames) - Kept; extra > 0 {
			f.frames = append([]Frame(nil), f.frames[extra:]...)
		}
	}
	skip := len(f.frames) - int(f.head-since)
	if skip < 0 { // a batch came in that was larger than what is kept
		return f.read(ctx, since)
	}
	out := f.frames[skip:]
	return out[:min(Batch, len(out)):min(Batch, len(out))], nil
}

// read fetches a batch from the till and encodes it.
func (f *Feed) read(ctx context.Context, since uint64) ([]Frame, error) {
	raw, err := f.till.Events(ctx, since, Batch)
	if err != nil {
		return nil, err
	}
	events, err := project(ctx, f.till, raw, nil)
	if err != nil {
		return nil, err
	}
	out := make([]Frame, 0, len(events))
	for _, w := range events {
		data, err := encodeFrame(w)
		if err != nil {
			return nil, err
		}
		out = append(out, Frame{Seq: w.Seq, Data: data})
	}
	return out, nil
}

// project turns events into what is sent of those that are wanted (nil: all), each newest one of a sale with the sale
// as it stands.
func project(ctx context.Context, t Till, events []state.Event, wanted func(kinds ...string) bool) (
	[]wire.Event, error,
) {
	return wire.FromEvents(events, func(id string) (state.Sale, error) { return t.Sale(ctx, id) }, wanted)
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
	b = strconv.AppendUint(b, w.Seq, 10)
	b = append(b, "\nevent: "...)
	b = append(b, w.Kind...)
	b = append(b, "\ndata: "...)
	b = append(b, body...)
	return append(b, "\n\n"...), nil
}
