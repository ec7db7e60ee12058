package viewstream

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// Event is what comes back from the displays: Hello, Shown, Key or Gone.
// Display is a number that the Server gave the connection; it is never used twice.
type Event interface{ event() }

// Hello says that a display is there, or that what it told of itself has changed (another monitor, another size).
type Hello struct {
	Display int
	UID     uint32 // who runs it, by the kernel's word; 0 also when the connection is no Unix socket
	Info    Info
}

// Shown says that the frame of View Seq is on the screen of a screen.
type Shown struct {
	Display int
	Seq     uint64
	SaleID  string
	At      time.Time // the Server's clock when the frame was presented
	OK      bool      // read back and, on ScreenPay, decoded and found to be what the View says
	Problem string    // why not OK: the display has taken the QR off the screen
}

// Key says that a key of the number pad was pressed. Gallad decides what it means.
type Key struct {
	Display int
	Name    KeyName
	// the Server's clock when it was pressed, whatever the reader of Events was busy with since: ±1 ms
	At time.Time
}

// Gone says that a display has hung up, was silent for too long, or sent nonsense.
type Gone struct {
	Display int
	Why     string
}

func (Hello) event() {}
func (Shown) event() {}
func (Key) event()   {}
func (Gone) event()  {}

// Info is what a display tells of itself.
type Info struct {
	Role    Role   `json:"role"`
	Width   int    `json:"width,omitempty"`  // device pixels, as the customer sees it (after rotation)
	Height  int    `json:"height,omitempty"` // likewise
	Monitor string `json:"monitor,omitempty"`
	Release string `json:"release,omitempty"` // of galla-display
	// Presenter is what puts the pictures on the monitor, and why that: "x11: no GPU".
	Presenter string `json:"presenter,omitempty"`
	Problem   string `json:"problem,omitempty"` // why nothing can be seen now: "monitor HDMI-2 is not connected"
}

// Role says what a display is.
type Role string

const (
	RoleScreen Role = "screen" // shows Views and answers Shown
	RoleSound  Role = "sound"  // speaks them
)

func (i Info) check() error {
	if i.Role == "" || i.Width < 0 || i.Height < 0 || i.Width > 1<<14 || i.Height > 1<<14 {
		return fmt.Errorf("a display calls itself %.40q of %d x %d pixels: a role and at most 16384 are expected",
			i.Role, i.Width, i.Height)
	}
	for _, s := range []string{string(i.Role), i.Monitor, i.Release, i.Presenter, i.Problem} {
		if len(s) > maxText || !utf8.ValidString(s) {
			return fmt.Errorf("a display's hello holds a text of %d bytes, and %d are allowed", len(s), maxText)
		}
	}
	return nil
}

// KeyName names a key by what is printed on it, whatever the keyboard's layout.
type KeyName string

const (
	Key00        KeyName = "00"
	KeyDecimal   KeyName = "decimal"
	KeyPlus      KeyName = "plus"
	KeyMinus     KeyName = "minus"
	KeyStar      KeyName = "star"
	KeySlash     KeyName = "slash"
	KeyBackspace KeyName = "backspace"
	KeyClear     KeyName = "clear"
	KeyEnter     KeyName = "enter"
	KeyEsc       KeyName = "esc"
)

// Digit returns the name of the key of digit d, 0 to 9.
func Digit(d int) KeyName { return KeyName(rune('0' + d)) }

var keyNames = []KeyName{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
	Key00, KeyDecimal, KeyPlus, KeyMinus, KeyStar, KeySlash, KeyBackspace, KeyClear, KeyEnter, KeyEsc}

// Known says whether k is one of the names above.
func (k KeyName) Known() bool { return slices.Contains(keyNames, k) }
