package port

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Means is how bytes get to a printer.
type Means string

const (
	Serial Means = "serial" // a tty: RS-232, TTL, a USB adapter, a USB device that is a serial port (CDC-ACM)
	USB    Means = "usb"    // a device of the USB printer class, driven by usblp
	TCP    Means = "tcp"    // a printer on the network that takes raw bytes, by custom on port 9100
)

// rawPort is where network printers take raw bytes.
const rawPort = 9100

// Address names the line to one printer, as [printer] port does:
//
//	/dev/…                      a tty, or a link to one
//	usb:VID:PID[:SERIAL]        the USB printer with these ids; hexadecimal, as lsusb shows them
//	usb:/dev/usb/lp0            the USB printer at this device, or at a link to it
//	tcp:HOST[:9100]             a network printer by its address or name
type Address struct {
	Means           Means
	Device          string // of a tty or of usblp; empty where ids name it
	Vendor, Product string // four hexadecimal digits each, lower case
	SerialNumber    string // empty: whichever has the ids
	Host            string
	Port            int
}

// String is the address as Parse reads it.
func (a Address) String() string {
	switch {
	case a.Means == TCP && a.Port == rawPort:
		if strings.Contains(a.Host, ":") {
			return "tcp:[" + a.Host + "]"
		}
		return "tcp:" + a.Host
	case a.Means == TCP:
		return "tcp:" + net.JoinHostPort(a.Host, strconv.Itoa(a.Port))
	case a.Means == USB && a.Device == "":
		return strings.TrimSuffix("usb:"+a.Vendor+":"+a.Product+":"+a.SerialNumber, ":")
	case a.Means == USB:
		return "usb:" + a.Device
	}
	return a.Device
}

// Forms says what a port may look like.
const Forms = `"/dev/serial/by-id/…" for a serial line, "usb:VID:PID" or "usb:/dev/usb/lp0" for a USB printer, ` +
	`"tcp:ADDRESS" for a network printer`

// fourHex is a USB id.
var (
	fourHex  = regexp.MustCompile(`^[0-9a-fA-F]{4}$`)
	usblp    = regexp.MustCompile(`(^|/)lp[0-9]+$`)
	comPort  = regexp.MustCompile(`(?i)^com[0-9]+:?$`)
	mac      = regexp.MustCompile(`^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$`)
	hostName = regexp.MustCompile(
		`^[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?(\.[0-9A-Za-z]([0-9A-Za-z-]*[0-9A-Za-z])?)*\.?$`,
	)
	numbers = regexp.MustCompile(`^[0-9.]+$`)
)

// Parse reads a port of the config. The error is a sentence that says what to write instead.
func Parse(s string) (Address, error) {
	scheme, rest, _ := strings.Cut(s, ":")
	switch {
	case s == "":
		return Address{}, fmt.Errorf("the printer's port is empty: give %s", Forms)
	case len(s) > 512 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F }):
		return Address{}, fmt.Errorf("the printer's port %.40q… is too long or has control characters in it: give %s",
			s, Forms)
	case strings.TrimSpace(s) != s:
		return Address{}, fmt.Errorf("the printer's port %q has blanks around it: take them away", s)
	case strings.HasPrefix(s, "/"):
		return parseDevice(s)
	case scheme == "usb":
		return parseUSB(s, rest)
	case scheme == "tcp":
		return parseTCP(s, rest)
	}
	return Address{}, fmt.Errorf("the printer's port %q %s", s, advice(s))
}

// advice is for the forms that other programs, or people, use.
func advice(s string) string {
	scheme, rest, _ := strings.Cut(s, ":")
	switch lower := strings.ToLower(scheme); {
	case comPort.MatchString(s):
		return "is a name of Windows: here it is a link in /dev/serial/by-id, such as /dev/serial/by-id/usb-…"
	case mac.MatchString(s), lower == "bluetooth", lower == "bt", lower == "rfcomm", strings.HasPrefix(lower, "rfcomm"):
		return bluetooth
	case lower == "socket" || lower == "raw" || lower == "jetdirect" || lower == "network":
		return "is how other programs write a network printer: write tcp:" + strings.TrimRight(
			strings.TrimLeft(rest, "/"),
			"/",
		)
	case lower == "ipp" || lower == "ipps" || lower == "http" || lower == "https" || lower == "lpd" || lower == "smb" ||
		lower == "dnssd" || lower == "cups":
		return "names a print server: a receipt printer is reached by its own address, as tcp:ADDRESS"
	case lower == "serial" || lower == "file" || lower == "tty" || lower == "dev":
		return "has a word too many: write the device alone, such as /dev/serial/by-id/…"
	case lower == "usb" || lower == "tcp":
		return fmt.Sprintf("begins with %q: write it in small letters", scheme)
	case strings.HasPrefix(s, "tty") || strings.HasPrefix(s, "serial"):
		return "lacks its folder: write /dev/" + s
	case strings.HasPrefix(s, "dev/"):
		return "lacks its first slash: write /" + s
	case usblp.MatchString(s) && !strings.ContainsAny(s, ".:"):
		return "lacks its beginning: write usb:/dev/usb/" + filepath.Base(s)
	case fourHex.MatchString(scheme) && len(rest) >= 4 && fourHex.MatchString(rest[:4]):
		return "looks like USB ids: write usb:" + s
	}
	host, _, err := net.SplitHostPort(s)
	if err == nil && okHost(host) == nil || okHost(s) == nil && strings.Contains(s, ".") {
		return "looks like a network printer: write tcp:" + s
	}
	return "names no line: give " + Forms
}

const bluetooth = "is Bluetooth, which is not driven: connect the printer by its USB cable (usb:VID:PID) " +
	"or the network (tcp:ADDRESS)"

func parseDevice(s string) (Address, error) {
	switch {
	case strings.HasSuffix(s, "/"):
		return Address{}, fmt.Errorf("the printer's port %q is a folder: name the device in it", s)
	case usblp.MatchString(s):
		return Address{}, fmt.Errorf("the printer's port %q is a USB printer, no serial line: write usb:%s, or "+
			"usb:VID:PID, which stays the same when it is plugged in elsewhere", s, s)
	case strings.HasPrefix(filepath.Base(s), "rfcomm"):
		return Address{}, fmt.Errorf("the printer's port %q %s", s, bluetooth)
	}
	return Address{Means: Serial, Device: s}, nil
}

func parseUSB(s, rest string) (Address, error) {
	if strings.HasPrefix(rest, "//") {
		return Address{}, fmt.Errorf(
			"the printer's port %q is how CUPS writes it: write usb:VID:PID with the two ids that lsusb shows", s)
	}
	if strings.HasPrefix(rest, "/") {
		if strings.HasPrefix(filepath.Base(rest), "tty") {
			return Address{}, fmt.Errorf("the printer's port %q is a serial line: write %s", s, rest)
		}
		return Address{Means: USB, Device: rest}, nil
	}

	part := strings.SplitN(rest, ":", 3)
	if len(part) < 2 || !fourHex.MatchString(part[0]) || !fourHex.MatchString(part[1]) {
		return Address{}, fmt.Errorf("the printer's port %q has no USB ids: write usb:VID:PID with the two ids of "+
			"four hexadecimal digits that lsusb shows, such as usb:04b8:0202", s)
	}
	a := Address{Means: USB, Vendor: strings.ToLower(part[0]), Product: strings.ToLower(part[1])}
	if len(part) == 3 {
		if a.SerialNumber = part[2]; a.SerialNumber == "" || len(a.SerialNumber) > 126 {
			return Address{}, fmt.Errorf("the printer's port %q ends with an empty serial number, or one above 126 "+
				"characters: leave out the last colon, or give the number", s)
		}
	}
	return a, nil
}

func parseTCP(s, rest string) (Address, error) {
	if strings.HasPrefix(rest, "//") {
		return Address{}, fmt.Errorf("the printer's port %q has slashes: write tcp:%s", s, strings.Trim(rest, "/"))
	}
	a := Address{Means: TCP, Host: rest, Port: rawPort}
	switch {
	case strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]"):
		a.Host = rest[1 : len(rest)-1]
	case strings.HasPrefix(rest, "[") || strings.Count(rest, ":") == 1:
		host, port, err := net.SplitHostPort(rest)
		if err != nil {
			return Address{}, fmt.Errorf("the printer's port %q is no address: write tcp:HOST or tcp:HOST:9100", s)
		}
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return Address{}, fmt.Errorf(
				"the printer's port %q ends with %q, which is no port number: leave it out for 9100", s, port)
		}
		a.Host, a.Port = host, n
	}
	if err := okHost(a.Host); err != nil {
		return Address{}, fmt.Errorf("the printer's port %q: %w: write tcp:HOST or tcp:HOST:9100", s, err)
	}
	return a, nil
}

// okHost refuses what can't be dialled: no address and no name.
func okHost(host string) error {
	if a, err := netip.ParseAddr(host); err == nil {
		if a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
			return fmt.Errorf("%s is the address of no printer", host)
		}
		return nil
	}
	if len(host) > 253 || !hostName.MatchString(host) || numbers.MatchString(host) {
		return fmt.Errorf("%q is neither an address nor a name", host)
	}
	return nil
}
