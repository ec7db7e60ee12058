package gatewaytest

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"galla/internal/money"
)

//go:embed phone.html
var phonePage []byte

// Manage is the management port: the pretend phone as a page at /, and a small JSON API. Nothing of it
// exists at the real gateways; that is why it is a handler of its own.
func (s *Sim) Manage() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		send(s, w, phonePage)
	})
	m.HandleFunc("GET /orders", func(w http.ResponseWriter, _ *http.Request) { s.reply(w, 200, s.waiting()) })
	m.HandleFunc("GET /ledger", func(w http.ResponseWriter, _ *http.Request) { s.reply(w, 200, s.Ledger()) })
	m.HandleFunc("GET /knobs", func(w http.ResponseWriter, _ *http.Request) {
		s.reply(w, 200, map[string]any{"seed": s.seed, "knobs": s.Knobs(), "help": knobHelp})
	})
	m.HandleFunc("POST /knobs", s.manageKnobs)
	m.HandleFunc("POST /pay", s.managePay)
	m.HandleFunc("POST /autopay", s.manageAutopay)
	m.HandleFunc("POST /clock", s.manageClock)
	m.HandleFunc("POST /script", s.manageScript)
	m.HandleFunc("POST /downtime", s.manageDowntime)
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, 404, fmt.Errorf("there is no %s %s here: see / for the phone, or GET /orders, /ledger, /knobs, "+
			"POST /pay, /autopay, /clock, /knobs, /script, /downtime", r.Method, r.URL.Path))
	})
	return m
}

// Waiting is one QR in the world, as the phone's page lists it.
type Waiting struct {
	API       API         `json:"api"`
	OrderID   string      `json:"order_id"`
	Reference string      `json:"reference"`
	Amount    money.Paise `json:"amount_paise"`
	Payload   string      `json:"payload"`
	Payable   bool        `json:"payable"` // the phone can still pay it
	State     string      `json:"state"`   // of its newest payment, or waiting, or closed
	IssuedAt  time.Time   `json:"issued_at"`
}

// waiting lists every QR string handed out, newest first.
func (s *Sim) waiting() []Waiting {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	now := s.now()
	list := []Waiting{}
	for i := len(s.codes) - 1; i >= 0 && len(list) < 100; i-- {
		c := s.codes[i]
		w := Waiting{
			API:       c.order.api,
			OrderID:   c.order.id,
			Reference: c.order.ref,
			Amount:    c.amount,
			Payload:   c.payload,
			Payable:   c.waiting(now),
			State:     "waiting",
			IssuedAt:  c.at,
		}
		if c.order.over(now) {
			w.State = "closed"
		}
		for _, p := range c.order.payments {
			if p.state != minted && (c.txn == nil || c.txn == p) {
				w.State = string(p.state)
			}
		}
		if w.Reference == "" {
			w.Reference = c.order.name
		}
		list = append(list, w)
	}
	return list
}

func (s *Sim) managePay(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Payload string      `json:"payload"`
		Action  Action      `json:"action"`
		After   int64       `json:"after_ms"`
		Amount  money.Paise `json:"amount_paise"`
		Reason  string      `json:"reason"`
		VPA     string      `json:"vpa"`
	}
	if !s.read(w, r, &in) {
		return
	}
	if in.Action == "" {
		in.Action = Pay
	}
	a := Act{Payload: in.Payload, Action: in.Action, Amount: in.Amount, Reason: in.Reason, VPA: in.VPA}
	if in.After > 0 {
		if _, err := scan(a.Payload); err != nil {
			s.refuse(w, 400, err)
			return
		}
		if err := s.Phone().After(time.Duration(in.After)*time.Millisecond, a); err != nil {
			s.refuse(w, 400, err)
			return
		}
		s.reply(w, 202, map[string]any{"planned": true})
		return
	}
	p, err := s.Phone().Do(a)
	if err != nil {
		s.refuse(w, 409, err)
		return
	}
	s.reply(w, 200, p)
}

func (s *Sim) manageAutopay(w http.ResponseWriter, r *http.Request) {
	var in struct {
		After  int64  `json:"after_ms"`
		Action Action `json:"action"`
		Off    bool   `json:"off"`
	}
	if !s.read(w, r, &in) {
		return
	}
	a := Act{Action: in.Action}
	if in.Action == "" {
		a.Action = Pay
	}
	if in.Off {
		a.Action = ""
	}
	if err := s.Autopay(a, time.Duration(in.After)*time.Millisecond); err != nil {
		s.refuse(w, 400, err)
		return
	}
	s.reply(w, 200, map[string]any{"autopay": a.Action, "after_ms": in.After})
}

func (s *Sim) manageClock(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance Duration `json:"advance"`
	}
	if !s.read(w, r, &in) {
		return
	}
	if in.Advance <= 0 {
		s.refuse(w, 400, errors.New("the clock only goes forward: give \"advance\", like {\"advance\":\"48h\"}"))
		return
	}
	s.clock.Advance(time.Duration(in.Advance))
	s.reply(w, 200, map[string]any{"now": s.clock.Now()})
}

func (s *Sim) manageKnobs(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.refuse(w, 400, err)
		return
	}
	s.mu.Lock()
	k, err := s.knobs.patch(b)
	if err == nil {
		s.knobs = k
	}
	s.mu.Unlock()
	if err != nil {
		s.refuse(w, 400, err)
		return
	}
	s.reply(w, 200, map[string]any{"seed": s.seed, "knobs": k})
}

func (s *Sim) manageDowntime(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Handle   string   `json:"handle"`
		Severity string   `json:"severity"`
		For      Duration `json:"for"`
	}
	if !s.read(w, r, &in) {
		return
	}
	if in.Severity == "" {
		in.Severity = "high"
	}
	if in.For <= 0 {
		s.refuse(w, 400, errors.New("a downtime must last: give \"for\", like {\"for\":\"10m\"}"))
		return
	}
	s.Outage(in.Handle, in.Severity, time.Duration(in.For))
	s.reply(w, 200, map[string]any{"ok": true})
}

func (s *Sim) manageScript(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err == nil {
		err = s.Script("script", string(b))
	}
	if err != nil {
		s.refuse(w, 400, err)
		return
	}
	s.reply(w, 200, map[string]any{"ok": true})
}

// read decodes a request strictly; where that fails it has answered already.
func (s *Sim) read(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		s.refuse(w, 400, fmt.Errorf("the request is not the JSON that %s takes: %w", r.URL.Path, err))
		return false
	}
	return true
}

func (s *Sim) refuse(w http.ResponseWriter, status int, err error) {
	s.reply(w, status, map[string]any{"error": err.Error()})
}

func (s *Sim) reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	send(s, w, append(encode(v), '\n'))
}

func send(s *Sim, w http.ResponseWriter, b []byte) {
	if _, err := w.Write(b); err != nil {
		s.log.Info("a client of the management port went away", "why", err)
	}
}
