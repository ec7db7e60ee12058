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

// link looks for a way out: an interface that is up and a default route. It reads files only, because gallad's sandbox
// has no netlink: /proc/PID/net/route and ipv6_route (proc(5)), /sys/class/net (sysfs ABI, sysfs-class-net).
func (d *Doctor) link() wire.Check {
	if !d.needsNetwork() {
		return ok("link", "local", nil)
	}
	way := d.wayOut()
	if way != "" && d.carrier(way) {
		return ok("link", "out", values{"port": way})
	}
	if way != "" {
		return bad("link", "signal", values{"port": way})
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
		return bad("link", "route", values{"port": strings.Join(live, " and ")})
	case len(wired) > 0 && len(air) > 0:
		return bad("link", "none", values{"cable": strings.Join(wired, ", "), "wifi": strings.Join(air, ", ")})
	case len(air) > 0:
		return bad("link", "wifi", values{"wifi": strings.Join(air, ", ")})
	case len(wired) > 0:
		return bad("link", "cable", values{"cable": strings.Join(wired, ", ")})
	}
	return bad("link", "missing", nil)
}

func (d *Doctor) needsNetwork() bool {
	return len(d.o.Accounts) == 0 ||
		slices.ContainsFunc(d.o.Accounts, func(a Account) bool { return !onThisMachine(hostOf(a.BaseURL)) })
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
