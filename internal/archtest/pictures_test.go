package archtest

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestPicturesStaySmall: the README has twelve pictures, each once, each at most 60 KB and together 500 KB, and no
// other lies beside them. packaging/docs/pictures/list says how to renew them.
func TestPicturesStaySmall(t *testing.T) {
	dir := root + "/packaging/docs/pictures"
	readme, err := os.ReadFile(root + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(dir + "/list")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(dir + "/*.png")
	if err != nil || len(files) != 12 {
		t.Errorf("%d pictures, %v", len(files), err)
	}

	total := 0
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(f)
		if total += len(raw); len(raw) > 60<<10 {
			t.Errorf("%s has %d bytes", name, len(raw))
		}
		if _, err := png.Decode(bytes.NewReader(raw)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n := bytes.Count(readme, []byte("packaging/docs/pictures/"+name)); n != 1 {
			t.Errorf("%s stands %d times in the README", name, n)
		}
		line := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(name[:len(name)-len(".png")]) + " [0-9]+ ")
		if !line.Match(list) {
			t.Errorf("%s is not in the list", name)
		}
	}
	if total > 500<<10 {
		t.Errorf("%d bytes together", total)
	}
}
