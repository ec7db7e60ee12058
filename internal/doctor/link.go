package doctor

import (
	"bufio"
	"encoding/hex"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"galla/internal/counter/wire"
)

// link looks for a way out: an interface that is up and a default route. It reads files only, because gallad's sandbox has
// no netlink: /proc/PID/net/route and ipv6_route (proc(5)), /sys/class/net (sysfs ABI, sysfs-class-net).
func (d *Doctor) link() wire.Check {
	if !d.needsNetwork() {
		return ok("link", "every gateway is on this machine: no network is needed")
	}
	way := d.wayOut()
	if way != "" && d.carrier(way) {
		return ok("link", "%s is connected and has a way out", way)
	}
	if way != "" {
		return bad("link", "Plug the cable in, and look whether the light beside the socket is on.", "%s has no cable or no signal", way)
	}
	var wired, air, live []string
	for _, name := range d.interfaces() {
		switch {
		case d.carrier(name):
			live = append(live, name)
		case exists(filepath.Join(d.o.Root, "sys/class/net", name, "wireless")):
			air = append(air, name)
		default:
			wired = append(wired, name)
		}
	}
	switch {
	case len(live) > 0:
		return bad("link", "Switch the shop's router off and on, and wait two minutes. If other devices in the shop have no internet either, call the provider.",
			"%s is connected, but the router gives this box no address or no way out", strings.Join(live, " and "))
	case len(wired) > 0 && len(air) > 0:
		return bad("link", "Plug the network cable in, or join the shop's Wi-Fi: on Galla's card image by a USB stick with galla-wifi.txt, elsewhere with the system's own tool.", "no network cable is plugged in (%s) and no Wi-Fi is joined (%s)", strings.Join(wired, ", "), strings.Join(air, ", "))
	case len(air) > 0:
		return bad("link", "Check that the name and password of the shop's Wi-Fi have not changed, and join it: on Galla's card image by a USB stick with galla-wifi.txt, elsewhere with the system's own tool. A cable does as well.", "no Wi-Fi is joined (%s)", strings.Join(air, ", "))
	case len(wired) > 0:
		return bad("link", "Plug the network cable in, and look whether the light beside the socket is on.", "no network cable is plugged in (%s)", strings.Join(wired, ", "))
	}
	return bad("link", "Plug in a USB network adapter, or check that the board's own one is switched on.", "this box has no network interface")
}

func (d *Doctor) needsNetwork() bool {
	return len(d.o.Accounts) == 0 || slices.ContainsFunc(d.o.Accounts, func(a Account) bool { return !onThisMachine(hostOf(a.BaseURL)) })
}

// wayOut names the interface of the default route, or "".
func (d *Doctor) wayOut() string {
	for line := range d.lines("proc/self/net/route") {
		f := strings.Fields(line)
		if len(f) > 7 && f[1] == "00000000" && f[7] == "00000000" { // destination and mask
			return f[0]
		}
	}
	for line := range d.lines("proc/self/net/ipv6_route") {
		f := strings.Fields(line)
		// The kernel lists an unreachable default on lo; a real one has a gateway.
		if len(f) > 9 && strings.Trim(f[0], "0") == "" && f[1] == "00" && f[9] != "lo" {
			if hop, err := hex.DecodeString(f[4]); err == nil && !net.IP(hop).IsUnspecified() {
				return f[9]
			}
		}
	}
	return ""
}

func (d *Doctor) lines(path string) func(func(string) bool) {
	return func(yield func(string) bool) {
		f, err := os.Open(filepath.Join(d.o.Root, path))
		if err != nil {
			return
		}
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan() && yield(s.Text()); {
		}
	}
}

// interfaces are those that lead to a piece of hardware.
func (d *Doctor) interfaces() (all []string) {
	entries, _ := os.ReadDir(filepath.Join(d.o.Root, "sys/class/net")) // missing: there are none
	for _, e := range entries {
		if exists(filepath.Join(d.o.Root, "sys/class/net", e.Name(), "device")) {
			all = append(all, e.Name())
		}
	}
	return all
}

// carrier says whether there is a signal. "unknown" is what tunnels and some USB modems say when they work.
func (d *Doctor) carrier(name string) bool {
	raw, err := os.ReadFile(filepath.Join(d.o.Root, "sys/class/net", name, "operstate"))
	state := strings.TrimSpace(string(raw))
	return err != nil || state == "up" || state == "unknown"
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// hostOf is the host of a base URL; config has checked that there is one.
func hostOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func onThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
