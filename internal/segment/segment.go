package segment

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"galla/state/chain"
)

// Version is of the segments that New makes.
const Version = 1

const (
	MaxEvent  = 1 << 20            // bytes of an event; a larger one travels as its hash
	MaxRaw    = MaxEvent + 64<<10  // bytes of a body before gzip
	MaxBody   = MaxRaw + 1<<10     // bytes of a body
	MaxPlaces = 8192               // of a segment
	MaxRatio  = 100                // how many times a body may grow; the traffic of shops does 5 to 9
	MaxSize   = headSize + MaxBody // bytes of a segment

	headSize = 2 + idSize + 8 + sha256.Size + 8 + sha256.Size + ed25519.SignatureSize
	idSize   = 16
	flagRoot = 1
)

// ErrRefused says that bytes are no segment, or prove nothing. Sending them again is of no use.
var ErrRefused = errors.New("the segment is refused")

// Segment is a stretch of a terminal's chain, signed.
type Segment struct {
	Terminal  string // TerminalID of its key
	Root      bool   // the box has nothing before place After+1
	After     uint64
	Prev      chain.Hash // of place After
	Last      uint64
	Hash      chain.Hash // of place Last
	Signature [ed25519.SignatureSize]byte
	Body      []byte
}

// New makes a segment of a stretch that has places and ends at one with a hash. An event larger than MaxEvent travels
// as its hash.
func New(key ed25519.PrivateKey, s chain.Stretch) (Segment, error) {
	if len(s.Places) == 0 || len(s.Places) > MaxPlaces {
		return Segment{}, fmt.Errorf("a stretch of %d places makes no segment: want 1 to %d", len(s.Places), MaxPlaces)
	}
	g := Segment{
		Terminal: TerminalID(key.Public().(ed25519.PublicKey)),
		Root:     s.Root,
		After:    s.After,
		Prev:     s.Before,
		Last:     s.Last(),
		Hash:     s.Places[len(s.Places)-1].Hash,
	}
	if g.Hash == (chain.Hash{}) {
		return Segment{}, fmt.Errorf("a stretch can't end at place %d, whose hash is lost", g.Last)
	}

	var raw []byte
	for _, p := range s.Places {
		if len(p.Event) == 0 || len(p.Event) > MaxEvent {
			raw = append(append(raw, 0), p.Hash[:]...)
			continue
		}
		raw = binary.AppendUvarint(raw, uint64(len(p.Event)))
		raw = append(raw, p.Event...)
	}
	if len(raw) > MaxRaw {
		return Segment{}, fmt.Errorf("%d bytes of events make no segment: want at most %d", len(raw), MaxRaw)
	}

	var err error
	if g.Body, err = pack(raw); err == nil && len(raw) > MaxRatio*len(g.Body) {
		g.Body, err = packPlainly(raw) // the office takes a body that grows so much for an attack
	}
	copy(g.Signature[:], ed25519.Sign(key, g.signed(sha256.Sum256(raw))))
	return g, err
}

// packers and unpackers are kept: a new packer takes 800 KB, which a box would make anew for each sale.
var (
	packers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

	unpackers = sync.Pool{New: func() any { return new(gzip.Reader) }}
)

func pack(raw []byte) ([]byte, error) {
	zw := packers.Get().(*gzip.Writer)
	defer packers.Put(zw)
	var out bytes.Buffer
	zw.Reset(&out)
	_, err := zw.Write(raw)
	err = errors.Join(err, zw.Close()) // before out is read
	return out.Bytes(), err
}

// packPlainly is pack without making anything smaller.
func packPlainly(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	zw, err := gzip.NewWriterLevel(&out, gzip.NoCompression)
	if err != nil {
		return nil, err
	}
	_, err = zw.Write(raw)
	err = errors.Join(err, zw.Close())
	return out.Bytes(), err
}

// head is all that stands before the signature.
func (g *Segment) head() []byte {
	b := make([]byte, 2, headSize+len(g.Body))
	b[0] = Version
	if g.Root {
		b[1] = flagRoot
	}
	b = append(b, g.Terminal...)
	b = binary.BigEndian.AppendUint64(b, g.After)
	b = append(b, g.Prev[:]...)
	b = binary.BigEndian.AppendUint64(b, g.Last)
	return append(b, g.Hash[:]...)
}

// signed is what the signature is over.
func (g *Segment) signed(raw [sha256.Size]byte) []byte {
	return append(append([]byte("galla segment\x00"), g.head()...), raw[:]...)
}

// Bytes is the segment as it travels.
func (g *Segment) Bytes() []byte { return append(append(g.head(), g.Signature[:]...), g.Body...) }

// Parse takes a segment apart, and looks at nothing but its form. The error is an ErrRefused. It keeps parts of raw.
func Parse(raw []byte) (Segment, error) {
	if len(raw) <= headSize || len(raw) > MaxSize {
		return Segment{}, fmt.Errorf("%w: it has %d bytes, not %d to %d", ErrRefused, len(raw), headSize+1, MaxSize)
	}
	if raw[0] != Version {
		return Segment{}, fmt.Errorf("%w: it is of version %d, and version %d is known here: update the office first",
			ErrRefused, raw[0], Version)
	}
	if raw[1]&^flagRoot != 0 {
		return Segment{}, fmt.Errorf("%w: of its flags %#x none but %#x is known", ErrRefused, raw[1], flagRoot)
	}

	g := Segment{Root: raw[1] == flagRoot, Terminal: string(raw[2 : 2+idSize])}
	for _, c := range []byte(g.Terminal) {
		if c < 'a' || c > 'z' {
			return Segment{}, fmt.Errorf("%w: %q is no id of a terminal", ErrRefused, g.Terminal)
		}
	}
	rest := raw[2+idSize:]
	g.After, rest = binary.BigEndian.Uint64(rest), rest[8:]
	rest = rest[copy(g.Prev[:], rest):]
	g.Last, rest = binary.BigEndian.Uint64(rest), rest[8:]
	rest = rest[copy(g.Hash[:], rest):]
	g.Body = rest[copy(g.Signature[:], rest):]

	switch {
	case g.Last <= g.After || g.Last-g.After > MaxPlaces:
		return Segment{}, fmt.Errorf("%w: places %d to %d are not 1 to %d", ErrRefused, g.After+1, g.Last, MaxPlaces)
	case g.After == 0 && (g.Prev != chain.Hash{}):
		return Segment{}, fmt.Errorf("%w: before the first event there is no hash", ErrRefused)
	case g.Hash == (chain.Hash{}):
		return Segment{}, fmt.Errorf("%w: place %d has no hash", ErrRefused, g.Last)
	}
	return g, nil
}

// Prove unpacks the places, computes their hashes from Prev on, and holds the last against Hash. The error is an
// ErrRefused. sum is of the body before gzip.
func (g *Segment) Prove() (places []chain.Place, sum [sha256.Size]byte, err error) {
	raw, err := g.unpack()
	if err != nil {
		return nil, sum, err
	}
	sum = sha256.Sum256(raw)
	prev := g.Prev
	for seq := g.After + 1; seq <= g.Last; seq++ {
		size, n := binary.Uvarint(raw)
		need := size
		if size == 0 {
			need = sha256.Size
		}
		if n <= 0 || size > MaxEvent || need > uint64(len(raw)-n) {
			return nil, sum, fmt.Errorf("%w: place %d is cut off, or larger than %d bytes", ErrRefused, seq, MaxEvent)
		}
		raw = raw[n:]
		p := chain.Place{}
		switch {
		case size == 0:
			raw = raw[copy(p.Hash[:], raw):]
		case prev == chain.Hash{} && seq > 1:
			return nil, sum, fmt.Errorf("%w: event %d hangs off a place without a hash", ErrRefused, seq)
		default:
			p.Event, raw = raw[:size:size], raw[size:]
			p.Hash = link(seq, prev, p.Event)
		}
		places = append(places, p)
		prev = p.Hash
	}
	switch {
	case len(raw) > 0:
		return nil, sum, fmt.Errorf("%w: %d bytes stand behind its last place", ErrRefused, len(raw))
	case prev != g.Hash:
		return nil, sum, fmt.Errorf("%w: its places end with hash %x…, and it says %x…",
			ErrRefused, prev[:8], g.Hash[:8])
	}
	return places, sum, nil
}

// link is the hash of an event at a place.
func link(seq uint64, prev chain.Hash, event []byte) chain.Hash {
	if seq == 1 {
		return chain.Hash(chain.Link(nil, event))
	}
	return chain.Hash(chain.Link(prev[:], event))
}

// unpack undoes gzip, within its bounds.
func (g *Segment) unpack() ([]byte, error) {
	if len(g.Body) > MaxBody {
		return nil, fmt.Errorf("%w: its body has %d bytes, more than %d", ErrRefused, len(g.Body), MaxBody)
	}
	in := bytes.NewReader(g.Body)
	zr := unpackers.Get().(*gzip.Reader)
	defer unpackers.Put(zr)
	if err := zr.Reset(in); err != nil {
		return nil, fmt.Errorf("%w: its body: %w", ErrRefused, err)
	}
	zr.Multistream(false)
	limit := min(MaxRaw, MaxRatio*len(g.Body))
	raw, err := io.ReadAll(io.LimitReader(zr, int64(limit)+1))
	switch {
	case len(raw) > limit:
		return nil, fmt.Errorf("%w: its body of %d bytes grows beyond %d", ErrRefused, len(g.Body), limit)
	case err != nil:
		return nil, fmt.Errorf("%w: its body: %w", ErrRefused, err)
	case in.Len() > 0:
		return nil, fmt.Errorf("%w: %d bytes stand behind its body", ErrRefused, in.Len())
	}
	return raw, nil
}
