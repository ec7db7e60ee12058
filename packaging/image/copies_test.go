package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// carrier plays gallad's part of the copies as gallad carry and restore have it: it writes only where the stick is
// mounted writable, and says with 73 that it wants that.
const carrier = `echo "$*" >> "$BOX/asked"
case "$1" in
carry)
	[ ! -e "$BOX/carrying" ] || { echo "two at a time" >> "$BOX/asked"; exit 1; }
	: > "$BOX/carrying"; trap 'rm -f "$BOX/carrying"' EXIT
	[ ! -e "$BOX/trouble" ] || { cat "$BOX/trouble" >&2; exit 1; }
	[ -e "$BOX/hourly" ] || { echo "gallad: configuration: till.backup isn't set" >&2; exit 78; }
	cmp -s "$BOX/hourly" "$2/galla.db" && { echo "is on this stick"; exit 0; }
	[ -e "$BOX/writable.$(basename "$(dirname "$2")")" ] || exit 73
	cp "$BOX/hourly" "$2/galla.db"
	echo "$2 $3" >> "$BOX/carried"
	echo "as they were at 14:30" ;;
offer)
	[ ! -e "$BOX/new" ] || { [ -e "$2/galla.db" ] && echo "The setup page offers the sales of this stick."; }
	[ ! -e "$BOX/spoilt" ] || { echo "gallad: no copy on the stick is whole" >&2; exit 1; } ;;
restore)
	[ -e "$2/galla.db" ] || { echo "gallad: there is no copy" >&2; exit 1; }
	[ ! -e "$BOX/sales" ] || { echo "gallad: this box has sales of its own" >&2; exit 1; }
	cp "$2/galla.db" "$BOX/sales"
	echo "Not whole, and left out: x."
	echo "The sales are back: the copy of noon." ;;
esac`

func newCarrier(t *testing.T) *box {
	b := newBox(t)
	b.played("gallad", carrier)
	b.write("hourly", "copy 1")
	if err := os.Mkdir(filepath.Join(b.dir, "sticks/galla-stick"), 0o755); err != nil {
		t.Fatal(err)
	}
	return b
}

// folder gives a stick the folder that makes it the place of copies, and udev's name for it.
func (b *box) folder(name string) {
	b.t.Helper()
	b.plug(name)
	if err := os.Mkdir(filepath.Join(b.dir, "sticks", name, "galla-backup"), 0o755); err != nil {
		b.t.Fatal(err)
	}
	b.link(name)
}

func (b *box) link(name string) {
	b.t.Helper()
	if err := os.Symlink("../"+name, filepath.Join(b.dir, "sticks/galla-stick", name)); err != nil {
		b.t.Fatal(err)
	}
}

// hourly does what the timer starts.
func (b *box) hourly() string {
	b.t.Helper()
	out, err := b.script("copies").CombinedOutput()
	if err != nil {
		b.t.Errorf("copies: %v %s", err, out)
	}
	if left, _ := filepath.Glob(filepath.Join(b.dir, "run/*.copies")); len(left) != 0 {
		b.t.Errorf("copies leaves %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(b.dir, "writable.*")); len(left) != 0 {
		b.t.Errorf("a stick stays writable: %v", left)
	}
	return string(out)
}

// TestBox_2_StickOfCopies: a stick with the folder gets the copy when it is plugged in and every hour, is written to
// only when something changed, and says on itself what it is for.
func TestBox_2_StickOfCopies(t *testing.T) {
	b := newCarrier(t)
	b.folder("sda1")
	b.says("the journal", b.stick("sda1", true), "as they were at 14:30")
	b.want("the copy", b.read("sticks/sda1/galla-backup/galla.db"), "copy 1")
	b.says("the stick", b.read("sticks/sda1/galla-backup-answer.txt"), "as they were at 14:30")
	b.says("the note", b.read("asked"), "carry "+b.dir+"/run/sda1/galla-backup "+b.dir+"/note")

	os.Remove(filepath.Join(b.dir, "carried"))
	b.hourly()
	b.want("what was written with nothing new", b.read("carried"), "")
	b.write("hourly", "copy 2")
	b.hourly()
	b.want("the copy", b.read("sticks/sda1/galla-backup/galla.db"), "copy 2")
	b.says(
		"what it mounts",
		b.read("mounts"),
		"-t vfat -o ro,nosuid,nodev,noexec,nosymfollow /dev/sda1 "+b.dir+"/run/sda1.copies",
	)
	b.untouched()
}

// TestBox_2_OtherSticks: a stick without the folder is never written to, nor one where that name is a link; the
// update's stick may be the place of copies too.
func TestBox_2_OtherSticks(t *testing.T) {
	b := newCarrier(t)
	b.plug("sda1", "holiday.jpg", "x")
	b.link("sda1")
	b.plug("sdb1")
	b.link("sdb1")
	if err := os.Symlink(b.dir, filepath.Join(b.dir, "sticks/sdb1/galla-backup")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sda1", "sdb1"} {
		b.says("the journal", b.stick(name, true), "no galla.raucb")
	}
	b.hourly()
	b.want("what gallad was asked", b.read("asked"), "")
	entries, _ := os.ReadDir(filepath.Join(b.dir, "sticks/sda1"))
	if len(entries) != 1 {
		t.Errorf("another stick has %v", entries)
	}

	b.folder("sdc1")
	b.plug("sdc1", "galla.raucb", "signed 2")
	b.stick("sdc1", true)
	b.want("the copy", b.read("sticks/sdc1/galla-backup/galla.db"), "copy 1")
	b.want("the next start", b.start(), "B")
}

// TestBox_2_StickRefused: each reason is said on the stick, and the hourly copy goes on to the next stick.
func TestBox_2_StickRefused(t *testing.T) {
	for name, c := range map[string]struct{ file, text, want string }{
		"write-protected": {"locked", "", "write-protected"},
		"another till's": {"trouble", "gallad: the stick holds the copies of another till (box 12)",
			"No sales were copied: the stick holds the copies of another till"},
		"a box not set up": {"hourly", "-", "not set up yet"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newCarrier(t)
			b.folder("sda1")
			b.write(c.file, c.text)
			if c.text == "-" {
				os.Remove(filepath.Join(b.dir, c.file))
			}
			b.says("the journal", b.stick("sda1", true), c.want)
			if c.file != "locked" {
				b.says("the stick", b.read("sticks/sda1/galla-backup-answer.txt"), c.want)
			}
			b.hourly()
			b.want("the copy", b.read("sticks/sda1/galla-backup/galla.db"), "")
			os.Remove(filepath.Join(b.dir, c.file))
			b.write("hourly", "copy 1")
			b.hourly()
			b.want("the copy", b.read("sticks/sda1/galla-backup/galla.db"), "copy 1")
		})
	}
}

// TestBox_2_OneAtATime: a stick that is plugged in while the hourly copy runs is not written twice at once, and one
// that waits for its update with the stick mounted is left alone.
func TestBox_2_OneAtATime(t *testing.T) {
	b := newCarrier(t)
	b.folder("sda1")
	b.folder("sdb1")
	// systemd starts one hourly copy at a time
	all := []*exec.Cmd{b.command("sda1"), b.script("copies"), b.command("sdb1")}
	for _, cmd := range all {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if strings.Contains(b.read("asked"), "two at a time") {
		t.Error("two copies at a time")
	}

	b.write("hourly", "copy 2")
	if err := os.MkdirAll(filepath.Join(b.dir, "run/sda1"), 0o755); err != nil {
		t.Fatal(err)
	}
	b.hourly()
	b.want("a stick that waits", b.read("sticks/sda1/galla-backup/galla.db"), "copy 1")
	b.want("the other", b.read("sticks/sdb1/galla-backup/galla.db"), "copy 2")
}

// TestBox_2_RestoreByStick: galla-restore.txt on a stick puts its copy back, once, and only where there are no sales.
func TestBox_2_RestoreByStick(t *testing.T) {
	b := newCarrier(t)
	os.Remove(filepath.Join(b.dir, "hourly"))
	b.folder("sda1")
	b.plug("sda1", "galla-restore.txt", "", "galla-backup/galla.db", "the old till's")
	b.says("the journal", b.stick("sda1", true), "The sales are back: the copy of noon. Answer the setup page")
	b.want("the sales", b.read("sales"), "the old till's")
	b.says(
		"the stick",
		b.read("sticks/sda1/galla-restore-answer.txt"),
		"Not whole, and left out: x. The sales are back",
	)
	b.says("left in", b.stick("sda1", true), "Nothing was put back: this box has sales of its own")

	b.plug("sdb1", "galla-restore.txt", "")
	b.says("without the folder", b.stick("sdb1", true), "has no folder galla-backup")
	b.want("the sales", b.read("sales"), "the old till's")
}

// TestBox_2_OfferedInSetup: a new box's page is told of the copy, and the stick says so, or why not; the copy stays.
func TestBox_2_OfferedInSetup(t *testing.T) {
	b := newCarrier(t)
	os.Remove(filepath.Join(b.dir, "hourly"))
	b.write("new", "")
	b.folder("sda1")
	b.plug("sda1", "galla-backup/galla.db", "the old till's")
	b.says("the journal", b.stick("sda1", true), "The setup page offers the sales of this stick.")
	b.says("the stick", b.read("sticks/sda1/galla-restore-answer.txt"), "The setup page offers")
	b.want("the copy", b.read("sticks/sda1/galla-backup/galla.db"), "the old till's")
	os.Remove(filepath.Join(b.dir, "new"))
	b.write("spoilt", "")
	b.says("a spoilt one", b.stick("sda1", true), "Nothing is offered: no copy on the stick is whole")
}

// TestBox_2_DefaultsOfTheImage: the recipe's own sed makes settings of the shipped file that have a place for copies
// and keep_days, and are still of a box that nobody has set up.
func TestBox_2_DefaultsOfTheImage(t *testing.T) {
	recipe, err := os.ReadFile("build.sh")
	if err != nil {
		t.Fatal(err)
	}
	var line string
	for l := range strings.Lines(string(recipe)) {
		if strings.HasPrefix(l, "sed -i 's|^#backup") {
			line = strings.TrimSpace(l)
		}
	}
	root := t.TempDir()
	shipped, err := os.ReadFile("../gallad.toml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "usr/share/galla/gallad.toml")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, shipped, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-c", line)
	cmd.Env = append(os.Environ(), "root="+root)
	if out, err := cmd.CombinedOutput(); err != nil || line == "" {
		t.Fatalf("%q: %v %s", line, err, out)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\nbackup = \"/var/lib/galla/copies/galla.db\"\n", "\nkeep_days = 1100\n"} {
		if strings.Count(string(text), want) != 1 {
			t.Errorf("the image's settings have no %q", want)
		}
	}
	if n := strings.Count(string(text), "\n"); n != strings.Count(string(shipped), "\n") {
		t.Errorf("%d lines", n)
	}
}
