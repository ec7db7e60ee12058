package kiosk

import (
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"galla/display/viewstream"
)

// keyNames maps keys by their place on the keyboard, so that a number pad works with NumLock off too. The codes are
// Linux's (linux/input-event-codes.h) and 8 more, as every X server on Linux has them (xkeyboard-config,
// keycodes/evdev). Everything else (function keys, Alt, the logo key) means nothing here and goes nowhere. So does
// NumLock: pads with a NumLock of their own send it around each digit.
var keyNames = map[xproto.Keycode]viewstream.KeyName{
	91: viewstream.KeyDecimal, 60: viewstream.KeyDecimal, 59: viewstream.KeyDecimal, 129: viewstream.KeyDecimal,
	86: viewstream.KeyPlus, 82: viewstream.KeyMinus, 20: viewstream.KeyMinus,
	63: viewstream.KeyStar, 106: viewstream.KeySlash, 61: viewstream.KeySlash,
	22: viewstream.KeyBackspace, 119: viewstream.KeyClear,
	104: viewstream.KeyEnter, 36: viewstream.KeyEnter, 9: viewstream.KeyEsc,
}

func init() {
	for d, pad := range []xproto.Keycode{90, 87, 88, 89, 83, 84, 85, 79, 80, 81} {
		keyNames[pad] = viewstream.Digit(d)
		keyNames[xproto.Keycode(10+(d+9)%10)] = viewstream.Digit(d)
	}
}

// keyboard tells presses from repetitions. Each press counts, however soon after another: a "00" key is two presses of
// "0" a few milliseconds apart. A release that never came (the focus was elsewhere) costs one press: a digit that is
// missing is seen. It belongs to the goroutine that reads the events.
type keyboard struct {
	detectable bool                                // the X server sends no release between repetitions
	down       map[xproto.Keycode]bool             // keys that are held
	released   map[xproto.Keycode]xproto.Timestamp // when each was last let go
}

// press returns the name of a key that was pressed anew.
func (k *keyboard) press(e xproto.KeyPressEvent) (viewstream.KeyName, bool) {
	if k.down == nil {
		k.down, k.released = map[xproto.Keycode]bool{}, map[xproto.Keycode]xproto.Timestamp{}
	}
	at, once := k.released[e.Detail]
	repeated := k.down[e.Detail] || !k.detectable && once && at == e.Time
	k.down[e.Detail] = true
	name, ours := keyNames[e.Detail]
	// Ctrl, Alt and the logo key make another key of it
	const chord = xproto.ModMaskControl | xproto.ModMask1 | xproto.ModMask4
	return name, ours && !repeated && e.State&chord == 0
}

// release takes note of a key that was let go.
func (k *keyboard) release(e xproto.KeyReleaseEvent) {
	if k.down == nil {
		return
	}
	delete(k.down, e.Detail)
	k.released[e.Detail] = e.Time
}

// detectRepeat asks the X server to send no release between the repetitions of a key that is held, to this client alone
// (XKB protocol, XkbPerClientFlags). Without that a repetition is known by its release at the same millisecond.
func detectRepeat(conn *xgb.Conn) bool {
	const name = "XKEYBOARD"
	ext, err := xproto.QueryExtension(conn, uint16(len(name)), name).Reply()
	if err != nil || !ext.Present {
		return false
	}
	ask := func(minor byte, words ...uint32) ([]byte, error) {
		b := make([]byte, 4+4*len(words))
		b[0], b[1] = ext.MajorOpcode, minor
		xgb.Put16(b[2:], uint16(1+len(words)))
		for i, w := range words {
			xgb.Put32(b[4+4*i:], w)
		}
		cookie := conn.NewCookie(true, true)
		conn.NewRequest(b, cookie)
		return cookie.Reply()
	}
	const (
		useExtension, perClientFlags = 0, 21
		coreKeyboard                 = 0x100
		detectableAutoRepeat         = 1
	)
	if _, err := ask(useExtension, 1); err != nil { // version 1.0
		return false
	}
	r, err := ask(perClientFlags, coreKeyboard, detectableAutoRepeat, detectableAutoRepeat, 0, 0, 0)
	return err == nil && len(r) >= 16 && xgb.Get32(r[12:])&detectableAutoRepeat != 0
}
