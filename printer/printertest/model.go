package printertest

import (
	"time"
)

// Model says what a virtual printer knows and how fast it is.
type Model struct {
	Dots    int           // printable dots per row
	Baud    int           // of the line; 10 bits per byte
	Buffer  int           // receive buffer in bytes
	DotTime time.Duration // per row of dots
	Feed    time.Duration // per row without a dot; 0: as one with dots

	NativeQR bool          // knows GS ( k; a clone prints it as text
	Heat     bool          // knows ESC 7 and DC2 #
	Cut      string        // the cut command it knows: "gsv66", "gsv1", "gsv0", "esci", "escm", "" none, "any"
	Status   bool          // answers DLE EOT, GS I
	GSr      bool          // answers GS r
	GSH      bool          // answers GS ( H
	Clear    bool          // knows DLE DC4 8
	Signals  bool          // tells its port status on USB
	Late     time.Duration // how long it takes to answer
	Letters  bool          // knows no GS ( at all: prints its parameters as text
	Wakes    bool          // sleeps when told to, and wakes by the first byte, which it loses
	XonXoff  bool          // sends XOFF when its buffer is three quarters full
	CTS      bool          // lowers CTS then instead; memory line only

	Maker, Name string
}

// Strict is a model that knows all this package knows, fast, for decoding fixtures.
func Strict(dots int) Model {
	return Model{
		Dots:     dots,
		Baud:     115200,
		Buffer:   1 << 20,
		NativeQR: true,
		Heat:     true,
		Cut:      "any",
		Status:   true,
		GSr:      true,
		GSH:      true,
		Clear:    true,
	}
}

func (m Model) knowsCut(c string) bool { return m.Cut == "any" || m.Cut == c }
