//go:build rig

package rig

import (
	"flag"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// suites are the Debians that TestRelease runs on.
var suites = flag.String("release.on", "trixie", "`names` of Debians, with commas between them")

// vendor is who releases: its keys, and the folder that its server serves.
type vendor struct {
	t    *testing.T
	home string // gpg's
	out  string
}

func newVendor(t *testing.T) *vendor {
	t.Helper()
	home, err := os.MkdirTemp("", "g") // an agent's socket has a short path
	if err != nil {
		t.Fatal(err)
	}
	v := &vendor{t: t, home: home, out: filepath.Join(t.TempDir(), "served")}
	t.Cleanup(func() {
		v.gpg("gpgconf", "--kill", "all")
		os.RemoveAll(home)
	})
	return v
}

func (v *vendor) gpg(name string, args ...string) string {
	v.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "GNUPGHOME="+v.home)
	out, err := cmd.Output()
	if err != nil {
		v.t.Fatalf("%s %q: %v", name, args, err)
	}
	return string(out)
}

// key makes a key, and returns its fingerprint.
func (v *vendor) key(name string) string {
	v.t.Helper()
	v.gpg("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never")
	for line := range strings.Lines(v.gpg("gpg", "--batch", "--with-colons", "--list-keys", name)) {
		if f := strings.Split(line, ":"); f[0] == "fpr" {
			return f[9]
		}
	}
	v.t.Fatalf("the key %s has no fingerprint", name)
	return ""
}

// release runs packaging/release/build.sh with packages; trusted are the keys that the keyring of this release holds.
func (v *vendor) release(signed, trusted []string, more []string, packages ...string) (string, error) {
	v.t.Helper()
	debs, trust := v.t.TempDir(), v.t.TempDir()
	for _, p := range packages {
		sh(v.t, "cp", "-p", p, debs)
	}
	for _, key := range trusted {
		armored := v.gpg("gpg", "--batch", "--armor", "--export", key)
		if err := os.WriteFile(filepath.Join(trust, key+".asc"), []byte(armored), 0o644); err != nil {
			v.t.Fatal(err)
		}
	}
	cmd := exec.Command("packaging/release/build.sh", v.out)
	cmd.Dir = top
	cmd.Env = append(
		os.Environ(),
		"GNUPGHOME="+v.home,
		"DEBS="+debs,
		"IMAGE=none",
		"DEMO=none",
		"URL=http://127.0.0.1:8000",
		"SIGN="+strings.Join(signed, " "),
		"TRUST="+trust,
	)
	cmd.Env = append(cmd.Env, more...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (v *vendor) must(signed, trusted []string, packages ...string) {
	v.t.Helper()
	if said, err := v.release(signed, trusted, nil, packages...); err != nil {
		v.t.Fatalf("no release: %v\n%s", err, said)
	}
}

// asked are the paths that a server was asked for.
type asked struct {
	mu    sync.Mutex
	paths []string
}

func (a *asked) count(part string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, p := range a.paths {
		if strings.Contains(p, part) {
			n++
		}
	}
	return n
}

// serve serves a folder at 127.0.0.1:8000 of the box, whose network is its own.
func (b *box) serve(dir string) *asked {
	b.t.Helper()
	type opened struct {
		net.Listener
		error
	}
	done := make(chan opened)
	go func() {
		runtime.LockOSThread() // the thread ends with the goroutine: no other may have its network
		there, err := os.Open("/proc/" + b.leader + "/ns/net")
		if err == nil {
			defer there.Close()
			err = unix.Setns(int(there.Fd()), unix.CLONE_NEWNET)
		}
		if err != nil {
			done <- opened{nil, err}
			return
		}
		l, err := net.Listen("tcp", "127.0.0.1:8000")
		done <- opened{l, err}
	}()
	l := <-done
	if l.error != nil {
		b.t.Fatal(l.error)
	}
	a, files := &asked{}, http.FileServer(http.Dir(dir))
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a.mu.Lock()
			a.paths = append(a.paths, r.URL.Path)
			a.mu.Unlock()
			files.ServeHTTP(w, r)
		}),
	}
	b.t.Cleanup(func() { server.Close() })
	go server.Serve(l)
	return a
}

// flip changes one byte in the middle of a file, and returns what puts it back.
func flip(t *testing.T, file string) func() {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func() {
		if err := os.WriteFile(file, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw[len(raw)/2] ^= 1
	write()
	raw[len(raw)/2] ^= 1
	return write
}

// TestRelease: a box is installed and upgraded from what "make release" leaves, on Debian 12 and 13, over a change of
// the key that signs; what is not signed, not whole, or signed by a key that the box doesn't know is not installed.
func TestRelease(t *testing.T) {
	packages := newShelf(t)
	both := repacked(t, packages.later, "1.0.0~rig2b-1", nothing)
	for _, suite := range strings.Split(*suites, ",") {
		t.Run(suite, func(t *testing.T) {
			v, b := newVendor(t), newBoxOf(t, suite)
			first, second := v.key("Galla archive 2026"), v.key("Galla archive 2027")
			const ring = "/usr/share/keyrings/galla-archive-keyring.gpg"
			update := "apt-get update -qq -o APT::Update::Error-Mode=any 2>&1"
			offered := "apt-cache policy galla | sed -n 's/ *Candidate: //p'"
			upgrade := "apt-get -y -o APT::Get::Always-Include-Phased-Updates=true upgrade </dev/null"
			log := b.serve(v.out)

			b.step("installed by the three lines of install.md", func(t *testing.T) {
				v.must([]string{first}, []string{first}, packages.old)
				b.do("rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*")
				b.give(filepath.Join(v.out, "galla-archive-keyring.deb"), "/root/")
				b.do("apt-get install -y /root/galla-archive-keyring.deb")
				b.give(filepath.Join(v.out, "galla.sources"), "/etc/apt/sources.list.d/")
				b.do(update)
				b.do("apt-get install -y --no-install-recommends galla")
				b.says("dpkg-query -W -f '${Version} ${Status}' galla", "1.0.0~rig1-1 install ok installed")
				b.says("systemctl is-active gallad.socket", "active")
				if log.count("/by-hash/SHA") == 0 {
					t.Errorf("apt took no index by its hash: %q", log.paths)
				}
				b.do("cp " + ring + " /root/first")
			})
			b.step("an upgrade, signed by the key that is known, brings the next one", func(t *testing.T) {
				v.must([]string{first}, []string{first, second}, packages.later)
				b.do(update)
				b.do(upgrade)
				b.says("dpkg-query -W -f '${Version} ' galla galla-archive-keyring", "1.0.0~rig2-1 1.0.0~rig2-1")
				b.do("cp " + ring + " /root/second")
			})
			b.step("a box that missed that one reads a release that both keys sign", func(t *testing.T) {
				v.must([]string{first, second}, []string{first, second}, both)
				b.do("cp /root/first " + ring)
				b.do(update)
				b.says(offered, "1.0.0~rig2b-1")
				b.do("cp /root/second " + ring)
				b.do(update)
				b.says(offered, "1.0.0~rig2b-1")
			})
			b.step("then the new key signs alone: who has it is upgraded, who has not is refused", func(t *testing.T) {
				v.must([]string{second}, []string{second}, packages.newer)
				b.do("cp /root/first " + ring)
				if said, err := b.try(update); err == nil || strings.Contains(b.do(offered), "rig3") {
					t.Errorf("a release by a key that the box doesn't know is taken: %v %s", err, said)
				}
				b.do("cp /root/second " + ring)
				b.do(update)
				b.says(offered, "1.0.0~rig3-1")

				mend := flip(t, filepath.Join(v.out, "apt/pool", filepath.Base(packages.newer)))
				if said, err := b.try(upgrade); err == nil {
					t.Errorf("a package with a changed byte is installed: %s", said)
				}
				b.says("dpkg-query -W -f '${Version}' galla", "1.0.0~rig2-1")
				mend()
				mend = flip(t, filepath.Join(v.out, "apt/dists/stable/InRelease"))
				b.do("rm -rf /var/lib/apt/lists/*")
				if said, err := b.try(update); err == nil {
					t.Errorf("a Release with a changed byte is taken: %s", said)
				}
				mend()

				b.do("rm -rf /var/lib/apt/lists/*") // within one second a server's times can't tell the two apart
				b.do(update)
				b.do(upgrade)
				b.says("dpkg-query -W -f '${Version} ' galla galla-archive-keyring", "1.0.0~rig3-1 1.0.0~rig3-1")
				b.do(update) // with the keyring that has the new key alone
				b.says("apt-cache madison galla", "1.0.0~rig1-1")
			})
			b.step("what is loaded by hand is signed too", func(t *testing.T) {
				dir := filepath.Join(v.out, "1.0.0~rig3-1")
				sh(
					t,
					"gpgv",
					"--keyring",
					filepath.Join(dir, "galla-archive-keyring.gpg"),
					filepath.Join(dir, "SHA256SUMS.asc"),
					filepath.Join(dir, "SHA256SUMS"),
				)
				sh(t, "sh", "-c", "cd '"+dir+"' && sha256sum -c --strict SHA256SUMS && test -s CHANGES")
			})
		})
	}
}

// TestReleaseRefuses: what is no release is none, and what is served stays as it was.
func TestReleaseRefuses(t *testing.T) {
	packages, v := newShelf(t), newVendor(t)
	good, trial, other := v.key("Galla archive"), v.key("Galla archive, for trials only"), v.key("Somebody else")
	v.must([]string{good}, []string{good}, packages.old)
	before := sh(t, "sh", "-c", "cd '"+v.out+"' && find . -type f | sort | xargs sha256sum")

	twice := repacked(
		t,
		packages.old,
		"1.0.0~rig1-1",
		func(p pack) { p.edit("DEBIAN/control", "Section: misc", "Section: net") },
	)
	dev := repacked(t, packages.old, "1.0.0~dev7.gabcdef-1", nothing)
	elsewhere := t.TempDir()
	for _, name := range []string{"galla.img", "galla.raucb"} {
		if err := os.WriteFile(filepath.Join(elsewhere, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, says      string
		signed, trusted []string
		more, packages  []string
	}{
		{"no key", "SIGN is empty", nil, []string{good}, nil, []string{packages.later}},
		{"a name for a key", "is no fingerprint", []string{"Galla archive"}, []string{good}, nil,
			[]string{packages.later}},
		{"a key that isn't there", "there is no key", []string{strings.Repeat("A", 40)}, []string{good}, nil,
			[]string{packages.later}},
		{"a key for trials", "is for trials only", []string{trial}, []string{trial}, nil, []string{packages.later}},
		{"a key that no box trusts", "no box would take this release", []string{other}, []string{good}, nil,
			[]string{packages.later}},
		{"no public keys", "has no public keys", []string{good}, nil, nil, []string{packages.later}},
		{"no address", "URL is empty", []string{good}, []string{good}, []string{"URL="}, []string{packages.later}},
		{"an address that anybody may change", "is neither https nor", []string{good}, []string{good},
			[]string{"URL=http://example.org"}, []string{packages.later}},
		{"no packages", "has no galla_*.deb", []string{good}, []string{good}, nil, nil},
		{"two versions", "holds two versions", []string{good}, []string{good}, nil,
			[]string{packages.later, packages.newer}},
		{"the same version", "is released once", []string{good}, []string{good}, nil, []string{twice}},
		{"no release", "is no release: commit, and tag", []string{good}, []string{good}, nil, []string{dev}},
		{"a card without its authority", "CA is no file", []string{good}, []string{good},
			[]string{"IMAGE=" + elsewhere}, []string{packages.later}},
	} {
		t.Run(c.name, func(t *testing.T) {
			said, err := v.release(c.signed, c.trusted, c.more, c.packages...)
			if err == nil || !strings.Contains(said, c.says) {
				t.Errorf("it says %q, want %q: %v", said, c.says, err)
			}
		})
	}
	if after := sh(t, "sh", "-c", "cd '"+v.out+"' && find . -type f | sort | xargs sha256sum"); after != before {
		t.Errorf("what is served was changed:\n%s\nbefore\n%s", after, before)
	}
	// The tree of a version that was released is taken out by hand, and its packages built anew: other bytes under a
	// name that boxes know.
	if err := os.RemoveAll(filepath.Join(v.out, "1.0.0~rig1-1")); err != nil {
		t.Fatal(err)
	}
	if said, err := v.release([]string{good}, []string{good}, nil, twice); err == nil ||
		!strings.Contains(said, "with other bytes") {
		t.Errorf("a version of other bytes: %v %s", err, said)
	}
}

// card makes what "make image" leaves, in small: a bundle signed by who, and a card whose root trusts the authority
// trusted.
func card(t *testing.T, version, who, trusted string) string {
	t.Helper()
	dir := t.TempDir()
	shell := func(script string, args ...string) {
		t.Helper()
		cmd := exec.Command(
			"bash",
			append([]string{"-euc", "export PATH=$PATH:/usr/sbin:/sbin; " + script}, args...)...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	shell(`echo "$0" >galla.version; echo "systemd 257 arm64 00" >galla.lock
mkdir -p bundle root/etc/rauc && head -c 100000 /dev/urandom >bundle/root.ext4 && cp "$2/ca.pem" `+
		`root/etc/rauc/keyring.pem
printf '[update]\ncompatible=galla-pi\nversion=%s\n[bundle]\nformat=verity\n[image.rootfs]\nfilename=root.ext4\n' `+
		`"$0" >bundle/manifest.raucm
rauc --cert="$1/cert.pem" --key="$1/key.pem" --keyring="$1/ca.pem" bundle bundle galla.raucb
truncate -s 4M root.ext4
unshare -m sh -c 'grep ^/dev/loop /proc/mounts | cut -d" " -f2 | xargs -r umount -l; mke2fs -q -t ext4 -d root `+
		`root.ext4'
truncate -s 32M galla.img
printf 'label: dos\nstart=1MiB, size=1MiB, type=c\nstart=2MiB, size=1MiB, type=c\nstart=3MiB, size=1MiB, `+
		`type=c\nstart=4MiB, type=5\nstart=5MiB, size=4MiB, type=83\nstart=10MiB, size=4MiB, type=83\nstart=15MiB, `+
		`size=4MiB, type=83\n' |
	sfdisk -q galla.img
dd if=root.ext4 of=galla.img bs=1M seek=5 conv=notrunc status=none`, version, who, trusted)
	return dir
}

// authority makes keys for updates.
func authority(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("bash", "-euc", `
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca-key.pem -out ca.pem -subj `+
		`"/O=Shop/CN=$0" -days 3650
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out request.pem -subj `+
		`"/O=Shop/CN=builder of $0"
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -CAcreateserial -out cert.pem -days 3650`, name)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// TestReleaseOfACard: a card goes out with the packages it was made of, signed by a key that it trusts itself, and no
// other.
func TestReleaseOfACard(t *testing.T) {
	packages, v := newShelf(t), newVendor(t)
	key := v.key("Galla archive")
	const version, image = "1.0.0~rig1-1", "1.0.0~rig1-1+0123abcd"
	ours, other, trial := authority(t, "updates"), authority(t, "another"), authority(t, "updates, for trials only")
	for _, c := range []struct{ name, says, folder, ca string }{
		{"a key for trials", "is signed by a key for trials", card(t, image, trial, trial), trial},
		{"another authority", "is not signed by", card(t, image, other, other), ours},
		{"a card that trusts another", "trusts another ca.pem", card(t, image, ours, other), ours},
		{"another version", "is of 1.0.0~rig2-1+0123abcd", card(t, "1.0.0~rig2-1+0123abcd", ours, ours), ours},
	} {
		said, err := v.release(
			[]string{key},
			[]string{key},
			[]string{"IMAGE=" + c.folder, "CA=" + c.ca + "/ca.pem"},
			packages.old,
		)
		if err == nil || !strings.Contains(said, c.says) {
			t.Errorf("%s: it says %q, want %q: %v", c.name, said, c.says, err)
		}
	}
	folder := card(t, image, ours, ours)
	good := []string{"IMAGE=" + folder, "CA=" + ours + "/ca.pem"}
	if said, err := v.release([]string{key}, []string{key}, good, packages.old); err != nil {
		t.Fatalf("a good card: %v %s", err, said)
	}
	sh(t, "sh", "-euc", `cd "$0/$1" && sha256sum -c --strict SHA256SUMS && zstd -dqc "galla_$1.img.zst" | cmp - `+
		`"$2/galla.img" && cmp galla.raucb "$2/galla.raucb" && test -s "galla_$1.lock"`,
		v.out, version, folder)
}
