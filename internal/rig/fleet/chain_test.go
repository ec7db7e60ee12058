//go:build rig

package fleet

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	core "galla/internal/office"
	"galla/internal/office/check"
	"galla/internal/office/pg"
	"galla/internal/segment"
	"galla/internal/signature"
)

const (
	defaultTrade = 8 * time.Second
	maxSend      = 2 * time.Minute // that boxes have to send what is left; more of them have more
	maxFault     = 8 * time.Second // that a fault waits for somebody whom it befalls: boxes that failed rest a while
	maxTries     = 3               // of a seed in which a fault did nothing: moments are the machine's, not the seed's
)

// whole is a chain of shops under a seed.
type whole struct {
	t       *testing.T
	seed    uint64
	r       *rand.Rand
	pinned  bool
	pg      *postgres
	network *network // of the first office
	offices []*office
	proxies []*proxy
	boxes   []*box
	gallads []*gallad
	hand    []int // faults that the seed drew
	tally   tally
	seen    seen
	sold    int                 // by gallads
	ways    []http.RoundTripper // to each office; one more: to any
	store   *pg.Store

	mu     sync.Mutex
	said   []string // what befell
	undone bool     // the database forgot something
}

func newWhole(t *testing.T, seed uint64, boxes, real int, hand []int) *whole {
	t.Helper()
	w := &whole{t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 25)), pinned: seed%2 == 1, hand: hand}
	folder := t.TempDir()
	w.pg = newPostgres(t, boxes)
	a := newAuthority(t, folder)
	address := w.pg.address()
	w.open(address)
	w.network = newNetwork(t)
	for n := range *offices {
		listen, inside := "", []string(nil)
		if n == 0 {
			listen, inside = w.network.there+":8443", w.network.inside()
		}
		o := newOffice(t, folder, n, address, a, listen, inside)
		w.offices = append(w.offices, o)
		w.proxies = append(w.proxies, newProxy(t, o.listen))
		o.start()
	}
	for n := range len(w.proxies) + 1 {
		w.ways = append(w.ways, calls{w.way(a, n, boxes), &w.seen})
	}
	for n := range boxes {
		way := len(w.proxies)
		if w.pinned {
			way = n % len(w.proxies)
		}
		b := newBox(t, fmt.Sprintf("box%d", n), seed<<32+uint64(n)+1, w.ways[way])
		if w.r.IntN(5) == 0 {
			b.off = time.Duration(w.r.Int64N(int64(72*time.Hour))) - 36*time.Hour
		}
		w.boxes = append(w.boxes, b)
		w.admit(b)
	}
	t.Cleanup(func() {
		for _, b := range w.boxes {
			b.halt()
		}
		for _, o := range w.offices {
			if bad := o.faults(); len(bad) > 0 {
				t.Errorf("office %d said %q", o.n, bad)
			}
		}
	})
	w.employ(folder, real)
	var err error
	if w.pg.backup, err = w.pg.is.Backup(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(hand, func(n int) bool { return faults[n].name == promoted }) {
		w.pg.follow(t.Context())
	}
	return w
}

// open opens the database for the check, which is in no fault's way.
func (w *whole) open(address string) {
	w.t.Helper()
	var err error
	if w.store, err = pg.Open(w.t.Context(), address); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(w.store.Close)
}

func (w *whole) admit(b *box) {
	w.t.Helper()
	if err := w.store.PutTerminal(w.t.Context(), core.Terminal{ID: b.id(), Key: b.public()}); err != nil {
		w.t.Fatal(err)
	}
}

// way is a line to an office, or with n behind the last to any of them, connection by connection.
func (w *whole) way(a *authority, n, boxes int) http.RoundTripper {
	dialer := net.Dialer{Timeout: 5 * time.Second}
	return &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			to := n
			if n == len(w.proxies) {
				to = rand.IntN(n)
			}
			return dialer.DialContext(ctx, "tcp", w.proxies[to].address())
		},
		TLSClientConfig:     &tls.Config{RootCAs: a.pool, ServerName: host},
		MaxIdleConnsPerHost: max(100, boxes/20),
		MaxConnsPerHost:     max(200, boxes/10),
		IdleConnTimeout:     90 * time.Second,
	}
}

func (w *whole) say(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said = append(w.said, fmt.Sprintf(format, args...))
}

// fault is something that befalls, for a moment. It returns how much it did, in its measure: 0 is nothing.
type fault struct {
	name    string
	measure string
	do      func(w *whole, r *rand.Rand) int64
}

// Faults that boxes have by themselves, and one that needs a replica.
const (
	promoted = "replica promoted that was behind"
	putBack  = "box put back to an older copy"
	cloned   = "box cloned"
	doubled  = "segment sent twice"
	clockOff = "clock of a box off by hours"
)

var faults []fault

func init() { // promoted is looked for in it by what it calls
	faults = []fault{
		{"office killed", "connections through it", func(w *whole, r *rand.Rand) int64 {
			n := r.IntN(len(w.offices))
			did := w.busy(n)
			w.offices[n].kill()
			time.Sleep(time.Duration(r.IntN(800)) * time.Millisecond)
			w.offices[n].start()
			return did
		}},
		{"all offices killed", "connections through them", func(w *whole, r *rand.Rand) (did int64) {
			for n, o := range w.offices {
				did += w.busy(n)
				o.kill()
			}
			for _, o := range w.offices {
				o.start()
			}
			return did
		}},
		{"postgres stopped immediate", "connections of offices", func(w *whole, r *rand.Rand) int64 {
			return w.pg.crash(w.t.Context())
		}},
		{"postgres put back to a base backup", "places forgotten", func(w *whole, r *rand.Rand) int64 {
			w.forgets()
			return w.pg.goBack(w.t.Context())
		}},
		{promoted, "places lost", func(w *whole, r *rand.Rand) int64 {
			w.forgets()
			return w.pg.promote(w.t.Context(), 15*time.Second)
		}},
		{"disk full", "calls failed", func(w *whole, r *rand.Rand) int64 {
			before := w.seen.failed.Load()
			failed := func() int64 { return w.seen.failed.Load() - before }
			if w.pg.full(w.t.Context(), 1500*time.Millisecond, failed) == 0 {
				return 0 // it was not full
			}
			return failed()
		}},
		{
			"line cut",
			"connections thrown out",
			func(w *whole, r *rand.Rand) int64 { return w.befalls(r, cut, time.Second) },
		},
		{"line slow", "pieces late", func(w *whole, r *rand.Rand) int64 { return w.befalls(r, slow, 2*time.Second) }},
		{"answers lost", "answers", func(w *whole, r *rand.Rand) int64 { return w.befalls(r, deaf, 3*time.Second) }},
		{"cable of an office pulled", "connections that hung", func(w *whole, r *rand.Rand) int64 {
			did := w.busy(0)
			if !w.network.pull(time.Second, w.offices[0].listen) {
				return 0
			}
			return did
		}},
		{"gallads killed", "gallads", func(w *whole, r *rand.Rand) (did int64) {
			for _, g := range w.gallads {
				if r.IntN(2) == 0 {
					g.kill()
					g.start()
					did++
				}
			}
			return did
		}},
	}
	for _, f := range faults {
		measures[f.name] = f.measure
	}
}

// measures say what a fault's number counts.
var measures = map[string]string{
	putBack:  "places forgotten",
	cloned:   "branches more",
	doubled:  "duplicates known as such",
	clockOff: "calls refused by their time",
}

// deal deals the faults of three seeds in a row to one of them: three seeds have all.
func deal(seed uint64) []int {
	all := rand.New(rand.NewPCG((seed-1)/3, 25)).Perm(len(faults))
	var hand []int
	for n, f := range all {
		at := uint64(n % 3)
		if faults[f].name == "gallads killed" {
			at = 0 // they are there in that one
		}
		if at == (seed-1)%3 {
			hand = append(hand, f)
		}
	}
	return hand
}

// busy waits for a moment until an office has connections, and says how many.
func (w *whole) busy(n int) (conns int64) {
	for end := time.Now().Add(3 * time.Second); conns == 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		conns = w.proxies[n].through()
	}
	return conns
}

// forgets notes that the database will forget something.
func (w *whole) forgets() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.undone = true
}

func (w *whole) befalls(r *rand.Rand, l line, span time.Duration) int64 {
	p := w.proxies[r.IntN(len(w.proxies))]
	before := p.late.Load() + p.lost.Load()
	thrown := p.is(l)
	time.Sleep(span)
	did := func() int64 { return int64(thrown) + p.late.Load() + p.lost.Load() - before }
	for end := time.Now().Add(maxFault); did() == 0 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
	}
	p.is(open)
	return did()
}

// trade lets boxes sell for a time, while what the seed draws befalls them.
func (w *whole) trade(span time.Duration, events int) {
	var all sync.WaitGroup
	began := time.Now()
	back := w.r.IntN(len(w.boxes)) // one at least is put back
	for n, b := range w.boxes {
		b.run()
		r := rand.New(rand.NewPCG(w.seed, 1000+uint64(n)))
		all.Go(func() { w.day(b, r, began, span, events, n == back || r.IntN(25) == 0) })
	}
	w.shops(&all, began.Add(span))

	for turn, n := range w.hand { // one after the other, though one may last into the next
		r := rand.New(rand.NewPCG(w.seed, uint64(n)))
		slot := span * 8 / 10 / time.Duration(len(w.hand))
		at := span/10 + slot*time.Duration(turn) + time.Duration(r.Int64N(int64(slot)))
		all.Go(func() {
			time.Sleep(at)
			w.say("%.1fs %s", at.Seconds(), faults[n].name)
			w.tally.befell(faults[n].name, faults[n].do(w, r))
		})
	}
	all.Wait()
	if n := slices.IndexFunc(w.boxes, func(b *box) bool { return b.off.Abs() > time.Hour }); n >= 0 {
		w.tally.befell(clockOff, w.seen.clock.Load())
	}
}

// day is one box's: it sells, and may be put back, or send again what it sent.
func (w *whole) day(b *box, r *rand.Rand, began time.Time, span time.Duration, events int, goes bool) {
	back := -1
	if goes {
		back = events/3 + r.IntN(events/3)
		w.say("%s put back", b.name)
	}
	backs := 0
	for made := 0; made < events; {
		before := b.head()
		b.sell(r)
		made += int(b.head() - before)
		if back >= 0 && made > back {
			back = -1
			backs++
			w.mu.Lock()
			sent := !w.undone
			w.mu.Unlock()
			w.tally.befell(putBack, b.putBack(r, fmt.Sprintf("%sback%d", b.name, backs), sent))
		}
		if r.IntN(400) == 0 {
			w.again(b, r)
		}
		due := began.Add(span * time.Duration(made) / time.Duration(events))
		if pause := time.Until(due); pause > 0 {
			time.Sleep(pause)
		}
	}
}

// again sends a stretch that was sent before, to any office.
func (w *whole) again(b *box, r *rand.Rand) {
	s, err := b.Stretch(uint64(r.IntN(int(b.head()))), 1+r.IntN(16<<10))
	if err != nil || len(s.Places) == 0 {
		return
	}
	g, err := segment.New(b.key, s)
	if err != nil {
		w.t.Error(err)
		return
	}
	req, err := http.NewRequest(http.MethodPost, "https://"+host+segment.PathSegments, bytes.NewReader(g.Bytes()))
	if err != nil {
		w.t.Error(err)
		return
	}
	signature.Sign(req.Header, req.Method, req.URL.EscapedPath(), g.Bytes(), b.id(), b.key, time.Now())
	client := http.Client{Transport: w.ways[r.IntN(len(w.ways))], Timeout: 10 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		return // the line is cut just now
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	resp.Body.Close()
	if err == nil && resp.StatusCode == http.StatusOK && bytes.Contains(raw, []byte(`"duplicate"`)) {
		w.tally.befell(doubled, 1)
	}
	if resp.StatusCode == http.StatusUnprocessableEntity {
		w.t.Errorf("a stretch of %s that came twice is refused", b.name)
	}
}

// clone makes a second box of one: its card was copied.
func (w *whole) clone(n int) {
	b := w.boxes[n]
	c := newBox(w.t, b.name+"clone", b.seed, w.ways[w.r.IntN(len(w.ways))])
	c.traffic = nil
	b.mu.Lock()
	log, past := b.log, b.past
	for len(past) > 1 && past[len(past)-1].end > len(log)*2/3 {
		past = past[:len(past)-1]
	}
	b.mu.Unlock()
	c.become(log, past, c.name)
	c.run()
	for range 100 {
		c.sell(w.r)
	}
	w.boxes = append(w.boxes, c)
	w.say("%s cloned", b.name)
}

// settle ends all faults: each box starts anew and sends what is left.
func (w *whole) settle() {
	w.t.Helper()
	for _, p := range w.proxies {
		p.is(open)
	}
	for _, b := range w.boxes {
		b.halt()
		b.finish(w.r)
		b.run()
	}
	deadline := time.Now().Add(maxSend + time.Duration(len(w.boxes))*20*time.Millisecond)
	for _, b := range w.boxes {
		for b.uplink.Status().Seq != b.head() {
			if time.Now().After(deadline) {
				w.t.Fatalf(
					"%s is at %d and the office at %+v: %s",
					b.name,
					b.head(),
					b.uplink.Status(),
					w.offices[0].said(),
				)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	for _, b := range w.boxes {
		b.halt()
	}
}

// chains are all that there ever were.
func (w *whole) chains() (all []check.Box) {
	for _, b := range w.boxes {
		for _, c := range b.chains() {
			if w.undone { // what only the old copy had is gone where the database forgot it too
				c.Sent = 0
			}
			all = append(all, c)
		}
	}
	return append(all, w.close()...)
}

// check holds the database against every chain.
func (w *whole) check(all []check.Box) check.Report {
	w.t.Helper()
	r, err := check.Run(w.t.Context(), w.store, check.Options{Boxes: all, All: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// TestChains: under each seed, whatever befalls, the office has every place, sale and paisa once.
func TestChains(t *testing.T) {
	var sum tally
	counted, began := 0, time.Now()
	for n := range *seeds {
		seed := uint64(*first + n)
		for try := 0; try < maxTries; try++ {
			done := false
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				w := newWhole(t, seed, *chains, realOf(seed), deal(seed))
				if done = w.lives(t); done {
					sum.add(&w.tally)
				}
			})
			if done {
				counted++
			}
			if done || t.Failed() {
				break
			}
		}
	}
	if counted < *seeds && !t.Failed() {
		t.Errorf("%d seeds had a fault that did nothing, each %d times", *seeds-counted, maxTries)
	}
	t.Logf("%d of %d seeds count, of %d chains each, in %.0f s. What befell:\n%s", counted, *seeds, *chains,
		time.Since(began).Seconds(), &sum)
}

// realOf is how many real boxes a seed has: the first of three.
func realOf(seed uint64) int {
	if (seed-1)%3 == 0 {
		return *gallads
	}
	return 0
}

// lives is a seed's whole life, which is held against both oracles. It says whether each fault did something.
func (w *whole) lives(t *testing.T) bool {
	began := time.Now()
	w.trade(*trade, *events)
	clones := 0
	if w.seed%3 == 0 {
		w.clone(w.r.IntN(len(w.boxes)))
		clones++
	}
	traded := time.Since(began)
	w.settle()
	all := w.chains()
	sent := time.Since(began)
	report := w.check(all)
	problems, paise := w.account(all)
	if clones > 0 {
		id := w.boxes[len(w.boxes)-1].id()
		w.tally.befell(cloned, w.pg.count(w.pg.is, "SELECT count(*)-1 FROM branch WHERE terminal='"+id+"'"))
	}
	slices.Sort(w.said)
	t.Logf(
		"seed %d, pinned %t: %d chains, %d gallads with %d sales, %d events, %d branches; %s; %d calls failed; traded "+
			"%.1fs, sent %.1fs, checked %.1fs: %d sales, %s",
		w.seed,
		w.pinned,
		len(w.boxes),
		len(w.gallads),
		w.sold,
		report.Of,
		report.Branches,
		strings.Join(w.said, ", "),
		w.seen.failed.Load(),
		traded.Seconds(),
		(sent - traded).Seconds(),
		(time.Since(began) - sent).Seconds(),
		report.Sales,
		report.Received,
	)
	if !report.Good() || report.Received != report.Replayed || report.Received != report.OfDays {
		var out strings.Builder
		_ = report.Write(&out)
		t.Error(out.String())
	}
	if len(problems) > 0 || paise != int64(report.Received) {
		t.Errorf("the rig's own account has %d paise, the office's check %d:\n%s", paise, report.Received,
			strings.Join(problems, "\n"))
	}
	if idle := w.tally.idle(); len(idle) > 0 {
		t.Logf("seed %d does not count: %q did nothing", w.seed, idle)
		return false
	}
	return !t.Failed()
}
