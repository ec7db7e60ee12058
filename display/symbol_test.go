package display

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/skip2/go-qrcode"
)

// TestSymbolIsTheLibrarys: each symbol is, module by module, the one that skip2/go-qrcode makes, in every version and
// with every mixture of digits, capitals and other bytes. The library drew the screen's codes before, in many times the
// time. Of more than 255 letters it refuses the versions up to 9 though they hold them as digits and capitals; such a
// symbol is smaller here, and read by gozxing.
func TestSymbolIsTheLibrarys(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	sets := []string{"0123456789", capitalSigns, "abcdefghijklmnopqrstuvwxyz&=?#\x00\xff"}
	seen, smaller := map[int]bool{}, 0
	look := func(payload string) {
		q, err := qrcode.New(payload, qrcode.Medium)
		got := symbolOf(payload)
		if err != nil {
			if got != nil {
				t.Fatalf("%q: the library says %v, and there is a symbol of %d modules", payload, err, len(got))
			}
			return
		}
		q.DisableBorder = true
		want := q.Bitmap()
		if len(got) < len(want) && len(payload) > 255 {
			smaller++
			if read := readSymbol(t, got); read != strings.ToValidUTF8(payload, "\ufffd") {
				t.Fatalf("%q reads as %q", payload, read)
			}
			return
		}
		if !reflect.DeepEqual([][]bool(got), want) {
			t.Fatalf("%q: %d modules, another symbol than the library's of %d", payload, len(got), len(want))
		}
		seen[len(got)] = true
	}
	for n := 1; n <= 150; n++ {
		var b strings.Builder
		for b.Len() < 1+n*n/16 {
			set := sets[rng.IntN(3)]
			for range 1 + rng.IntN(40) {
				b.WriteByte(set[rng.IntN(len(set))])
			}
		}
		look(b.String())
	}
	for v := 1; v <= 40; v++ {
		look(strings.Repeat("upi", dataRoom(v)/3+1)[:dataRoom(v)-3]) // the mode and its count take three bytes at most
	}
	for _, set := range sets {
		for n := 1; n < 5700; n += 1 + n {
			look(strings.Repeat(set, n/len(set)+1)[:n])
		}
	}
	for n := 250; n < 300; n++ {
		look("upi://pay?tr=" + strings.Repeat("0123456789", 30)[:n])
	}
	if smaller == 0 {
		t.Error("no symbol was smaller than the library's")
	}
	for v := 1; v <= 40; v++ {
		if !seen[17+4*v] {
			t.Errorf("no symbol of version %d was compared", v)
		}
	}
}

// readSymbol is what gozxing reads in a code.
func readSymbol(t *testing.T, c code) string {
	t.Helper()
	read, err := decoder.NewDecoder().DecodeBoolMap(c, hints(gozxing.DecodeHintType_PURE_BARCODE))
	if err != nil {
		t.Fatal(err)
	}
	return read.GetText()
}

// BenchmarkSymbol makes the code of a payment string.
func BenchmarkSymbol(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		symbolOf(storyPayload("250.00"))
	}
}
