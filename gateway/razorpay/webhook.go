package razorpay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	maxHook = 1 << 20 // bytes of one event; the vendor's samples are under 4 KiB
	// remembered ids of events and of the payments they named: a day of retries (R21) of a busy shop
	hookIDs   = 4096
	hookIDLen = 128
)

// Hint says that something happened at Razorpay: reason to Read now instead of at the next poll, and never evidence.
// Events come more than once, in any order, or not at all; qr_code.closed comes for a manual close only (R14, R20).
type Hint struct {
	EventID                   string // x-razorpay-event-id; empty when missing
	Event                     string // such as "qr_code.credited"
	QRID, PaymentID, RefundID string // those the event names
	CreatedAt                 time.Time
}

// Hooks receives webhooks. Safe for concurrent use.
type Hooks struct {
	secrets [][]byte
	hints   chan<- Hint

	mu   sync.Mutex
	seen map[string]bool // ids of events, and of payments they named
	ring []string
	next int
	last time.Time

	// Events whose signature does not fit, since the last that did.
	wrong      int
	wrongSince time.Time
	warn       func(n int) // nil: nobody

	// Captured payments that a look found and no event has named since the last one came: see Silent.
	unheard map[string]bool
	since   time.Time
}

// NewHooks takes the webhook secrets (not the API's), newest first: events made before a change are signed with the
// old one for a day (R22b). A hint that finds the channel full is dropped: the poll finds what it was about.
func NewHooks(secrets []string, hints chan<- Hint) (*Hooks, error) {
	h := &Hooks{hints: hints, seen: map[string]bool{}, ring: make([]string, hookIDs), unheard: map[string]bool{}}
	for i, s := range secrets {
		if s == "" {
			return nil, fmt.Errorf("webhook secret %d is empty: anybody could sign with it", i+1)
		}
		h.secrets = append(h.secrets, []byte(s))
	}
	if len(h.secrets) == 0 {
		return nil, errors.New("webhooks need the secret that was entered in Razorpay's dashboard: store it, or " +
			"switch webhooks off")
	}
	return h, nil
}

// ServeHTTP answers at once, because Razorpay gives five seconds before it repeats and a day before it switches the
// webhook off (R21); what the hint leads to happens elsewhere.
func (h *Hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "webhooks are posted", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHook))
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		http.Error(w, "the event is too large", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		http.Error(w, "the event came too slowly, or was cut off", http.StatusRequestTimeout)
		return
	}
	hint, err := h.read(body, r.Header.Get("X-Razorpay-Signature"), r.Header.Get("X-Razorpay-Event-Id"))
	switch {
	case errors.Is(err, errSignature):
		h.misfit()
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
	if h.fresh(hint) {
		select {
		case h.hints <- hint:
		default:
		}
	}
}

// Last is when the last genuine event came; zero when none has.
func (h *Hooks) Last() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.last
}

const (
	silentAfter    = 3 * time.Hour // events come within seconds, and retries within the hour
	silentPayments = 3
	maxUnheard     = 1000
)

// Silent reports how many captured payments were found by looking, without one event having come, for hours: Razorpay
// has switched the webhook off (it does after a day of failures, R21), or nothing gets through to us. 0: nothing to
// worry about.
func (h *Hooks) Silent() (payments int, since time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.unheard) < silentPayments || time.Since(h.since) < silentAfter {
		return 0, time.Time{}
	}
	return len(h.unheard), h.since
}

// warnEvery is how often wrong signatures are told: anybody may send them.
const warnEvery = 10 * time.Minute

// Warn has fn told at once of an event whose signature does not fit, and again every ten minutes while more of them
// come and none that fits: how many there were. It is set before the first request.
func (h *Hooks) Warn(fn func(n int)) { h.warn = fn }

func (h *Hooks) misfit() {
	h.mu.Lock()
	h.wrong++
	n, tell := h.wrong, time.Since(h.wrongSince) >= warnEvery
	if tell {
		h.wrongSince = time.Now()
	}
	h.mu.Unlock()
	if tell && h.warn != nil {
		h.warn(n)
	}
}

// Wrong is how many events came whose signature does not fit, since the last one that did.
func (h *Hooks) Wrong() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.wrong
}

// found is told of a captured payment that a look saw.
func (h *Hooks) found(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen[id] { // an event has named it
		return
	}
	if len(h.unheard) == 0 {
		h.since = time.Now()
	}
	if len(h.unheard) < maxUnheard {
		h.unheard[id] = true
	}
}

var errSignature = errors.New("the signature doesn't fit: the webhook secret here and in Razorpay's dashboard " +
	"differ, or this isn't Razorpay")

// read verifies the raw bytes as they came (the wire has "\/", which any re-encoding loses, R14b), then reads them.
func (h *Hooks) read(body []byte, signature, id string) (Hint, error) {
	if !h.signed(body, signature) {
		return Hint{}, errSignature
	}
	var e struct {
		Event     text   `json:"event"`
		CreatedAt number `json:"created_at"`
		Payload   struct {
			Payment, Refund entityID
			QRCode          entityID `json:"qr_code"`
		} `json:"payload"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return Hint{}, errors.New("the event isn't readable JSON")
	}
	if len(id) > hookIDLen {
		id = ""
	}
	return Hint{
		EventID:   id,
		Event:     cut(string(e.Event), 60),
		QRID:      e.Payload.QRCode.id(),
		PaymentID: e.Payload.Payment.id(),
		RefundID:  e.Payload.Refund.id(),
		CreatedAt: e.CreatedAt.time(),
	}, nil
}

type entityID struct {
	Entity struct {
		ID text `json:"id"`
	} `json:"entity"`
}

// id is empty for anything that couldn't be an id.
func (e entityID) id() string {
	if checkID("entity", e.Entity.ID) != nil {
		return ""
	}
	return string(e.Entity.ID)
}

func (h *Hooks) signed(body []byte, signature string) bool {
	got, err := hex.DecodeString(signature)
	if err != nil || len(got) != sha256.Size {
		return false
	}
	ok := false
	for _, s := range h.secrets { // all of them, so that the time taken doesn't tell which one fits
		mac := hmac.New(sha256.New, s)
		mac.Write(body)
		ok = hmac.Equal(got, mac.Sum(nil)) || ok
	}
	return ok
}

// fresh remembers an event and the payment it names, and says whether it is new. An event without an id is always new.
func (h *Hooks) fresh(e Hint) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last = time.Now()
	h.wrong, h.wrongSince = 0, time.Time{}
	clear(h.unheard)
	if e.PaymentID != "" {
		h.remember(e.PaymentID)
	}
	if e.EventID == "" {
		return true
	}
	return h.remember(e.EventID)
}

// remember keeps an id in place of the oldest, and says whether it is new.
func (h *Hooks) remember(id string) bool {
	if h.seen[id] {
		return false
	}
	delete(h.seen, h.ring[h.next])
	h.ring[h.next], h.seen[id] = id, true
	h.next = (h.next + 1) % len(h.ring)
	return true
}
