//go:build rig

package vm

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

var (
	cuts     = flag.Int("cuts", 3, "how often TestPowerCuts pulls the plug")
	cutsSeed = flag.Uint64("seed", 1, "`number` the moments of the cuts and what the disk loses come from")
)

// unscreened keeps the customer's screen out of the way: in an emulated machine it takes most of the time of a boot.
const unscreened = "systemd.mask=galla-display.service systemd.mask=seatd.service"

// trade is what the world outside the box knows, and what no power cut can take from it.
type trade struct {
	t    *testing.T
	sim  *gatewaytest.Sim
	mu   sync.Mutex
	open map[string]money.Paise // sales the box has acknowledged
	paid map[string]bool        // sales the box has said were paid
	n    int
}

// cashier opens sales without a pause; each until there is an answer.
func (d *trade) cashier(ctx context.Context, till *client.Client) {
	for ctx.Err() == nil {
		d.mu.Lock()
		d.n++
		amount := money.Paise(100 + d.n)
		d.mu.Unlock()
		turn, cancel := context.WithTimeout(ctx, 5*time.Second)
		s, err := till.Open(turn, client.Key(), wire.OpenSale{AmountPaise: wire.Amount(amount)})
		cancel()
		if err == nil {
			d.mu.Lock()
			d.open[s.ID] = amount
			d.mu.Unlock()
		}
		pause(ctx, 150*time.Millisecond)
	}
}

// customers pay three of four QRs that the box offers, and hear that they have paid.
func (d *trade) customers(ctx context.Context, till *client.Client) {
	done := map[string]bool{}
	for n := 0; ctx.Err() == nil; n++ {
		turn, cancel := context.WithTimeout(ctx, 5*time.Second)
		list, err := till.Sales(turn, url.Values{"limit": {"20"}})
		cancel()
		if err == nil {
			for _, s := range list.Sales {
				if s.Phase == state.PhasePaid {
					d.mu.Lock()
					d.paid[s.ID] = true
					d.mu.Unlock()
				}
				if s.QR != nil && s.QR.Payload != "" && !done[s.ID] {
					done[s.ID] = true
					if n%4 > 0 {
						d.sim.Phone().Pay(s.QR.Payload) // refused when somebody has paid it
					}
				}
			}
		}
		pause(ctx, 100*time.Millisecond)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// all reads every sale of the box.
func all(t *testing.T, till *client.Client) map[string]wire.Sale {
	t.Helper()
	sales := map[string]wire.Sale{}
	before := ""
	for {
		v := url.Values{"limit": {"500"}}
		if before != "" {
			v.Set("before", before)
		}
		list, err := till.Sales(t.Context(), v)
		if err != nil {
			t.Fatalf("reading the sales: %v", err)
		}
		if len(list.Sales) == 0 {
			return sales
		}
		for _, s := range list.Sales {
			sales[s.ID] = s
		}
		before = list.Sales[len(list.Sales)-1].ID
	}
}

// audit compares the box with what the world knows. It returns what is wrong.
func (d *trade) audit(sales map[string]wire.Sale) (wrong []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, amount := range d.open {
		if s, ok := sales[id]; !ok {
			wrong = append(wrong, "sale "+id+" was acknowledged and is gone")
		} else if s.AmountPaise != amount {
			wrong = append(wrong, fmt.Sprintf("sale %s was %d paise and is %d", id, amount, s.AmountPaise))
		}
	}
	for id := range d.paid {
		if sales[id].Phase != state.PhasePaid {
			wrong = append(wrong, fmt.Sprintf("sale %s was paid and is %q", id, sales[id].Phase))
		}
	}
	at := map[string]string{}
	for id, s := range sales {
		for _, p := range s.Payments {
			if other, ok := at[p.ID]; ok && other != id {
				wrong = append(wrong, fmt.Sprintf("payment %s is in sales %s and %s", p.ID, other, id))
			}
			at[p.ID] = id
		}
	}
	return wrong
}

// missing are the payments the gateway has captured and no sale has.
func (d *trade) missing(sales map[string]wire.Sale) (out []string) {
	known := map[string]bool{}
	for _, s := range sales {
		for _, p := range s.Payments {
			known[p.ID] = known[p.ID] || p.Status == state.PaymentCaptured
		}
	}
	for _, p := range d.sim.Ledger().Payments {
		if p.Captured && !known[p.ID] {
			out = append(out, p.ID)
		}
	}
	return out
}

// TestPowerCuts pulls the plug of a machine in trade at random moments. Its disk loses what it was not told to keep.
// Each boot comes back by itself and has every sale that was acknowledged; in the end every captured payment is in
// exactly one sale, and every order at the gateway belongs to one.
func TestPowerCuts(t *testing.T) {
	a, disk := installed(t)
	d := &trade{t: t, sim: serveBank(t, a.Bank), open: map[string]money.Paise{}, paid: map[string]bool{}}
	r := rand.New(rand.NewPCG(*cutsSeed, 0))
	var toSell, userspace []time.Duration
	for i := 1; i <= *cuts; i++ {
		m := boot(t, hardware{root: disk, lossy: true, kernel: unscreened})
		till := m.till(a)
		first := sell(t, till, 100+i, slow)
		toSell = append(toSell, time.Since(m.start))
		sales := all(t, till)
		if wrong := d.audit(sales); len(wrong) > 0 {
			t.Fatalf("after cut %d of seed %d: %s", i-1, *cutsSeed, strings.Join(wrong, "; "))
		}
		d.mu.Lock()
		d.open[first.ID] = money.Paise(100 + i)
		d.mu.Unlock()
		// Before the trade: an emulated machine in trade has no time for a shell.
		inside := m.shell(slow)
		userspace = append(userspace, m.since(inside, "gallad.service"))
		inside.conn.Close()
		ctx, stop := context.WithCancel(t.Context())
		var busy sync.WaitGroup
		busy.Go(func() { d.cashier(ctx, till) })
		busy.Go(func() { d.customers(ctx, till) })
		pause(ctx, time.Duration(r.Int64N(int64(8*time.Second))))
		if i%2 == 0 { // every other time, in the middle of a write
			for end := time.Now().Add(20 * time.Second); m.disk.waiting() == 0 && time.Now().Before(end); {
				pause(ctx, time.Millisecond)
			}
		}
		var cached, lost int
		var err error
		m.pull(func() { cached, lost, err = m.disk.cut(r) })
		stop()
		busy.Wait()
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("cut %d: boot to first sale %v, userspace to ready %v; %d sales on disk; %d kB written with %d "+
			"flushes, %d sectors were in the disk's cache, %d of them lost", i,
			toSell[i-1].Round(100*time.Millisecond), userspace[i-1].Round(10*time.Millisecond), len(sales),
			m.disk.written/1024, m.disk.flushes, cached, lost)
	}
	m := boot(t, hardware{root: disk, lossy: true, kernel: unscreened})
	till := m.till(a)
	sell(t, till, 999, slow)
	var sales map[string]wire.Sale
	within(t, slow, "every captured payment to be in its sale", func(context.Context) bool {
		sales = all(t, till)
		return len(d.missing(sales)) == 0
	})
	if wrong := d.audit(sales); len(wrong) > 0 {
		t.Errorf("in the end: %s", strings.Join(wrong, "; "))
	}
	for _, o := range d.sim.Ledger().Orders {
		if !slices.ContainsFunc(o.References, func(name string) bool {
			return len(name) > 13 && sales[name[1:13]].ID != ""
		}) {
			t.Errorf("order %s %v at the gateway belongs to no sale", o.ID, o.References)
		}
	}
	s := m.shell(slow)
	s.run(
		t,
		"systemctl stop gallad.service gallad.socket gallad-display.socket; gallad fsck --full /var/lib/galla/sales.db",
	)
	m.poweroff(s)
	captured := 0
	for _, p := range d.sim.Ledger().Payments {
		if p.Captured {
			captured++
		}
	}
	slices.Sort(toSell)
	slices.Sort(userspace)
	t.Logf(
		"seed %d: %d cuts, %d sales acknowledged, %d on disk, %d payments captured, none lost and none twice; boot "+
			"to first sale median %v, longest %v; userspace to ready median %v, longest %v",
		*cutsSeed,
		*cuts,
		len(d.open),
		len(sales),
		captured,
		toSell[len(toSell)/2].Round(time.Second),
		toSell[len(toSell)-1].Round(time.Second),
		userspace[len(userspace)/2].Round(10*time.Millisecond),
		userspace[len(userspace)-1].Round(10*time.Millisecond),
	)
	if captured < *cuts/2 {
		t.Error("there was hardly any trade")
	}
}

// TestForgetfulDisk is the proof that the rig sees a loss: a disk that says flushed and forgets loses acknowledged
// sales.
func TestForgetfulDisk(t *testing.T) {
	a, disk := installed(t)
	d := &trade{t: t, sim: serveBank(t, a.Bank), open: map[string]money.Paise{}, paid: map[string]bool{}}
	m := boot(t, hardware{root: disk, lossy: true, kernel: unscreened})
	m.disk.mu.Lock()
	m.disk.forgets = true
	m.disk.mu.Unlock()
	s := sell(t, m.till(a), 100, slow)
	d.open[s.ID] = 100
	m.pull(func() { m.disk.lose(func() bool { return false }) })
	m = boot(t, hardware{root: disk, lossy: true, kernel: unscreened})
	sell(t, m.till(a), 200, slow)
	if wrong := d.audit(all(t, m.till(a))); len(wrong) == 0 {
		t.Error("a disk that forgets lost nothing: this rig would not see a lost sale")
	}
}
