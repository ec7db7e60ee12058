package people

import (
	"fmt"
	"time"
)

// How long a sign-in lasts. A phone left lying about is nobody's after the idle time of its person's role; nobody stays
// signed in for longer than longestSession, however busy. Times go by the monotonic clock where the process has not
// been started anew.
const (
	DefaultIdle    = 15 * time.Minute // of a manager or owner (Options.Idle)
	cashierIdle    = 16 * time.Hour
	longestSession = 30 * 24 * time.Hour
)

// Ended is why a person who was signed in on a device is so no more.
type Ended string

const (
	EndedIdle Ended = "idle" // nothing was done for the idle time
	EndedOld  Ended = "old"  // 30 days have passed
)

// ended says whether the sign-in on a device is over by its age; "" is no. The role is the person's.
func (d *Directory) ended(dev device, role Role) Ended {
	now := d.Devices.now()
	idle := cashierIdle
	if role.May(Manager) {
		idle = d.idle
	}
	switch {
	case now.Sub(dev.Since) > longestSession: // also where no moment is stored: a sign-in from before sessions ended
		return EndedOld
	case now.Sub(dev.Active).Abs() > idle:
		return EndedIdle
	}
	return ""
}

// Used notes that the person on the caller's device did something. What a console asks by itself is not that.
func (d *Directory) Used(who Caller) {
	if who.Device != "" && who.Person != "" && who.Ended == "" { // what has ended is not begun anew by a request
		d.Devices.used(who.Device)
	}
}

func (d *Devices) used(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r := d.byID(id); r != nil {
		n := *r
		n.Active = d.now()
		d.byHash[n.Hash] = &n
	}
}

// note stores the moments of a device, unless a change is under way: then the next request does it. A write per request
// would wear the card.
func (d *Devices) note(id string) {
	if !d.change.TryLock() {
		return
	}
	defer d.change.Unlock()
	r, ok := d.get(id)
	if !ok {
		return
	}
	if store(d.settings, deviceKey+id, &r) != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := d.byID(id); now != nil {
		n := *now
		n.stored = r.Seen
		d.byHash[n.Hash] = &n
	}
}

// sessionOver is the refusal of a caller whose sign-in has ended.
func sessionOver(who Caller) *Refusal {
	if who.Ended == EndedOld {
		return refuse(
			SignedOut,
			fmt.Sprintf("the sign-in of %s on this device is over: it lasts 30 days at most", who.Person),
			"Enter the PIN again.",
		).as("session_old").of(who.Person)
	}
	return refuse(
		SignedOut,
		fmt.Sprintf("nothing was done on this device for a while, so %s was signed out", who.Person),
		"Enter the PIN again.",
	).as("session_ended").of(who.Person)
}
