package segment

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"

	"galla/state/chain"
)

// writeAtOnce is how many bytes of events a segment of a file has.
const writeAtOnce = 256 << 10

// Chain is a box's chain of events. At most max bytes of events are wanted at once.
type Chain interface {
	Stretch(after uint64, max int) (chain.Stretch, error)
}

// Write writes a whole chain as such a file, until ctx ends. Its error is the chain's, w's or of ctx.
func Write(ctx context.Context, w io.Writer, from Chain, key ed25519.PrivateKey) error {
	for last := uint64(0); ctx.Err() == nil; {
		s, err := from.Stretch(last, writeAtOnce)
		if err != nil || len(s.Places) == 0 {
			return err
		}
		g, err := New(key, s)
		if err != nil {
			return err
		}
		if _, err := w.Write(g.Bytes()); err != nil {
			return err
		}
		last = g.Last
	}
	return ctx.Err()
}

// Read reads the next of segments that stand one behind the other, as in a file that carries a box's chain to an office
// without a network. Nothing is between them: a body ends where its gzip member does. The error is io.EOF behind the
// last one, io.ErrUnexpectedEOF where one is cut off, an ErrRefused where what comes is no segment, or r's. It needs no
// more memory than MaxSize, and unpacks no more than MaxRaw.
func Read(r *bufio.Reader) (Segment, error) {
	raw := make([]byte, headSize, 4<<10)
	if _, err := io.ReadFull(r, raw); err != nil {
		return Segment{}, err
	}
	if raw[0] != Version {
		return Parse(append(raw, 0)) // what it says of another version
	}
	body := &kept{r: r, raw: raw}
	err := body.member()
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return Segment{}, io.ErrUnexpectedEOF
	case body.failed != nil:
		return Segment{}, body.failed
	case err != nil:
		return Segment{}, fmt.Errorf("%w: its body: %w", ErrRefused, err)
	}
	return Parse(body.raw)
}

// kept keeps what is read through it: a byte reader, so that nothing is read ahead.
type kept struct {
	r      *bufio.Reader
	raw    []byte
	failed error // of r, other than its end
}

// member reads one gzip member.
func (k *kept) member() error {
	zr := unpackers.Get().(*gzip.Reader)
	defer unpackers.Put(zr)
	if err := zr.Reset(k); err != nil {
		return err
	}
	zr.Multistream(false)
	n, err := io.Copy(io.Discard, io.LimitReader(zr, MaxRaw+1))
	if err == nil && n > MaxRaw {
		err = fmt.Errorf("it grows beyond %d bytes", MaxRaw)
	}
	return err
}

func (k *kept) note(err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		k.failed = err
	}
	return err
}

func (k *kept) ReadByte() (byte, error) {
	if len(k.raw) >= MaxSize {
		return 0, fmt.Errorf("it has more than %d bytes", MaxSize)
	}
	b, err := k.r.ReadByte()
	if err == nil {
		k.raw = append(k.raw, b)
	}
	return b, k.note(err)
}

func (k *kept) Read(p []byte) (int, error) {
	if len(k.raw) >= MaxSize {
		return 0, fmt.Errorf("it has more than %d bytes", MaxSize)
	}
	n, err := k.r.Read(p[:min(len(p), MaxSize-len(k.raw))])
	k.raw = append(k.raw, p[:n]...)
	return n, k.note(err)
}
