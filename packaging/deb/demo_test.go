package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestDemo: the demo's tarball holds what it should, with plain modes, and the same bytes whatever the umask and the
// folder.
func TestDemo(t *testing.T) {
	var before []byte
	for _, mask := range []int{0o022, 0o077} {
		dir, old := t.TempDir(), syscall.Umask(mask)
		err := run([]string{"-root", "../..", "-to", dir, "-arch", "amd64", "-demo"}, io.Discard, os.Stderr)
		syscall.Umask(old)
		if err != nil {
			t.Fatal(err)
		}
		all, err := filepath.Glob(filepath.Join(dir, "galla-demo_*_amd64.tar.gz"))
		if err != nil || len(all) != 1 {
			t.Fatalf("%q is not one tarball: %v", all, err)
		}
		raw, err := os.ReadFile(all[0])
		if err != nil {
			t.Fatal(err)
		}
		if before != nil && !bytes.Equal(raw, before) {
			t.Error("built twice, the bytes differ")
		}
		before = raw

		var got strings.Builder
		for line := range strings.Lines(command(t, "tar", "tvzf", all[0])) {
			f := strings.Fields(line)
			got.WriteString(f[0] + " " + f[1] + " " + f[len(f)-1] + "\n")
		}
		const want = `-rwxr-xr-x 0/0 galla-demo/galla
-rwxr-xr-x 0/0 galla-demo/gallad
-rwxr-xr-x 0/0 galla-demo/galla-sim
-rw-r--r-- 0/0 galla-demo/README.md
-rw-r--r-- 0/0 galla-demo/Containerfile
-rw-r--r-- 0/0 galla-demo/LICENSE
-rw-r--r-- 0/0 galla-demo/copyright
`
		if got.String() != want {
			t.Errorf("it holds\n%swant\n%s", &got, want)
		}
	}
}
