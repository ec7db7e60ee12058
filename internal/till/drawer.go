package till

import (
	"time"

	"galla/printer"
	"galla/state"
)

// drawerPatience is how long an opening may wait behind slips: a drawer that opens later opens when nobody stands
// before it.
const drawerPatience = 10 * time.Second

// opensDrawer says whether the sale has just ended with money that goes into the drawer. A sale ends once, on disk, so
// it opens the drawer once.
func (o Options) opensDrawer(before, after state.Sale) bool {
	if o.Drawer == nil || after.Kind != state.KindCounter || before.Phase.Final() || !after.Phase.Final() {
		return false
	}
	if after.Phase == state.PhasePaid {
		return o.DrawerPaid
	}
	return after.Closing != nil && after.Closing.Reason == state.CloseOtherTender
}

// kick asks the printer's goroutine to open the drawer. It is no effect on disk: an opening lost in a crash is a key
// turned by hand, one repeated after it is an open drawer in an empty shop.
func (t *Till) kick(s state.Sale) {
	select {
	case t.prints <- printJob{drawer: true, sale: s, at: time.Now()}:
	default:
		t.o.Log.Warn("the drawer was not opened: too many slips were waiting", "sale", s.ID)
	}
}

func (t *Till) kickOne(j printJob) {
	if waited := time.Since(j.at); waited > drawerPatience {
		t.o.Log.Warn("the drawer was not opened: the slips before it took too long",
			"sale", j.sale.ID, "waited", waited)
		return
	}
	status, detail := t.o.Drawer.Kick(t.ctx, "drawer-"+j.sale.ID)
	if status != printer.StatusPrinted && status != printer.StatusSent {
		t.o.Log.Warn("the drawer may not have opened", "sale", j.sale.ID, "status", status, "detail", detail)
	}
}
