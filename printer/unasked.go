package printer

import (
	"strings"

	"galla/printer/port"
)

// Unasked are printers that must not be asked how they are, by the words of their USB ids and IEEE 1284 ids.
//
// SAM4s (Ellix, Giant, GCube): one broke down whenever its status was read, and printed otherwise (a shop's report,
// findings/paper.md 8; no page of the maker says so). Odoo's network printers print without the status that its driver
// reads by default (itpp-labs/pos-addons, hw_printer_network: "comment out driver.push_task('printstatus')").
var Unasked = []string{"sam4s", "shin heung", "ellix"}

// unasked tells whether the printer at a port is one of Unasked, by what sysfs says of it. On a line without USB nobody
// knows: there the profile silent80 says it.
func unasked(name string) (model string, never bool) {
	for _, f := range port.List("/") {
		if f.Port == name || f.Device == name || "usb:"+f.Device == name {
			return called(f), isUnasked(f)
		}
	}
	return "", false
}

func isUnasked(f port.Found) bool {
	words := strings.ToLower(strings.Join([]string{f.Maker, f.Model, f.ID.Maker, f.ID.Model, f.ID.Text}, " "))
	for _, u := range Unasked {
		if strings.Contains(words, u) {
			return true
		}
	}
	return false
}
