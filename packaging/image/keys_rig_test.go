//go:build rig

package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// authority makes one who signs updates: ca.pem, cert.pem and key.pem in a folder.
func authority(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	shell(t, dir, `
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca-key.pem -out ca.pem -subj `+
		`"/O=Shop/CN=$0" -days 3650 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out request.pem -subj `+
		`"/O=Shop/CN=builder of $0" 2>/dev/null
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -out cert.pem -days "${1:-3650}" `+
		`2>/dev/null`, name)
	return dir
}

// TestKeys: a card is signed by keys that hold together, or by a pair for trials that somebody asked for.
func TestKeys(t *testing.T) {
	good, other, short := authority(t, "updates"), authority(t, "another"), authority(t, "short")
	shell(t, short, `openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -out cert.pem `+
		`-days 30 2>/dev/null`)
	trial := t.TempDir()
	mixed := func(files ...string) string {
		dir := t.TempDir()
		for _, f := range files {
			shell(t, dir, `cp "$0" .`, f)
		}
		return dir
	}
	run := func(env ...string) (string, error) {
		cmd := exec.Command("./keys.sh", trial)
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	if said, err := run("DEMO=yes", "KEYS="); err != nil || said != trial {
		t.Fatalf("a card for trials: %v %s", err, said)
	}
	if said, err := run("KEYS=" + good); err != nil || said != good {
		t.Errorf("good keys: %v %s", err, said)
	}
	both := mixed(other+"/cert.pem", other+"/key.pem")
	shell(t, both, `cat "$0/ca.pem" "$1/ca.pem" >ca.pem`, good, other)
	if said, err := run("KEYS=" + both); err != nil || said != both {
		t.Errorf("two authorities: %v %s", err, said)
	}
	for name, c := range map[string]struct {
		says string
		env  []string
	}{
		"none":         {"whose updates may the boxes install?", []string{"KEYS=", "DEMO="}},
		"both":         {"one of them", []string{"KEYS=" + good, "DEMO=yes"}},
		"no folder":    {"is no folder", []string{"KEYS=/nowhere"}},
		"no key":       {"has no key.pem", []string{"KEYS=" + mixed(good+"/cert.pem", good+"/ca.pem")}},
		"no authority": {"has no ca.pem", []string{"KEYS=" + mixed(good+"/cert.pem", good+"/key.pem")}},
		"for trials":   {"for trials", []string{"KEYS=" + trial}},
		"another authority": {"from no authority in",
			[]string{"KEYS=" + mixed(good+"/cert.pem", good+"/key.pem", other+"/ca.pem")}},
		"another key": {"is not the key of",
			[]string{"KEYS=" + mixed(good+"/cert.pem", other+"/key.pem", good+"/ca.pem")}},
		"a certificate's end": {"ends within 90 days", []string{"KEYS=" + short}},
		"a certificate, broken": {"can't be read", []string{"KEYS=" + func() string {
			d := mixed(good+"/key.pem", good+"/ca.pem")
			os.WriteFile(d+"/cert.pem", []byte("x"), 0o600)
			return d
		}()}},
	} {
		t.Run(name, func(t *testing.T) {
			if said, err := run(c.env...); err == nil || !strings.Contains(said, c.says) {
				t.Errorf("it says %q, want %q: %v", said, c.says, err)
			}
		})
	}
}

// TestTwoAuthorities: how the authority of the updates changes, by the real rauc: a box whose ca.pem has the old and
// the new one takes updates that either signed; before, it refuses the new one's; after, with the new one alone, it
// refuses the old one's.
func TestTwoAuthorities(t *testing.T) {
	before, after, stranger := authority(t, "updates 2026"), authority(t, "updates 2027"), authority(t, "somebody")
	dir := t.TempDir()
	shell(
		t,
		dir,
		`cat "$0/ca.pem" >before.pem; cat "$0/ca.pem" "$1/ca.pem" >both.pem; cat "$1/ca.pem" >after.pem`,
		before,
		after,
	)
	for name, who := range map[string]string{"old": before, "new": after, "stranger": stranger} {
		shell(t, dir, `
mkdir "$0" && head -c 100000 /dev/urandom >"$0/root.ext4"
printf '[update]\ncompatible=galla-pi\nversion=1\n[bundle]\nformat=verity\n[image.rootfs]\nfilename=root.ext4\n' `+
			`>"$0/manifest.raucm"
rauc --cert="$1/cert.pem" --key="$1/key.pem" --keyring="$1/ca.pem" bundle "$0" "$0.raucb"`, name, who)
	}
	for _, c := range []struct {
		keyring, bundle string
		good            bool
	}{
		{"before", "old", true}, {"before", "new", false},
		{"both", "old", true}, {"both", "new", true}, {"both", "stranger", false},
		{"after", "old", false}, {"after", "new", true},
	} {
		out, err := exec.Command("rauc", "--keyring="+filepath.Join(dir, c.keyring+".pem"), "info",
			filepath.Join(dir, c.bundle+".raucb")).CombinedOutput()
		if (err == nil) != c.good {
			t.Errorf("a box that trusts %q and an update by the %s one: %v\n%s", c.keyring, c.bundle, err, out)
		}
		if !c.good && !strings.Contains(string(out), "signature") {
			t.Errorf("it is refused for another reason than its signature: %s", out)
		}
	}
}

// TestContents: what the file of a card's contents tells apart, and what it doesn't.
func TestContents(t *testing.T) {
	tree := func(change string) string {
		dir := t.TempDir()
		shell(t, dir, `umask 022; mkdir -p etc "a b"; echo one >etc/one; echo two >"a b/two"; ln -s one etc/link; `+
			`chmod 600 etc/one; `+change)
		return shell(t, ".", `./contents.sh "$0"`, dir)
	}
	same := tree("")
	if lines := strings.Count(same, "\n"); lines != 5 {
		t.Fatalf("5 files, and %d lines\n%s", lines, same)
	}
	if again := tree("sleep 1; touch etc/one"); again != same {
		t.Errorf("another time is another card:\n%s%s", same, again)
	}
	for _, change := range []string{"echo x >etc/one", "chmod 601 etc/one", "ln -sf two etc/link", "chown 7 etc/one",
		"mkdir c", "rm etc/link", "chmod 700 etc", `mv "a b" c`} {
		if got := tree(change); got == same {
			t.Errorf("%s is not seen", change)
		}
	}
}

// TestLock: debian.lock is whole: a name once, a version and a sum each, and everything that the file packages names.
func TestLock(t *testing.T) {
	raw, err := os.ReadFile("debian.lock")
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	last := ""
	for line := range strings.Lines(string(raw)) {
		f := strings.Fields(line)
		if len(f) != 4 || len(f[3]) != 64 || f[2] != "arm64" && f[2] != "all" {
			t.Fatalf("%q is not name, version, architecture, sum", line)
		}
		if versions[f[0]] != "" || line < last && f[0] < strings.Fields(last)[0] {
			t.Errorf("%s stands twice, or not in its place", f[0])
		}
		versions[f[0]], last = f[1], line
	}
	wanted, err := os.ReadFile("packages")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(wanted)) {
		if name := strings.TrimSpace(line); name != "" && name[0] != '#' && versions[name] == "" {
			t.Errorf("debian.lock has no %s", name)
		}
	}
	if len(versions) < 200 || !strings.Contains(versions["linux-image-arm64"], "bpo13") {
		t.Errorf("%d packages, linux %s: want the backports' kernel", len(versions), versions["linux-image-arm64"])
	}
}
