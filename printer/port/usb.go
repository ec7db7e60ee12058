package port

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// getStatus is LPGETSTATUS of the kernel's lp.h; usblp answers it by the printer class's GET_PORT_STATUS request.
const getStatus = 0x060B

// Bits of a printer's port status (USB printer class 1.1, 4.2.2; IEEE 1284).
const (
	statusPaperEmpty = 0x20
	statusSelect     = 0x10
	statusNotError   = 0x08
	statusReserved   = 0xC7
)

// Signals is what the USB printer class says of a printer without its having to be asked in ESC/POS.
type Signals struct {
	Known    bool // false: it answers with nothing, or with bits that the class has no meaning for
	PaperOut bool
	Offline  bool
	Error    bool
}

// signals reads a port status. Some printers answer 0 always: that says nothing.
func signals(status byte) Signals {
	if status == 0 || status&statusReserved != 0 {
		return Signals{}
	}
	return Signals{
		Known:    true,
		PaperOut: status&statusPaperEmpty != 0,
		Offline:  status&statusSelect == 0,
		Error:    status&statusNotError == 0,
	}
}

// Printer is an open device of usblp. The driver takes one transfer of at most 8,192 bytes at a time and hands it to
// the printer, which takes as much as its buffer has room for: the bus itself holds the line. The driver lets one
// process have it, and a close ends the transfer under way within moments.
//
// A transfer that fails after Write has returned is reported by nobody but Queued and Signals
// (drivers/usb/class/usblp.c: with O_NONBLOCK a write "presumes that it's going to complete well").
type Printer struct {
	path   string
	file   *os.File
	last   atomic.Int64 // bytes of the newest transfer
	once   sync.Once
	over   chan struct{} // closed by Close
	closed error
}

func openUSB(a Address) (*Printer, error) {
	name := a.String()
	path := a.Device
	if path == "" {
		found, err := match(usbPrinters("/"), a)
		if err != nil {
			return nil, err
		}
		path = found.Device
	}
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, explain(USB, name, a.Device, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, explain(USB, name, path, err)
	}
	p := &Printer{path: path, file: f, over: make(chan struct{})}
	if _, err := p.status(); errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EINVAL) {
		f.Close()
		return nil, explain(USB, name, path, unix.ENOTTY)
	}
	return p, nil
}

// match finds the one printer that an address with ids means.
func match(all []Found, a Address) (Found, error) {
	var found []Found
	for _, f := range all {
		if f.Vendor == a.Vendor && f.Product == a.Product &&
			(a.SerialNumber == "" || f.SerialNumber == a.SerialNumber) {
			found = append(found, f)
		}
	}
	switch len(found) {
	case 0:
		return Found{}, &Error{Means: USB, Name: a.String(), Path: a.String(), Kind: KindMissing, Err: os.ErrNotExist}
	case 1:
		return found[0], nil
	}
	return Found{}, &Error{Means: USB, Name: a.String(), Path: a.String(), Kind: KindAmbiguous,
		Err: fmt.Errorf("%d printers have these ids (%s, %s)", len(found), found[0].Device, found[1].Device)}
}

// usbPrinters lists the devices that usblp drives, by sysfs; nothing is opened. root is "/".
func usbPrinters(root string) []Found {
	classes, err := filepath.Glob(filepath.Join(root, "sys/class/usbmisc/lp*"))
	if err != nil {
		return nil // only a malformed pattern
	}
	slices.Sort(classes)
	var out []Found
	for _, class := range classes {
		in, err := filepath.EvalSymlinks(filepath.Join(class, "device"))
		if err != nil {
			continue // unplugged between the two looks
		}
		of := filepath.Dir(in)
		f := Found{
			Means:        USB,
			Device:       "/dev/usb/" + filepath.Base(class),
			Vendor:       attribute(of, "idVendor"),
			Product:      attribute(of, "idProduct"),
			SerialNumber: attribute(of, "serial"),
			Maker:        attribute(of, "manufacturer"),
			Model:        attribute(of, "product"),
			ID:           ParseDeviceID(attribute(in, "ieee1284_id")),
		}
		f.Port = Address{Means: USB, Vendor: f.Vendor, Product: f.Product}.String()
		if f.Vendor == "" || f.Product == "" {
			f.Port = "usb:" + f.Device
		}
		out = append(out, f)
	}

	for i := range out { // two of a kind are told apart by their numbers, or else by where they hang
		for j := range out {
			if i != j && out[i].Vendor == out[j].Vendor && out[i].Product == out[j].Product {
				out[i].Port = "usb:" + out[i].Device
				if out[i].SerialNumber != "" && out[i].SerialNumber != out[j].SerialNumber {
					out[i].Port = Address{
						Means:        USB,
						Vendor:       out[i].Vendor,
						Product:      out[i].Product,
						SerialNumber: out[i].SerialNumber,
					}.String()
				}
			}
		}
	}

	return out
}

// attribute reads a small file of sysfs; "" where it isn't there.
func attribute(dir, name string) string {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return ""
	}
	return printable(strings.TrimSpace(string(b)))
}

// Path is the device, such as /dev/usb/lp0.
func (p *Printer) Path() string { return p.path }

// Means is USB.
func (p *Printer) Means() Means { return USB }

// Write hands b to the printer in transfers. It returns when the last one is under way, or says how much was taken and
// why not more: os.ErrDeadlineExceeded, os.ErrClosed, ENODEV after an unplug.
func (p *Printer) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	if n > 0 {
		p.last.Store(int64(n))
	}
	return n, err
}

// zeroWait is the rest after an empty transfer: some printers send them without end instead of nothing.
const zeroWait = 50 * time.Millisecond

// Read returns at least one byte, or os.ErrClosed, or ENODEV after an unplug. A printer that can't talk is silent.
func (p *Printer) Read(b []byte) (int, error) {
	for {
		n, err := p.file.Read(b)
		switch {
		case n > 0:
			return n, nil
		case errors.Is(err, unix.EINVAL): // usblp: the interface has one direction
			<-p.over
			return 0, os.ErrClosed
		case err != nil && !errors.Is(err, io.EOF):
			return 0, err
		}
		// An empty transfer, which os.File takes for the end.
		if _, err := p.status(); errors.Is(err, unix.ENODEV) {
			return 0, err
		}
		select {
		case <-p.over:
			return 0, os.ErrClosed
		case <-time.After(zeroWait):
		}
	}
}

// SetWriteDeadline bounds Write.
func (p *Printer) SetWriteDeadline(t time.Time) error { return p.file.SetWriteDeadline(t) }

// Queued is the size of the transfer that the printer hasn't taken whole; how much of it it has taken, nobody knows.
// 0 says that the printer took everything; ENODEV or EIO that it is gone.
func (p *Printer) Queued() (int, error) {
	idle, err := p.idle()
	if err != nil || !idle {
		return max(1, int(p.last.Load())), err
	}
	if _, err := p.status(); errors.Is(err, unix.ENODEV) {
		return 0, err
	}
	return 0, nil
}

// idle tells whether no transfer is under way.
func (p *Printer) idle() (idle bool, err error) {
	err = control(p.file, func(fd int) error {
		at := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
		if _, err := unix.Poll(at, 0); err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		if at[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0 {
			return unix.ENODEV
		}
		idle = at[0].Revents&unix.POLLOUT != 0
		return nil
	})
	return idle, err
}

// Discard drops nothing: what was read is Read's, and a transfer that was handed over is dropped by Close only
// (ErrHeld).
func (p *Printer) Discard(output bool) error {
	if idle, err := p.idle(); err != nil {
		return err
	} else if output && !idle {
		return ErrHeld
	}
	return nil
}

// Signals asks the printer's USB interface how the printer is; its ESC/POS side isn't asked. The error is ENODEV when
// it is gone; a printer that doesn't answer is not Known.
func (p *Printer) Signals() (Signals, error) {
	status, err := p.status()
	switch {
	case errors.Is(err, unix.ENODEV), errors.Is(err, os.ErrClosed):
		return Signals{}, err
	case err != nil:
		return Signals{}, nil
	}
	return signals(status), nil
}

func (p *Printer) status() (byte, error) {
	var status int
	err := control(p.file, func(fd int) (err error) {
		status, err = unix.IoctlGetInt(fd, getStatus)
		return err
	})
	return byte(status), err
}

// Close lets the device go; a transfer under way is ended, and what the printer hasn't taken of it is lost.
func (p *Printer) Close() error {
	p.once.Do(func() {
		close(p.over)
		done := make(chan error, 1)
		go func() { done <- p.file.Close() }()
		select {
		case p.closed = <-done:
		case <-time.After(closeLimit):
			p.closed = fmt.Errorf("%s did not close within %s: its driver is stuck; left to finish by itself",
				p.path, closeLimit)
		}
	})
	return p.closed
}
