package razorpay

import "sync"

// ended remembers, for this process, which QR codes Razorpay has called closed, and why: a closed QR stays closed, so a look at it asks
// for its payments only.
type ended struct {
	mu     sync.Mutex
	why    map[string]string
	oldest []string
}

const maxEnded = 2048 // five days of a busy counter; one that was forgotten is read once more

func (e *ended) note(q qrEntity) {
	if q.Status != "closed" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.why == nil {
		e.why = map[string]string{}
	}
	id := string(q.ID)
	if _, known := e.why[id]; !known {
		if e.oldest = append(e.oldest, id); len(e.oldest) > maxEnded {
			delete(e.why, e.oldest[0])
			e.oldest = e.oldest[1:]
		}
	}
	e.why[id] = string(q.CloseReason)
}

func (e *ended) of(id string) (qrEntity, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	why, known := e.why[id]
	return qrEntity{ID: text(id), Status: "closed", CloseReason: text(why)}, known
}
