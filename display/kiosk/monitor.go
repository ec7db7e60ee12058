//lint:file-ignore SA1019 the one loop mode that neither burns a core nor loses an update is marked deprecated and works in v2.10.0, which is pinned (display.md §2.2)

package kiosk

import (
	"fmt"
	"strings"

	"github.com/hajimehoshi/ebiten/v2"
)

// monitors keeps the window on the wanted monitor. X and ebiten move it to another one when the wanted one is unplugged, and
// do not move it back (reference/display.md §8); the other one is the cashier's.
type monitors struct {
	want    string // RandR name; empty: the first
	last    string // names and sizes when last looked at
	settle  bool   // the next look makes the window full-screen again
	problem string // why nothing may be shown; empty: the window is where it belongs
}

// find returns the wanted monitor, or nil, and a description of all there are.
func (m *monitors) find() (wanted *ebiten.MonitorType, all string) {
	var b strings.Builder
	for i, mon := range ebiten.AppendMonitors(nil) {
		w, h := mon.Size()
		fmt.Fprintf(&b, "%s %dx%d, ", mon.Name(), w, h)
		if wanted == nil && (m.want == mon.Name() || m.want == "" && i == 0) {
			wanted = mon
		}
	}
	return wanted, strings.TrimSuffix(b.String(), ", ")
}

// place chooses the monitor before the window exists. Without the wanted one the window stays hidden.
func (m *monitors) place() {
	mon, all := m.find()
	m.last = all
	if mon == nil {
		m.missing(all)
		return
	}
	ebiten.SetMonitor(mon)
	ebiten.SetFullscreen(true)
}

// watch looks for changes. It is called once per frame; a change of the monitors is an X event and so makes a frame.
func (m *monitors) watch() (changed bool) {
	mon, all := m.find()
	if m.settle && mon != nil {
		m.settle = false
		ebiten.SetFullscreen(true)
		ebiten.SetWindowVisible(true)
		ebiten.ScheduleFrame()
	}
	if all == m.last {
		return false
	}
	m.last = all
	switch {
	case mon == nil:
		// With no monitor at all nothing may be asked of RandR: leaving full screen then ends in an X error (§6).
		m.missing(all)
	default:
		m.problem = ""
		ebiten.SetFullscreen(false)
		ebiten.SetMonitor(mon)
		m.settle = true // full screen must be asked for in a later frame than the move
		ebiten.ScheduleFrame()
	}
	return true
}

func (m *monitors) missing(all string) {
	m.problem = fmt.Sprintf("monitor %q is not connected", m.want)
	if all == "" {
		m.problem = "no monitor is connected"
		return
	}
	m.problem += " (there is " + all + ")"
	ebiten.SetWindowVisible(false)
}
