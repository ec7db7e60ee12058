package viewstream

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"
)

// Version is the protocol's version. It changes only when an older peer would show something wrong.
const Version = 1

// MaxLine is the longest line either side sends or reads, in bytes, newline included.
const MaxLine = 64 << 10

const (
	// BeatEvery is how often each side says that it is alive.
	BeatEvery = 2 * time.Second
	// SilenceLimit is how long a View may be shown without a word from gallad, and how long gallad believes in a
	// display.
	SilenceLimit = 10 * time.Second

	helloLimit  = 5 * time.Second // a peer that connects and says nothing
	writeLimit  = 5 * time.Second // a peer that doesn't read
	maxShownAge = time.Minute     // how long reading back and decoding a frame may take; an older stamp is not believed
	keyFresh    = 2 * time.Second // an older key press is forgotten
)

// Kinds of message. A reader passes over kinds it doesn't know.
const (
	kindHello   = "hello"
	kindRefused = "refused" // gallad to display: why the connection ends
	kindView    = "view"
	kindPaid    = "paid" // gallad to sound: a sale was paid, on the screen or not
	kindBeat    = "beat"
	kindShown   = "shown"
	kindKey     = "key"
)

// message is every line of the protocol; which fields mean something depends on Kind.
type message struct {
	Kind    string `json:"kind"`
	Version int    `json:"version,omitempty"` // hello
	// sender's boottime clock; the same clock on both sides of a Unix socket
	SentMS  int64     `json:"sent_ms"`
	Info    *Info     `json:"info,omitempty"`    // hello of a display
	View    *wireView `json:"view,omitempty"`    // view, paid
	Seq     uint64    `json:"seq,omitempty"`     // beat of gallad: the View that is still true; shown
	SaleID  string    `json:"sale_id,omitempty"` // shown
	AtMS    int64     `json:"at_ms,omitempty"`   // shown: when the frame was presented, by the clock of sent_ms
	OK      bool      `json:"ok,omitempty"`      // shown
	Problem string    `json:"problem,omitempty"` // shown, refused
	Key     KeyName   `json:"key,omitempty"`     // key
}

// encode makes one line of m. A line longer than MaxLine is an error: the reader would hang up on it.
func encode(m message) ([]byte, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", m.Kind, err)
	}
	if len(b) >= MaxLine {
		return nil, fmt.Errorf("encode %s: %d bytes, and a line holds %d: shorten the View's texts",
			m.Kind, len(b)+1, MaxLine)
	}
	return append(b, '\n'), nil
}

// decode reads one line without its newline. It checks the form of the fields that both sides share; what they mean is
// checked where they are used.
func decode(line []byte) (message, error) {
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		return message{}, fmt.Errorf("a line of %d bytes is not a message: %w", len(line), err)
	}
	if m.Kind == "" {
		return message{}, errors.New(`a message has no "kind"`)
	}
	for _, s := range []string{m.SaleID, m.Problem, string(m.Key)} {
		if len(s) > maxText || !utf8.ValidString(s) {
			return message{}, fmt.Errorf("a %s message holds a text of %d bytes, and %d are allowed",
				m.Kind, len(s), maxText)
		}
	}
	if m.Info != nil {
		if err := m.Info.check(); err != nil {
			return message{}, err
		}
	}
	return m, nil
}

// lines returns a scanner over r that gives up on a line longer than MaxLine.
func lines(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 4096), MaxLine)
	return s
}

// errBroken says that no more can be read, for a reason that has nothing to do with what the peer said.
type errBroken struct{ error }

func (e errBroken) Unwrap() error { return e.error }

// next reads one message. An error that is no errBroken says that the peer talks nonsense.
func next(s *bufio.Scanner) (message, error) {
	if s.Scan() {
		return decode(s.Bytes())
	}
	switch err := s.Err(); {
	case err == nil:
		return message{}, errBroken{errors.New("the connection was closed")}
	case errors.Is(err, bufio.ErrTooLong):
		return message{}, fmt.Errorf("a line is longer than %d bytes", MaxLine)
	default:
		return message{}, errBroken{fmt.Errorf("read: %w", err)}
	}
}
