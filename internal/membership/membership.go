package membership

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/segment"
	"galla/internal/typed"
	"galla/internal/uplink"
	"galla/state"
)

// How long an office has for an answer while a person waits.
const (
	lookTime  = 8 * time.Second
	joinTime  = 12 * time.Second
	leaveTime = 10 * time.Second
)

// maxName bounds a name that an office gives, in bytes.
const maxName = 200

// Options is what a membership needs. All but the last two must be given.
type Options struct {
	Keys   Keys
	Record func(state.Act, func() error) error // writes an act into the chain, does it, and writes how it ended

	Chain   uplink.Chain
	Changed func() <-chan struct{}
	Health  func(context.Context) (wire.Health, error)
	Head    func() segment.Place // of memory
	// Z is the stored bytes of the Z report whose day an operation closed; none where the box has none.
	Z func(ctx context.Context, operation string) ([]byte, error)

	Label   string // till.terminal
	Shop    string
	Version string
	Log     *slog.Logger

	Wall func() time.Time  // nil: time.Now
	HTTP http.RoundTripper // nil: TLS as the fingerprint says
}

// Membership is the box's place in a chain. Its methods may be called from any goroutine.
type Membership struct {
	o     Options
	began time.Time // for away_since

	acting sync.Mutex // one joins or leaves at a time

	mu      sync.Mutex
	file    *file // nil: none, or broken
	broken  error // why the file can't be used
	link    *uplink.Uplink
	changed chan struct{} // closed when link is another one
}

// New reads the join file.
func New(o Options) (*Membership, error) {
	if o.Wall == nil {
		o.Wall = time.Now
	}
	m := &Membership{o: o, began: o.Wall(), changed: make(chan struct{})}
	f, err := read(o.Keys)
	if err == nil && f != nil {
		err = m.set(f)
	}
	if err != nil {
		m.broken = err
		o.Log.Error("the head office is sent nothing: this box's key for it can't be used", "error", err)
	}
	return m, nil
}

// set makes the uplink of a join file; nil: there is none any more.
func (m *Membership) set(f *file) error {
	var link *uplink.Uplink
	if f != nil {
		var err error
		if link, err = uplink.New(uplink.Options{
			Office:      f.Address,
			Fingerprint: f.Fingerprint,
			Key:         f.key(),
			Chain:       m.o.Chain,
			Changed:     m.o.Changed,
			Health:      m.o.Health,
			Z:           m.o.Z,
			Log:         m.o.Log,
			Wall:        m.o.Wall,
			HTTP:        m.o.HTTP,
		}); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.file, m.link, m.broken = f, link, nil
	close(m.changed)
	m.changed = make(chan struct{})
	return nil
}

// Run runs the uplink of whatever file is there, until ctx ends.
func (m *Membership) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		m.mu.Lock()
		link, changed := m.link, m.changed
		m.mu.Unlock()

		under, stop := context.WithCancel(ctx)
		var running sync.WaitGroup
		if link != nil {
			running.Go(func() {
				if err := link.Run(under); err != nil {
					m.o.Log.Error("the uplink ended", "error", err)
				}
			})
		}
		select {
		case <-ctx.Done():
		case <-changed:
		}
		stop()
		running.Wait()
	}
	return nil
}

// Upto is the newest event that the office has acknowledged: what follows must not be pruned. nil: there is no office.
func (m *Membership) Upto() *uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.link == nil && m.broken == nil {
		return nil
	}
	var seq uint64 // of a file that can't be used, and until the office has said something
	if m.link != nil {
		seq = m.link.Status().Seq
	}
	return &seq
}

// Status is how the box stands to its office.
func (m *Membership) Status() wire.Office {
	m.mu.Lock()
	f, link, broken := m.file, m.link, m.broken
	m.mu.Unlock()
	switch {
	case broken != nil:
		o := wire.Office{Joined: true, AwaySince: stamp(m.began)}
		o.Trouble("office_file", wire.Values{"why": broken.Error()})
		return o
	case f == nil:
		return wire.Office{}
	}

	s := link.Status()
	o := wire.Office{
		Joined:      true,
		Address:     f.Address,
		Office:      f.Office,
		Shop:        f.Shop,
		Counter:     f.Counter,
		Terminal:    s.Terminal,
		Fingerprint: f.Fingerprint,
		JoinedAt:    stamp(f.At),
		JoinedBy:    f.By,
		Seq:         s.Seq,
		HeardAt:     stamp(s.Heard),
	}
	if head := m.o.Head().Seq; head > s.Seq {
		o.Behind = head - s.Seq
	}
	if s.Problem == "" {
		return o
	}
	since := f.At
	for _, at := range []time.Time{m.began, s.Heard} {
		if at.After(since) {
			since = at
		}
	}
	o.AwaySince, o.NextTryAt = stamp(since), stamp(s.Next)
	o.Trouble("office_"+string(s.Trouble), wire.Values{"office": s.Office, "why": s.Problem})
	return o
}

func stamp(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

// entry checks what a person gave.
func (m *Membership) entry(b wire.LookAtOffice) (e *uplink.Entry, code string, err error) {
	b.Address = strings.TrimSpace(b.Address)
	if e, err = uplink.NewEntry(b.Address, b.Fingerprint, m.o.HTTP, m.o.Wall); err != nil {
		field := "address"
		if strings.Contains(err.Error(), "fingerprint") {
			field = "fingerprint"
		}
		return nil, "", refuse("office_address", BadValue, field, err.Error(), "Correct it, and try again.").
			with(map[string]any{"why": err.Error()})
	}
	code = strings.NewReplacer("-", "", " ", "").Replace(b.Code)
	if len(code) != 8 || strings.Trim(code, "0123456789") != "" {
		return nil, "", refuse("office_code_form", BadValue, "code", "a code of an office is eight digits: 1234-5678",
			`Take it from the office's page "Add a box".`)
	}
	return e, code, nil
}

// Look asks an office what a code is for. Nothing changes by it.
func (m *Membership) Look(ctx context.Context, b wire.LookAtOffice) (wire.OfficePlace, error) {
	e, code, err := m.entry(b)
	if err != nil {
		return wire.OfficePlace{}, err
	}
	is, err := m.look(ctx, e, code)
	return wire.OfficePlace{
		Address:   strings.TrimSpace(b.Address),
		Office:    is.Office,
		Shop:      is.Shop,
		Counter:   is.Counter,
		Here:      m.o.Shop,
		ExpiresAt: is.Expires.UTC().Truncate(time.Second),
	}, err
}

func (m *Membership) look(ctx context.Context, e *uplink.Entry, code string) (is segment.Looked, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	if is, err = e.Look(ctx, code); err == nil {
		err = checkNames(is.Office, is.Shop, is.Counter)
	}
	if err != nil {
		return segment.Looked{}, refusal(e.Host(), err)
	}
	return is, nil
}

// checkNames wants names that can be shown.
func checkNames(names ...string) error {
	for _, name := range names {
		if name == "" || len(name) > maxName || !typed.Printable(name) {
			return fmt.Errorf("it gives the name %.40q, which can't be shown", name)
		}
	}
	return nil
}

// actOffice is what is kept of joining and leaving beside who did it; the act's target is the terminal.
type actOffice struct {
	Office      string `json:"office"` // its host
	Fingerprint string `json:"fingerprint,omitempty"`
}

// Join joins an office. An office that was asked before, and has not taken anything yet, is asked again with the same
// key; one that is joined already is a success, and nothing is done.
func (m *Membership) Join(ctx context.Context, by string, b wire.JoinOffice) (wire.Office, error) {
	e, code, err := m.entry(b.LookAtOffice)
	if err != nil {
		return wire.Office{}, err
	}
	m.acting.Lock()
	defer m.acting.Unlock()
	m.mu.Lock()
	was, link, broken := m.file, m.link, m.broken
	m.mu.Unlock()
	address := strings.TrimSpace(b.Address)
	switch {
	case broken != nil || was != nil && was.Address != address:
		return wire.Office{}, refuse("office_joined", NotNow, "", "this box has joined an office already",
			"Leave that one first: galla office leave.")
	case was != nil && !link.Status().Heard.IsZero():
		return m.Status(), nil
	}

	f := &file{Version: 1, Address: address, Fingerprint: b.Fingerprint, At: m.o.Wall().UTC(), By: by}
	if was != nil {
		f.Seed, f.Office, f.Shop, f.Counter = was.Seed, was.Office, was.Shop, was.Counter
	} else {
		is, err := m.look(ctx, e, code)
		if err != nil {
			return wire.Office{}, err
		}
		f.Seed = make([]byte, ed25519.SeedSize)
		rand.Read(f.Seed) // never fails
		f.Office, f.Shop, f.Counter = is.Office, is.Shop, is.Counter
	}

	// The caller who goes away must not leave it open what the office was asked.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), joinTime)
	defer cancel()
	detail := actOffice{e.Host(), f.Fingerprint}
	err = m.o.Record(state.Act{Kind: state.ActOfficeJoin, Target: f.terminal(), Detail: detail, By: by}, func() error {
		return m.join(ctx, e, code, f, was == nil)
	})
	if err != nil {
		return wire.Office{}, err
	}
	m.o.Log.Info("joined a head office", "office", e.Host(), "terminal", f.terminal(), "by", by)
	return m.Status(), nil
}

// join writes the file and asks the office. nil says that the file is there, and the uplink runs by it: whether the
// office knows the key then is for the office to say. fresh: no file was there.
func (m *Membership) join(ctx context.Context, e *uplink.Entry, code string, f *file, fresh bool) error {
	// If we die before this, the chain has an act without an end, and nothing else is anywhere. If we die behind it,
	// the file is there and the office may know nothing: the uplink runs and says so, and the same join again goes on
	// from here.
	if err := f.write(m.o.Keys); err != nil {
		if fresh { // it may be there all the same
			err = errors.Join(err, m.o.Keys.Delete(fileName))
		}
		return fmt.Errorf("the key for the office can't be kept: %w", err)
	}
	head := m.o.Head()
	is, err := e.Join(ctx, f.key(), segment.Join{
		Code:    code,
		Key:     f.key().Public().(ed25519.PublicKey),
		Label:   m.o.Label,
		Shop:    m.o.Shop,
		Version: m.o.Version,
		Head:    head,
	})
	if _, no := errors.AsType[*uplink.EntryError](err); no && fresh {
		// If we die before this, the office refused a key that is in the file: the uplink says that it is not known.
		if gone := m.o.Keys.Delete(fileName); gone != nil {
			m.o.Log.Error("the key that the office refused lies there still", "error", gone)
		}
		return refusal(e.Host(), err)
	} else if no {
		return refusal(e.Host(), err)
	}

	if err != nil {
		m.o.Log.Warn("whether the office heard of the join is not known: join again with the same code",
			"office", e.Host(), "error", err)
	} else if checkNames(is.Office, is.Shop, is.Counter) == nil &&
		(is.Office != f.Office || is.Shop != f.Shop || is.Counter != f.Counter) { // of another code than the first
		f.Office, f.Shop, f.Counter = is.Office, is.Shop, is.Counter
		// If we die before this, or it fails, the file has the names of the first code.
		if err := f.write(m.o.Keys); err != nil {
			m.o.Log.Warn("the office's names could not be kept", "error", err)
		}
	}
	return m.set(f)
}

// Leave leaves the office, also one that can't be told. Without an office nothing is done.
func (m *Membership) Leave(ctx context.Context, by string) (wire.Office, error) {
	m.acting.Lock()
	defer m.acting.Unlock()
	m.mu.Lock()
	f, link, broken := m.file, m.link, m.broken
	m.mu.Unlock()
	if f == nil && broken == nil {
		return wire.Office{}, nil
	}

	act := state.Act{Kind: state.ActOfficeLeave, Target: "unknown", Detail: actOffice{}, By: by}
	host := ""
	if f != nil {
		host = link.Status().Office
		act.Target, act.Detail = f.terminal(), actOffice{host, f.Fingerprint}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
	defer cancel()
	var untold error
	err := m.o.Record(act, func() error {
		untold = m.tell(ctx, f)
		// If we die here, the file is there, and an office that was told knows the box no more: the uplink says so, and
		// leaving again goes on from here.
		err := m.o.Keys.Delete(fileName)
		if _, found, _ := m.o.Keys.Get(fileName); err != nil && found {
			return fmt.Errorf("the key for the office can't be removed: %w", err)
		} else if err != nil { // gone, but not yet from the disk: a cut may bring it back, and the uplink says so
			m.o.Log.Warn("the key for the office is removed, and may come back after a cut", "error", err)
		}
		return m.set(nil)
	})
	if err != nil {
		return wire.Office{}, err
	}
	m.o.Log.Info("left the head office", "office", host, "by", by, "told", untold == nil)
	var o wire.Office
	if untold != nil {
		o.Trouble("office_not_told", wire.Values{"office": host, "why": untold.Error()})
	}
	return o, nil
}

// tell tells the office that this box leaves.
func (m *Membership) tell(ctx context.Context, f *file) error {
	if f == nil {
		return errors.New("its file can't be used")
	}
	e, err := uplink.NewEntry(f.Address, f.Fingerprint, m.o.HTTP, m.o.Wall)
	if err != nil {
		return err
	}
	return e.Leave(ctx, f.key())
}
