package pg

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"fmt"
	"io"
	"sync"
)

// A body is a row as JSON: a byte that names the dictionary, and DEFLATE over the rest. Sales look alike: with a text
// of their words they take a fifth of what they are. The next event of a sale needs all of it, however old it is (a
// refund, a receipt printed again), so bodies of sales that are over stay.
//
//go:embed body.v1.txt
var words1 []byte // never changed: bodies that are stored need it. Another one is a dictionary 2

const (
	dictionary1 = 1
	level       = 3 // below, compress/flate passes over the dictionary
)

var (
	packers = sync.Pool{New: func() any {
		w, err := flate.NewWriterDict(nil, level, words1)
		if err != nil {
			panic(err) // the level is a constant
		}
		return w
	}}
	unpackers = sync.Pool{New: func() any { return flate.NewReaderDict(nil, words1) }}
)

// pack makes a body.
func pack(raw []byte) ([]byte, error) {
	out := bytes.NewBuffer([]byte{dictionary1})
	w := packers.Get().(*flate.Writer)
	defer packers.Put(w)
	w.Reset(out)
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

// Unpack is the JSON of a body.
func Unpack(body []byte) ([]byte, error) {
	if len(body) == 0 || body[0] != dictionary1 {
		return nil, fmt.Errorf("a body of %d bytes begins with %x: want a galla-office that knows it",
			len(body), body[:min(len(body), 1)])
	}
	r := unpackers.Get().(io.ReadCloser)
	defer unpackers.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(body[1:]), words1); err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
