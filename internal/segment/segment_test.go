package segment

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"galla/state/chain"
)

// keyOf makes the same key for the same number.
func keyOf(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// log is a box's chain; place n lies at n-1. Its hashes are made here, not by the package.
type log []chain.Place

func (l log) hash(seq uint64) (h chain.Hash) {
	if seq > 0 {
		h = l[seq-1].Hash
	}
	return h
}

// add appends events whose bytes are their number and a word.
func (l log) add(n int, word string) log {
	l = l[:len(l):len(l)]
	for range n {
		event := fmt.Appendf(nil, `{"seq":%d,"kind":%q}`, len(l)+1, word)
		var prev []byte
		if len(l) > 0 {
			prev = l[len(l)-1].Hash[:]
		}
		l = append(l, chain.Place{Hash: chain.Hash(chain.Link(prev, event)), Event: event})
	}
	return l
}

// stretch is places after+1 to last.
func (l log) stretch(after, last uint64) chain.Stretch {
	return chain.Stretch{After: after, Before: l.hash(after), Places: l[after:last]}
}

func segmentOf(t testing.TB, key ed25519.PrivateKey, s chain.Stretch) *Segment {
	t.Helper()
	g, err := New(key, s)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Parse(g.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return &back
}

// equal wants the same places.
func equal(t *testing.T, got, want []chain.Place) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d places, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i].Hash != want[i].Hash || !bytes.Equal(got[i].Event, want[i].Event) {
			t.Errorf("place %d of them is %x %q, want %x %q",
				i, got[i].Hash[:4], got[i].Event, want[i].Hash[:4], want[i].Event)
		}
	}
}

// TestRoundTrip: what a box packs, an office gets: events, places whose event is gone, and what is too large.
func TestRoundTrip(t *testing.T) {
	whole := log{}.add(300, "sale.opened")
	holes := append(log{}, whole...)
	for _, i := range []int{0, 7, 8, 9, 298} {
		holes[i].Event = nil
	}
	large := chain.Place{Event: bytes.Repeat([]byte("x"), MaxEvent+1)}
	large.Hash = chain.Hash(chain.Link(whole[299].Hash[:], large.Event))
	dull := chain.Place{Event: bytes.Repeat([]byte(" "), MaxEvent)} // grows a thousandfold if it is packed
	dull.Hash = chain.Hash(chain.Link(whole[299].Hash[:], dull.Event))
	random := make([]byte, MaxEvent)
	rand.NewChaCha8([32]byte{}).Read(random)
	noise := chain.Place{Event: random}
	noise.Hash = chain.Hash(chain.Link(whole[299].Hash[:], noise.Event))

	for name, s := range map[string]chain.Stretch{
		"from the beginning":           whole.stretch(0, 160),
		"one event":                    whole.stretch(299, 300),
		"to the end":                   whole.stretch(160, 300),
		"pruned places":                holes.stretch(0, 300),
		"nothing but hashes":           holes.stretch(7, 10),
		"dull event":                   {After: 300, Before: whole[299].Hash, Places: []chain.Place{dull}},
		"event that can't get smaller": {After: 300, Before: whole[299].Hash, Places: []chain.Place{noise}},
	} {
		t.Run(name, func(t *testing.T) {
			places, err := segmentOf(t, keyOf(1), s).Open(public(keyOf(1)))
			if err != nil {
				t.Fatal(err)
			}
			equal(t, places, s.Places)
		})
	}

	places, err := segmentOf(
		t,
		keyOf(1),
		chain.Stretch{After: 300, Before: whole[299].Hash, Places: []chain.Place{large}},
	).
		Open(public(keyOf(1)))
	if err != nil {
		t.Fatal(err)
	}
	equal(t, places, []chain.Place{{Hash: large.Hash}})
}

// TestNewRefuses: what no office would take is not made.
func TestNewRefuses(t *testing.T) {
	l := log{}.add(3, "a")
	lost := append(log{}, l...)
	lost[2] = chain.Place{}
	big := chain.Place{Event: make([]byte, MaxEvent), Hash: chain.Hash{1}}
	for name, s := range map[string]chain.Stretch{
		"no places":               {After: 3, Before: l[2].Hash},
		"too many":                {Places: make([]chain.Place, MaxPlaces+1)},
		"a lost place at the end": lost.stretch(0, 3),
		"too large":               {Places: []chain.Place{big, big}},
	} {
		if _, err := New(keyOf(1), s); err == nil {
			t.Errorf("%s: a segment was made", name)
		}
	}
}

// TestTampered: a segment in which one byte was changed anywhere, or that was cut or lengthened anywhere, is refused.
// Some bits of gzip say nothing of what is packed: there the places are as they were.
func TestTampered(t *testing.T) {
	l := log{}.add(20, "sale.opened")
	good := segmentOf(t, keyOf(1), l.stretch(5, 20)).Bytes()
	opened := func(raw []byte) ([]chain.Place, error) {
		g, err := Parse(raw)
		if err != nil {
			return nil, err
		}
		return g.Open(public(keyOf(1)))
	}
	if _, err := opened(good); err != nil {
		t.Fatal(err)
	}
	silent := 0
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1 << (i % 8)
		switch places, err := opened(bad); {
		case err == nil && i >= headSize:
			silent++
			equal(t, places, l[5:])
		case !errors.Is(err, ErrRefused):
			t.Errorf("byte %d was changed: %v", i, err)
		}
		if _, err := opened(good[:i]); !errors.Is(err, ErrRefused) {
			t.Errorf("cut at byte %d: %v", i, err)
		}
	}
	if silent > 10 {
		t.Errorf("%d changed bytes change nothing", silent)
	}
	if _, err := opened(append(bytes.Clone(good), 0)); !errors.Is(err, ErrRefused) {
		t.Errorf("one byte more: %v", err)
	}
}

// TestStripped: a carrier that takes an event out and leaves its hash breaks the signature, though the chain proves.
func TestStripped(t *testing.T) {
	l := log{}.add(5, "a")
	good := segmentOf(t, keyOf(1), l.stretch(0, 5))
	stripped := append(log{}, l...)
	stripped[2].Event = nil
	bad := segmentOf(t, keyOf(2), stripped.stretch(0, 5))
	bad.Terminal, bad.Signature = good.Terminal, good.Signature
	if _, _, err := bad.Prove(); err != nil {
		t.Fatalf("the chain does not prove: %v", err)
	}
	if _, err := bad.Open(public(keyOf(1))); !errors.Is(err, ErrRefused) {
		t.Errorf("an event was taken out on the way: %v", err)
	}
}

// TestProveRefuses: bodies that a liar packs, and what is said of each.
func TestProveRefuses(t *testing.T) {
	event := []byte(`{"seq":1}`)
	hash := chain.Hash(chain.Link(nil, event))
	place := append(binary.AppendUvarint(nil, uint64(len(event))), event...)
	body := func(parts ...[]byte) []byte {
		out, err := pack(bytes.Join(parts, nil))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	good := Segment{Last: 1, Hash: hash, Body: body(place)}
	if _, _, err := good.Prove(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Segment)
		says   string
	}{
		"no gzip": {func(g *Segment) { g.Body = place }, "its body"},
		"no body": {func(g *Segment) { g.Body = nil }, "its body"},
		"two members": {func(g *Segment) {
			g.Body = append(body(place), body(place)...)
		}, "behind its body"},
		"a place too many":       {func(g *Segment) { g.Body = body(place, place) }, "behind its last place"},
		"a place too few":        {func(g *Segment) { g.Last = 2 }, "place 2 is cut off"},
		"a long length":          {func(g *Segment) { g.Body = body(bytes.Repeat([]byte{0xff}, 11)) }, "cut off"},
		"a length beyond all":    {func(g *Segment) { g.Body = body(binary.AppendUvarint(nil, 1<<63)) }, "cut off"},
		"an event cut off":       {func(g *Segment) { g.Body = body(place[:5]) }, "cut off"},
		"a hash cut off":         {func(g *Segment) { g.Body = body(make([]byte, 32)) }, "cut off"},
		"another hash":           {func(g *Segment) { g.Hash[3]++ }, "its places end with"},
		"bomb":                   {func(g *Segment) { g.Body = body(make([]byte, MaxRaw)) }, "grows beyond"},
		"larger than all events": {func(g *Segment) { g.Body = make([]byte, MaxBody+1) }, "more than"},
		"an event behind a lost place": {func(g *Segment) {
			g.Last, g.Body = 2, body(make([]byte, 33), place)
		}, "hangs off a place without a hash"},
	} {
		t.Run(name, func(t *testing.T) {
			g := good
			c.change(&g)
			if _, _, err := g.Prove(); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

// TestParseRefuses: heads that say what can't be.
func TestParseRefuses(t *testing.T) {
	good := segmentOf(t, keyOf(1), log{}.add(3, "a").stretch(0, 3)).Bytes()
	for name, c := range map[string]struct {
		at   int
		with []byte
		says string
	}{
		"version 2":              {0, []byte{2}, "update the office first"},
		"an unknown flag":        {1, []byte{2}, "none but"},
		"an id with a digit":     {2, []byte("9"), "no id"},
		"an id with a quote":     {17, []byte("'"), "no id"},
		"no places":              {18, binary.BigEndian.AppendUint64(nil, 3), "are not 1 to"},
		"places backwards":       {18, binary.BigEndian.AppendUint64(nil, 4), "are not 1 to"},
		"more places than fit":   {58, binary.BigEndian.AppendUint64(nil, MaxPlaces+1), "are not 1 to"},
		"numbers without an end": {58, bytes.Repeat([]byte{0xff}, 8), "are not 1 to"},
		"a hash before all":      {26, []byte{1}, "before the first event"},
		"no hash":                {66, make([]byte, 32), "has no hash"},
	} {
		raw := bytes.Clone(good)
		copy(raw[c.at:], c.with)
		if _, err := Parse(raw); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestTerminalID: ids that must not change, for segments lie under them.
func TestTerminalID(t *testing.T) {
	for n, want := range map[byte]string{1: "ipmuourvjkuepsfq", 2: "tgkibgshbhcxccjx"} {
		if got := TerminalID(public(keyOf(n))); got != want {
			t.Errorf("key %d is terminal %q, not %q", n, got, want)
		}
	}
}

// TestLocator: places grow twice as far apart each, and the root is the last.
func TestLocator(t *testing.T) {
	for _, c := range []struct {
		root, head uint64
		want       string
	}{
		{0, 0, "[0]"},
		{0, 1, "[1 0]"},
		{0, 2, "[2 1 0]"},
		{0, 20, "[20 19 18 16 12 4 0]"},
		{15, 20, "[20 19 18 16 15]"},
		{19, 20, "[20 19]"},
		{20, 20, "[20]"},
	} {
		if got := fmt.Sprint(Locator(c.root, c.head)); got != c.want {
			t.Errorf("%d to %d: %s, want %s", c.root, c.head, got, c.want)
		}
	}
	if n := len(Locator(0, 1<<64-1)); n != MaxLocator {
		t.Errorf("the longest locator has %d places, not %d", n, MaxLocator)
	}
}

// FuzzProve feeds the reader of segments: whatever comes, it answers or refuses; what it takes ends with the hash that
// was said, place by place, and travels again as it came.
func FuzzProve(f *testing.F) {
	l := log{}.add(30, "sale.opened")
	holes := append(log{}, l...)
	holes[3].Event, holes[4] = nil, chain.Place{}
	holes[5].Event = nil
	for _, s := range []chain.Stretch{
		l.stretch(0, 1),
		l.stretch(3, 30),
		holes.stretch(0, 30),
		{Root: true, After: 9, Before: l[8].Hash, Places: l[9:12]},
	} {
		g, err := New(keyOf(1), s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(g.Bytes())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		g, err := Parse(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(g.Bytes(), raw) {
			t.Fatal("it travels on as something else")
		}
		places, _, err := g.Prove()
		if err != nil {
			if !errors.Is(err, ErrRefused) {
				t.Fatal(err)
			}
			return
		}
		size, prev := 0, g.Prev
		for i, p := range places {
			size += len(p.Event)
			seq := g.After + 1 + uint64(i)
			var before []byte
			if seq > 1 {
				before = prev[:]
			}
			if p.Event != nil && p.Hash != chain.Hash(chain.Link(before, p.Event)) {
				t.Fatalf("place %d has another hash", seq)
			}
			prev = p.Hash
		}
		if prev != g.Hash || uint64(len(places)) != g.Last-g.After || size > MaxRaw {
			t.Fatalf("%d places of %d bytes", len(places), size)
		}
	})
}
