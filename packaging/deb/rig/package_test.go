//go:build rig

package rig

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shelf holds versions of galla: the one of this tree, a later one whose example of the settings has another comment,
// one whose sales file has a newer schema, and a former one that brought the settings as a conffile, as packages did up
// to commit 4d0dbed.
type shelf struct{ old, later, newer, former, simulator string }

// packagesIn is a folder that "make deb" has filled; without it the package is built here.
var packagesIn = flag.String("debs", "", "`folder` with built packages")

// made is the shelf of this run, made for the first test that asks, in a folder of its own.
var made struct {
	dir string
	shelf
}

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if made.dir != "" {
		os.RemoveAll(made.dir)
	}
	os.Exit(code)
}

// newBuilt is a package of this tree.
func newBuilt(t *testing.T, name string) (deb string) {
	t.Helper()
	if made.dir == "" {
		dir, err := os.MkdirTemp("", "galla-shelf-")
		if err != nil {
			t.Fatal(err)
		}
		made.dir = dir
		if *packagesIn == "" {
			*packagesIn = filepath.Join(dir, "built")
			sh(t, "go", "run", "-C", "..", ".", "-root", "../..", "-to", *packagesIn, "-arch", "amd64", "-compression",
				"gzip")
		}
	}
	all, err := filepath.Glob(filepath.Join(*packagesIn, name+"_*_amd64.deb"))
	if err != nil || len(all) != 1 {
		t.Fatalf("%q is not one package: %v; empty %s and build it again", all, err, *packagesIn)
	}
	return all[0]
}

func newShelf(t *testing.T) shelf {
	t.Helper()
	if made.old != "" {
		return made.shelf
	}
	built := newBuilt(t, "galla")
	s := shelf{simulator: filepath.Join(filepath.Dir(built), "stage/amd64/galla-sim")}
	s.old = repacked(t, built, "1.0.0~rig1-1", nothing)
	s.later = repacked(t, built, "1.0.0~rig2-1", func(p pack) {
		p.edit(
			"usr/share/galla/gallad.toml",
			"the settings of this till.",
			"the settings of this till, in other words.",
		)
	})
	s.newer = repacked(t, built, "1.0.0~rig3-1", func(p pack) {
		schema := strings.TrimSpace(p.read("usr/share/galla/schema"))
		p.edit("usr/share/galla/schema", schema, "99")
		p.edit("DEBIAN/preinst", "known="+schema, "known=99")
	})
	s.former = repacked(t, built, "1.0.0~rig0-1", func(p pack) {
		sh(t, "mkdir", "-p", filepath.Join(p.dir, "etc/galla"))
		sh(t, "mv", filepath.Join(p.dir, "usr/share/galla/gallad.toml"), filepath.Join(p.dir, "etc/galla/gallad.toml"))
		if err := os.WriteFile(
			filepath.Join(p.dir, "DEBIAN/conffiles"),
			[]byte("/etc/galla/gallad.toml\n"),
			0o644,
		); err != nil {
			t.Fatal(err)
		}
	})
	made.shelf = s
	return s
}

// pack is a package that is laid out in a folder.
type pack struct {
	t   *testing.T
	dir string
}

func nothing(pack) {}

func (p pack) read(name string) string {
	p.t.Helper()
	raw, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(raw)
}

// edit replaces a text that a file must hold.
func (p pack) edit(name, from, to string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	text := strings.Replace(p.read(name), from, to, 1)
	if text == p.read(name) {
		p.t.Fatalf("%s has no %q", name, from)
	}
	info, err := os.Stat(path)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), info.Mode()); err != nil {
		p.t.Fatal(err)
	}
}

// repacked is a package under another version, changed further by change.
func repacked(t *testing.T, deb, version string, change func(pack)) string {
	t.Helper()
	dir, err := os.MkdirTemp(made.dir, "p")
	if err != nil {
		t.Fatal(err)
	}
	p := pack{t, filepath.Join(dir, "p")}
	sh(t, "dpkg-deb", "-R", deb, p.dir)
	if before := strings.TrimSpace(sh(t, "dpkg-deb", "-f", deb, "Version")); before != version {
		p.edit("DEBIAN/control", "\nVersion: "+before+"\n", "\nVersion: "+version+"\n")
	}
	name := strings.TrimSpace(sh(t, "dpkg-deb", "-f", deb, "Package"))
	sh(t, "sh", "-euc", `zcat "$0" | sed "1s/(.*)/($1)/" | gzip -9n >"$0.new" && mv "$0.new" "$0"`,
		filepath.Join(p.dir, "usr/share/doc", name, "changelog.Debian.gz"), version)
	change(p)
	file := filepath.Join(dir, name+"_"+version+"_amd64.deb")
	sh(t, "dpkg-deb", "-b", "-Zgzip", "-z1", "--root-owner-group", p.dir, file)
	os.RemoveAll(p.dir)
	return file
}
