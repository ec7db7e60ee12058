//go:build rig

package rig

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"galla/printer"
	"galla/printer/port"
	"galla/printer/printertest"
)

// gadget is a USB printer made by the kernel's usb_f_printer (Documentation/usb/gadget_printer.rst): its host's end is
// usblp's /dev/usb/lp0, its own /dev/g_printer0.
const gadget = "/sys/kernel/config/usb_gadget/printer"

// setStatus is GADGET_SET_PRINTER_STATUS, _IOWR('g', 0x22, unsigned char); the status is the argument itself.
const setStatus = 0xC0016722

// makeGadget describes the printer; bind plugs it in.
func makeGadget(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(gadget); err == nil {
		return
	}
	for _, dir := range []string{"", "strings/0x409", "configs/c.1", "configs/c.1/strings/0x409",
		"functions/printer.0"} {
		if err := os.Mkdir(filepath.Join(gadget, dir), 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"idVendor": "0x04b8", "idProduct": "0x0e03",
		"strings/0x409/serialnumber": "PRN0001", "strings/0x409/manufacturer": "EPSON",
		"strings/0x409/product":          "TM-T82II",
		"functions/printer.0/pnp_string": "MFG:EPSON;CMD:ESC/POS;MDL:TM-T82II;CLS:PRINTER;",
		"functions/printer.0/q_len":      "2"} {
		write(t, filepath.Join(gadget, name), text)
	}
	err := os.Symlink(filepath.Join(gadget, "functions/printer.0"), filepath.Join(gadget, "configs/c.1/printer.0"))
	if err != nil {
		t.Fatal(err)
	}
}

func bind(t *testing.T) *os.File {
	t.Helper()
	write(t, filepath.Join(gadget, "UDC"), "dummy_udc.0")
	if device := appears(t, "/dev/usb/lp*"); device != "/dev/usb/lp0" {
		t.Errorf("the printer came back as %s: its old descriptor was still held", device)
	}
	appears(t, "/dev/g_printer0")
	far, err := os.OpenFile("/dev/g_printer0", os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	return far
}

func unbind(t *testing.T, far *os.File) {
	t.Helper()
	far.Close()
	if err := os.WriteFile(filepath.Join(gadget, "UDC"), []byte("\n"), 0); err != nil {
		t.Errorf("unplugging: %v", err)
	}
}

// TestUSBLP prints, is unplugged in mid-job with the bus held, comes back as lp0, prints again, and stops in mid-job.
func TestUSBLP(t *testing.T) {
	makeGadget(t)
	v := virtual()
	var far *os.File
	printsAndSurvives(t, v, "usb:04b8:0e03:PRN0001", true, func() {
		far = bind(t)
		v.Attach(far)
	}, func() { unbind(t, far) })

	found := port.List("/")
	if len(found) == 0 || found[0].Port != "usb:04b8:0e03" || found[0].ID.Model != "TM-T82II" ||
		found[0].SerialNumber != "PRN0001" {
		t.Errorf("found %+v", found)
	}
	unbind(t, far)
}

// TestUSBLPSignals: the status that the printer class has, without a byte of ESC/POS.
func TestUSBLPSignals(t *testing.T) {
	makeGadget(t)
	far := bind(t)
	defer func() { unbind(t, far) }()
	raw, err := far.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	status := func(s uintptr) {
		raw.Control(func(fd uintptr) {
			if _, _, err := unix.Syscall(unix.SYS_IOCTL, fd, setStatus, s); err != 0 {
				t.Errorf("set the status: %v", err)
			}
		})
	}
	m := printertest.Strict(384)
	m.Baud, m.DotTime, m.Status, m.GSH, m.GSr = 1_000_000, 20*time.Microsecond, false, false, false
	v := printertest.New(m)
	v.Attach(far)
	status(0x38) // paper empty, selected, no error
	r := run(t, "usb:/dev/usb/lp0", profile(t, "generic58"))
	r.until(printer.ConditionPaperOut)

	// A second owner is told so.
	if _, err := port.Open("usb:04b8:0e03", 0, ""); err == nil ||
		!strings.Contains(err.Error(), "another program holds it") {
		t.Errorf("a second owner: %v", err)
	}

	end := make(chan printer.Result, 1)
	go func() { end <- r.print("waits", receipt(t, profile(t, "generic58"))) }()
	time.Sleep(3 * time.Second)
	if n := v.Received(); n > 5000 { // what frees it after a start, no slip
		t.Errorf("%d bytes without paper", n)
	}
	status(0x18)
	if got := <-end; got.Status != printer.StatusSent {
		t.Errorf("%+v", got)
	}
	status(0x08)
	r.until(printer.ConditionOffline)
	status(0x10)
	r.until(printer.ConditionError)
	status(0x18)
	r.until(printer.ConditionReady)
	r.stop()
}
