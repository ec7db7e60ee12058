package port

import (
	"errors"
	"fmt"
	"io/fs"
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
	KindMissing    Kind = "missing"    // no such device: not plugged in, or named by a number that changed
	KindPermission Kind = "permission" // not in group dialout
	KindBusy       Kind = "busy"       // another program holds it
	KindNotSerial  Kind = "not_serial" // opened, but no tty: usblp, a file
	KindConsole    Kind = "console"    // a login or boot console runs on it
	KindOther      Kind = "other"
)

// Error says why a line can't be opened and what to do about it.
type Error struct {
	Name string // as configured
	Path string // what it resolved to; the same as Name when it didn't
	Kind Kind
	Err  error
}

func (e *Error) Error() string {
	at := e.Name
	if e.Path != e.Name {
		at = fmt.Sprintf("%s (%s)", e.Name, e.Path)
	}
	return fmt.Sprintf("printer port %s: %v: %s", at, e.Err, e.Remedy())
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Remedy is the next step, for an operator.
func (e *Error) Remedy() string {
	switch e.Kind {
	case KindMissing:
		return "plug the printer in and switch it on; name it by its link in /dev/serial/by-id (or by-path), because ttyUSB and ttyACM numbers change"
	case KindPermission:
		return "add the user of the service to the group dialout (SupplementaryGroups=dialout) and allow the device in the unit (DeviceAllow=char-ttyUSB rw and the like)"
	case KindBusy:
		return "another program holds it: ModemManager tries every new port for 10 s (install the udev rule with ID_MM_DEVICE_IGNORE=1, or remove it), brltty takes CH340 and CP210x; or a second gallad is running"
	case KindNotSerial:
		if strings.Contains(e.Path, "/lp") {
			return "this is a USB printer-class device (usblp), not a serial line: switch the printer to its serial or virtual COM mode, or use a USB-to-serial cable"
		}
		return "this is not a serial line: give the name of a tty, such as /dev/serial/by-id/…, /dev/ttyACM0 or /dev/serial0"
	case KindConsole:
		return "remove console=" + strings.TrimPrefix(e.Path, "/dev/") + " (or serial0) from the kernel command line and disable serial-getty@" +
			filepath.Base(e.Path) + ", or boot messages are printed on paper"
	default:
		return "unplug it and plug it in again; if that doesn't help, see the kernel's messages (dmesg)"
	}
}

// explain finds the kind of an error of open(2), of a tty ioctl or of the serial library. The library reports a missing
// device as a bare ENOENT, a device that is no tty as "invalid serial port", and its PortError unwraps to nothing.
func explain(name, path string, err error) error {
	e := &Error{Name: name, Path: path, Kind: KindOther, Err: err}
	var code serial.PortErrorCode = -1
	if pe, ok := errors.AsType[*serial.PortError](err); ok {
		code = pe.Code()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV), code == serial.PortNotFound:
		e.Kind = KindMissing
	case errors.Is(err, fs.ErrPermission), code == serial.PermissionDenied:
		e.Kind = KindPermission
	case errors.Is(err, unix.EBUSY), code == serial.PortBusy:
		e.Kind = KindBusy
	case errors.Is(err, unix.ENOTTY), errors.Is(err, unix.EISDIR), errors.Is(err, unix.EINVAL), code == serial.InvalidSerialPort:
		e.Kind = KindNotSerial
	}
	if _, ok := errors.AsType[*os.PathError](err); ok {
		e.Err = errors.Unwrap(err) // the path is in our own text already
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
