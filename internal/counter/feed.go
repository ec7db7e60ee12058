package counter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"

	"galla/internal/counter/wire"
	"galla/internal/till"
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

// body is the event's JSON.
func (f frame) body() []byte {
	_, data, _ := bytes.Cut(f.data, []byte("\ndata: "))
	return bytes.TrimSpace(data)
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
		f.head, f.begun = f.till.Health().Seq, true
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

// read fetches a batch from the till and encodes it. The newest event of each sale carries the sale as it stands.
func (f *feed) read(ctx context.Context, since uint64) ([]frame, error) {
	events, err := f.till.Events(ctx, since, batch)
	if err != nil {
		return nil, err
	}
	newest := map[string]int{}
	for i, e := range events {
		newest[e.SaleID] = i
	}
	out := make([]frame, 0, len(events))
	for i, e := range events {
		w := wire.FromEvent(e)
		if newest[e.SaleID] == i && e.SaleID != "" {
			switch s, err := f.till.Sale(ctx, e.SaleID); {
			case errors.Is(err, till.ErrNoSale): // pruned since: the event still tells what happened
			case err != nil:
				return nil, err
			default:
				sale := wire.FromSale(s)
				w.Sale = &sale
			}
		}
		data, err := encodeFrame(w)
		if err != nil {
			return nil, err
		}
		out = append(out, frame{seq: e.Seq, data: data})
	}
	return out, nil
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
