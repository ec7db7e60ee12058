package metrics

import (
	"context"
	"time"

	"galla/state"
)

// Log is the event log and the sales it is about, as the till has them.
type Log interface {
	Events(ctx context.Context, since uint64, limit int) ([]state.Event, error)
	Changed() <-chan struct{}
	Sale(ctx context.Context, id string) (state.Sale, error)
}

const page = 500

// Follow counts how sales end, from an event on, until ctx is done. An error is the log's.
func (m *Metrics) Follow(ctx context.Context, log Log, since uint64) error {
	ends := newRecent(1024)
	for ctx.Err() == nil {
		changed := log.Changed()
		events, err := log.Events(ctx, since, page)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		now := time.Now()
		for _, e := range events {
			since = e.Seq
			m.lag.Observe(max(0, now.Sub(e.At)).Seconds())
			if e.SaleID != "" && !ends.has(e.SaleID) {
				if err := m.ended(ctx, log, e, ends); err != nil {
					if ctx.Err() != nil {
						return nil
					}
					return err
				}
			}
		}
		if len(events) == page {
			continue
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
	}
	return nil
}

// ended counts a sale whose end came with an event: PaidAt and ClosedAt are the time of the event that ended it, so a
// sale that was over before we started isn't counted when something happens to it later.
func (m *Metrics) ended(ctx context.Context, log Log, e state.Event, ends *recent) error {
	s, err := log.Sale(ctx, e.SaleID)
	if err != nil {
		return err
	}
	switch {
	case s.Phase == state.PhasePaid && s.PaidAt.Equal(e.At):
		m.sales.WithLabelValues(gatewayOf(s), "paid").Inc()
		m.paid.WithLabelValues(gatewayOf(s)).Observe(max(0, s.PaidAt.Sub(s.OpenedAt)).Seconds())
	case s.Phase == state.PhaseClosed && s.ClosedAt.Equal(e.At) && s.Closing != nil:
		m.sales.WithLabelValues(gatewayOf(s), string(s.Closing.Reason)).Inc()
	default:
		return nil
	}
	ends.add(e.SaleID)
	return nil
}

// gatewayOf is the gateway that has the sale's money, or else the one that was asked last.
func gatewayOf(s state.Sale) string {
	for _, p := range s.Payments {
		if p.Gateway != "" && s.Phase == state.PhasePaid {
			return p.Gateway
		}
	}
	if n := len(s.Attempts); n > 0 {
		return s.Attempts[n-1].Gateway
	}
	if len(s.Route) > 0 {
		return s.Route[0]
	}
	return "none"
}

// recent remembers the last ids it was given: two events of one turn may bear the same time.
type recent struct {
	ring []string
	at   int
	set  map[string]bool
}

func newRecent(n int) *recent { return &recent{ring: make([]string, n), set: map[string]bool{}} }

func (r *recent) has(id string) bool { return r.set[id] }

func (r *recent) add(id string) {
	delete(r.set, r.ring[r.at])
	r.ring[r.at], r.set[id] = id, true
	r.at = (r.at + 1) % len(r.ring)
}
