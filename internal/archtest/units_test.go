package archtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// exposure is the highest score systemd-analyze may give each service, in tenths; lower is safer. gallad's 1.5 is the
// price of the internet, a tty, and of knowing by their logins who sells (PrivateUsers= would make all of them one, and
// the score 1.3); galla-setup's that of root, for one write on a new box; the screen's 1.4 that of a monitor that may
// be plugged in later (udev is heard in the box's own network namespace only), and of cage being galla-display's
// parent.
var exposure = map[string]int{
	"gallad.service":        15,
	"galla-display.service": 14,
	"galla-voice.service":   4,
	"galla-backup.service":  2,
	"galla-verify.service":  2,
	"galla-setup.service":   14,
	"galla-office.service":  14,
}

func units(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob(root + "/systemd/*.*")
	if err != nil || len(all) < 9 {
		t.Fatalf("%d units in systemd/, %v", len(all), err)
	}
	return all
}

// TestUnitsAreClean: systemd knows every line of every unit, and finds what they name. The programs stand in for
// themselves.
func TestUnitsAreClean(t *testing.T) {
	box := t.TempDir()
	system := filepath.Join(box, "usr/lib/systemd/system")
	for _, dir := range []string{system, filepath.Join(box, "usr/bin"), filepath.Join(box, "etc")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range []string{"gallad", "galla", "galla-display", "galla-office", "cage"} {
		if err := os.WriteFile(filepath.Join(box, "usr/bin", program), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// Debian's own units, which ours name.
	if out, err := exec.Command("cp", "-r", "/lib/systemd/system/.", system).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, unit := range units(t) {
		raw, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(system, filepath.Base(unit)), raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	verify := func(unit string) string {
		out, err := exec.Command("systemd-analyze", "verify", "--man=no", "--root="+box, unit).CombinedOutput()
		if err != nil {
			return string(out) + err.Error()
		}
		return string(out)
	}
	for _, unit := range units(t) {
		if said := verify(filepath.Base(unit)); said != "" {
			t.Errorf("systemd-analyze verify %s says\n%s", unit, said)
		}
	}
	if err := os.WriteFile(
		filepath.Join(system, "wrong.service"),
		[]byte("[Service]\nExecStart=/usr/bin/gallad\nWatchdogSecs=30\n"),
		0o644,
	); err != nil {
		t.Fatal(err)
	}
	if verify("wrong.service") == "" {
		t.Error("systemd-analyze verify finds nothing wrong with WatchdogSecs=: it isn't looking")
	}
}

// TestExposure: no unit becomes more open without this table being changed.
func TestExposure(t *testing.T) {
	score := regexp.MustCompile(`Overall exposure level for \S+: ([0-9]+)\.([0-9])`)
	seen := 0
	for _, unit := range units(t) {
		if filepath.Ext(unit) != ".service" {
			continue
		}
		seen++
		name := filepath.Base(unit)
		out, err := exec.Command("systemd-analyze", "security", "--offline=yes", "--no-pager", unit).CombinedOutput()
		found := score.FindSubmatch(out)
		if found == nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		got, err := strconv.Atoi(string(found[1]) + string(found[2]))
		if err != nil {
			t.Fatal(err)
		}
		if most, ok := exposure[name]; !ok || got != most {
			t.Errorf("%s is exposed %d.%d, and may be %d.%d; if it became safer, write that down\n%s",
				name, got/10, got%10, most/10, most%10, out)
		}
	}
	if seen != len(exposure) {
		t.Errorf("%d services were looked at, %d are known", seen, len(exposure))
	}
}

// TestScreenIsPoor: the screen and the voice are given no key, no network, and no place to write the sales.
func TestScreenIsPoor(t *testing.T) {
	noNetwork := map[string]string{
		// With PrivateNetwork=yes udev's word of a monitor that is plugged in never reaches cage.
		"galla-display.service": "RestrictAddressFamilies=AF_UNIX AF_NETLINK",
		"galla-voice.service":   "PrivateNetwork=yes",
	}
	for name, closed := range noNetwork {
		raw, err := os.ReadFile(root + "/systemd/" + name)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(raw), "\n")
		for _, must := range []string{closed, "IPAddressDeny=any", "User=galla-display", "ProtectSystem=strict",
			"CapabilityBoundingSet="} {
			if !slices.Contains(lines, must) {
				t.Errorf("%s lacks %s", name, must)
			}
		}
		for _, line := range lines {
			if strings.HasPrefix(line, "LoadCredential") || strings.HasPrefix(line, "StateDirectory=") ||
				strings.HasPrefix(line, "ReadWritePaths=") {
				t.Errorf("%s has %s", name, line)
			}
		}
	}
}

// TestVoiceWaitsForItsCard: a unit whose condition fails at boot isn't looked at again. udev finds a sound card when it
// likes, and starts sound.target for it.
func TestVoiceWaitsForItsCard(t *testing.T) {
	raw, err := os.ReadFile(root + "/systemd/galla-voice.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, must := range []string{"\nConditionPathExists=/dev/snd\n", "\nWantedBy=multi-user.target sound.target\n"} {
		if !strings.Contains(string(raw), must) {
			t.Errorf("galla-voice.service lacks %q", must)
		}
	}
}

// TestBox_9: a package that was removed leaves no dead sockets, and systemd 257 finds no variable unset at a restart of
// the screen.
func TestBox_9(t *testing.T) {
	for _, unit := range units(t) {
		raw, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		text, name := string(raw), filepath.Base(unit)
		if strings.Contains(text, "ListenStream=/run/") && !strings.Contains(text, "\nRemoveOnStop=yes\n") {
			t.Errorf("%s leaves its socket behind", name)
		}
		set := regexp.MustCompile(`(?m)^Environment=(.*)$`).FindAllStringSubmatch(text, -1)
		for _, used := range regexp.MustCompile(`(?m)^Exec\w+=.*$`).FindAllString(text, -1) {
			for _, v := range regexp.MustCompile(`\$\{?(\w+)`).FindAllStringSubmatch(used, -1) {
				if !slices.ContainsFunc(set, func(line []string) bool {
					return slices.Contains(strings.Split(line[1], " "), v[1]+"=") || strings.Contains(line[1], v[1]+"=")
				}) {
					t.Errorf("%s uses $%s and does not set it", name, v[1])
				}
			}
		}
	}
}
