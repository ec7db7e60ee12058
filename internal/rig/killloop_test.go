package rig

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"galla/display"
	"galla/display/viewstream"
	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

var kills = flag.Int("kills", 12, "how often TestKillLoop pulls the plug")

// TestKillLoop trades without a pause and pulls the plug at random moments. In the end nothing acknowledged is lost,
// every captured payment is in exactly one sale, every order at the gateway belongs to an attempt that is written down,
// and no sale was ever offered with two QRs, on the screen or to a client: an order whose answer a kill has cut off is
// shown to nobody.
func TestKillLoop(t *testing.T) {
	b := newBox(t, gatewaytest.EnKash)
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	start := time.Now()
	b.start()
	ctx, stop := context.WithCancel(t.Context())
	var trade sync.WaitGroup
	var mu sync.Mutex
	acked := map[string]bool{}
	offers := map[string]map[string]bool{} // the QRs that anybody was shown, by sale
	offer := func(sale, payload string) {
		if payload == "" {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if offers[sale] == nil {
			offers[sale] = map[string]bool{}
		}
		offers[sale][payload] = true
	}
	var screen *viewstream.Client // the customer's screen, without a monitor
	views := 0
	screen = viewstream.NewClient(viewstream.ClientOptions{
		Dial: viewstream.Dialer(b.file("display")),
		Info: viewstream.Info{Role: viewstream.RoleScreen, Width: 800, Height: 480},
		Wake: func() {
			if m := screen.Latest(); m.FromGallad() {
				views++
				offer(m.View.SaleID, m.View.Payload)
				if m.View.Screen == display.ScreenPay {
					screen.Shown(m, time.Now(), "")
				}
			}
		},
	})
	trade.Go(func() { screen.Run(ctx) })
	trade.Go(func() { // cashiers
		for i := 0; ctx.Err() == nil; i++ {
			key := client.Key()
			for ctx.Err() == nil { // the same key until there is an answer
				turn, cancel := context.WithTimeout(ctx, time.Second)
				s, err := b.till.Open(turn, key, wire.OpenSale{AmountPaise: wire.Amount(100 + i)})
				cancel()
				if err == nil {
					mu.Lock()
					acked[s.ID] = true
					mu.Unlock()
					break
				}
				wait(ctx, 20*time.Millisecond)
			}
			wait(ctx, 60*time.Millisecond)
		}
	})
	trade.Go(func() { // customers: they scan what the till says it shows, and now and then nobody pays
		done := map[string]bool{}
		for n := 0; ctx.Err() == nil; n++ {
			turn, cancel := context.WithTimeout(ctx, time.Second)
			list, err := b.till.Sales(turn, url.Values{"limit": {"20"}})
			cancel()
			if err == nil {
				for _, s := range list.Sales {
					if s.QR != nil {
						offer(s.ID, s.QR.Payload)
					}
					if s.QR != nil && s.QR.Payload != "" && !done[s.ID] {
						done[s.ID] = true
						if n%4 > 0 {
							b.sim.Phone().Pay(s.QR.Payload)
						}
					}
				}
			}
			wait(ctx, 40*time.Millisecond)
		}
	})
	for range *kills {
		wait(ctx, time.Duration(r.Int64N(int64(700*time.Millisecond))))
		b.kill()
		b.start()
	}
	wait(ctx, time.Second)
	stop()
	trade.Wait()

	// With hundreds of sales waiting, those off the screen are asked for in turn: 500 of them take four minutes.
	var missing []string
	for end := time.Now().Add(6 * time.Minute); time.Now().Before(end); {
		if missing = b.missing(); len(missing) == 0 {
			break
		}
		wait(t.Context(), 500*time.Millisecond)
	}
	if len(missing) > 0 {
		t.Errorf("captured payments that no sale has: %v", missing)
	}
	mu.Lock()
	defer mu.Unlock()
	for id := range acked {
		if s, err := b.till.Sale(t.Context(), id); err != nil || s.ID != id {
			t.Errorf("sale %s was acknowledged and is gone: %v", id, err)
		}
	}
	sales := b.all()
	ref := map[string]string{}
	live := map[string]int{}
	for _, o := range b.sim.Ledger().Orders {
		for _, s := range sales {
			if slices.ContainsFunc(o.References, func(name string) bool {
				return len(name) > 13 && name[1:13] == s.ID
			}) {
				ref[o.ID] = s.ID
				if o.Status != "closed" {
					live[s.ID]++
				}
			}
		}
		if ref[o.ID] == "" {
			t.Errorf("order %s %v at the gateway belongs to no sale", o.ID, o.References)
		}
	}
	// The strict part: one QR for each sale, and it is of one of the sale's own orders.
	for id, shown := range offers {
		if len(shown) > 1 {
			t.Errorf("sale %s was offered with %d QRs: %v", id, len(shown), slices.Collect(maps.Keys(shown)))
		}
		for payload := range shown {
			if !slices.ContainsFunc(b.sim.Ledger().Orders, func(o gatewaytest.LedgerOrder) bool {
				return ref[o.ID] == id && slices.Contains(o.Payloads, payload)
			}) {
				t.Errorf("sale %s was offered with a QR that none of its orders has", id)
			}
		}
	}
	// A sale may have a second order for a while: one whose answer was lost, which nobody was shown. It is watched, and
	// closed once it is found.
	second := 0
	for _, n := range live {
		if n > 1 {
			second++
		}
	}
	if second > 1+len(sales)/50 {
		t.Errorf("%d of %d sales have two live orders", second, len(sales))
	}
	paid := 0
	for _, s := range sales {
		if s.Phase == state.PhasePaid {
			paid++
		}
	}
	t.Logf("%d kills, %d sales acknowledged, %d on disk, %d paid, %d orders at the gateway, %d of them live second "+
		"ones that nobody was shown; %d QRs offered, %d views; %v", *kills, len(acked), len(sales), paid, len(ref),
		second, len(offers), views, time.Since(start).Round(time.Second))
	if paid == 0 || len(acked) < *kills/2 || views < *kills {
		t.Error("there was hardly any trade")
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// all reads every sale.
func (b *box) all() (sales []wire.Sale) {
	b.t.Helper()
	before := ""
	for {
		v := url.Values{"limit": {"500"}}
		if before != "" {
			v.Set("before", before)
		}
		list, err := b.till.Sales(b.t.Context(), v)
		if err != nil {
			b.t.Fatal(err)
		}
		if len(list.Sales) == 0 {
			return sales
		}
		sales = append(sales, list.Sales...)
		before = sales[len(sales)-1].ID
	}
}

// missing lists the captured payments that are not in exactly one sale.
func (b *box) missing() (out []string) {
	known := map[string]int{}
	for _, s := range b.all() {
		for _, p := range s.Payments {
			if p.Status == state.PaymentCaptured {
				known[p.ID]++
			}
		}
	}
	for _, p := range b.sim.Ledger().Payments {
		if p.Captured && known[p.ID] != 1 {
			out = append(out, fmt.Sprint(p.ID, " in ", known[p.ID]))
		}
	}
	return out
}
