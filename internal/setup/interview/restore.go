package interview

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"galla/internal/config"
	"galla/internal/copies"
)

// sticks are where systems mount a USB stick, with the folder that holds copies.
var sticks = []string{
	"/media/*/" + copies.Folder,
	"/media/*/*/" + copies.Folder,
	"/run/media/*/*/" + copies.Folder,
	"/mnt/" + copies.Folder,
	"/mnt/*/" + copies.Folder,
}

// gallad is the program that puts a copy back.
var gallad = "gallad"

// restore offers the copy of a till's sales on a stick that is mounted, on a box that has no sales and that nobody has
// set up: gallad restore reads it whole before it is put in place. It is asked before the settings are written. A copy
// that can't be put back, or a no, leaves the box without sales, and setup goes on after a yes.
func restore(t *Terminal, path string) error {
	if _, err := os.Stat(config.Database(path)); !errors.Is(err, fs.ErrNotExist) || !config.Unset(path) {
		return nil
	}
	for _, pattern := range sticks {
		folders, _ := filepath.Glob(pattern) // the patterns are good
		for _, folder := range folders {
			if _, _, err := copies.Find(folder, func(string) error { return nil }); errors.Is(err, copies.ErrNone) {
				continue
			}
			wanted, err := t.Yes("\nCopies of a till's sales lie in "+folder+". Put the newest one on this box", true)
			if err != nil || !wanted {
				return err
			}
			out, err := exec.CommandContext(t, gallad, "restore", "--config", path, folder).CombinedOutput()
			fmt.Fprintf(t.out, "%s", out)
			if err == nil {
				return nil
			}
			if on, err := t.Yes("It was not put back. Go on without those sales", false); err != nil || !on {
				return errors.Join(err, ErrLeft)
			}
			return nil
		}
	}
	return nil
}
