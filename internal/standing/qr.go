package standing

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"galla/gateway"
	"galla/internal/money"
	"galla/internal/operations"
	"galla/state"
)

// QR is a standing QR of this box and what came at it.
type QR struct {
	gateway.CounterQR
	Gateway  string
	Lists    bool        // its gateway says by what it was paid
	Count    int         // payments taken in the running business day
	Sum      money.Paise // of these, before refunds
	PaidAt   time.Time   // when its last payment was taken, since this process began; wall clock
	LookedAt time.Time   // when its payments could last be read; wall clock
	Problems []Problem   // what keeps payments of it from being sales, the most urgent first; ten at most
}

// Problem is a sentence of the counter's catalogue.
type Problem struct {
	Code   string
	Values map[string]any
}

// odd is a payment that is no sale.
type odd struct {
	Problem
	at time.Time
}

// stand is what the watch knows of one QR. The watch's mutex guards it.
type stand struct {
	gateway string
	record  gateway.CounterQR
	made    bool      // the operation that made it is known
	since   time.Time // wall: when that was done
	closed  time.Time
	seq     uint64 // of the operation that said the most recent of it

	next    time.Time // of the process's own clock, as are the next four
	looking bool
	hot     time.Time // until when it is looked at densely
	paid    time.Time // when money last came, or zero
	hinted  time.Time
	fails   int
	problem string         // why its payments can't be read
	odd     map[string]odd // payments that are no sales and should be looked at, by id
	looked  time.Time      // wall

	recalled bool          // marked was read
	marked   time.Time     // wall: the mark on disk; zero: none
	covered  time.Time     // wall: payments begun before were listed in this process
	reached  time.Time     // wall: the look that failed read until then; zero: the last did not fail
	paused   time.Time     // of the process's own clock: when it did
	slice    time.Duration // see mostSlice
	pending  time.Time     // wall: when the oldest payment began that may still be captured soon; zero: none
	missed   time.Time     // wall: when a payment began that somebody misses; zero: none is missed
	// of the process's own clock: when the look at two hours is due, and the one at five days
	hour  time.Time
	days  time.Time            //
	taken map[string]time.Time // payments that are sales, and when they began

	day   string
	count int
	sum   money.Paise
	last  time.Time // wall: when the last payment was taken
}

// Known takes in an operation at a gateway that has ended. Operations may come in any order, and again.
func (w *Watch) Known(op state.Operation) {
	if op.Status != state.OperationDone || op.Kind != operations.QRCreate && op.Kind != operations.QRCancel {
		return
	}
	var q gateway.CounterQR
	if json.Unmarshal(op.Result, &q) != nil || q.ID == "" || op.Kind == operations.QRCreate && !q.MultipleUse {
		return
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.stand(op.Gateway, q.ID)
	if op.Kind == operations.QRCancel {
		s.closed = op.DoneAt
	} else {
		s.made, s.record, s.since = true, q, op.DoneAt
		if age := w.wall().Sub(op.DoneAt); age < hotFor { // whoever makes a QR tries it at once
			s.hot = time.Now().Add(hotFor - max(age, 0))
		}
	}
	if op.Seq > s.seq {
		s.seq = op.Seq
		s.record.Status = q.Status
	}
	w.stir()
}

// stand finds or makes the entry of a QR.
func (w *Watch) stand(gw, id string) *stand {
	key := gw + " " + id
	s := w.stands[key]
	if s == nil {
		s = &stand{gateway: gw, slice: mostSlice, taken: map[string]time.Time{}, odd: map[string]odd{}}
		s.record.ID = id
		w.stands[key] = s
	}
	return s
}

// List lists the standing QRs that this box made, those that take payments first, then by name.
func (w *Watch) List() []QR {
	w.mu.Lock()
	defer w.mu.Unlock()
	today := w.today()
	var out []QR
	for _, s := range w.stands {
		if !s.made {
			continue
		}
		q := QR{
			CounterQR: s.record,
			Gateway:   s.gateway,
			Lists:     gateway.ListsStanding(w.gateways[s.gateway]),
			PaidAt:    s.last,
			LookedAt:  s.looked,
			Problems:  s.problems(),
		}
		if s.day == today {
			q.Count, q.Sum = s.count, s.sum
		}
		out = append(out, q)
	}
	slices.SortFunc(out, func(a, b QR) int {
		if (a.Status == gateway.CounterQRActive) != (b.Status == gateway.CounterQRActive) {
			if a.Status == gateway.CounterQRActive {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name+" "+a.ID, b.Name+" "+b.ID)
	})
	return out
}

// problems are a QR's, as List has them.
func (s *stand) problems() (out []Problem) {
	if s.problem != "" {
		out = append(out, Problem{"standing_unread", map[string]any{"why": s.problem}})
	}
	newest := slices.SortedFunc(maps.Values(s.odd), func(a, b odd) int { return b.at.Compare(a.at) })
	for _, o := range newest[:min(len(newest), 9)] {
		out = append(out, o.Problem)
	}
	return out
}

// Find is a standing QR of this box by its gateway's id; false: this box made none.
func (w *Watch) Find(gw, id string) (QR, bool) {
	all := w.List()
	i := slices.IndexFunc(all, func(q QR) bool { return q.ID == id && (gw == "" || q.Gateway == gw) })
	if i < 0 {
		return QR{}, false
	}
	return all[i], true
}

// Missed says that a payment at the QR of a reference has no sale, and when it was made: the next look reaches as far
// back. It doesn't block.
func (w *Watch) Missed(gw, reference string, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.stands {
		if s.gateway == gw && reference != "" && s.record.Reference == reference && s.fails == 0 {
			if s.missed.IsZero() || at.Before(s.missed) {
				s.missed = at
			}
			s.reached = time.Time{}
			s.next = time.Now()
		}
	}
	w.stir()
}
