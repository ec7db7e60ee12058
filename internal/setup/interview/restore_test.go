package interview

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/internal/copies"
	"galla/state/boltstore"
)

// TestBox_2_AskedInSetup: a new box's owner is asked about the copies of a mounted stick; a box with sales, or one that
// is set up, asks nothing; a copy that can't be put back lets them leave.
func TestBox_2_AskedInSetup(t *testing.T) {
	for name, c := range map[string]struct {
		typed, config string
		sales, copy   bool
		fails         bool
		ran           bool
		err           error
	}{
		"no stick":      {},
		"yes":           {copy: true, typed: "\n", ran: true},
		"no":            {copy: true, typed: "no\n"},
		"has sales":     {copy: true, sales: true},
		"is set up":     {copy: true, config: "[shop]\nname = \"Asha\"\n[[gateway]]\nprovider = \"enkash\"\n"},
		"fails, leaves": {copy: true, typed: "yes\nno\n", fails: true, ran: true, err: ErrLeft},
		"fails, goes":   {copy: true, typed: "yes\nyes\n", fails: true, ran: true},
		"is left":       {copy: true, err: ErrLeft},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path, folder, ran := filepath.Join(dir, "gallad.toml"), filepath.Join(dir, "stick", copies.Folder),
				filepath.Join(dir, "ran")
			if err := os.MkdirAll(folder, 0o700); err != nil {
				t.Fatal(err)
			}
			if c.copy {
				s, err := boltstore.Open(filepath.Join(folder, copies.Name), boltstore.Options{})
				if err = errors.Join(err, s.Close()); err != nil {
					t.Fatal(err)
				}
			}
			if c.sales {
				os.WriteFile(filepath.Join(dir, "sales.db"), nil, 0o600)
			}
			config := "[till]\ndatabase = \"" + filepath.Join(dir, "sales.db") + "\"\n" + c.config
			program := "#!/bin/sh\necho \"$*\" > " + ran + "\necho said\n"
			if c.fails {
				program += "exit 1\n"
			}
			if err := errors.Join(os.WriteFile(path, []byte(config), 0o600),
				os.WriteFile(filepath.Join(dir, "gallad"), []byte(program), 0o700)); err != nil {
				t.Fatal(err)
			}
			was, wasSticks := gallad, sticks
			gallad, sticks = filepath.Join(dir, "gallad"), []string{filepath.Join(dir, "*", copies.Folder)}
			t.Cleanup(func() { gallad, sticks = was, wasSticks })

			x, out := terminal(t, c.typed)
			if err := restore(x, path); !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			raw, err := os.ReadFile(ran)
			if (err == nil) != c.ran {
				t.Errorf("gallad was run: %v\n%s", err, out)
			}
			if c.ran && (strings.TrimSpace(string(raw)) != "restore --config "+path+" "+folder ||
				!strings.Contains(out.String(), "said")) {
				t.Errorf("it was asked %q\n%s", raw, out)
			}
		})
	}
}
