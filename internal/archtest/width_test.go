package archtest

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxColumns is how wide a line of Go may be, a tab being 4 columns.
const maxColumns = 120

// TestLinesFit: no line of Go, tests too, is wider than maxColumns. Generated files are left out.
func TestLinesFit(t *testing.T) {
	looked := 0
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "build" || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if bytes.Contains(raw[:min(len(raw), 2000)], []byte("DO NOT EDIT")) {
			return nil
		}

		n := 0
		for line := range strings.Lines(string(raw)) {
			n++
			line = strings.TrimSuffix(line, "\n")
			if columns := utf8.RuneCountInString(line) + 3*strings.Count(line, "\t"); columns > maxColumns {
				t.Errorf("%s:%d has %d columns: break it before column %d", name, n, columns, maxColumns)
			}
		}
		looked += n
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked < 100_000 {
		t.Errorf("only %d lines were looked at", looked)
	}
}
