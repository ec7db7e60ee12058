package till

import (
	"context"
	"fmt"
	"slices"
	"time"

	"galla/internal/till/request"
	"galla/internal/till/slip"
	"galla/printer"
	"galla/state"
)

// printJob is one slip, or one opening of the drawer, for the printer's goroutine.
type printJob struct {
	drawer bool
	effect state.Effect
	sale   state.Sale // as it was when it was asked for
	live   *entry     // of a slip: the sale as it is now
	fresh  bool
	told   bool      // it ended in this process, and its end could not be written down
	at     time.Time // when it was asked for, by the monotonic clock
	until  time.Time // of an order slip: the end of the sale's life, by the monotonic clock; zero: it has not begun
}

// slipPatience is how long a slip may wait behind others that themselves wait for the printer: older ones aren't begun.
const slipPatience = 2 * time.Minute

// Print asks for a slip. It returns once the job is on disk; how it ended is in the sale's prints and events.
func (t *Till) Print(ctx context.Context, r PrintRequest) (state.Sale, error) {
	if t.o.Paper == nil {
		return state.Sale{}, ErrNoPrinter
	}
	return t.write(ctx, onceKey{r.Owner, r.Key, r.Replayed}, r.SaleID, request.Fingerprint("print", r.SaleID, r.Copy),
		func(u *txn) error {
			return u.print(r.SaleID, r.Copy, r.By)
		})
}

func (u *txn) print(saleID, copy, by string) error {
	return u.apply(state.Event{Kind: state.EventPrintAsked, SaleID: saleID, By: by,
		Print: &state.Print{Key: "P" + saleID + u.t.random.Token(6), Copy: copy, By: by, Stage: state.PrintWaiting}})
}

// queuePrint hands a job to the printer's goroutine. Printing never delays a sale: when the queue is full, the job
// fails.
func (t *Till) queuePrint(f state.Effect, fresh bool) {
	x := t.sales[f.SaleID]
	j := printJob{effect: f, sale: x.sale, live: x, fresh: fresh, told: x.retry[f.Key].fails > 0, at: time.Now()}
	if !x.from.IsZero() {
		j.until = j.at.Add(x.sale.Life - x.elapsed())
	}
	select {
	case t.prints <- j:
	default:
		t.workers.Go(func() {
			t.finish(f, t.printed(f, printer.StatusFailed, "too many slips were waiting: check the "+
				"printer, then print again"))
		})
	}
}

// printer is the goroutine that prints, one slip at a time.
func (t *Till) printer() {
	for {
		select {
		case <-t.ctx.Done():
			return
		case j := <-t.prints:
			if j.drawer {
				t.kickOne(j)
				continue
			}
			t.finish(j.effect, t.guard(j.effect, func() result { return t.printOne(j) }))
		}
	}
}

func (t *Till) printOne(j printJob) result {
	if j.told {
		return t.printed(j.effect, printer.StatusUnknown, "how this slip ended could not be written down at once (a "+
			"full disk?): look at the paper, then print again if it isn't there")
	}
	if i := slices.IndexFunc(j.sale.Prints, func(p state.Print) bool { return p.Key == j.effect.Print }); !j.fresh &&
		i >= 0 {
		switch p := &j.sale.Prints[i]; {
		case p.Stage != state.PrintWaiting:
			// It was printing when gallad died. Some of it may be on paper, and a slip that comes out twice is money
			// asked twice, so a person decides.
			return t.printed(j.effect, printer.StatusUnknown, "gallad restarted while this slip was printing: look "+
				"at the paper, then print again if it isn't there")
		case t.o.Wall().Sub(p.At) > slipPatience:
			return t.printed(j.effect, printer.StatusFailed, "Nothing was printed: gallad was off while this slip "+
				"waited. Print it again if it is still wanted.")
		}
	}

	if time.Since(j.at) > slipPatience {
		return t.printed(j.effect, printer.StatusFailed,
			fmt.Sprintf("Nothing was printed: the slips before it took more than %v. Look at the printer, then "+
				"print it again if it is still wanted.", slipPatience))
	}
	s, p, why := slip.Wanted(j.live.now.Load(), j.effect.Print, j.until)
	if why != "" {
		return t.printed(j.effect, printer.StatusFailed, "Nothing was printed: "+why+".")
	}
	unwanted := func() string {
		if _, _, why := slip.Wanted(j.live.now.Load(), j.effect.Print, j.until); why != "" {
			return why
		}
		if t.begun(j.effect) != nil {
			return "that it begins could not be written down; print it again"
		}
		// the write may have waited for the disk, and the money come meanwhile
		_, _, why := slip.Wanted(j.live.now.Load(), j.effect.Print, j.until)
		return why
	}

	var status printer.Status
	var detail string
	if p.Copy == state.CopyOrder {
		status, detail = t.o.Paper.PrintOrderSlip(t.ctx, p.Key, slip.Order(s, t.o.Shop, p.N), unwanted)
	} else {
		status, detail = t.o.Paper.PrintReceipt(t.ctx, p.Key, slip.Receipt(s, t.o.Shop, p), unwanted)
	}
	return t.printed(j.effect, status, detail)
}

// begunPatience is how long a slip's first byte waits for the sales file.
const begunPatience = 5 * time.Second

// begun writes down that a slip's first byte is about to be sent. If we die before it is on disk, nothing of the slip
// is on paper, and it is printed after the restart; after it, nobody knows.
func (t *Till) begun(f state.Effect) error {
	ctx, cancel := context.WithTimeout(t.ctx, begunPatience)
	defer cancel()
	return t.send(ctx, func(u *txn) error {
		return u.applyIfChanged(state.Event{Kind: state.EventPrintBegun, SaleID: f.SaleID,
			Print: &state.Print{Key: f.Print}})
	})
}

func (t *Till) printed(f state.Effect, status printer.Status, detail string) result {
	problem := ""
	if status == printer.StatusFailed || status == printer.StatusUnknown {
		problem = fmt.Sprintf("last slip %s: %s", status, detail)
	}
	t.health.Slip(problem)
	return seen(state.Event{Kind: state.EventPrintDone, SaleID: f.SaleID,
		Print: &state.Print{Key: f.Print, Status: state.PrintStatus(status), Detail: detail}})
}
