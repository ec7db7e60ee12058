package office

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"galla/internal/money"
	"galla/internal/segment"
	"galla/state"
)

// ErrNotZ says that what a terminal sends for a Z report is not what its chain says was closed. Sending it again is of
// no use.
var ErrNotZ = errors.New("these are not the bytes of the Z report that was closed")

// ZState is how far a Z report is proved.
type ZState string

const (
	ZWanted     ZState = "wanted"     // it was made; its bytes are not here yet
	ZLost       ZState = "lost"       // the box has them no more
	ZUnproved   ZState = "unproved"   // what the box sent is not what was closed
	ZUnread     ZState = "unread"     // its bytes are what was closed, and this office can't read them
	ZProved     ZState = "proved"     // its bytes are what was closed, and Why says why it is not recomputed
	ZRecomputed ZState = "recomputed" // and its events say the same
	ZDiffers    ZState = "differs"    // and its events say something else: see Differences
)

// Why a Z report that is proved is not recomputed.
const (
	WhyHole    = "hole"    // events of it are not here
	WhyTrouble = "trouble" // a sale of it can't be followed: see the sale
	WhyRules   = "rules"   // a sale of it is of rules whose facts have no moments
	WhyBefore  = "before"  // the Z report before it, which may hold some of its facts, is not known here
)

// Z is a Z report of a terminal. Its key is terminal and operation.
type Z struct {
	Terminal  string
	Operation string      // state.ActDayClose, that closed the day
	Branch    int         // the newest in which that was done
	Event     uint64      // the event that says that it was done
	Number    int         // counts from 1; after a fork two may have the same
	Day       string      // that it closed
	By        string      // who closed it
	At        time.Time   // when, by the box's clock
	SHA256    string      // of its bytes, by the chain
	Net       money.Paise // what came less what went, by the chain
	Seq       uint64      // the last event in it, by the chain
	Left      *Span       // the time that it left to the Z reports of later days, by the chain
	State     ZState
	Why       string       // of ZProved
	Differs   []Difference // of ZDiffers
	Bytes     []byte       // as the box has them stored; nil: not here
}

// Span is a stretch of time, its end not in it; nil is none.
type Span struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

func (s *Span) has(at time.Time) bool { return s != nil && !at.Before(s.From) && at.Before(s.To) }

func (s *Span) is(o *Span) bool {
	return s == nil && o == nil || s != nil && o != nil && s.From.Equal(o.From) && s.To.Equal(o.To)
}

// Difference is a figure of a Z report that its events do not say. Both are paise, or a count where Figure ends in
// "_count".
type Difference struct {
	Figure string `json:"figure"`
	Z      int64  `json:"z"`
	Here   int64  `json:"here"`
}

// closing makes the row of a Z report of the operation that closed its day.
func (j *projection) closing(o state.Operation) error {
	if o.Gateway != state.Box || o.Kind != state.ActDayClose ||
		o.Status != state.OperationDone && o.Status != state.OperationUnknown {
		return nil
	}
	z, err := zOf(o)
	if err != nil {
		return j.find(FindingOperation, o.Seq, Values{
			"operation": o.ID,
			"event":     string(state.EventOperationDone),
			"reason":    err.Error(),
		})
	}

	z.Terminal, z.Branch = j.t.ID, j.branch.N
	was, found, err := j.tx.Z(z.Terminal, z.Operation)
	switch {
	case err != nil || found && was.Branch > z.Branch:
		return err
	case found:
		z.State, z.Why, z.Differs, z.Bytes = was.State, was.Why, was.Differs, was.Bytes
	}
	return j.tx.PutZ(z)
}

// maxPaise bounds a sum of a day: every program reads it exactly.
const maxPaise = 1 << 53

// maxZNumber bounds the number of a Z report: a box keeps six digits.
const maxZNumber = 999_999

// zOf reads what the chain says of a Z report.
func zOf(o state.Operation) (z Z, err error) {
	var says struct {
		Day    string      `json:"day"`
		SHA256 string      `json:"sha256"`
		Net    money.Paise `json:"net_paise"`
		Seq    uint64      `json:"seq"`
		Left   *Span       `json:"left"`
	}
	if err := json.Unmarshal(o.Request, &says); err != nil {
		return z, fmt.Errorf("what it says can't be read: %w", err)
	}
	digits, _ := strings.CutPrefix(o.Target, "Z")
	number, err := strconv.Atoi(digits)
	if err != nil || number < 1 || number > maxZNumber {
		return z, fmt.Errorf("it closes %.40q, which is no Z report", o.Target)
	}
	if _, err := time.Parse(time.DateOnly, says.Day); err != nil {
		return z, fmt.Errorf("it closes the day %.40q: %w", says.Day, err)
	}
	if sum, err := hex.DecodeString(says.SHA256); err != nil || len(sum) != sha256.Size {
		return z, fmt.Errorf("%.80q is no SHA-256", says.SHA256)
	}
	if says.Seq >= o.Seq {
		return z, fmt.Errorf("it holds events up to %d, and is event %d itself", says.Seq, o.Seq)
	}
	if says.Net < -maxPaise || says.Net > maxPaise {
		return z, fmt.Errorf("%d paise is no sum of a day", int64(says.Net))
	}
	return Z{
		Operation: o.ID,
		Event:     o.Seq,
		Number:    number,
		Day:       says.Day,
		By:        o.By,
		At:        o.AskedAt,
		SHA256:    strings.ToLower(says.SHA256),
		Net:       says.Net,
		Seq:       says.Seq,
		Left:      says.Left,
		State:     ZWanted,
	}, nil
}

// TakeZ takes what a terminal has of a Z report, and holds it against the chain. Bytes that do not prove are
// ErrNotZ, and an operation that closed no day here too. What is here already stays as it is.
func (o *Office) TakeZ(ctx context.Context, terminal string, m segment.Z) error {
	now := o.wall()
	not := false
	// If we die in it, the Z is wanted as before and the box is asked again; behind its commit it is not.
	err := o.store.Update(ctx, []string{terminal}, func(tx Tx) error {
		not = false
		t, found, err := tx.Terminal(terminal)
		switch {
		case err != nil:
			return err
		case !found || !t.LeftAt.IsZero():
			return fmt.Errorf("terminal %.40q: %w", terminal, ErrUnknown)
		}
		z, found, err := tx.Z(terminal, m.Operation)
		sum := sha256.Sum256(m.Z)
		switch {
		case err != nil:
			return err
		case !found:
			not = true
			return nil
		case z.Bytes != nil && (m.Lost || hex.EncodeToString(sum[:]) == z.SHA256):
			return nil
		case m.Lost:
			z.State = ZLost
			return tx.PutZ(z)
		case hex.EncodeToString(sum[:]) != z.SHA256:
			not = true
			if z.Bytes == nil {
				z.State = ZUnproved
				err = tx.PutZ(z)
			}
			if err == nil {
				err = tx.AddFinding(z.finding(FindingUnproved, now, nil))
			}
			return err
		}

		z.Bytes = m.Z
		for _, over := range []string{FindingLackingZ, FindingUnproved} {
			if err := tx.EndFinding(z.finding(over, now, nil)); err != nil {
				return err
			}
		}
		return prove(tx, &t, z, now)
	})
	if err == nil && not {
		return fmt.Errorf("operation %.80q of terminal %.40q: %w", m.Operation, terminal, ErrNotZ)
	}
	return err
}

// finding is one about a Z report.
func (z *Z) finding(kind string, at time.Time, values Values) Finding {
	all := Values{"number": text(z.Number), "day": z.Day}
	for name, v := range values {
		all[name] = v
	}
	return Finding{kind, z.Terminal, z.Branch, z.Event, all, at}
}

// Proved is a Z report whose bytes are here as the events of its terminal prove it now. reason says why it can't be
// read. It writes nothing.
func Proved(tx Tx, t *Terminal, z Z) (is Z, reason, err error) {
	report, reason := parseZ(z.Bytes)
	z.Why, z.Differs = "", nil
	if reason != nil {
		z.State = ZUnread
		return z, reason, nil
	}
	z.State = ZRecomputed
	if z.Why, z.Differs, err = recompute(newPast(tx, t), &z, report); err != nil {
		return z, nil, err
	}
	switch {
	case z.Why != "":
		z.State = ZProved
	case len(z.Differs) > 0:
		z.State = ZDiffers
	}
	return z, nil, nil
}

// prove holds a Z report whose bytes are here against the events, and writes what it finds.
func prove(tx Tx, t *Terminal, z Z, now time.Time) error {
	z, reason, err := Proved(tx, t, z)
	if err != nil {
		return err
	}
	if err := tx.PutZ(z); err != nil {
		return err
	}

	var unread, differs Values
	if reason != nil {
		unread = Values{"reason": reason.Error()}
	}
	if len(z.Differs) > 0 {
		d := z.Differs[0]
		differs = Values{
			"figure":  d.Figure,
			"figures": text(len(z.Differs)),
			"z":       text(d.Z),
			"here":    text(d.Here),
		}
	}
	if err := begin(tx, unread != nil, z.finding(FindingUnreadZ, now, unread)); err != nil {
		return err
	}
	return begin(tx, differs != nil, z.finding(FindingDiffers, now, differs))
}
