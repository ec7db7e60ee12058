package kiosk

import (
	"slices"
	"testing"

	"github.com/hajimehoshi/ebiten/v2"

	"galla/display/viewstream"
)

func TestInOrder(t *testing.T) {
	type keys = []viewstream.KeyName
	for _, tt := range []struct {
		name  string
		down  keys
		typed string
		want  keys
	}{
		{"nothing", nil, "", nil},
		{"one, NumLock off", keys{"5"}, "", keys{"5"}},
		{"one, NumLock on", keys{"5"}, "5", keys{"5"}},
		{"a 00 key", keys{"0"}, "00", keys{"0", "0"}},
		{"a key that types nothing", keys{viewstream.KeyEnter}, "", keys{viewstream.KeyEnter}},
		{"repetitions of a held key", nil, "777", nil},
		{"a key beside a held one", keys{"5"}, "7577", keys{"5"}},
		{"two in one frame", keys{"1", "2"}, "21", keys{"2", "1"}},
		{"two in one frame, order unknown", keys{"1", "2"}, "", nil},
		{"a digit and Enter, order unknown", keys{"1", viewstream.KeyEnter}, "1", nil},
		{"a digit and 00", keys{"0", "5"}, "500", keys{"5", "0", "0"}},
		{"decimal comma", keys{viewstream.KeyDecimal}, ",", keys{viewstream.KeyDecimal}},
		{"too many to be fingers", keys{"0"}, "000000", keys{"0"}},
		{"letters", nil, "qx", nil},
	} {
		if got := inOrder(tt.down, []rune(tt.typed)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v typed %q gives %v, want %v", tt.name, tt.down, tt.typed, got, tt.want)
		}
	}
}

func TestEveryKeyHasAKnownName(t *testing.T) {
	for key, name := range keyNames {
		if !name.Known() {
			t.Errorf("%v is called %q, which gallad would hang up on", key, name)
		}
	}
	for _, key := range []ebiten.Key{ebiten.KeyF4, ebiten.KeyAlt, ebiten.KeyMeta, ebiten.KeyControl, ebiten.KeyTab, ebiten.KeyQ, ebiten.KeyPrintScreen} {
		if name, ok := keyNames[key]; ok {
			t.Errorf("%v means %q", key, name)
		}
	}
}
