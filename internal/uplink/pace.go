package uplink

import (
	"encoding/json"
	"time"

	"galla/state/chain"
)

// due is how long what is not sent yet has waited.
type due struct {
	since  time.Time // when the first of it was seen
	looked uint64    // places up to this one are in urgent
	urgent bool
}

// of says whether a stretch is to be sent now, or how long it may wait; 0 where there is nothing to send.
func (d *due) of(s chain.Stretch) (pause time.Duration, now bool) {
	if len(s.Places) == 0 {
		return 0, false
	}
	if d.since.IsZero() {
		d.since = time.Now()
	}
	size := 0
	for i, p := range s.Places {
		size += max(len(p.Event), len(p.Hash))
		if seq := s.After + 1 + uint64(i); seq > d.looked {
			d.looked, d.urgent = seq, d.urgent || urgent(p.Event)
		}
	}
	pause = Pace - time.Since(d.since)
	return pause, d.urgent || size >= sendAtOnce || pause <= 0
}

// urgent reports whether somebody may wait for an event at the office: a sale may have ended by it, money came or went
// back, or a person must decide. What is only shown, watched or printed is not.
func urgent(event []byte) bool {
	type reading struct {
		Payments []struct {
			Status   string `json:"status"`
			Refunded int64  `json:"refunded_paise"`
		} `json:"payments"`
	}
	var e struct {
		Kind    string   `json:"kind"`
		Reading *reading `json:"reading"`
	}
	if len(event) == 0 {
		return false
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return true // of a box that went back to an older version: the office sees
	}
	switch e.Kind {
	case "attempt.failed", "attempt.lost", "attempt.closed", "close.patience_over", "refund.asked", "refund.seen",
		"attention.resolved", "effect.set_aside", "gateway.unseen", "sale.rules":
		return true
	}
	if e.Reading != nil {
		for _, p := range e.Reading.Payments {
			if p.Status != "started" && p.Status != "processing" && p.Status != "failed" || p.Refunded > 0 {
				return true
			}
		}
	}
	return false
}
