package doctor

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"galla/internal/copies"
	"galla/internal/counter/wire"
)

// stickNote is what the card image's copies leave behind (packaging/image/files/usr/lib/galla/carry).
const stickNote = "data/stick.json"

// stick says how old the copy on the USB stick is, on the card image, where a stick is the only second place.
func (d *Doctor) stick() []wire.Check {
	if !d.image() {
		return nil
	}
	n, err := copies.ReadNote(filepath.Join(d.o.Root, stickNote))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		n = copies.Note{} // cut by the plug: the next copy writes it anew
	}
	age := d.o.Now().Sub(n.At)
	switch {
	case n.Trouble == copies.Other:
		return []wire.Check{note("stick", "other", nil)}
	case n.Trouble == copies.Room:
		return []wire.Check{note("stick", "room", nil)}
	case n.Trouble == copies.Unfit:
		return []wire.Check{note("stick", "unfit", nil)}
	case n.Trouble != "":
		return []wire.Check{note("stick", "broken", nil)}
	case n.At.IsZero():
		return []wire.Check{note("stick", "none", nil)}
	case age > staleDay:
		return []wire.Check{note("stick", "old", values{"hours_count": int(age.Hours())})}
	}
	return []wire.Check{ok("stick", "carries", values{"at_at": moment(n.At)})}
}

// power says what the kernel knows of the supply's voltage: raspberrypi-hwmon sets in0_lcrit_alarm for the two seconds
// between its looks, and Raspberry Pi's own kernel hands on the firmware's word too, with bit 0 for now and bit 16 for
// since the start (https://www.raspberrypi.com/documentation/computers/os.html#get_throttled). A board whose kernel
// knows neither has no such check.
func (d *Doctor) power() []wire.Check {
	now, was := false, false
	chips, _ := filepath.Glob(filepath.Join(d.o.Root, "sys/class/hwmon/hwmon*/name")) // the pattern is good
	for _, chip := range chips {
		if word(chip) != "rpi_volt" {
			continue
		}
		alarms, _ := filepath.Glob(filepath.Join(filepath.Dir(chip), "in*_lcrit_alarm"))
		now = now || slices.ContainsFunc(alarms, func(path string) bool { return word(path) == "1" })
	}
	raw := word(filepath.Join(d.o.Root, "sys/devices/platform/soc/soc:firmware/get_throttled"))
	if bits, err := strconv.ParseUint(strings.TrimPrefix(raw, "0x"), 16, 32); err == nil {
		now, was = now || bits&1 != 0, bits&(1<<16) != 0
	}

	d.mu.Lock()
	defer d.mu.Unlock()
	d.weak = d.weak || now || was
	switch {
	case now:
		return []wire.Check{bad("power", "low", nil)}
	case d.weak:
		return []wire.Check{note("power", "was", nil)}
	}
	return nil
}

// memory says that no memory is counted for units, as where Raspberry Pi OS starts its kernel with
// cgroup_disable=memory.
func (d *Doctor) memory() []wire.Check {
	raw := word(filepath.Join(d.o.Root, "sys/fs/cgroup/cgroup.controllers"))
	if raw == "" || slices.Contains(strings.Fields(raw), "memory") {
		return nil
	}
	return []wire.Check{note("memory", "unbound", nil)}
}

// outputs says that more than one monitor is plugged in: the customer's picture may be on the wrong one.
func (d *Doctor) outputs() []wire.Check {
	if d.o.Display == nil {
		return nil
	}
	states, _ := filepath.Glob(filepath.Join(d.o.Root, "sys/class/drm/card*-*/status")) // the pattern is good
	var on []string
	for _, path := range states {
		if word(path) == "connected" {
			_, name, _ := strings.Cut(filepath.Base(filepath.Dir(path)), "-")
			on = append(on, name)
		}
	}
	if len(on) < 2 {
		return nil
	}
	slices.Sort(on)
	return []wire.Check{note("display", "outputs", values{"what": strings.Join(on, ", ")})}
}

// gone are gateways that are no longer set up while money may still come for their orders.
func (d *Doctor) gone() (all []wire.Check) {
	if d.o.Gone == nil {
		return nil
	}
	for _, name := range d.o.Gone() {
		all = append(all, bad("gateway", "gone", values{"gateway": name}))
	}
	return all
}

// word is the content of a small file, without spaces around it; "" where it can't be read.
func word(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(raw))
}
