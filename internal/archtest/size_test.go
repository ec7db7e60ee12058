package archtest

import (
	"bytes"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// maxLines is what one person can hold in mind: a package that grows past it is two packages in one.
const maxLines = 3500

// TestRoomsStaySmall: a package of the product, its tests aside, has fewer than maxLines lines. What is made for tests
// alone (a folder "…test", a rig) may be longer.
func TestRoomsStaySmall(t *testing.T) {
	looked := 0
	for _, p := range list(t, "./...") {
		if strings.HasSuffix(path.Base(p.ImportPath), "test") || strings.Contains(p.ImportPath+"/", "/rig/") {
			continue
		}
		files, err := filepath.Glob(filepath.Join(p.Dir, "*.go")) // those of other systems and build tags too
		if err != nil {
			t.Fatal(err)
		}
		lines := 0
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			raw, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			lines += bytes.Count(raw, []byte("\n"))
		}
		if looked += lines; lines >= maxLines {
			t.Errorf("%s has %d lines, its tests aside: at %d a package is two packages in one",
				p.ImportPath, lines, maxLines)
		}
	}
	if looked < 30_000 {
		t.Errorf("only %d lines were counted", looked)
	}
}
