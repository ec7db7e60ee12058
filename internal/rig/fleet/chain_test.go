//go:build rig

package fleet

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
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
	maxSend      = 2 * time.Minute // that boxes have to send what is left
)

// whole is a chain of shops under a seed.
type whole struct {
	t       *testing.T
	seed    uint64
	r       *rand.Rand
	pinned  bool
	pg      *postgres
	offices []*office
	proxies []*proxy
	boxes   []*box
	ways    []http.RoundTripper // to each office; one more: to any
	store   *pg.Store

	mu     sync.Mutex
	said   []string // what befell
	undone bool     // the database forgot something
}

func newWhole(t *testing.T, seed uint64, boxes int) *whole {
	t.Helper()
	w := &whole{t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 25)), pinned: seed%2 == 1}
	folder := t.TempDir()
	w.pg = newPostgres(t)
	a := newAuthority(t, folder)
	address := w.pg.Address("postgres")
	w.open(address)
	for n := range *offices {
		o := newOffice(t, folder, n, address, a)
		w.offices = append(w.offices, o)
		w.proxies = append(w.proxies, newProxy(t, o.listen))
		o.start()
	}
	for n := range len(w.proxies) + 1 {
		w.ways = append(w.ways, w.way(a, n, boxes))
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
	var err error
	if w.pg.backup, err = w.pg.Backup(t.Context(), false); err != nil {
		t.Fatal(err)
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

// fault is something that befalls, for a moment.
type fault struct {
	name string
	do   func(w *whole, r *rand.Rand)
}

var faults = []fault{
	{"office killed", func(w *whole, r *rand.Rand) {
		o := w.offices[r.IntN(len(w.offices))]
		o.kill()
		time.Sleep(time.Duration(r.IntN(800)) * time.Millisecond)
		o.start()
	}},
	{"postgres stopped immediate", func(w *whole, r *rand.Rand) { w.pg.crash(w.t.Context()) }},
	{"postgres put back to a base backup", func(w *whole, r *rand.Rand) {
		w.mu.Lock()
		w.undone = true
		w.mu.Unlock()
		w.pg.goBack(w.t.Context())
	}},
	{"disk full", func(w *whole, r *rand.Rand) { w.pg.full(w.t.Context(), time.Second) }},
	{"line cut", func(w *whole, r *rand.Rand) { w.befalls(r, cut, time.Second) }},
	{"line slow", func(w *whole, r *rand.Rand) { w.befalls(r, slow, 2*time.Second) }},
	{"answers lost", func(w *whole, r *rand.Rand) { w.befalls(r, deaf, 3*time.Second) }},
	{"all offices killed", func(w *whole, r *rand.Rand) {
		for _, o := range w.offices {
			o.kill()
		}
		for _, o := range w.offices {
			o.start()
		}
	}},
}

func (w *whole) befalls(r *rand.Rand, l line, span time.Duration) {
	p := w.proxies[r.IntN(len(w.proxies))]
	p.is(l)
	time.Sleep(span)
	p.is(open)
}

// trade lets boxes sell for a time, while what the seed draws befalls them.
func (w *whole) trade(span time.Duration, events int) {
	var all sync.WaitGroup
	began := time.Now()
	for n, b := range w.boxes {
		b.run()
		r := rand.New(rand.NewPCG(w.seed, 1000+uint64(n)))
		all.Go(func() { w.day(b, r, began, span, events) })
	}

	pick := w.r.Perm(len(faults))[:3+w.r.IntN(3)]
	for _, n := range pick {
		r := rand.New(rand.NewPCG(w.seed, uint64(n)))
		at := time.Duration(r.Int64N(int64(span)))
		all.Go(func() {
			time.Sleep(at)
			w.say("%.1fs %s", at.Seconds(), faults[n].name)
			faults[n].do(w, r)
		})
	}
	all.Wait()
}

// day is one box's: it sells, and may be put back, or send again what it sent.
func (w *whole) day(b *box, r *rand.Rand, began time.Time, span time.Duration, events int) {
	back := -1
	if r.IntN(25) == 0 {
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
			b.putBack(r, fmt.Sprintf("%sback%d", b.name, backs), sent)
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
	resp.Body.Close()
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
	past, end := b.log, 0
	for _, e := range b.ends {
		if e <= len(past)*2/3 {
			end = e
		}
	}
	b.mu.Unlock()
	c.become(past[:end], c.name)
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
	deadline := time.Now().Add(maxSend)
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

// check holds the database against every chain that there ever was.
func (w *whole) check() check.Report {
	w.t.Helper()
	var all []check.Box
	for _, b := range w.boxes {
		for _, c := range b.chains() {
			if w.undone { // what only the old copy had is gone where the database forgot it too
				c.Sent = 0
			}
			all = append(all, c)
		}
	}
	r, err := check.Run(w.t.Context(), w.store, check.Options{Boxes: all, All: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// TestChains: under each seed, whatever befalls, the office has every place, sale and paisa once.
func TestChains(t *testing.T) {
	for n := range *seeds {
		seed := uint64(*first + n)
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			began := time.Now()
			w := newWhole(t, seed, *chains)
			w.trade(*trade, *events)
			if seed%3 == 0 {
				w.clone(w.r.IntN(len(w.boxes)))
			}
			traded := time.Since(began)
			w.settle()
			sent := time.Since(began)
			report := w.check()
			slices.Sort(w.said)
			lost := int64(0)
			for _, p := range w.proxies {
				lost += p.lost.Load()
			}
			t.Logf(
				"seed %d, pinned %t: %d chains, %d events, %d branches; %s; %d answers lost; traded %.1fs, "+
					"sent %.1fs, checked %.1fs: %d sales, %s",
				seed,
				w.pinned,
				len(w.boxes),
				report.Of,
				report.Branches,
				strings.Join(w.said, ", "),
				lost,
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
		})
	}
}
