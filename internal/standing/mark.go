package standing

import "time"

// Marks keeps small values on disk, each under a name: the sales file's settings.
type Marks interface {
	Get(name string) (value []byte, found bool, err error)
	Put(name string, value []byte) error
}

// markEvery is how often it is written down, at most, that a QR's payments were read.
const markEvery = 24 * time.Hour

func markName(gateway, qr string) string { return "standing:" + gateway + " " + qr }

// recall is until when a QR's payments were read by earlier processes; zero: not known, so that the first look goes
// back to days before the QR was made, by the box's clock of then: its gateway says when too, by another clock. A mark
// of a time to come was written by a wrong clock.
func (w *Watch) recall(s *stand) time.Time {
	raw, found, err := w.marks.Get(markName(s.gateway, s.record.ID))
	if err == nil && !found {
		return time.Time{}
	}
	at, parsed := time.Parse(time.RFC3339, string(raw))
	if err != nil || parsed != nil || at.After(w.wall()) {
		w.log.Warn("until when a standing QR was read is not known: all of it is read again",
			"qr", s.record.ID, "mark", string(raw), "err", err)
		return time.Time{}
	}
	return at
}

// mark writes down that the payments of a QR that began before a moment were read, and all that came of them is on
// disk: after a start, and once a day from then on.
//
// If we die before it, the next start begins at the mark before, and reads payments again that are sales already; the
// till knows them by their ids. It is never written before the sales are.
func (w *Watch) mark(s *stand, t task, began time.Time) bool {
	w.mu.Lock()
	due := s.covered.IsZero() || began.Sub(s.marked).Abs() >= markEvery
	w.mu.Unlock()
	if !due {
		return false
	}
	err := w.marks.Put(markName(t.gateway, t.qr), began.UTC().AppendFormat(nil, time.RFC3339))
	if err != nil {
		w.log.Warn("until when a standing QR was read could not be kept", "qr", t.qr, "err", err)
	}
	return err == nil
}
