//go:build rig

package fleet

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/office/check"
	"galla/internal/segment"
	"galla/internal/uplink"
	"galla/state"
	"galla/state/chain"
	"galla/state/statetest"
)

// batch is one that was committed: the place it ends at, and whether it is an act of a person and not of the traffic.
type batch struct {
	end int
	act bool
}

// box is a box in memory: a chain, the traffic that makes it, and the real uplink.
type box struct {
	t    *testing.T
	name string
	seed uint64
	key  ed25519.PrivateKey
	over http.RoundTripper
	off  time.Duration // of its clock

	mu      sync.Mutex
	log     []chain.Place
	past    []batch
	changed chan struct{}

	traffic *statetest.Traffic
	acts    int
	old     []check.Box // copies that it forgot

	uplink *uplink.Uplink
	stop   func()
}

func newBox(t *testing.T, name string, seed uint64, over http.RoundTripper) *box {
	private := make([]byte, ed25519.SeedSize)
	binary.BigEndian.PutUint64(private, seed)
	return &box{
		t:       t,
		name:    name,
		seed:    seed,
		key:     ed25519.NewKeyFromSeed(private),
		over:    over,
		changed: make(chan struct{}),
		traffic: statetest.NewTraffic(seed, 4, 40),
	}
}

func (b *box) public() ed25519.PublicKey { return b.key.Public().(ed25519.PublicKey) }
func (b *box) id() string                { return segment.TerminalID(b.public()) }

// logged is a chain that nobody adds to.
type logged []chain.Place

func (l logged) Stretch(after uint64, most int) (s chain.Stretch, err error) {
	s.After, s.Root = min(after, uint64(len(l))), after == 0
	if s.After > 0 {
		s.Before = l[s.After-1].Hash
	}
	for size, i := 0, s.After; size < most && i < uint64(len(l)); i++ {
		s.Places = append(s.Places, l[i])
		size += len(l[i].Event)
	}
	return s, nil
}

// Stretch is uplink.Chain's.
func (b *box) Stretch(after uint64, most int) (chain.Stretch, error) {
	b.mu.Lock()
	l := logged(b.log)
	b.mu.Unlock()
	return l.Stretch(after, most)
}

// Changed is closed by the next commit.
func (b *box) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

func (b *box) head() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return uint64(len(b.log))
}

// commit adds a batch; urgent says that an uplink sends it at once.
func (b *box) commit(events []state.Event, act bool) (urgent bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, e := range events {
		raw, err := json.Marshal(e)
		if err != nil {
			b.t.Error(err)
			return true
		}
		var before []byte
		if len(b.log) > 0 {
			before = b.log[len(b.log)-1].Hash[:]
		}
		b.log = append(b.log, chain.Place{Hash: chain.Hash(chain.Link(before, raw)), Event: raw})
		switch e.Kind {
		case state.EventAttemptFailed, state.EventAttemptClosed, state.EventPatienceOver, state.EventRefundSeen:
			urgent = true
		}
	}
	b.past = append(b.past, batch{len(b.log), act})
	close(b.changed)
	b.changed = make(chan struct{})
	return urgent
}

// sell makes a batch, now and then an act of a person.
func (b *box) sell(r *rand.Rand) (urgent bool) {
	if r.IntN(60) == 0 {
		b.act()
	}
	return b.commit(b.traffic.Next().Events, false)
}

func (b *box) act() {
	b.acts++
	batch := statetest.Acted(fmt.Sprintf("%s-%d", b.name, b.acts), b.traffic.NextSeq(), fmt.Sprint("key", b.acts))
	b.commit(batch.Events, true)
	b.commit(statetest.Ended(batch.Operations[0], b.traffic.NextSeq(), state.OperationDone).Events, true)
}

// finish makes batches until one is urgent, so that all that is there is sent.
func (b *box) finish(r *rand.Rand) {
	for !b.sell(r) {
	}
}

// putBack makes the box one that was put back to what it was: the chain up to a batch, and another future. It returns
// how many places that forgot.
func (b *box) putBack(r *rand.Rand, as string, sent bool) (forgotten int64) {
	b.halt()
	b.mu.Lock()
	was := b.log
	keep := 0
	for n, p := range b.past {
		if p.end <= len(was)/2 || r.IntN(4) > 0 && p.end < len(was)*9/10 {
			keep = n + 1
		}
	}
	past := b.past[:keep]
	copied := check.Box{Name: b.name + " before " + as, Terminal: b.id(), Chain: logged(was), Old: true}
	if sent && b.uplink != nil {
		copied.Sent = min(b.uplink.Status().Seq, uint64(len(was)))
	}
	b.old = append(b.old, copied)
	b.mu.Unlock()
	b.become(was, past, as)
	forgotten = int64(len(was)) - int64(b.head()) + 2 // an act has two events
	b.run()
	return forgotten
}

// become makes the box one with this past of a log, and a future of its own.
func (b *box) become(log []chain.Place, past []batch, as string) {
	t, end := statetest.NewTraffic(b.seed, 4, 40), 0
	for _, p := range past {
		if end = p.end; p.act {
			t.NextSeq()
		} else {
			t.Next()
		}
	}
	b.mu.Lock()
	b.log, b.past = log[:end:end], slices.Clone(past)
	b.traffic, b.name = t, as
	b.mu.Unlock()
	b.act() // all events behind it have other numbers
}

// run starts the uplink.
func (b *box) run() {
	u, err := uplink.New(uplink.Options{
		Office:  "https://" + host,
		Key:     b.key,
		Chain:   b,
		Changed: b.Changed,
		Health:  func(context.Context) (wire.Health, error) { return wire.Health{}, nil },
		Log:     slog.New(slog.DiscardHandler),
		Wall:    func() time.Time { return time.Now().Add(b.off) },
		HTTP:    b.over,
	})
	if err != nil {
		b.t.Error(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- u.Run(ctx) }()
	b.uplink = u
	b.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Error(err)
		}
		b.stop = nil
	}
}

// halt ends the uplink.
func (b *box) halt() {
	if b.stop != nil {
		b.stop()
	}
}

// chains are all that the box ever was.
func (b *box) chains() []check.Box {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append(b.old, check.Box{Name: b.name, Terminal: b.id(), Chain: logged(b.log)})
}
