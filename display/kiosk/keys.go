package kiosk

import (
	"slices"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"galla/display/viewstream"
)

// keyNames maps keys by their place on the keyboard, so that a number pad works with NumLock off too.
// Everything else (function keys, Alt, the logo key) means nothing here and goes nowhere.
var keyNames = map[ebiten.Key]viewstream.KeyName{
	ebiten.KeyNumpadDecimal: viewstream.KeyDecimal, ebiten.KeyPeriod: viewstream.KeyDecimal, ebiten.KeyComma: viewstream.KeyDecimal,
	ebiten.KeyNumpadAdd: viewstream.KeyPlus, ebiten.KeyNumpadSubtract: viewstream.KeyMinus, ebiten.KeyMinus: viewstream.KeyMinus,
	ebiten.KeyNumpadMultiply: viewstream.KeyStar, ebiten.KeyNumpadDivide: viewstream.KeySlash, ebiten.KeySlash: viewstream.KeySlash,
	ebiten.KeyBackspace: viewstream.KeyBackspace, ebiten.KeyDelete: viewstream.KeyClear, ebiten.KeyNumLock: viewstream.KeyClear,
	ebiten.KeyNumpadEnter: viewstream.KeyEnter, ebiten.KeyEnter: viewstream.KeyEnter, ebiten.KeyEscape: viewstream.KeyEsc,
}

func init() {
	for d := range 10 {
		keyNames[ebiten.KeyDigit0+ebiten.Key(d)] = viewstream.Digit(d)
		keyNames[ebiten.KeyNumpad0+ebiten.Key(d)] = viewstream.Digit(d)
	}
}

// runeNames are the characters a number pad types with NumLock on.
var runeNames = map[rune]viewstream.KeyName{'.': viewstream.KeyDecimal, ',': viewstream.KeyDecimal, '+': viewstream.KeyPlus,
	'-': viewstream.KeyMinus, '*': viewstream.KeyStar, '/': viewstream.KeySlash}

// keyboard reads key presses once per frame. A key that is held down counts once: ebiten tells a press from its repetitions.
type keyboard struct {
	keys  []ebiten.Key
	runes []rune
}

// pressed returns what was pressed since the frame before.
func (k *keyboard) pressed() []viewstream.KeyName {
	k.keys = inpututil.AppendJustPressedKeys(k.keys[:0])
	k.runes = ebiten.AppendInputChars(k.runes[:0])
	var down []viewstream.KeyName
	for _, key := range k.keys {
		if n, ok := keyNames[key]; ok && !slices.Contains(down, n) {
			down = append(down, n)
		}
	}
	return inOrder(down, k.runes)
}

// inOrder puts the keys that went down within one frame into the order in which they did. ebiten gives them in the order
// of the key codes; only the characters they typed, if any, come in order, and only they tell that a key was pressed twice
// (a "00" key is two presses of "0" a few milliseconds apart). Where the order can't be known the keys are dropped:
// a digit that is missing is seen, two that are swapped cost money.
func inOrder(down []viewstream.KeyName, typed []rune) []viewstream.KeyName {
	var order []viewstream.KeyName
	times := map[viewstream.KeyName]int{}
	for _, r := range typed {
		n, ok := runeNames[r]
		if !ok && r >= '0' && r <= '9' {
			n, ok = viewstream.Digit(int(r-'0')), true
		}
		if ok && slices.Contains(down, n) { // else: no key of ours, or the repetition of a key that is held
			order = append(order, n)
			times[n]++
		}
	}
	for _, n := range down {
		if times[n] < 1 || times[n] > 2 { // what it typed says nothing; a single key needs no order
			if len(down) == 1 {
				return down
			}
			return nil
		}
	}
	return order
}
