package image

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// What stands on PATH instead of the box's own programs. $BOX is the test's folder; sticks are folders in $BOX/sticks.
var played = map[string]string{
	"sleep":  `echo "$1" >> "$BOX/slept"; if [ "$1" = 10 ] && [ -e "$BOX/both" ]; then exec "$BOX/both"; fi; exit 0`,
	"sync":   `exit 0`,
	"blkid":  `[ -d "$BOX/sticks/$(basename "$5")" ] && echo vfat`,
	"umount": `for dir; do :; done; rm -f "$dir" && mkdir "$dir"`,
	"mount": `case "$*" in
*remount,rw*) [ ! -e "$BOX/locked" ] && [ -e "${3:-/none}" ] && touch "$BOX/writable.$(basename "$3")" ;;
*remount*) rm -f "$BOX/writable.$(basename "$3")" ;;
*) echo "$*" >> "$BOX/mounts"; rmdir "$6" && ln -sT "$BOX/sticks/$(basename "$5")" "$6" ;;
esac`,
	"systemctl": `echo "$*" >> "$BOX/systemctl"`,
	"gallad":    `echo "gallad has no part in this test: $*"; exit 1`,
	// The till's answers, one a line; the last one stays.
	"galla": `head -n 1 "$BOX/health"; [ "$(wc -l < "$BOX/health")" -lt 2 ] || sed -i 1d "$BOX/health"`,
	"rauc": `case "$1" in
info)
	grep -q '^signed ' "$3" || { echo "signature verification failed: wrong key" >&2; exit 1; }
	printf "RAUC_MF_COMPATIBLE='galla-pi'\nRAUC_MF_VERSION='%s'\nRAUC_MF_IMAGES=2\n" "$(sed 's/^signed //' "$3")" ;;
install)
	echo "$2" >> "$BOX/installs"
	"$GALLA_SLOT" set-state B bad
	[ ! -e "$BOX/pull" ] || { rm -r "$(readlink "$(dirname "$2")")"; printf "\033[31mLastError: input/output ` +
		`error\033[0m\ninstalling failed\n"; exit 1; }
	"$GALLA_SLOT" set-primary B ;;
esac`,
}

const idle, selling, starting = `{"ready":true,"seq":7,"open":0,"attention":1}`,
	`{"ready":true,"seq":6,"open":2,"attention":0}`, `{"ready":false,"problem":"…","open":0}`

// box is a board with USB ports, which runs version 1.
type box struct {
	*board
	path string
}

func newBox(t *testing.T) *box {
	b := &box{board: newBoard(t)}
	b.start()
	b.path = filepath.Join(b.dir, "bin")
	for _, d := range []string{"bin", "sticks", "run"} {
		if err := os.MkdirAll(filepath.Join(b.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range played {
		if err := os.WriteFile(filepath.Join(b.path, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	b.write("version", "1\n")
	b.write("uptime", "86400.00 1.00\n")
	b.write("health", idle+"\n")
	return b
}

// plug gives the stick files, by name and text.
func (b *box) plug(name string, files ...string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Join(b.dir, "sticks", name), 0o755); err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(files); i += 2 {
		b.write("sticks/"+name+"/"+files[i], files[i+1])
	}
}

func (b *box) command(name string) *exec.Cmd {
	b.t.Helper()
	return b.script("stick", name)
}

// script is one of the box's, with the box of the test around it.
func (b *box) script(args ...string) *exec.Cmd {
	b.t.Helper()
	lib, err := filepath.Abs("files/usr/lib/galla")
	if err != nil {
		b.t.Fatal(err)
	}
	args[0] = lib + "/" + args[0]
	cmd := exec.CommandContext(b.t.Context(), "sh", args...)
	cmd.Env = append(
		b.env(),
		"PATH="+b.path+":"+os.Getenv("PATH"),
		"BOX="+b.dir,
		"GALLA_RUN="+b.dir+"/run",
		"GALLA_SLOT="+lib+"/slot",
		"GALLA_JOIN="+lib+"/wifi",
		"GALLA_LOST="+lib+"/owner",
		"GALLA_CARRY="+lib+"/carry",
		"GALLA_NOTE="+b.dir+"/note",
		"GALLA_BOARD="+lib+"/hardware",
		"GALLA_HARDWARE="+b.dir+"/hardware.txt",
		"GALLA_PARTS="+b.dir+"/sticks",
		"GALLA_OWNER="+b.dir+"/taken",
		"GALLA_WIFI="+b.dir+"/wifi",
		"GALLA_NET="+b.dir+"/net",
		"GALLA_DEV="+b.dir+"/sticks",
		"GALLA_VERSION="+b.dir+"/version",
		"GALLA_UPTIME="+b.dir+"/uptime",
	)
	return cmd
}

// stick does what udev starts, and returns the journal.
func (b *box) stick(name string, good bool) string {
	b.t.Helper()
	out, err := b.command(name).CombinedOutput()
	if (err == nil) != good {
		b.t.Errorf("stick %s: %v %s", name, err, out)
	}
	if left, _ := filepath.Glob(filepath.Join(b.dir, "run", "*")); len(left) != 0 &&
		!slices.Equal(left, []string{filepath.Join(b.dir, "run/lock")}) {
		b.t.Errorf("stick %s leaves %v", name, left)
	}
	return string(out)
}

func (b *box) read(name string) string {
	text, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil && !os.IsNotExist(err) {
		b.t.Fatal(err)
	}
	return string(text)
}

// untouched: nothing was written and nobody restarts the box.
func (b *box) untouched() {
	b.t.Helper()
	b.want("what is installed", b.read("installs"), "")
	b.want("restarts", b.read("systemctl"), "")
	b.want("the next start", b.start(), "A")
}

func (b *box) says(what, text, want string) {
	b.t.Helper()
	if !strings.Contains(text, want) {
		b.t.Errorf("%s: %q does not say %q", what, text, want)
	}
}

func TestStickUpdates(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla.raucb", "signed 2")
	out := b.stick("sda1", true)
	b.says("the journal", out, "restarting into version 2")
	b.says("the stick", b.read("sticks/sda1/galla-update.txt"), "Version 2 is installed.")
	b.says("the mount", b.read("mounts"), "-t vfat -o ro,nosuid,nodev,noexec,nosymfollow /dev/sda1")
	b.want("restarts", b.read("systemctl"), "reboot\n")
	b.want("the next start", b.start(), "B")
	b.slot("set-state", "B", "good")

	// The stick is still in when the new system has started.
	b.write("version", "2\n")
	b.write("uptime", "60.00 1.00\n")
	b.says("the journal", b.stick("sda1", true), "Nothing to do: this box runs version 2.")
	b.says("the stick", b.read("sticks/sda1/galla-update.txt"), "Nothing to do: this box runs version 2.")
	b.want("installs", strings.TrimSpace(b.read("installs")), b.dir+"/run/sda1/galla.raucb")
	b.want("the start after that", b.start(), "B")
}

func TestStickWaitsForSales(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla.raucb", "signed 2")
	b.write("health", strings.Repeat(selling+"\n", 5)+starting+"\n"+selling+"\n"+idle+"\n")
	b.stick("sda1", true)
	b.want("turns waited", fmt.Sprint(strings.Count(b.read("slept"), "5\n")), "7")
	b.want("restarts", b.read("systemctl"), "reboot\n")
}

func TestStickNeverInterruptsSales(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla.raucb", "signed 2")
	b.write("health", selling+"\n")
	b.played("seq", "echo 1 2 3")
	b.says("the journal", b.stick("sda1", true), "always a sale open")
	b.want("restarts", b.read("systemctl"), "")
	b.want("the next start", b.start(), "B")
}

// A till that does not answer keeps no update from it that may be its cure.
func TestStickWithASilentTill(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla.raucb", "signed 2")
	b.write("health", "")
	b.stick("sda1", true)
	b.want("turns waited", fmt.Sprint(strings.Count(b.read("slept"), "5\n")), "23")
	b.want("restarts", b.read("systemctl"), "reboot\n")
}

func (b *box) played(name, text string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.path, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		b.t.Fatal(err)
	}
}

func TestStickRefused(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		good  bool
		want  string
	}{
		"no bundle": {[]string{"holiday.jpg", ""}, true, "no galla.raucb"},
		"bad signature": {[]string{"galla.raucb", "somebody's 2"}, false,
			"not signed by whom this box trusts. Copy it to the stick again. RAUC says: signature verification failed"},
		"same version":    {[]string{"galla.raucb", "signed 1"}, true, "this box runs version 1"},
		"no version":      {[]string{"galla.raucb", "signed "}, false, "names no version"},
		"strange letters": {[]string{"galla.raucb", "signed 2 $(reboot)"}, false, "names no version"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBox(t)
			b.plug("sda1", c.files...)
			b.says("the journal", b.stick("sda1", c.good), c.want)
			b.untouched()
		})
	}
}

func TestStickWithLinks(t *testing.T) {
	b := newBox(t)
	b.write("precious", "keys")
	b.plug("sda1")
	err := os.Symlink(filepath.Join(b.dir, "precious"), filepath.Join(b.dir, "sticks/sda1/galla.raucb"))
	if err != nil {
		t.Fatal(err)
	}
	b.says("the journal", b.stick("sda1", true), "no galla.raucb")
	b.plug("sdb1", "galla.raucb", "signed 1")
	if err := os.Symlink(
		filepath.Join(b.dir, "precious"),
		filepath.Join(b.dir, "sticks/sdb1/galla-update.txt"),
	); err != nil {
		t.Fatal(err)
	}
	b.stick("sdb1", true)
	b.want("what a link on the stick leads to", b.read("precious"), "keys")
	b.says("the stick", b.read("sticks/sdb1/galla-update.txt"), "Nothing to do")
	b.untouched()
}

// TestStickWithAlmostTheName: a file that a PC or a phone named a little otherwise is not passed over in silence.
func TestStickWithAlmostTheName(t *testing.T) {
	for file, meant := range map[string]string{
		"galla-wifi.txt.txt":           "galla-wifi.txt",
		"Galla_WiFi.txt":               "galla-wifi.txt",
		"galla-owner":                  "galla-owner.txt",
		"galla-hardware.rtf":           "galla-hardware.txt",
		"galla restore.txt":            "galla-restore.txt",
		"galla-backups":                "galla-backup",
		"galla(1).raucb":               "galla.raucb",
		"galla.raucb.part":             "galla.raucb",
		"galla-wifi.txt\n\x1b[31m.txt": "galla-wifi.txt",
	} {
		t.Run(file, func(t *testing.T) {
			b := newBox(t)
			b.plug("sda1", file, "", "gallad.toml", "", "galla_1_amd64.deb", "", "galla-update.txt", "")
			b.stick("sda1", true)
			answer := b.read("sticks/sda1/galla-names-answer.txt")
			b.says(
				"the stick",
				answer,
				" was not looked at: its name must be "+meant+", and nothing before or after it.",
			)
			if strings.Contains(answer, "\x1b") || strings.Contains(answer, "gallad.toml") {
				t.Errorf("the answer is %q", answer)
			}
			b.untouched()
		})
	}
	b := newBox(t)
	b.plug("sda1", "gallad.toml", "", "galla-wifi-answer.txt", "", "galla.raucb", "signed 1", "galla(1).raucb", "")
	b.stick("sda1", true)
	b.want("a stick with the right name", b.read("sticks/sda1/galla-names-answer.txt"), "")
}

// TestStickWithASelectOfAPC: autoboot.txt as a PC writes it names a system; one that names none is said to, for the
// next start may fail.
func TestStickWithASelectOfAPC(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla.raucb", "signed 2")
	b.write("select/autoboot.txt", "[all]\r\nboot_partition=\r\n")
	b.says(
		"the journal",
		b.stick("sda1", false),
		"write two lines into autoboot.txt on its first partition, [all] and boot_partition=2",
	)
	b.want("what is installed", b.read("installs"), "")
	b.write("select/autoboot.txt", "[all]\r\nboot_partition=2\r\n")
	b.stick("sda1", true)
	b.want("the next start", b.start(), "B")
}

func TestStickPulled(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla.raucb", "signed 2")
	b.write("pull", "")
	b.says(
		"the journal",
		b.stick("sda1", false),
		"could not be written, and this box keeps running 1. RAUC says: LastError: input/output error\n",
	)
	b.want("restarts", b.read("systemctl"), "")
	b.want("the next start", b.start(), "A")
	b.says("a stick that was pulled before it was looked at", b.stick("sdz1", true), "is gone")

	// Plugged in again it is installed.
	os.Remove(filepath.Join(b.dir, "pull"))
	b.plug("sdb1", "galla.raucb", "signed 2")
	b.stick("sdb1", true)
	b.want("the next start", b.start(), "B")
}

func TestStickThatCannotBeWritten(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla.raucb", "signed 2")
	b.write("locked", "")
	b.stick("sda1", true)
	b.want("the stick", b.read("sticks/sda1/galla-update.txt"), "")
	b.want("restarts", b.read("systemctl"), "reboot\n")
}

func TestTwoSticks(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla.raucb", "signed 2")
	b.plug("sdb1", "galla.raucb", "signed 3")
	b.plug("sdc1", "holiday.jpg", "")
	// Each waits until the other has been seen.
	b.played(
		"../both",
		`for _ in $(seq 1000); do [ "$(find "$BOX/run" -name '*.has' | wc -l)" -lt 2 ] || break; /bin/sleep 0.01; done`,
	)
	var out [2]strings.Builder
	one, two := b.command("sda1"), b.command("sdb1")
	one.Stdout, two.Stdout = &out[0], &out[1]
	one.WaitDelay, two.WaitDelay = 20*time.Second, 20*time.Second
	if err := one.Start(); err != nil {
		t.Fatal(err)
	}
	if err := two.Start(); err != nil {
		t.Fatal(err)
	}
	if one.Wait() == nil || two.Wait() == nil {
		t.Errorf("two sticks were accepted: %s %s", out[0].String(), out[1].String())
	}
	for i, name := range []string{"sda1", "sdb1"} {
		b.says("the journal", out[i].String(), "two sticks")
		b.says("the stick", b.read("sticks/"+name+"/galla-update.txt"), "plug in the one you mean")
	}
	b.untouched()
	// One of them alone is still one too many while the other is in.
	os.Remove(filepath.Join(b.dir, "both"))
	if err := b.command("sda1").Run(); err == nil {
		t.Error("one of two sticks was accepted")
	}
	b.untouched()
	// A stick with pictures on it is none.
	if err := os.RemoveAll(filepath.Join(b.dir, "sticks/sdb1")); err != nil {
		t.Fatal(err)
	}
	if out, err := b.command("sdc1").CombinedOutput(); err != nil {
		t.Errorf("%v %s", err, out)
	}
	b.stick("sda1", true)
	b.want("the next start", b.start(), "B")
}

// A version that fails its trial with the stick left in is not tried for ever, and a person may have it tried once
// more.
func TestStickLeftInAfterAFailedTrial(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla.raucb", "signed 2")
	b.stick("sda1", true)
	b.want("the trial", b.start(), "B")
	b.want("after a trial that failed", b.start(), "A")
	b.write("uptime", "70.00 1.00\n")
	b.says("the journal", b.stick("sda1", false), "this box has had version 2, and runs 1 again")
	b.want("restarts", b.read("systemctl"), "reboot\n")
	b.want("the next start", b.start(), "A")
	b.write("uptime", "1000.00 1.00\n")
	b.stick("sda1", true)
	b.want("a person wants it again", b.start(), "B")
}

// The stick of a box that was switched off meanwhile: nobody waits for anything.
func TestStickAtTheStart(t *testing.T) {
	b := newBox(t)
	b.write("uptime", "40.00 1.00\n")
	b.plug("sda1", "galla.raucb", "signed 2")
	b.stick("sda1", true)
	b.want("the next start", b.start(), "B")
}

func TestStickWhileAnotherUpdateIsUnderWay(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla.raucb", "signed 3")
	b.install("B")
	b.says("before the restart", b.stick("sda1", false), "an update waits for the box to restart")
	b.want("the trial", b.start(), "B")
	b.says("on trial", b.stick("sda1", false), "has not proved itself")
	b.want("what is installed", b.read("installs"), "")
	b.want("the way back", b.start(), "A")
}

// The names of programs, units and folders in the recipe are each other's.
func TestStickIsStarted(t *testing.T) {
	for file, wants := range map[string][]string{
		"files/usr/lib/udev/rules.d/90-galla-stick.rules": {"galla-stick@$kernel.service", `SYMLINK+="galla-stick/%k"`},
		"files/etc/systemd/system/galla-stick@.service": {"ExecStart=/usr/lib/galla/stick %i\n",
			"CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_CHOWN CAP_FOWNER\n"},
		"files/etc/systemd/system/galla-copies.service": {"ExecStart=/usr/lib/galla/copies\n"},
		"files/etc/systemd/system/galla-trial.service": {"ExecStart=/usr/lib/galla/slot begin\n",
			"RequiresMountsFor=/boot/select /var/lib/rauc\n"},
		"files/etc/rauc/system.conf": {"bootloader-custom-backend=/usr/lib/galla/slot\n"},
		"packages":                   {"rauc-service"},
		"build.sh": {"galla-trial.service", "galla-copies.timer", "/usr/lib/galla/image-version",
			"systemd-resolved.service"},
		"files/etc/systemd/system/galla-proved.service": {"ExecStart=/usr/lib/galla/proved\n"},
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(text), want) {
				t.Errorf("%s has no %q", file, want)
			}
		}
	}
}
