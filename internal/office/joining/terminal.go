package joining

import (
	"context"
	"crypto/ed25519"
	"io"
	"net/netip"
	"slices"
	"time"

	"galla/internal/segment"
	"galla/internal/typed"
)

// State is where a terminal's life stands.
type State string

// The states.
const (
	Waiting State = "waiting" // for a person's word
	Joined  State = "joined"
	Left    State = "left"    // by the box itself
	Revoked State = "revoked" // by a person, or replaced
)

// Terminal is one box's key, and what is known of the box.
type Terminal struct {
	ID      string
	Key     ed25519.PublicKey
	State   State
	Counter string // where it stands, or asks to stand

	// What the box says of itself when it joins.
	Label   string // "T1"; labels of two shops may be the same
	Shop    string // what it calls its shop
	Version string
	Head    segment.Place // where its chain ended
	Address string        // it asked from

	AskedAt  time.Time
	JoinedAt time.Time
	LeftAt   time.Time // since when nothing of it is taken: of one that waits since it asked; zero: it is joined
	By       string    // who confirmed or revoked it last
	Replaces string    // the terminal whose place it took
}

// Request is what a box says when it joins. The caller has verified that it is signed with Key.
type Request struct {
	Code    string
	Key     ed25519.PublicKey
	Label   string
	Shop    string
	Version string
	Head    segment.Place
}

// Joining knows an office's terminals.
type Joining struct {
	store  Store
	wall   func() time.Time
	random io.Reader
}

// New makes one. wall nil means time.Now; random is where codes come from: crypto/rand's Reader.
func New(store Store, random io.Reader, wall func() time.Time) *Joining {
	if wall == nil {
		wall = time.Now
	}
	return &Joining{store, wall, random}
}

// Terminal is one terminal.
func (j *Joining) Terminal(ctx context.Context, id string) (t Terminal, found bool, err error) {
	err = j.store.View(ctx, func(tx Tx) error {
		t, found, err = tx.Terminal(id)
		return err
	})
	return t, found, err
}

// Terminals are all terminals, the first that asked first.
func (j *Joining) Terminals(ctx context.Context) (all []Terminal, err error) {
	err = j.store.View(ctx, func(tx Tx) error {
		all, err = tx.Terminals()
		return err
	})
	return all, err
}

// Assignments say where what was earned, by terminal, branch and number.
func (j *Joining) Assignments(ctx context.Context) (all []Assignment, err error) {
	err = j.store.View(ctx, func(tx Tx) error {
		all, err = tx.Assignments()
		return err
	})
	return all, err
}

// Join takes a box's request. A box that is new here, or left, waits for a person; one that is joined moves to the
// code's counter with what it does from now on.
func (j *Joining) Join(ctx context.Context, r Request, address netip.Addr) (t Terminal, o Offer, err error) {
	if len(r.Key) != ed25519.PublicKeySize {
		return t, o, refuse(BadKey, "", "the key has %d bytes: an Ed25519 key has %d", len(r.Key),
			ed25519.PublicKeySize)
	}
	id := segment.TerminalID(r.Key)
	var refused error
	err = j.store.Change(ctx, func(tx Tx) error {
		o, refused = Offer{}, nil
		var c Code
		if c, refused, err = j.code(tx, r.Code, address); err != nil || refused != nil {
			return err
		}
		var known bool
		if t, known, err = tx.Terminal(id); err != nil {
			return err
		}
		now := j.wall()
		switch {
		case known && t.State == Revoked:
			refused = refuse(TerminalRevoked, id, "terminal %s was revoked: its key never comes back; remove it from "+
				"the box, and join with a new one", id)
			return nil
		case c.UsedBy == id: // it lost the answer
			o, err = offer(tx, c)
			return err
		case c.UsedBy != "" || !now.Before(c.Expires):
			refused = over()
			return nil
		}

		if known && t.State == Joined {
			if err := j.move(tx, t, c.Counter, r.Head.Seq, c.By); err != nil {
				return err
			}
		} else {
			t = Terminal{ID: id, Key: r.Key, State: Waiting, AskedAt: now, LeftAt: now, Replaces: t.Replaces}
		}
		t.Counter, t.Head, t.Address = c.Counter, r.Head, source(address)
		t.Label, t.Shop, t.Version = typed.Clean(r.Label, 16), typed.Clean(r.Shop, MaxName), typed.Clean(r.Version, 40)
		c.UsedBy, c.UsedAt = id, now
		if err := tx.PutCode(c); err != nil {
			return err
		}
		if err := tx.PutTerminal(t); err != nil {
			return err
		}
		o, err = offer(tx, c)
		return err
	})
	if err == nil {
		err = refused
	}
	return t, o, err
}

// move puts what a terminal does from now on at a counter: behind all that the office has of it and that it said it
// has.
func (j *Joining) move(tx Tx, t Terminal, counter string, said uint64, by string) error {
	branch, head, found, err := tx.Newest(t.ID)
	if err != nil {
		return err
	}
	a := Assignment{Terminal: t.ID, Branch: branch, From: 1, Counter: counter, At: j.wall(), By: by}
	if found {
		a.From = max(head, said) + 1
	}
	return j.assign(tx, a)
}

// assign adds an assignment behind those there are; one from the same place on is replaced.
func (j *Joining) assign(tx Tx, a Assignment) error {
	its, err := assignments(tx, a.Terminal)
	if err != nil {
		return err
	}
	its = slices.DeleteFunc(its, func(b Assignment) bool { return b.Branch == a.Branch && b.From >= a.From })
	return tx.PutAssignments(a.Terminal, append(its, a))
}

// assignments are those of a terminal.
func assignments(tx Tx, terminal string) ([]Assignment, error) {
	all, err := tx.Assignments()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(a Assignment) bool { return a.Terminal != terminal }), nil
}

// Confirm lets a terminal that waits in. replaces is the terminal whose place it takes, which is revoked; empty: none.
//
// What the new terminal did before is the counter's, unless it brings along what the replaced one did: then only what
// comes after it is.
func (j *Joining) Confirm(ctx context.Context, id, replaces, by string) error {
	return j.store.Change(ctx, func(tx Tx) error {
		t, err := terminal(tx, id)
		if err != nil {
			return err
		}
		if t.State != Waiting {
			return refuse(TerminalState, string(t.State), "terminal %s does not wait for a confirmation: it is %s", id,
				t.State)
		}
		past, err := j.replace(tx, &t, replaces, by)
		if err != nil {
			return err
		}

		t.State, t.JoinedAt, t.LeftAt, t.By = Joined, j.wall(), time.Time{}, by
		if past {
			from := t.Head.Seq + 1
			err = j.assign(tx, Assignment{Terminal: id, Counter: t.Counter, From: from, At: t.JoinedAt, By: by})
		} else {
			err = j.move(tx, t, t.Counter, t.Head.Seq, by)
		}
		if err != nil {
			return err
		}
		return tx.PutTerminal(t)
	})
}

// Replaces says afterwards which terminal a joined one took the place of; that one is revoked.
func (j *Joining) Replaces(ctx context.Context, id, replaces, by string) error {
	return j.store.Change(ctx, func(tx Tx) error {
		t, err := terminal(tx, id)
		if err != nil {
			return err
		}
		if t.State != Joined || replaces == "" {
			return refuse(TerminalState, string(t.State), "terminal %s is %s: only one that is joined replaces another",
				id, t.State)
		}
		past, err := j.replace(tx, &t, replaces, by)
		if err != nil {
			return err
		}

		if past { // what it brought along is the old one's
			its, err := assignments(tx, id)
			if err != nil {
				return err
			}
			if err := tx.PutAssignments(id, behind(its, t.Head.Seq)); err != nil {
				return err
			}
		}
		t.By = by
		return tx.PutTerminal(t)
	})
}

// behind are assignments without the places of the first branch up to one.
func behind(its []Assignment, seq uint64) (rest []Assignment) {
	for _, a := range its {
		if a.Branch == 0 && a.From <= seq {
			rest, a.From = nil, seq+1 // the last of them holds there
		}
		rest = append(rest, a)
	}
	return rest
}

// replace ends the terminal whose place t takes. past says that t brought along what that one did: the office has the
// end of t's chain, as it was at joining, in the other's chain.
func (j *Joining) replace(tx Tx, t *Terminal, replaces, by string) (past bool, err error) {
	if replaces == "" {
		return false, nil
	}
	if replaces == t.ID {
		return false, refuse(SameTerminal, t.ID, "terminal %s can't replace itself", t.ID)
	}
	old, err := terminal(tx, replaces)
	if err != nil {
		return false, err
	}
	if t.Head.Seq > 0 {
		if past, err = tx.Holds(replaces, t.Head); err != nil {
			return false, err
		}
	}
	t.Replaces = replaces
	return past, j.finish(tx, old, Revoked, by)
}

// Revoke ends a terminal for ever: a stolen box, or one that nobody knows. Again it changes nothing.
func (j *Joining) Revoke(ctx context.Context, id, by string) error {
	return j.end(ctx, id, Revoked, by)
}

// Leave ends a terminal at the box's own word. Again it changes nothing.
func (j *Joining) Leave(ctx context.Context, id string) error {
	return j.end(ctx, id, Left, "")
}

func (j *Joining) end(ctx context.Context, id string, state State, by string) error {
	return j.store.Change(ctx, func(tx Tx) error {
		t, err := terminal(tx, id)
		if err != nil {
			return err
		}
		return j.finish(tx, t, state, by)
	})
}

func (j *Joining) finish(tx Tx, t Terminal, state State, by string) error {
	if t.State == Revoked || t.State == state {
		return nil
	}
	if t.State == Joined {
		t.LeftAt = j.wall()
	}
	t.State, t.By = state, by
	return tx.PutTerminal(t)
}

// terminal is one that must be there.
func terminal(tx Tx, id string) (Terminal, error) {
	t, found, err := tx.Terminal(id)
	if err == nil && !found {
		err = refuse(TerminalUnknown, id, "there is no terminal %.40q: see galla-office terminal list", id)
	}
	return t, err
}
