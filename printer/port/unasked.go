package port

import (
	"cmp"
	"slices"
	"strings"
)

// unasked are printers that must not be asked how they are, by the words of their USB ids and IEEE 1284 ids.
//
// SAM4s (Ellix, Giant, GCube): one broke down whenever its status was read, and printed otherwise (a shop's report,
// findings/paper.md 8; no page of the maker says so). Odoo's network printers print without the status that its driver
// reads by default (itpp-labs/pos-addons, hw_printer_network: "comment out driver.push_task('printstatus')").
var unasked = []string{"sam4s", "shin heung", "ellix"}

// Unasked tells whether the printer at a port must not be asked how it is, by what sysfs says of it. On a line without
// USB nobody knows: there the profile silent80 says it.
func Unasked(name string) bool {
	for _, f := range List("/") {
		if f.Port == name || f.Device == name || "usb:"+f.Device == name {
			return f.Unasked()
		}
	}
	return false
}

// Unasked tells whether this printer must not be asked how it is.
func (f Found) Unasked() bool {
	words := strings.ToLower(strings.Join([]string{f.Maker, f.Model, f.ID.Maker, f.ID.Model, f.ID.Text}, " "))
	return slices.ContainsFunc(unasked, func(u string) bool { return strings.Contains(words, u) })
}

// Name is what the kernel knows the printer calls itself; empty where nothing is known.
func (f Found) Name() string {
	name := strings.TrimSpace(f.ID.Maker + " " + f.ID.Model)
	name = cmp.Or(name, f.ID.Text, strings.TrimSpace(f.Maker+" "+f.Model))
	if maker, model, ok := strings.Cut(name, " "); ok &&
		strings.HasPrefix(strings.ToLower(model), strings.ToLower(maker)+" ") {
		name = model // "EPSON EPSON TM-T82"
	}
	return name
}
