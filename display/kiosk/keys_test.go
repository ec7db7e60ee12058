package kiosk

import (
	"slices"
	"testing"

	"github.com/jezek/xgb/xproto"

	"galla/display/viewstream"
)

// stroke is one event of a keyboard: a code, negative when the key is let go, at a millisecond.
type stroke struct {
	code int
	at   xproto.Timestamp
}

// typed is what a keyboard makes of strokes.
func typed(detectable bool, state uint16, strokes ...stroke) (names []viewstream.KeyName) {
	k := &keyboard{detectable: detectable}
	for _, s := range strokes {
		if s.code < 0 {
			k.release(xproto.KeyReleaseEvent{Detail: xproto.Keycode(-s.code), Time: s.at})
			continue
		}
		if name, ok := k.press(xproto.KeyPressEvent{Detail: xproto.Keycode(s.code), Time: s.at, State: state}); ok {
			names = append(names, name)
		}
	}
	return names
}

// TestScreen_4: a NumLock that a pad sends around each digit is nothing; each press of a 00 or 000 key counts, within
// one millisecond too; a key that is held counts once.
func TestScreen_4(t *testing.T) {
	type keys = []viewstream.KeyName
	const numLock, five, nought, enter, f4 = 77, 84, 90, 104, 70
	for _, tt := range []struct {
		name       string
		detectable bool
		state      uint16
		strokes    []stroke
		want       keys
	}{
		{"NumLock around a digit", true, 0, []stroke{{numLock, 1}, {-numLock, 2}, {five, 3}, {-five, 4}, {numLock, 5},
			{-numLock, 6}}, keys{"5"}},
		{"NumLock held over a digit", true, 0, []stroke{{numLock, 1}, {five, 2}, {-five, 3}, {-numLock, 4}}, keys{"5"}},
		{"a 000 key within a millisecond", true, 0, []stroke{{nought, 1}, {-nought, 1}, {nought, 1}, {-nought, 1},
			{nought, 1}, {-nought, 1}}, keys{"0", "0", "0"}},
		{"a 000 key, a server without the flag", false, 0, []stroke{{nought, 1}, {-nought, 2}, {nought, 3},
			{-nought, 4}, {nought, 5}, {-nought, 6}}, keys{"0", "0", "0"}},
		{"held", true, 0, []stroke{{enter, 1}, {enter, 500}, {enter, 530}, {-enter, 560}}, keys{viewstream.KeyEnter}},
		{"held, a server without the flag", false, 0, []stroke{{enter, 1}, {-enter, 500}, {enter, 500}, {-enter, 530},
			{enter, 530}, {-enter, 560}}, keys{viewstream.KeyEnter}},
		{"held, and another pressed", true, 0, []stroke{{enter, 1}, {five, 9}, {enter, 500}, {-five, 600},
			{enter, 700}}, keys{viewstream.KeyEnter, "5"}},
		{"two at once, in order", true, 0, []stroke{{five, 1}, {nought, 1}, {-five, 2}, {-nought, 2}}, keys{"5", "0"}},
		{"with Ctrl", true, xproto.ModMaskControl, []stroke{{five, 1}}, nil},
		{"with NumLock on", true, xproto.ModMask2, []stroke{{five, 1}}, keys{"5"}},
		{"a function key", true, 0, []stroke{{f4, 1}}, nil},
	} {
		if got := typed(tt.detectable, tt.state, tt.strokes...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestEveryKeyHasAKnownName writes the codes down once more, from linux/input-event-codes.h: KEY_KP7 is 71, and X adds
// 8.
func TestEveryKeyHasAKnownName(t *testing.T) {
	for key, name := range keyNames {
		if !name.Known() {
			t.Errorf("%d is called %q, which gallad would hang up on", key, name)
		}
	}
	for name, codes := range map[viewstream.KeyName][]xproto.Keycode{
		"1": {2, 79}, "2": {3, 80}, "3": {4, 81}, "4": {5, 75}, "5": {6, 76}, "6": {7, 77}, "7": {8, 71}, "8": {9, 72},
		"9": {10, 73}, "0": {11, 82},
		viewstream.KeyMinus: {12, 74}, viewstream.KeyBackspace: {14}, viewstream.KeyEnter: {28, 96},
		viewstream.KeyEsc: {1}, viewstream.KeyPlus: {78},
		viewstream.KeyStar: {55}, viewstream.KeySlash: {53, 98},
		viewstream.KeyDecimal: {51, 52, 83, 121}, viewstream.KeyClear: {111},
	} {
		for _, c := range codes {
			if got := keyNames[c+8]; got != name {
				t.Errorf("code %d means %q, want %q", c, got, name)
			}
		}
	}
	if len(keyNames) != 35 {
		t.Errorf("%d keys mean something, want 35", len(keyNames))
	}
}
