package port

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// Kind is a cause people meet, each with its own remedy.
type Kind string

const (
	KindMissing     Kind = "missing"     // no such device: not plugged in, or named by a number that changed
	KindPermission  Kind = "permission"  // not in the device's group
	KindBusy        Kind = "busy"        // another program, or another host, holds it
	KindNotSerial   Kind = "not_serial"  // opened, but no tty: usblp, a file
	KindNotPrinter  Kind = "not_printer" // opened, but no device of usblp
	KindConsole     Kind = "console"     // a login or boot console runs on it
	KindAmbiguous   Kind = "ambiguous"   // several printers have the ids
	KindName        Kind = "name"        // the network doesn't know the name
	KindUnreachable Kind = "unreachable" // nothing answers at the address
	KindRefused     Kind = "refused"     // something answers, and takes no print data there
	KindOther       Kind = "other"
)

// Error says why a line can't be opened and what to do about it.
type Error struct {
	Means Means
	Name  string // as configured
	Path  string // what it resolved to; the same as Name when it didn't
	Kind  Kind
	Err   error
}

func (e *Error) Error() string {
	at := e.Name
	if e.Path != e.Name && e.Path != "" && !strings.HasSuffix(e.Name, e.Path) && e.Name+":9100" != "tcp:"+e.Path {
		at = fmt.Sprintf("%s (%s)", e.Name, e.Path)
	}
	return fmt.Sprintf("printer port %s: %v: %s", at, e.Err, e.Remedy())
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Remedy is the next step, for an operator.
func (e *Error) Remedy() string {
	switch e.Means {
	case USB:
		return e.remedyUSB()
	case TCP:
		return e.remedyTCP()
	}
	switch e.Kind {
	case KindMissing:
		return "plug the printer in and switch it on; name it by its link in /dev/serial/by-id (or by-path), " +
			"because ttyUSB and ttyACM numbers change; galla printer find lists what is there"
	case KindPermission:
		return "add the user of the service to the group dialout (SupplementaryGroups=dialout) and allow the device " +
			"in the unit (DeviceAllow=char-ttyUSB rw and the like)"
	case KindBusy:
		return "another program holds it: ModemManager tries every new port for 10 s (install the udev rule with " +
			"ID_MM_DEVICE_IGNORE=1, or remove it), brltty takes CH340 and CP210x; or a second gallad is running"
	case KindNotSerial:
		if strings.Contains(e.Path, "/lp") {
			return "this is a USB printer, no serial line: write usb:" + e.Path
		}
		return "this is not a serial line: give the name of a tty, such as " +
			"/dev/serial/by-id/…, /dev/ttyACM0 or /dev/serial0"
	case KindConsole:
		return fmt.Sprintf("remove console=%s (or serial0) from the kernel command line and disable serial-getty@%s, "+
			"or boot messages are printed on paper", strings.TrimPrefix(e.Path, "/dev/"), filepath.Base(e.Path))
	}
	return "unplug it and plug it in again; if that doesn't help, see the kernel's messages (dmesg)"
}

func (e *Error) remedyUSB() string {
	switch e.Kind {
	case KindMissing:
		return "plug the printer in and switch it on; galla printer find lists the USB printers. One that isn't " +
			"listed is a serial line (look in /dev/serial/by-id), or CUPS has taken it from the kernel's usblp " +
			"driver: remove CUPS or its queue for it"
	case KindPermission:
		return "add the user of the service to the group lp (SupplementaryGroups=lp) and allow the device in the " +
			"unit (DeviceAllow=char-usb rw)"
	case KindBusy:
		return "another program holds it: a CUPS queue of this printer (lpstat -v; lpadmin -x NAME removes it), or " +
			"a second gallad"
	case KindNotPrinter:
		return "this is no USB printer: galla printer find lists them; a serial line is named by its device alone, " +
			"such as /dev/serial/by-id/…"
	case KindAmbiguous:
		return "add the serial number, usb:VID:PID:SERIAL, or name the device, as galla printer find shows it"
	}
	return "switch the printer off and on; if that doesn't help, see the kernel's messages (dmesg)"
}

func (e *Error) remedyTCP() string {
	switch e.Kind {
	case KindName:
		return "the network doesn't know this name: give the printer's address, which its own self-test slip names " +
			"(hold FEED while switching it on), and have the router always give it the same one"
	case KindUnreachable:
		return "check that the printer is on, its network cable or Wi-Fi, and that this is its address: its own " +
			"self-test slip names it (hold FEED while switching it on)"
	case KindRefused:
		return "something else may be printing on it, for it serves one host at a time; if it stays so, this " +
			"address is no printer's, or its raw port is not 9100"
	case KindBusy:
		return "another host is printing on it: it serves one at a time"
	}
	return "check the printer's network cable and the address; its own self-test slip names it (hold FEED while " +
		"switching it on)"
}

// explain finds the kind of an error of open(2), connect(2), an ioctl or the serial library. The library reports a
// missing device as a bare ENOENT, a device that is no tty as "invalid serial port", and its PortError unwraps to
// nothing.
func explain(means Means, name, path string, err error) error {
	e := &Error{Means: means, Name: name, Path: path, Kind: KindOther, Err: err}
	var code serial.PortErrorCode = -1
	if pe, ok := errors.AsType[*serial.PortError](err); ok {
		code = pe.Code()
	}
	dns, unnamed := errors.AsType[*net.DNSError](err)
	switch {
	case unnamed && !dns.IsTimeout:
		e.Kind = KindName
	case errors.Is(err, unix.ECONNREFUSED):
		e.Kind = KindRefused
	case errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, os.ErrDeadlineExceeded),
		errors.Is(err, unix.EHOSTUNREACH),
		errors.Is(err, unix.ENETUNREACH),
		errors.Is(err, unix.EHOSTDOWN),
		errors.Is(err, unix.ETIMEDOUT),
		unnamed:
		e.Kind = KindUnreachable
	case errors.Is(err, fs.ErrNotExist),
		errors.Is(err, unix.ENXIO),
		errors.Is(err, unix.ENODEV),
		code == serial.PortNotFound:
		e.Kind = KindMissing
	case errors.Is(err, fs.ErrPermission), code == serial.PermissionDenied:
		e.Kind = KindPermission
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.ECONNRESET), code == serial.PortBusy:
		e.Kind = KindBusy
	case means == USB && (errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EISDIR)):
		e.Kind = KindNotPrinter
	case errors.Is(err, unix.ENOTTY),
		errors.Is(err, unix.EISDIR),
		errors.Is(err, unix.EINVAL),
		code == serial.InvalidSerialPort:
		e.Kind = KindNotSerial
	}

	if _, ok := errors.AsType[*os.PathError](err); ok {
		e.Err = errors.Unwrap(err) // the path is in our own text already
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		e.Err = op.Err
	}
	return e
}

// console tells whether the kernel's messages go to the tty at path: they would be printed on receipts.
func console(path string) bool {
	active, err := os.ReadFile("/sys/class/tty/console/active")
	return err == nil && isConsole(string(active), path)
}

// isConsole looks for path in the kernel's list, such as "tty0 ttyS0".
func isConsole(active, path string) bool {
	return slices.Contains(strings.Fields(active), strings.TrimPrefix(path, "/dev/"))
}
