//go:build rig

package image

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// model is a board as the file boards has it.
type model struct {
	name, called string
	tree, other  string
	firmware     []string
	radio        string
	parts        map[string][]string // card, network, usb …: their modules
}

func readBoards(t *testing.T) (all []model) {
	t.Helper()
	raw, err := os.ReadFile("boards")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		if f[0] == "board" {
			all = append(all, model{name: strings.Join(f[1:], " "), parts: map[string][]string{}})
			continue
		}
		b := &all[len(all)-1]
		switch f[0] {
		case "called":
			b.called = strings.Join(f[1:], " ")
		case "tree":
			if b.tree = f[1]; len(f) == 4 && f[2] == "as" {
				b.other = f[3]
			}
		case "firmware":
			if f[1] != "-" {
				b.firmware = f[1:]
			}
		case "radio":
			b.radio = f[1]
		case "card", "network", "usb", "screen", "gpu", "watchdog", "wifi":
			b.parts[f[0]] = f[1:]
		default:
			t.Fatalf("boards: %q is no word of it", line)
		}
	}
	if len(all) < 8 {
		t.Fatalf("boards has %d", len(all))
	}
	return all
}

func shell(t *testing.T, dir, script string, args ...string) string {
	t.Helper()
	cmd := exec.Command("bash", append([]string{"-euc", script}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", script, args, err, out)
	}
	return string(out)
}

// shelf are Debian's packages of the card, unpacked: those that debian.lock names, byte for byte.
type shelf struct {
	dir     string
	version string              // of the kernel
	aliases map[string][]string // what a device is called, and the modules that drive it
	builtin map[string]bool     // modules in the kernel itself
	needs   map[string][]string // modules that a module needs
	modules map[string]bool
}

// plain is a module's name as the kernel has it.
func plain(file string) string {
	name, _, _ := strings.Cut(path.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// newShelf downloads what isn't in build/boards yet (110 MB), and unpacks it.
func newShelf(t *testing.T) *shelf {
	t.Helper()
	cache, err := filepath.Abs("../../build/boards")
	if err != nil {
		t.Fatal(err)
	}
	shell(t, ".", `mkdir -p "$0" && ./lock.sh "$0/now"`, cache)
	s := &shelf{
		dir:     t.TempDir(),
		aliases: map[string][]string{},
		builtin: map[string]bool{},
		needs:   map[string][]string{},
		modules: map[string]bool{},
	}
	raw, err := os.ReadFile("debian.lock")
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) != 4 || !(strings.HasPrefix(f[0], "linux-base-7") || strings.HasPrefix(f[0], "linux-binary-7") ||
			strings.HasPrefix(f[0], "linux-modules-7") ||
			f[0] == "raspi-firmware" || f[0] == "firmware-brcm80211") {
			continue
		}
		file := filepath.Join(cache, f[3]+".deb")
		if _, err := os.Stat(file); err != nil {
			shell(t, cache, `d=$(mktemp -d) && cd "$d" && APT_CONFIG="$0/now/apt/conf" apt-get -qq download "$1=$2" `+
				`&& mv ./*.deb "$3"`, cache, f[0], f[1], file)
		}
		deb, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if sum := fmt.Sprintf("%x", sha256.Sum256(deb)); sum != f[3] {
			os.Remove(file)
			t.Fatalf("%s %s has the sum %s, and debian.lock says %s", f[0], f[1], sum, f[3])
		}
		shell(t, s.dir, `dpkg-deb -x "$0" .`, file)
		if version, ok := strings.CutPrefix(f[0], "linux-base-"); ok {
			s.version = version
		}
		taken++
	}
	if taken != 5 || s.version == "" {
		t.Fatalf("debian.lock names %d of the five packages with kernel and firmware", taken)
	}
	shell(t, s.dir, `[ -e lib ] || ln -s usr/lib lib; depmod -b . "$0"`, s.version)
	s.read(t)
	return s
}

func (s *shelf) path(name string) string { return filepath.Join(s.dir, "lib/modules", s.version, name) }

func (s *shelf) lines(t *testing.T, name string, each func(string)) {
	t.Helper()
	f, err := os.Open(s.path(name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for in := bufio.NewScanner(f); in.Scan(); n++ {
		each(in.Text())
	}
	if n < 50 {
		t.Fatalf("%s has %d lines", name, n)
	}
}

func (s *shelf) read(t *testing.T) {
	s.lines(t, "modules.alias", func(line string) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "alias" {
			s.aliases[f[1]] = append(s.aliases[f[1]], plain(f[2]))
		}
	})
	s.lines(t, "modules.builtin", func(line string) { s.builtin[plain(line)] = true })
	s.lines(t, "modules.dep", func(line string) {
		file, needs, _ := strings.Cut(line, ":")
		s.modules[plain(file)] = true
		for _, n := range strings.Fields(needs) {
			s.needs[plain(file)] = append(s.needs[plain(file)], plain(n))
		}
	})
	raw, err := os.ReadFile(s.path("modules.builtin.modinfo"))
	if err != nil {
		t.Fatal(err)
	}
	for entry := range bytes.SplitSeq(raw, []byte{0}) {
		key, alias, ok := strings.Cut(string(entry), "=")
		if name, what, _ := strings.Cut(key, "."); ok && what == "alias" {
			s.builtin[plain(name)] = true
			s.aliases[alias] = append(s.aliases[alias], plain(name))
		}
	}
}

// drivers are the modules for a node, by each name that it goes by.
func (s *shelf) drivers(n *node) (all []string) {
	for _, c := range n.words("compatible") {
		for _, form := range []string{"of:N*T*C" + c, "of:N*T*C" + c + "C*"} {
			all = append(all, s.aliases[form]...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestBoards: for each board that hardware.md names, the device tree, the firmware and the modules are in the packages
// that the card is made of, and what it takes to see the card is in the initramfs. It proves what is on the card, not
// that a board starts.
func TestBoards(t *testing.T) {
	s := newShelf(t)
	raw, err := os.ReadFile("files/etc/initramfs-tools/modules")
	if err != nil {
		t.Fatal(err)
	}
	early := map[string]bool{}
	var with func(string)
	with = func(module string) {
		if early[module] {
			return
		}
		early[module] = true
		for _, n := range s.needs[module] {
			with(n)
		}
	}
	for line := range strings.Lines(string(raw)) {
		if m := strings.TrimSpace(line); m != "" && m[0] != '#' {
			if m = plain(m); !s.modules[m] && !s.builtin[m] {
				t.Errorf("files/etc/initramfs-tools/modules names %s, which linux %s has not: update-initramfs "+
					"passes over it", m, s.version)
			}
			with(m)
		}
	}

	boards := readBoards(t)
	guide, err := os.ReadFile("../docs/hardware.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(guide), "\n## Boards\n")
	table, _, _ = strings.Cut(table, "\n## ")
	for named := range strings.SplitSeq("Pi 3, 3+, 4, 400, CM4, Zero 2 W, Pi 5", ", ") {
		if !strings.Contains(table, named) ||
			!slices.ContainsFunc(boards, func(b model) bool { return b.called == named }) {
			t.Errorf("%s is named in one of hardware.md and boards", named)
		}
	}

	for _, b := range boards {
		t.Run(b.name, func(t *testing.T) {
			raw, err := os.ReadFile(s.path("dtb/broadcom/" + b.tree))
			if err != nil {
				t.Fatal(err)
			}
			root, err := readTree(raw)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s: %s", b.tree, strings.Join(root.words("compatible"), ", "))
			for _, f := range b.firmware {
				if _, err := os.Stat(filepath.Join(s.dir, "usr/lib/raspi-firmware", f)); err != nil {
					t.Error(err)
				}
			}
			if found, _ := filepath.Glob(filepath.Join(s.dir, "usr/lib/firmware", b.radio+"*")); len(found) == 0 {
				t.Errorf("no firmware %s*", b.radio)
			}

			driven := map[string]bool{} // by a device of this board's tree
			for _, n := range root.all() {
				if n.on() {
					for _, d := range s.drivers(n) {
						driven[d] = true
					}
				}
			}
			for part, modules := range b.parts {
				for _, m := range modules {
					if !s.modules[m] && !s.builtin[m] {
						t.Errorf("%s: linux %s has no %s", part, s.version, m)
					}
				}
			}
			// Found by the bus and not by the tree: what hangs on USB, PCI or SDIO, and a watchdog that is a part of
			// another device.
			byBus := []string{"smsc95xx", "lan78xx", "xhci_pci", "xhci_plat_hcd", "bcm2835_wdt", "rp1_pci", "brcmfmac"}
			for part, modules := range b.parts {
				for _, m := range modules {
					if !driven[m] && !slices.Contains(byBus, m) {
						t.Errorf("%s: no device of %s is driven by %s", part, b.tree, m)
					}
				}
			}

			// The way to the card.
			var way []*node
			var walk func(*node)
			walk = func(n *node) {
				if slices.Contains(way, n) {
					return
				}
				way = append(way, n)
				for _, m := range n.needs(root) {
					walk(m)
				}
			}
			for _, n := range root.all() {
				if n.on() && slices.ContainsFunc(s.drivers(n), func(d string) bool {
					return slices.Contains(b.parts["card"], d)
				}) {
					walk(n)
				}
			}
			if len(way) < 5 {
				t.Fatalf("%d nodes on the way to the card", len(way))
			}
			for _, n := range way {
				drivers := s.drivers(n)
				// no driver asks for it by name: a part of the kernel's own, such as an interrupt controller
				if !n.on() || len(drivers) == 0 {
					continue
				}
				if !slices.ContainsFunc(drivers, func(d string) bool { return s.builtin[d] || early[d] }) {
					t.Errorf("the card needs %s (%s): %s is neither built in nor in files/etc/initramfs-tools/modules",
						n.name, strings.Join(n.words("compatible"), ", "), strings.Join(drivers, " or "))
				}
			}
		})
	}
}
