//go:build rig

package rig

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shelf holds three versions of galla: the one of this tree, a later one, and one whose sales file has a newer schema.
type shelf struct{ old, later, newer, simulator string }

// packagesIn is a folder that "make deb" has filled; without it the package is built here.
var packagesIn = flag.String("debs", "", "`folder` with built packages")

func newShelf(t *testing.T) shelf {
	t.Helper()
	dir := *packagesIn
	if dir == "" {
		dir = t.TempDir()
		sh(t, "go", "run", "-C", "..", ".", "-root", "../..", "-to", dir, "-arch", "amd64", "-compression", "gzip")
	}
	s := shelf{simulator: filepath.Join(dir, "stage/amd64/galla-sim")}
	all, err := filepath.Glob(filepath.Join(dir, "galla_*_amd64.deb"))
	if err != nil || len(all) != 1 {
		t.Fatalf("%q is not one package: %v; empty %s and build it again", all, err, dir)
	}
	s.old = repacked(t, all[0], "1.0.0~rig1-1", "")
	s.later = repacked(t, all[0], "1.0.0~rig2-1", "")
	s.newer = repacked(t, all[0], "1.0.0~rig3-1", "99")
	return s
}

// repacked is a package under another version, and when schema is given with a sales file of that schema.
func repacked(t *testing.T, deb, version, schema string) string {
	t.Helper()
	dir := t.TempDir()
	sh(t, "dpkg-deb", "-R", deb, filepath.Join(dir, "p"))
	edit := func(name, from, to string) {
		path := filepath.Join(dir, "p", name)
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(raw), from, to, 1)
		if text == string(raw) {
			t.Fatalf("%s has no %q", name, from)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	edit("DEBIAN/control", "\nVersion: "+strings.TrimSpace(sh(t, "dpkg-deb", "-f", deb, "Version"))+"\n", "\nVersion: "+version+"\n")
	if schema != "" {
		raw, err := os.ReadFile(filepath.Join(dir, "p/usr/share/galla/schema"))
		if err != nil {
			t.Fatal(err)
		}
		edit("usr/share/galla/schema", strings.TrimSpace(string(raw)), schema)
		edit("DEBIAN/preinst", "known="+strings.TrimSpace(string(raw)), "known="+schema)
	}
	file := filepath.Join(dir, "galla_"+version+"_amd64.deb")
	sh(t, "dpkg-deb", "-b", "-Zgzip", "--root-owner-group", filepath.Join(dir, "p"), file)
	return file
}
