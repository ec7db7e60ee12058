package main

import (
	"cmp"
	"context"
	"fmt"
	"os/user"
	"strings"
	"time"

	"galla/printer"
)

// readyPatience is how long a slip waits for a printer that isn't ready. A slip that comes out an hour later is money
// asked twice, or a receipt in the wrong hands.
const readyPatience = time.Minute

// drawerPatience is short: a drawer that springs open when nobody stands before it is open to everybody.
const drawerPatience = 10 * time.Second

// paper is the printer as the till and the counter need it: a document in, how it ended out.
type paper struct {
	p        *printer.Printer
	profile  printer.Profile
	port     string
	shop     printer.Shop
	terminal string
	drawer   printer.Drawer
	demo     bool // of the till: a report without sales says DEMO too
}

func (p *paper) PrintOrderSlip(
	ctx context.Context,
	key string,
	d printer.OrderSlip,
	unwanted func() string,
) (printer.Status, string) {
	return p.print(ctx, key, d, unwanted)
}

func (p *paper) PrintReceipt(
	ctx context.Context,
	key string,
	d printer.Receipt,
	unwanted func() string,
) (printer.Status, string) {
	d.Cashier = person(d.Cashier)
	if d.Override != "" {
		d.Override = cmp.Or(person(d.Override), d.Override) // who declared it is never left out
	}
	return p.print(ctx, key, d, unwanted)
}

// person is who did something, as a slip names him: by name, without role. A login is looked up. A device, or a login
// that the box doesn't know, is nobody a customer knows: "".
func person(by string) string {
	role, name, found := strings.Cut(by, ":")
	switch {
	case !found:
		return by // the keypad, or a name as it is
	case role == "uid":
		u, err := user.LookupId(name)
		if err != nil {
			return ""
		}
		return u.Username
	case role == "device" || name == "loopback":
		return ""
	}
	return name
}

// print gives the printer readyPatience to become ready, and twice what the slip takes at least. unwanted may be nil.
func (p *paper) print(
	ctx context.Context,
	key string,
	d printer.Document,
	unwanted func() string,
) (printer.Status, string) {
	job, err := printer.Render(d, p.profile)
	if err != nil {
		return printer.StatusFailed, "This slip can't be printed: " + err.Error() + "."
	}
	job.Unwanted = unwanted
	patience := readyPatience + 2*job.Limit(p.profile)
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, _ := p.p.Print(within, key, job)
	if r.Status == printer.StatusFailed && within.Err() != nil && ctx.Err() == nil {
		r.Detail += fmt.Sprintf(" The slip was given up after %d s, so that it doesn't come out later: print it "+
			"again once the printer is ready.", patience/time.Second)
	}
	return r.Status, r.Detail
}

// Kick opens the cash drawer. Late it doesn't.
func (p *paper) Kick(ctx context.Context, key string) (printer.Status, string) {
	ctx, cancel := context.WithTimeout(ctx, drawerPatience)
	defer cancel()
	r, _ := p.p.Print(ctx, key, p.drawer.Kick())
	return r.Status, r.Detail
}

// condition says for the counter how the printer is: "ready", perhaps with a remark, or what is wrong, with the next
// step.
func condition(s printer.State) string {
	switch {
	case s.Condition == printer.ConditionPrinting, s.Condition == printer.ConditionReady && !s.NearEnd,
		(s.Condition == printer.ConditionUnknown || s.Condition == printer.ConditionMute) && s.Detail == "":
		// a printer that never answers
		return "ready"
	case s.Detail == "":
		return "The printer is not ready (" + string(s.Condition) + "). Switch it off and on."
	}
	return s.Detail
}
