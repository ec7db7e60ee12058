package membership

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/segment"
	"galla/internal/signature"
	"galla/state"
	"galla/state/chain"
)

// drawer is a folder of keys that fails as it is told: "put", "put applied", "delete", "delete applied", or not at all.
type drawer struct {
	kept map[string][]byte
	fail string // what fails, once
}

var errDisk = errors.New("the disk is full")

func (d *drawer) failing(what string) bool {
	if d.fail == what {
		d.fail = ""
		return true
	}
	return false
}

func (d *drawer) Get(name string) ([]byte, bool, error) {
	v, found := d.kept[name]
	return v, found, nil
}

func (d *drawer) Put(name string, value []byte) error {
	if d.failing("put") {
		return errDisk
	}
	d.kept[name] = bytes.Clone(value)
	if d.failing("put applied") {
		return errDisk
	}
	return nil
}

func (d *drawer) Delete(name string) error {
	if d.failing("delete") {
		return errDisk
	}
	delete(d.kept, name)
	if d.failing("delete applied") {
		return errDisk
	}
	return nil
}

// headOffice is an office with one code, and the network before it. It is strict: what no box may send fails the test.
type headOffice struct {
	t *testing.T

	mu        sync.Mutex
	terminals map[string]string // their states, by id
	usedBy    string            // the code's terminal
	calls     []string
	left      []string
	befalls   func(call string) (lost, applied bool, answer int) // what befalls a call
}

const (
	office  = "https://office.example"
	code    = "12345678"
	pretty  = "1234-5678"
	noCode  = "8765-4321"
	another = "https://other.example"
)

func (o *headOffice) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		o.t.Error(err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	call := req.URL.Path
	o.calls = append(o.calls, call)
	lost, applied, status := false, true, 0
	if o.befalls != nil {
		lost, applied, status = o.befalls(call)
	}
	var resp *http.Response
	if applied && status == 0 {
		resp = o.answer(req, body)
	}
	switch {
	case lost:
		return nil, errors.New("connection reset")
	case status != 0:
		return page(status, nil), nil
	}
	return resp, nil
}

func page(status int, body any) *http.Response {
	raw, _ := json.Marshal(body)
	h := http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}, "Retry-After": {"7"}}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewReader(raw))}
}

func (o *headOffice) answer(req *http.Request, body []byte) *http.Response {
	path := req.URL.Path
	if path == segment.PathLook {
		var m segment.Look
		if err := segment.Decode(body, &m); err != nil || req.Header.Get("Signature") != "" {
			o.t.Errorf("look: %v", err)
		}
		if m.Code != code || o.usedBy != "" {
			return page(404, nil)
		}
		return page(200, segment.Looked{Office: "Asha Stores", Shop: "Karol Bagh", Counter: "Till 1",
			Expires: time.Now().Add(time.Minute)})
	}

	id, err := signature.KeyID(req.Header)
	if err != nil {
		o.t.Errorf("%s is not signed: %v", path, err)
	}
	if path == segment.PathJoin {
		var m segment.Join
		if err := segment.Decode(body, &m); err != nil || m.Label != "T1" || m.Shop != "Asha" || m.Version != "1.2.3" ||
			m.Head.Seq != 7 {
			o.t.Errorf("join: %+v %v", m, err)
		}
		_, err := signature.Verify(req.Header, req.Method, path, body, ed25519.PublicKey(m.Key), time.Now())
		if err != nil || segment.TerminalID(m.Key) != id {
			o.t.Errorf("join of %s: %v", id, err)
		}
		if m.Code != code || o.usedBy != "" && o.usedBy != id {
			return page(410, nil)
		}
		o.usedBy = id
		if o.terminals[id] == "" {
			o.terminals[id] = segment.StateWaiting
		}
		return page(200, segment.Joined{Terminal: id, Office: "Asha Stores", Shop: "Karol Bagh", Counter: "Till 1",
			State: o.terminals[id]})
	}

	switch o.terminals[id] {
	case "":
		return page(403, segment.Waiting{State: "unknown"})
	case segment.StateWaiting:
		if path != segment.PathLeave {
			return page(403, segment.Waiting{State: segment.StateWaiting})
		}
	}
	switch path {
	case segment.PathLeave:
		delete(o.terminals, id)
		o.left = append(o.left, id)
		return page(204, nil)
	case segment.PathHeads, segment.PathHeartbeat:
		return page(200, segment.Heads{Heads: []segment.Place{head}})
	}
	o.t.Errorf("nobody calls %s", path)
	return page(500, nil)
}

var head = segment.Place{Seq: 7, Hash: chain.Hash{1}}

// log is a chain of seven events, of which the last hash is known.
type log struct{}

func (log) Stretch(after uint64, _ int) (chain.Stretch, error) {
	if after >= head.Seq {
		return chain.Stretch{After: head.Seq, Before: head.Hash, Root: true}, nil
	}
	return chain.Stretch{After: head.Seq, Before: head.Hash, Root: true}, nil
}

// act is one in the chain.
type act struct {
	kind, target, detail, by string
	refused                  error
}

// box is a membership and what lies around it.
type box struct {
	*Membership
	keys   *drawer
	office *headOffice
	acts   []act
	cut    bool // the chain takes nothing
	out    strings.Builder
}

var errChain = errors.New("the chain takes nothing")

func newBox(t *testing.T, over http.RoundTripper) *box {
	b := &box{keys: &drawer{kept: map[string][]byte{}}}
	if o, ours := over.(*headOffice); ours {
		b.office = o
	}
	b.start(t, over)
	return b
}

func newOffice(t *testing.T) *headOffice { return &headOffice{t: t, terminals: map[string]string{}} }

// start is gallad's start over what lies there.
func (b *box) start(t *testing.T, over http.RoundTripper) {
	m, err := New(Options{
		Keys: b.keys,
		Record: func(a state.Act, do func() error) error {
			if b.cut {
				return errChain
			}
			detail, err := json.Marshal(a.Detail)
			if err != nil {
				t.Error(err)
			}
			err = do()
			b.acts = append(b.acts, act{a.Kind, a.Target, string(detail), a.By, err})
			return err
		},
		Chain:   log{},
		Changed: func() <-chan struct{} { return nil },
		Health:  func(context.Context) (wire.Health, error) { return wire.Health{}, nil },
		Head:    func() segment.Place { return head },
		Label:   "T1",
		Shop:    "Asha",
		Version: "1.2.3",
		Log:     slog.New(slog.NewTextHandler(&b.out, &slog.HandlerOptions{Level: slog.LevelDebug})),
		HTTP:    over,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Membership = m
}

// file is the join file; nil: there is none.
func (b *box) onDisk(t *testing.T) *file {
	f, err := read(b.keys)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (b *box) join(t *testing.T) (wire.Office, error) {
	place := wire.LookAtOffice{Address: office, Code: pretty}
	return b.Join(t.Context(), "owner:ravi", wire.JoinOffice{LookAtOffice: place})
}
