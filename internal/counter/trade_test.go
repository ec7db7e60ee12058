package counter

import (
	"context"
	"math/rand/v2"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/pad"
	"galla/internal/counter/wire"
	"galla/internal/keypad"
	"galla/internal/till"
)

// TestEveryClientEndsWithTheSameList: two consoles, a number pad and a command line trade at once, and lines break in
// between; in the end each has the till's own list, and there is one sale per request.
func TestEveryClientEndsWithTheSameList(t *testing.T) {
	b := newBench(t)
	b.till.Now = time.Now
	srv := httptest.NewServer(b.Handler(trusted))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()

	const clients, each = 3, 40
	var traders, followers sync.WaitGroup
	var asked atomic.Int64
	lists := make([]map[string]uint64, clients)
	var end atomic.Uint64
	for i := range clients {
		lists[i] = map[string]uint64{}
		c := client.NewHTTP(srv.URL, "", srv.Client())
		followers.Go(func() {
			err := c.Follow(ctx, 0, func(e wire.Event) error {
				if e.Sale != nil {
					lists[i][e.SaleID] = e.Sale.Seq
				}
				if last := end.Load(); last != 0 && e.Seq >= last {
					return client.ErrStop
				}
				return nil
			}, nil)
			if err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
		traders.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 3))
			for range each {
				key := client.Key()
				var s wire.Sale
				var err error
				for range 1 + r.IntN(3) { // the same request again, as after a lost answer
					if s, err = c.Open(ctx, key, wire.OpenSale{AmountPaise: wire.Amount(5000)}); err != nil {
						t.Error(err)
						return
					}
				}
				asked.Add(1)
				switch r.IntN(4) {
				case 0:
					_, err = c.Cancel(ctx, client.Key(), s.ID, wire.CancelSale{})
				case 1:
					b.till.Expire(s.ID)
				default:
					b.till.Pay(s.ID, 0)
				}
				if err != nil {
					t.Error(err)
				}
				if r.IntN(10) == 0 {
					srv.CloseClientConnections()
				}
			}
		})
	}
	pad := keypad.New(pad.New(b.till), b.Counter.log, keypad.Machine{}, nil)
	for range each {
		for _, k := range []string{"7", "enter", "enter", "esc", "esc"} {
			pad.Press(ctx, k)
		}
		asked.Add(1)
	}
	traders.Wait()
	last := open(t, b.till, 100) // the event everyone waits for
	asked.Add(1)
	end.Store(b.till.Newest())
	b.till.Pay(last, 0)
	end.Store(b.till.Newest())
	b.till.Type("", nil)
	open(t, b.till, 100)
	asked.Add(1)
	followers.Wait()

	sales, err := b.till.Sales(ctx, till.Query{Limit: 10000})
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(sales)) != asked.Load() {
		t.Errorf("%d sales for %d requests", len(sales), asked.Load())
	}
	for i, l := range lists {
		for _, s := range sales[2:] { // but the two that ended it
			if l[s.ID] != s.Seq {
				t.Errorf("client %d has sale %s at %d, the till at %d", i, s.ID, l[s.ID], s.Seq)
			}
		}
	}
}
