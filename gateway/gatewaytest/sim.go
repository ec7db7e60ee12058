package gatewaytest

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"galla/internal/money"
)

// API names one of the two gateways the simulator plays.
type API string

const (
	EnKash   API = "enkash"
	Razorpay API = "razorpay"
)

// The credentials the simulator accepts. They open nothing but a simulator.
const (
	EnKashAccessKey       = "GALLASIMACCESSKEY"
	EnKashSecretKey       = "galla-sim-secret"
	RazorpayKeyID         = "rzp_live_GallaSim000001"
	RazorpayKeySecret     = "galla-sim-live-secret"
	RazorpayTestKeyID     = "rzp_test_GallaSim000001" // its QRs can be made but not paid, as at the real one
	RazorpayTestKeySecret = "galla-sim-test-secret"
	RazorpayWebhookSecret = "galla-sim-webhook-secret"
)

// Options sets a simulator up. The zero value is a simulator of seed 0 that misbehaves as the real ones do.
type Options struct {
	Seed  uint64           // every draw comes from it; the same seed and the same requests give the same answers
	Calm  bool             // every misbehaviour at 0 per cent and no delay
	Knobs *Knobs           // replaces the knobs that Calm would choose; nil for those
	Now   func() time.Time // the clock under Advance; nil is time.Now
	Log   *slog.Logger     // one line for each request; nil logs nothing
	// NoPictures leaves EnKash's qrCode out where its qrUrl says the same: drawing takes longer than all the rest of a
	// sale.
	NoPictures bool
	// Notify carries webhooks to the merchant; nil is http.DefaultTransport. They are only sent while Run runs.
	Notify http.RoundTripper
}

// Sim is one simulator: both gateways, one pretend phone, one clock, one ledger.
// All methods are safe for concurrent use. It keeps everything in memory and starts no goroutine.
type Sim struct {
	seed   uint64
	log    *slog.Logger
	notify http.RoundTripper

	noPictures bool

	clock *Clock
	start time.Time // by clock, when the simulator was made

	mu        sync.Mutex
	knobs     Knobs
	later     agenda
	moment    time.Time      // when what is happening now fell due; zero between
	wake      chan struct{}  // tells Run that the agenda changed
	counts    map[string]int // of draws on one subject
	requests  map[string]int
	faults    map[string]int
	orders    []*order
	codes     []*code
	byTr      map[string]*code
	tokens    map[string]token
	qrObj     []*upiQR
	customers []*customer
	mandate   []*mandate
	rules     []*rule
	auto      *autopay
	hooks     []*hook
	downs     []downtime
}

// NewSim returns a simulator.
func NewSim(o Options) *Sim {
	s := &Sim{
		seed:       o.Seed,
		log:        o.Log,
		notify:     o.Notify,
		noPictures: o.NoPictures,
		knobs:      Misbehaving(),
		wake:       make(chan struct{}, 1),
		counts:     map[string]int{},
		requests:   map[string]int{},
		faults:     map[string]int{},
		byTr:       map[string]*code{},
		tokens:     map[string]token{},
	}
	if o.Calm {
		s.knobs = Calm()
	}
	if o.Knobs != nil {
		s.knobs = *o.Knobs
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.notify == nil {
		s.notify = http.DefaultTransport
	}
	s.clock = &Clock{sim: s, base: o.Now}
	if o.Now == nil {
		s.clock.base = time.Now
	}
	s.start = s.clock.Now()
	return s
}

// Seed is the number every draw of this run comes from.
func (s *Sim) Seed() uint64 { return s.seed }

// Clock is the simulator's time.
func (s *Sim) Clock() *Clock { return s.clock }

// Phone is the pretend customer.
func (s *Sim) Phone() *Phone { return &Phone{sim: s} }

// Knobs returns the present setting of every knob.
func (s *Sim) Knobs() Knobs {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.knobs
}

// SetKnobs replaces every knob; it holds for requests that begin afterwards.
func (s *Sim) SetKnobs(k Knobs) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.knobs = k
}

// Requests returns how many requests came in, by gateway and operation, such as "razorpay create".
func (s *Sim) Requests() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.requests)
}

// Faults returns how many requests met which misbehaviour on their way, by the knob's name, scripts included; "none"
// counts those that met none.
func (s *Sim) Faults() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.faults)
}

// now is the simulator's time, or the moment of what is happening just now; the caller holds s.mu.
func (s *Sim) now() time.Time {
	if !s.moment.IsZero() {
		return s.moment
	}
	return s.clock.Now()
}

// nth counts how often key was seen, from 1; the caller holds s.mu.
func (s *Sim) nth(key string) int {
	s.counts[key]++
	return s.counts[key]
}

// order finds an order or QR by the gateway's id, or nil.
func (s *Sim) order(api API, id string) *order {
	i := slices.IndexFunc(s.orders, func(o *order) bool { return o.api == api && o.id == id })
	if i < 0 {
		return nil
	}
	return s.orders[i]
}

// payment finds a payment by the gateway's id, or nil.
func (s *Sim) payment(api API, id string) *payment {
	for _, o := range s.orders {
		if o.api != api {
			continue
		}
		for _, p := range o.payments {
			if p.id == id {
				return p
			}
		}
	}
	return nil
}

// issue puts a QR string into the world: from now on the phone can find it.
func (s *Sim) issue(c *code) {
	s.codes = append(s.codes, c)
	s.byTr[c.tr] = c
	if s.auto != nil {
		act, after := s.auto.act, s.auto.after
		act.Payload = c.payload
		s.at(s.now().Add(after), func() {
			// An order that was paid through another of its QRs, or was cancelled, is left alone.
			if _, err := s.act(act); err != nil {
				s.log.Info("autopay left a QR alone", "why", err)
			}
		})
	}
}

// autopay makes the phone act on every QR handed out.
type autopay struct {
	after time.Duration
	act   Act
}

// Autopay makes the phone act on every QR handed out from now on, after the given time.
// An act with an empty Action switches it off. The act's Payload is ignored.
func (s *Sim) Autopay(a Act, after time.Duration) error {
	if a.Action != "" && !slices.Contains(Actions, a.Action) {
		return fmt.Errorf("action %q is not one the phone knows: use one of %v", a.Action, Actions)
	}
	if after < 0 {
		return errors.New("autopay cannot pay before the QR is handed out: give a time of 0 or more")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.auto = nil
	if a.Action != "" {
		s.auto = &autopay{after: after, act: a}
	}
	return nil
}

// rupees writes an amount as EnKash and upi:// strings do, as short as the gateway's style asks.
func rupees(p money.Paise, short bool) string {
	if !short {
		return p.Decimal()
	}
	d := p.Decimal()
	for d[len(d)-1] == '0' {
		d = d[:len(d)-1]
	}
	if d[len(d)-1] == '.' {
		d = d[:len(d)-1]
	}
	return d
}
