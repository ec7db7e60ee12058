package people

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"galla/state"
)

const (
	runLength     = 3  // wrong PINs one after the other that are written down
	runsKept      = 20 // of those that the owner's page shows
	unknownNames  = 32 // names of nobody that are remembered per place
	placeTries    = 20 // wrong PINs that one place has at once, whatever the names; then one more each placeRefill
	placeRefill   = 3 * time.Minute
	unsaidPerson  = "?" // in the audit, for what somebody typed that is no name
	runsKey       = "wrong/pins"
	triesKeyStart = "tries/"
)

// From is the place a name and a PIN come from.
type From struct {
	Place string // what wrong tries are counted for: a device's id, "uid:1000", "loopback"
	Label string // the device's name, or the login
	By    string // the caller, as it stands in the audit
}

// Run is a run of wrong PINs of one person from one place. Until is when the next try is possible; zero while there is
// no wait.
type Run struct {
	Person string    `json:"person"`
	Place  string    `json:"place"`
	Label  string    `json:"label"`
	Wrong  int       `json:"wrong"`
	Last   time.Time `json:"last"`
	Until  time.Time `json:"until,omitzero"`
}

// actRun is what is kept of one in the audit.
type actRun struct {
	Device string `json:"device"`
	Name   string `json:"name,omitempty"`
	Wrong  int    `json:"wrong"`
	Wait   int    `json:"wait_s,omitempty"`
}

// tries counts wrong PINs for each place and person: a lock on one device stops nobody on another, and a right PIN
// takes back what was counted on its own device only.
type tries struct {
	settings Settings
	write    record
	now      func() time.Time

	mu     sync.Mutex
	places map[string]*tryPlace
	runs   []Run // newest last
}

// tryPlace is what is known of one place. Whoever holds turn may compare a PIN from there: one at a time, so that a
// caller with a hundred requests waits for himself.
type tryPlace struct {
	turn  chan struct{}
	names map[string]*guesses // by folded name; under tries.mu
	left  float64
	at    time.Time
}

func loadTries(o Options) (*tries, error) {
	t := &tries{settings: o.Settings, write: o.Record, now: o.Now, places: map[string]*tryPlace{}}
	keys, err := o.Settings.List(triesKeyStart)
	if err != nil {
		return nil, fmt.Errorf("read the list of %q: %w", triesKeyStart, err)
	}
	for _, k := range keys {
		at, name, ok := strings.Cut(strings.TrimPrefix(k, triesKeyStart), "/")
		if !ok {
			continue
		}
		g, err := read[guesses](o.Settings, k)
		if err != nil {
			return nil, err
		}
		if g != nil {
			if latest := t.now().Add(longestWait); g.Until.After(latest) { // the box has started in the past
				g.Until = latest
			}
			t.place(at).names[name] = g
		}
	}
	runs, err := read[[]Run](o.Settings, runsKey)
	if runs != nil {
		t.runs = *runs
	}
	return t, err
}

func triesKey(at, name string) string { return triesKeyStart + at + "/" + name }

// place returns what is known of one, made when it is not. The caller holds mu, or nobody else knows t yet.
func (t *tries) place(at string) *tryPlace {
	p := t.places[at]
	if p == nil {
		p = &tryPlace{
			turn:  make(chan struct{}, 1),
			names: map[string]*guesses{},
			left:  placeTries,
			at:    t.now(),
		}
		t.places[at] = p
	}
	return p
}

// begin waits for the place's turn and says whether a try is possible now. end must be called after it, whatever the
// error.
func (t *tries) begin(from From, name string) (end func(), err error) {
	t.mu.Lock()
	p := t.place(from.Place)
	t.mu.Unlock()
	p.turn <- struct{}{}
	end = func() { <-p.turn }

	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if g := p.names[name]; g != nil {
		if wait := g.wait(now); wait > 0 {
			return end, tooManyGuesses(wait, "Wait, or ask the owner to set a new PIN.")
		}
	}
	if p.refill(now); p.left < 1 {
		wait := time.Duration((1 - p.left) * float64(placeRefill))
		return end, tooManyGuesses(wait, "Wait, or use another device.")
	}
	return end, nil
}

// refill gives back what time has earned. A clock that jumped back earns nothing.
func (p *tryPlace) refill(now time.Time) {
	if gone := now.Sub(p.at); gone > 0 {
		p.left = min(placeTries, p.left+float64(gone)/float64(placeRefill))
	}
	p.at = now
}

// right forgets the wrong tries of a person from one place. The caller has the place's turn.
func (t *tries) right(from From, name string) error {
	t.mu.Lock()
	p := t.place(from.Place)
	g := p.names[name]
	t.mu.Unlock()
	if g == nil {
		return nil
	}
	if err := t.settings.Delete(triesKey(from.Place, name)); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(p.names, name)
	return nil
}

// wrong counts one. typed is the name as it was typed, person as it stands in the list, "" where nobody has it: then
// the count is kept in memory only, and looks the same from outside. A run of wrong tries and each wait stand in the
// book before they are in force. The caller has the place's turn.
func (t *tries) wrong(from From, typed, person string) error {
	name := fold(typed)
	now := t.now()
	t.mu.Lock()
	p := t.place(from.Place)
	p.refill(now)
	p.left--
	var n guesses
	if g := p.names[name]; g != nil {
		n = *g
	} else if person == "" {
		p.makeRoom(now)
	}
	t.mu.Unlock()

	n.wrong(now)
	keep := func() error {
		if person == "" {
			return nil
		}
		return store(t.settings, triesKey(from.Place, name), &n) // so that a restart gives no fresh tries
	}
	var err error
	if n.Wrong == runLength || n.Wrong > freeGuesses {
		err = t.writeRun(from, typed, person, n, now, keep)
	} else {
		err = keep()
	}

	// In force also where it could not be written: a full disk gives no free tries.
	t.mu.Lock()
	defer t.mu.Unlock()
	p.names[name] = &n
	return err
}

// makeRoom forgets the name whose wait ended first, where many were tried. The caller holds tries.mu.
func (p *tryPlace) makeRoom(now time.Time) {
	if len(p.names) < unknownNames {
		return
	}
	oldest := ""
	for name, g := range p.names {
		if oldest == "" || g.Until.Before(p.names[oldest].Until) {
			oldest = name
		}
	}
	delete(p.names, oldest)
}

// writeRun writes a run into the audit, then keeps the count and the list that the owner's page shows. If the box dies
// between the two, the audit has a wrong try more than the count.
func (t *tries) writeRun(from From, typed, person string, n guesses, now time.Time, keep func() error) error {
	if person == "" {
		if person = typed; goodName(typed) != nil {
			person = unsaidPerson
		}
	}
	run := Run{Person: person, Place: from.Place, Label: from.Label, Wrong: n.Wrong, Last: now, Until: n.Until}
	act := state.Act{
		Kind:   state.ActWrongPINs,
		Target: person,
		Detail: actRun{Device: from.Place, Name: from.Label, Wrong: n.Wrong, Wait: int(n.wait(now).Seconds())},
		By:     from.By,
	}
	return t.write(act, func() error {
		if err := keep(); err != nil {
			return err
		}
		t.mu.Lock()
		runs := slices.Clone(t.runs)
		t.mu.Unlock()
		if i := slices.IndexFunc(runs, func(r Run) bool {
			return r.Person == run.Person && r.Place == run.Place && r.Wrong < run.Wrong
		}); i >= 0 {
			runs = slices.Delete(runs, i, i+1) // the same run, grown
		}
		if runs = append(runs, run); len(runs) > runsKept {
			runs = runs[len(runs)-runsKept:]
		}
		if err := store(t.settings, runsKey, runs); err != nil {
			return err
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.runs = runs
		return nil
	})
}

// newest are the runs of wrong PINs, the newest first. A wait that is over, or that a new PIN ended, is no longer
// named.
func (t *tries) newest() []Run {
	t.mu.Lock()
	defer t.mu.Unlock()
	out, now := slices.Clone(t.runs), t.now()
	for i, r := range out {
		var g *guesses
		if p := t.places[r.Place]; p != nil {
			g = p.names[fold(r.Person)]
		}
		if r.Person != unsaidPerson && (g == nil || g.wait(now) == 0) || !r.Until.After(now) {
			out[i].Until = time.Time{}
		}
	}
	slices.Reverse(out)
	return out
}

// forget takes back what was counted: of a person, who has a new PIN or is gone, or of a place that is gone. The other
// is "". What can't be deleted on disk comes back with the next start, and ends by itself.
func (t *tries) forget(at, name string) {
	t.mu.Lock()
	for a, p := range t.places {
		if a == at {
			clear(p.names)
		} else if name != "" {
			delete(p.names, name)
		}
	}
	t.mu.Unlock()

	keys, _ := t.settings.List(triesKeyStart)
	for _, k := range keys {
		a, n, _ := strings.Cut(strings.TrimPrefix(k, triesKeyStart), "/")
		if at != "" && a == at || name != "" && n == name {
			_ = t.settings.Delete(k)
		}
	}
}
