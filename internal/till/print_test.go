package till

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"galla/gateway"
	"galla/printer"
	"galla/state"
)

// TestOldSlipsAreNotBegun: slips that wait behind others for a printer that isn't ready are given up one after the
// other, not one minute each.
func TestOldSlipsAreNotBegun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.paper = &paper{keys: map[string]int{}, status: printer.StatusFailed, block: time.Minute}
		s.tune = func(o *Options) { o.PrintOrder = true }
		s.start()
		defer s.end()
		var ids []string
		for range 5 {
			ids = append(ids, s.open(100).ID)
		}
		synctest.Wait()
		time.Sleep(3*time.Minute + time.Second)
		begun := 0
		for _, id := range ids {
			sale := s.after(0, id)
			if len(sale.Prints) != 1 || sale.Prints[0].Status != "failed" {
				t.Fatalf("%s: %+v", id, sale.Prints)
			}
			if begun += s.paper.keys[sale.Prints[0].Key]; s.paper.keys[sale.Prints[0].Key] == 0 &&
				!strings.Contains(sale.Prints[0].Detail, "print it again if it is still wanted") {
				t.Errorf("%s: %q", id, sale.Prints[0].Detail)
			}
		}
		if begun != 3 {
			t.Errorf("%d slips were begun, want those of the first two minutes", begun)
		}
	})
}

// TestPrinterInHealth: what the printer says of itself counts more than how the last slip ended, and the customer sees
// none of it.
func TestPrinterInHealth(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.paper = &paper{keys: map[string]int{}, status: printer.StatusFailed}
		s.tune = func(o *Options) { o.PrintOrder = true }
		s.start()
		defer s.end()
		s.till.Printer("ready")
		id := s.open(100).ID
		s.after(time.Second, id)
		views := s.glass.seq()
		if h := s.till.Health(); h.Printer != "last slip failed: " {
			t.Errorf("after a failed slip: %q", h.Printer)
		}
		const out = "The printer is out of paper. Put in a new roll and close the cover."
		s.till.Printer(out)
		if h := s.till.Health(); h.Printer != out {
			t.Errorf("out of paper: %q", h.Printer)
		}
		s.paper.status = printer.StatusPrinted
		s.till.Printer("ready")
		s.till.Print(context.Background(), PrintRequest{Key: "k", SaleID: id, Copy: "order"})
		synctest.Wait()
		if h := s.till.Health(); h.Printer != "ready" {
			t.Errorf("after a good slip: %q", h.Printer)
		}
		if n := s.glass.seq(); n != views {
			t.Errorf("the customer's screen was drawn %d times for the printer", n-views)
		}
	})
}

// drawer counts how often each key opened it.
type drawer map[string]int

func (d drawer) Kick(_ context.Context, key string) (printer.Status, string) {
	d[key]++
	return printer.StatusSent, ""
}

// TestDrawer: by policy, once per sale, not for sales that ended without money, and not again after a restart.
func TestDrawer(t *testing.T) {
	for _, paid := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			s, d := newShop(t, "a"), drawer{}
			s.tune = func(o *Options) { o.Drawer, o.DrawerPaid = d, paid }
			s.start()
			var ids []string
			for range 3 {
				ids = append(ids, s.open(100).ID)
				synctest.Wait()
			}
			s.gateways[0].pay(s.after(0, ids[2]).Attempts[0].Ref, gateway.PaymentCaptured, 0)
			s.want(30*time.Second, ids[2], state.PhasePaid, state.TenderExact)
			for i, r := range []state.CloseReason{state.CloseOtherTender, state.CloseCancelled} {
				_, err := s.till.Cancel(context.Background(), CancelRequest{Key: ids[i], SaleID: ids[i], Reason: r})
				if err != nil {
					t.Fatal(err)
				}
			}
			s.after(time.Minute, ids[0])
			want := 1
			if paid {
				want = 2
			}
			check := func(when string) {
				if len(d) != want || d["drawer-"+ids[0]] != 1 || paid && d["drawer-"+ids[2]] != 1 {
					t.Errorf("%s, paid %v: opened %v for sales %v", when, paid, d, ids)
				}
			}
			check("at the counter")
			if err := s.end(); err != nil {
				t.Fatal(err)
			}
			s.start()
			defer s.end()
			s.after(time.Minute, ids[0])
			check("after a restart")
		})
	}
}

// TestNoPrinter: without a printer nothing is written down that would wait for one.
func TestNoPrinter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a")
		s.tune = func(o *Options) { o.Paper = nil }
		s.start()
		defer s.end()
		_, err := s.till.Open(t.Context(), OpenRequest{Key: "k", Amount: 100, Print: true, By: "test"})
		if !errors.Is(err, ErrNoPrinter) {
			t.Errorf("a sale with a slip: %v", err)
		}
		sale := s.open(25000)
		if _, err := s.till.Print(t.Context(), PrintRequest{SaleID: sale.ID, Copy: "order", By: "test"}); !errors.Is(
			err,
			ErrNoPrinter,
		) {
			t.Errorf("a slip: %v", err)
		}
	})
}

// TestEndOfSlipIsRefused: a slip whose end a full disk took no word of isn't printed again, and isn't said to be of
// before a restart.
func TestEndOfSlipIsRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var full atomic.Bool
		s := refusing(t, func(b state.Batch) bool {
			return full.Load() && len(b.Events) > 0 && b.Events[0].Kind == state.EventPrintDone
		})
		s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted}
		s.start()
		defer s.end()
		sale := s.open(25000)
		s.after(2*time.Second, sale.ID)
		full.Store(true)
		if _, err := s.till.Print(t.Context(), PrintRequest{SaleID: sale.ID, Copy: "order", By: "test"}); err != nil {
			t.Fatal(err)
		}
		sale = s.after(10*time.Second, sale.ID)
		if p := sale.Prints[0]; p.Status != "" {
			t.Fatalf("while the disk is full: %+v", p)
		}
		full.Store(false)
		sale = s.after(time.Minute, sale.ID)
		if p := sale.Prints[0]; string(p.Status) != "unknown" ||
			!strings.Contains(p.Detail, "could not be written down") ||
			strings.Contains(p.Detail, "restarted") ||
			s.paper.keys[p.Key] != 1 {
			t.Errorf("%+v, printed %d times", p, s.paper.keys[p.Key])
		}
	})
}

// TestSlipsOverARestart: a slip of which no byte was sent when gallad died is printed after the restart, once, unless
// that took too long; one that had begun is unknown, and a person looks at the paper. A byte is sent only after it is
// on disk that it is.
func TestSlipsOverARestart(t *testing.T) {
	for name, c := range map[string]struct {
		block, jam, off time.Duration
		full            bool
		status, words   string
		printed         int
	}{
		"waiting":            {block: time.Hour, status: "printed", printed: 1},
		"begun":              {jam: time.Hour, status: "unknown", words: "restarted while this slip was printing"},
		"waiting, and late":  {block: time.Hour, off: 10 * time.Minute, status: "failed", words: "gallad was off"},
		"could not be begun": {full: true, status: "failed", words: "could not be written down"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				s := refusing(t, func(b state.Batch) bool {
					return c.full && len(b.Events) > 0 && b.Events[0].Kind == state.EventPrintBegun
				})
				s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted, block: c.block, jam: c.jam}
				s.start()
				sale := s.open(25000)
				s.want(2*time.Second, sale.ID, state.PhaseAwaiting, state.TenderNone)
				_, err := s.till.Print(t.Context(), PrintRequest{SaleID: sale.ID, Copy: "order", By: "test"})
				if err != nil {
					t.Fatal(err)
				}
				s.after(10*time.Second, sale.ID)
				if err := s.end(); err != nil {
					t.Fatal(err)
				}
				s.paper.block, s.paper.jam = 0, 0
				time.Sleep(c.off)
				s.start()
				defer s.end()
				sale = s.after(10*time.Second, sale.ID)
				if p := sale.Prints[0]; string(p.Status) != c.status || !strings.Contains(p.Detail, c.words) ||
					s.paper.keys[p.Key] != c.printed {
					t.Errorf("%+v, printed %d times", p, s.paper.keys[p.Key])
				}
			})
		})
	}
}

// TestSlipOfASalePaidMeanwhile: a slip's beginning waits behind the write that says that its sale is paid. It is not
// printed then.
func TestSlipOfASalePaidMeanwhile(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := refusing(t, func(b state.Batch) bool {
			for _, e := range b.Events {
				if e.Reading != nil && len(e.Reading.Payments) > 0 && e.Reading.Payments[0].Received() {
					time.Sleep(4 * time.Second) // a slow disk
				}
			}
			return false
		})
		s.paper = &paper{keys: map[string]int{}, status: printer.StatusPrinted, block: 5 * time.Second}
		s.start()
		defer s.end()
		sale := s.open(25000)
		sale = s.want(2*time.Second, sale.ID, state.PhaseAwaiting, state.TenderNone)
		if _, err := s.till.Print(t.Context(), PrintRequest{SaleID: sale.ID, Copy: "order", By: "test"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		s.gateways[0].pay("", gateway.PaymentCaptured, 0)
		s.till.Hint("a", sale.Shown().Ref) // the next poll alone may come after the slip has begun
		sale = s.after(30*time.Second, sale.ID)
		if p := sale.Prints[0]; sale.Phase != state.PhasePaid || string(p.Status) != "failed" ||
			s.paper.keys[p.Key] != 0 {
			t.Errorf("%s, %+v, printed %d times", sale.Phase, p, s.paper.keys[p.Key])
		}
	})
}
