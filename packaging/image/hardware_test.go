package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// newBoot gives the box its boot partitions, with a config.txt as raspi-firmware makes it and one overlay. They are
// mounted as sticks are.
func newBoot(t *testing.T) *box {
	b := newBox(t)
	for _, part := range []string{"6a11a000-02", "6a11a000-03"} {
		b.plug(part, "config.txt", "# made by Debian\n[pi4]\narm_boost=1\n")
		if err := os.Mkdir(filepath.Join(b.dir, "sticks", part, "overlays"), 0o755); err != nil {
			t.Fatal(err)
		}
		b.plug(part, "overlays/i2c-rtc.dtbo", "")
	}
	return b
}

const boardA, boardB = "sticks/6a11a000-02/config.txt", "sticks/6a11a000-03/config.txt"

// hook does what RAUC does after it has written the boot partition of slot B.
func (b *box) hook() {
	b.t.Helper()
	lib, err := filepath.Abs("files/usr/lib/galla")
	if err != nil {
		b.t.Fatal(err)
	}
	b.plug("6a11a000-03", "config.txt", "# of the new version\n", "cmdline.txt", "root=PARTUUID=6a11a000-05 ro quiet\n")
	cmd := exec.Command("sh", "hook", "slot-post-install")
	cmd.Env = append(
		b.env(),
		"PATH="+b.path+":"+os.Getenv("PATH"),
		"RAUC_SLOT_NAME=boot.1",
		"RAUC_SLOT_MOUNT_POINT="+b.dir+"/sticks/6a11a000-03",
		"GALLA_HARDWARE_TOOL="+lib+"/hardware",
		"GALLA_HARDWARE="+b.dir+"/hardware.txt",
	)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Errorf("hook: %v %s", err, out)
	}
}

const settings = "# hardware settings of this box (galla-hardware.txt)\n[all]\ndtoverlay=i2c-rtc,ds3231\n" +
	"enable_uart=1\n# end of the hardware settings of this box\n"

// TestBox_7_HardwareSurvivesUpdates: what a stick's file sets is in the running slot's config.txt once, in the fresh
// slot after an update, and gone when an empty file says so.
func TestBox_7_HardwareSurvivesUpdates(t *testing.T) {
	b := newBoot(t)
	b.plug(
		"sda1",
		"galla-hardware.txt",
		"\xef\xbb\xbf# my clock\r\n dtoverlay=i2c-rtc,ds3231 \r\n\r\nenable_uart=1\r\n",
	)
	b.says("the journal", b.stick("sda1", true), "from its next start on, and after every update")
	b.says("the stick", b.read("sticks/sda1/galla-hardware-answer.txt"), "switch it off and on")
	b.want("slot A", b.read(boardA), "# made by Debian\n[pi4]\narm_boost=1\n"+settings)
	b.says("left in", b.stick("sda1", true), "has these hardware settings already")
	b.want("slot A, left in", b.read(boardA), "# made by Debian\n[pi4]\narm_boost=1\n"+settings)

	b.hook()
	b.want("slot B", b.read(boardB), "# of the new version\n"+settings)
	b.want("its command line", b.read("sticks/6a11a000-03/cmdline.txt"), "root=PARTUUID=6a11a000-06 ro quiet\n")

	b.plug("sda1", "galla-hardware.txt", "dtparam=i2c_arm=on\n")
	b.stick("sda1", true)
	if text := b.read(boardA); strings.Count(text, "[all]") != 1 || strings.Contains(text, "uart") ||
		!strings.Contains(text, "\ndtparam=i2c_arm=on\n") {
		t.Errorf("other settings: %s", text)
	}
	b.plug("sda1", "galla-hardware.txt", "")
	b.stick("sda1", true)
	b.want("slot A without", b.read(boardA), "# made by Debian\n[pi4]\narm_boost=1\n")
	b.hook()
	b.want("slot B without", b.read(boardB), "# of the new version\n")
}

// TestBox_7_NoSuchOverlay: an overlay that this version has not is refused by name, and one that a later version has
// not is left out of it and keeps no update away.
func TestBox_7_NoSuchOverlay(t *testing.T) {
	b := newBoot(t)
	b.plug("sda1", "galla-hardware.txt", "dtoverlay=vc4-kms-dsi-7inch\n")
	b.says("the journal", b.stick("sda1", true), "no overlay named vc4-kms-dsi-7inch")
	b.want("slot A", b.read(boardA), "# made by Debian\n[pi4]\narm_boost=1\n")
	b.want("what is kept", b.read("hardware.txt"), "")

	b.plug("sda1", "galla-hardware.txt", "dtoverlay=i2c-rtc,ds3231\nenable_uart=1\n")
	b.stick("sda1", true)
	os.Remove(filepath.Join(b.dir, "sticks/6a11a000-03/overlays/i2c-rtc.dtbo"))
	b.hook()
	b.want(
		"slot B",
		b.read(boardB),
		"# of the new version\n"+strings.Replace(settings, "dtoverlay=i2c-rtc,ds3231\n", "", 1),
	)
}

// TestHardwareWithoutALastNewline: the last line of a file counts as the others do, to be checked and to be written.
func TestHardwareWithoutALastNewline(t *testing.T) {
	b := newBoot(t)
	b.plug("sda1", "galla-hardware.txt", "dtoverlay=i2c-rtc,ds3231\r\nenable_uart=1")
	b.says("the journal", b.stick("sda1", true), "from its next start on")
	b.want("slot A", b.read(boardA), "# made by Debian\n[pi4]\narm_boost=1\n"+settings)
	b.plug("sda1", "galla-hardware.txt", "kernel=mine.img")
	b.says("the journal", b.stick("sda1", true), "kernel=mine.img is no setting")
	b.want("slot A", b.read(boardA), "# made by Debian\n[pi4]\narm_boost=1\n"+settings)
}

// TestHardwareAfterACut: what is kept and not in config.txt is no "nothing to do". The power went between the two, or
// the boot partition was written by an update that waited for its restart.
func TestHardwareAfterACut(t *testing.T) {
	b := newBoot(t)
	b.plug("sda1", "galla-hardware.txt", "dtoverlay=i2c-rtc,ds3231\nenable_uart=1\n")
	b.write("hardware.txt", "dtoverlay=i2c-rtc,ds3231\nenable_uart=1\n")
	b.says("the journal", b.stick("sda1", true), "from its next start on")
	b.want("slot A", b.read(boardA), "# made by Debian\n[pi4]\narm_boost=1\n"+settings)

	// A PC has written config.txt, with its own ends of lines and none at the last.
	b.plug(
		"6a11a000-02",
		"config.txt",
		strings.TrimSuffix(strings.ReplaceAll("arm_boost=1\n"+settings, "\n", "\r\n"), "\r\n"),
	)
	b.stick("sda1", true)
	b.want("slot A", b.read(boardA), "arm_boost=1\r\n"+settings)
	b.plug("6a11a000-02", "config.txt", "arm_boost=1")
	b.stick("sda1", true)
	b.want("slot A", b.read(boardA), "arm_boost=1\n"+settings)
	b.says("left in", b.stick("sda1", true), "has these hardware settings already")
}

func TestBox_7_HardwareRefused(t *testing.T) {
	for what, text := range map[string]string{
		"another kernel":      "kernel=mine.img",
		"another file":        "include /evil.txt",
		"an overlay's path":   "dtoverlay=../evil",
		"another partition":   "boot_partition=3",
		"a section":           "[pi5]",
		"a long line":         "dtparam=" + strings.Repeat("a", 100),
		"another alphabet":    "dtparam=घड़ी",
		"too many":            strings.Repeat("dtparam=a=b\n", 50),
		"a voltage":           "over_voltage=8",
		"a UART that is none": "enable_uart=2",
		"a file cut short":    strings.Repeat("#", 4100) + "\ndtparam=i2c_arm=on",
	} {
		t.Run(what, func(t *testing.T) {
			b := newBoot(t)
			b.plug("sda1", "galla-hardware.txt", "enable_uart=1\n"+text+"\n")
			b.says("the journal", b.stick("sda1", true), "The hardware settings were not changed: ")
			b.want("slot A", b.read(boardA), "# made by Debian\n[pi4]\narm_boost=1\n")
			b.want("what is kept", b.read("hardware.txt"), "")
		})
	}
}
