package segment

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"
)

// some are segments of a chain, one behind the other.
func some(t testing.TB) (file []byte, sizes []int) {
	l := log{}.add(60, "sale.opened")
	for after := range 3 {
		g, err := New(keyOf(1), l.stretch(uint64(after*20), uint64(after*20+20)))
		if err != nil {
			t.Fatal(err)
		}
		file, sizes = append(file, g.Bytes()...), append(sizes, len(g.Bytes()))
	}
	return file, sizes
}

// TestRead: what stands in a file comes as it was written, whatever pieces the file comes in.
func TestRead(t *testing.T) {
	file, sizes := some(t)
	for name, from := range map[string]io.Reader{
		"whole":       bytes.NewReader(file),
		"by bytes":    iotest.OneByteReader(bytes.NewReader(file)),
		"with an end": iotest.DataErrReader(bytes.NewReader(file)),
	} {
		r, rest := bufio.NewReader(from), file
		for _, size := range sizes {
			g, err := Read(r)
			if err != nil || !bytes.Equal(g.Bytes(), rest[:size]) {
				t.Fatalf("%s: %v", name, err)
			}
			rest = rest[size:]
		}
		if _, err := Read(r); !errors.Is(err, io.EOF) {
			t.Errorf("%s: behind the last one: %v", name, err)
		}
	}

	for n := 1; n < sizes[0]; n++ {
		if _, err := Read(bufio.NewReader(bytes.NewReader(file[:n]))); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut off at byte %d: %v", n, err)
		}
	}
	broken := errors.New("the stick was pulled out")
	for _, n := range []int{0, 10, headSize, headSize + 5, sizes[0] - 1} {
		r := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken))
		if _, err := Read(bufio.NewReader(r)); !errors.Is(err, broken) {
			t.Errorf("broken at byte %d: %v", n, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	file, _ := some(t)
	change := func(at int, b byte) []byte {
		is := bytes.Clone(file)
		is[at] = b
		return is
	}
	large, err := packPlainly(make([]byte, MaxRaw+1))
	if err != nil {
		t.Fatal(err)
	}
	bomb, err := pack(make([]byte, 1<<30))
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"of version 2":   change(0, 2),
		"of other flags": change(1, 8),
		"of no terminal": change(2, 'A'),
		"no gzip":        change(headSize, 0),
		"text":           bytes.Repeat([]byte("sales of today\n"), 100),
		"too large":      append(bytes.Clone(file[:headSize]), large...),
		"a bomb":         append(bytes.Clone(file[:headSize]), bomb...),
	} {
		if g, err := Read(bufio.NewReader(bytes.NewReader(raw))); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %+v %v", name, g, err)
		}
	}
}

// FuzzRead: what is read is what stands there, and Parse takes it.
func FuzzRead(f *testing.F) {
	file, sizes := some(f)
	f.Add(file)
	f.Add(file[:sizes[0]])
	f.Add(file[:sizes[0]+40])
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, rest := bufio.NewReader(bytes.NewReader(raw)), raw
		for {
			g, err := Read(r)
			if err != nil {
				break
			}
			b := g.Bytes()
			if !bytes.HasPrefix(rest, b) {
				t.Fatal("it reads something else than what stands there")
			}
			if again, err := Parse(b); err != nil || again.Last != g.Last {
				t.Fatal(err)
			}
			rest = rest[len(b):]
		}
	})
}
