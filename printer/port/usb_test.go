package port

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// device makes one USB printer in a sysfs of the test's own, as Linux 6 lays it out.
func device(t *testing.T, root, lp, bus string, attributes map[string]string) {
	t.Helper()
	dir := filepath.Join(root, "sys/devices/usb1", bus)
	in := filepath.Join(dir, bus+":1.0")
	class := filepath.Join(root, "sys/class/usbmisc")
	if err := errors.Join(
		os.MkdirAll(filepath.Join(in, "usbmisc", lp), 0o755),
		os.MkdirAll(class, 0o755),
		os.Symlink(in, filepath.Join(in, "usbmisc", lp, "device")),
		os.Symlink(filepath.Join(in, "usbmisc", lp), filepath.Join(class, lp)),
	); err != nil {
		t.Fatal(err)
	}
	for name, text := range attributes {
		at := dir
		if name == "ieee1284_id" {
			at = in
		}
		if err := os.WriteFile(filepath.Join(at, name), []byte(text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestList finds USB printers by sysfs with the name that stays the same, and serial lines beside them.
func TestList(t *testing.T) {
	root := t.TempDir()
	device(t, root, "lp0", "1-1", map[string]string{
		"idVendor":     "04b8",
		"idProduct":    "0e03",
		"serial":       "J5TF",
		"manufacturer": "EPSON",
		"product":      "TM-T82",
		"ieee1284_id":  "MFG:EPSON;CMD:ESC/POS;MDL:TM-T82;CLS:PRINTER;",
	})
	device(t, root, "lp1", "1-2", map[string]string{"idVendor": "0416", "idProduct": "5011", "serial": "1"})
	device(t, root, "lp2", "1-3", map[string]string{"idVendor": "0416", "idProduct": "5011", "serial": "2"})
	device(t, root, "lp3", "1-4", map[string]string{"idVendor": "0fe6", "idProduct": "811e"})
	device(t, root, "lp4", "1-5", map[string]string{"idVendor": "0fe6", "idProduct": "811e"})
	tty := filepath.Join(root, "dev/ttyACM0")
	if err := errors.Join(os.MkdirAll(filepath.Join(root, "dev/serial/by-id"), 0o755), os.WriteFile(tty, nil, 0o600),
		os.Symlink(tty, filepath.Join(root, "dev/serial/by-id/usb-ICT_GP-58-if00"))); err != nil {
		t.Fatal(err)
	}
	var ports []string
	all := List(root)
	for _, f := range all {
		ports = append(ports, f.Port)
	}
	want := []string{
		"usb:04b8:0e03",
		"usb:0416:5011:1",
		"usb:0416:5011:2",
		"usb:/dev/usb/lp3",
		"usb:/dev/usb/lp4",
		filepath.Join(root, "dev/serial/by-id/usb-ICT_GP-58-if00"),
	}
	if got := strings.Join(ports, " "); got != strings.Join(want, " ") {
		t.Errorf("found %s", got)
	}
	if id := all[0].ID; id.Maker != "EPSON" || id.Model != "TM-T82" || all[0].Maker != "EPSON" ||
		all[0].SerialNumber != "J5TF" {
		t.Errorf("%+v", all[0])
	}

	usb := usbPrinters(root)
	for text, want := range map[string]Kind{"usb:04b8:0202": KindMissing, "usb:0416:5011": KindAmbiguous,
		"usb:0416:5011:3": KindMissing} {
		a, _ := Parse(text)
		_, err := match(usb, a)
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != want || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
	a, _ := Parse("usb:0416:5011:2")
	if f, err := match(usb, a); err != nil || f.Device != "/dev/usb/lp2" {
		t.Errorf("%+v, %v", f, err)
	}
}

// TestUSBErrors are the ways in which a USB printer can't be opened, each with what to do about it.
func TestUSBErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lp")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]struct {
		kind Kind
		says string
	}{"usb:/dev/usb/lp99": {KindMissing, "galla printer find"}, "usb:" + file: {KindNotPrinter, "no USB printer"},
		"usb:/dev/null": {KindNotPrinter, "no USB printer"}, "usb:fffe:fffe": {KindMissing, "CUPS"}} {
		_, err := Open(name, 0, "")
		if e, ok := errors.AsType[*Error](err); !ok || e.Kind != want.kind ||
			!strings.Contains(err.Error(), want.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for err, want := range map[error]string{unix.EBUSY: "lpstat -v", unix.EACCES: "SupplementaryGroups=lp",
		unix.EIO: "switch the printer off and on", unix.ENODEV: "plug the printer in"} {
		if e := explain(USB, "usb:04b8:0e03", "/dev/usb/lp0", err); !strings.Contains(e.Error(), want) ||
			!strings.Contains(e.Error(), "/dev/usb/lp0") {
			t.Errorf("%v: %v", err, e)
		}
	}
}

// TestSignals reads the port status of the printer class.
func TestSignals(t *testing.T) {
	for status, want := range map[byte]Signals{
		0x18: {Known: true}, 0x38: {Known: true, PaperOut: true},
		0x08: {Known: true, Offline: true}, 0x10: {Known: true, Error: true},
		0x30: {Known: true, PaperOut: true, Error: true}, 0x00: {}, 0xFF: {}, 0x01: {},
	} {
		if got := signals(status); got != want {
			t.Errorf("%#02x: %+v", status, got)
		}
	}
}
