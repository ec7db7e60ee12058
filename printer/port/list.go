package port

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Found is a line that a printer may hang on, as the kernel knows it. Nothing was opened to find it.
type Found struct {
	Means           Means
	Port            string // what [printer] port is to say: the name that stays the same
	Device          string // of a tty or of usblp, such as /dev/usb/lp0
	Vendor, Product string // USB ids, four hexadecimal digits; empty on a serial line without USB
	SerialNumber    string
	Maker, Model    string   // of the USB device, in its own words
	ID              DeviceID // of a USB printer
}

// List finds USB printers and serial lines, the likeliest first. root is "/". Network printers aren't listed:
// Neighbours looks for them.
func List(root string) []Found {
	out := usbPrinters(root)
	named := map[string]bool{}
	for _, pattern := range []string{"dev/galla-printer*", "dev/serial/by-id/*", "dev/serial/by-path/*", "dev/ttyUSB*",
		"dev/ttyACM*", "dev/serial0"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			continue // only a malformed pattern, and none is
		}
		slices.Sort(found)
		for _, name := range found {
			device, err := filepath.EvalSymlinks(name)
			if err != nil || named[device] || strings.HasPrefix(filepath.Base(device), "lp") {
				continue
			}
			named[device] = true
			f := Found{Means: Serial, Port: name, Device: device}
			f.usb(root)
			out = append(out, f)
		}
	}
	return out
}

// usb adds what sysfs says of the USB device behind a tty.
func (f *Found) usb(root string) {
	dir, err := filepath.EvalSymlinks(filepath.Join(root, "sys/class/tty", filepath.Base(f.Device), "device"))
	if err != nil {
		return // a tty of the board, or unplugged between the two looks
	}
	for range 4 { // ttyUSB0's device is the port of an interface of the USB device; ttyACM0's is the interface
		if _, err := os.Stat(filepath.Join(dir, "idVendor")); err == nil {
			f.Vendor, f.Product = attribute(dir, "idVendor"), attribute(dir, "idProduct")
			f.SerialNumber = attribute(dir, "serial")
			f.Maker, f.Model = attribute(dir, "manufacturer"), attribute(dir, "product")
			return
		}
		dir = filepath.Dir(dir)
	}
}
