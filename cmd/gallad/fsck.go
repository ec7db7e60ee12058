package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"galla/cmd/gallad/progress"
	"galla/internal/config"
	"galla/state/boltstore"
	"galla/state/boltstore/salvage"
)

// fsck looks at a sales file and may die of it; that is why it is a process of its own. A full look tells each second
// how far it is.
//
// While gallad sells from the file, its hourly copy is looked at instead: it was made page by page from it.
func fsck(path, config string, full bool, out io.Writer) error {
	var tell boltstore.Progress
	if full {
		tell = progress.Teller(out)
	}
	r, err := boltstore.CheckTelling(path, full, tell)
	if errors.Is(err, boltstore.ErrHeld) {
		if copied, at := copyOf(path, config); copied != "" {
			fmt.Fprintf(out, "%v\nIts copy of %s is looked at instead.\n", err, at.Format(time.DateTime))
			r, err = boltstore.CheckTelling(copied, full, tell)
		}
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(out, r)
	return nil
}

// copyOf is the hourly copy of a sales file, if that is the config's and the copy is there.
func copyOf(path, name string) (copied string, at time.Time) {
	c, err := config.Read(name)
	if err != nil || c.Till.Backup == "" {
		return "", at
	}
	ours, err1 := os.Stat(c.Till.Database)
	asked, err2 := os.Stat(path)
	info, err3 := os.Stat(c.Till.Backup)
	if errors.Join(err1, err2, err3) != nil || !os.SameFile(ours, asked) {
		return "", at
	}
	return c.Till.Backup, info.ModTime()
}

// compact copies the file without the room that nothing uses, and puts the copy in its place.
func compact(path string, out io.Writer) error {
	if info, err := os.Stat(path); err != nil {
		return fmt.Errorf("compact: %w", err) // Open would make a new file
	} else if info.IsDir() {
		return fmt.Errorf("%s is a folder: name the sales file in it, such as %s",
			path, filepath.Join(path, "sales.db"))
	}
	look, err := checker()
	if err != nil {
		return err
	}
	s, err := boltstore.Open(path, boltstore.Options{Verify: look, Say: func(text string) { fmt.Fprintln(out, text) }})
	if err != nil {
		return err
	}
	before, _, err1 := s.Size()
	err2 := s.Compact()
	after, _, err3 := s.Size()
	if err := errors.Join(err1, err2, err3, s.Close()); err != nil {
		return err
	}
	if err := errors.Join(own(path), own(path+".seq")); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s has %d bytes, and had %d\n", path, after, before)
	return nil
}

// rescue rebuilds what can be read of a damaged file into a new one; the damaged one is kept.
func rescue(from, to string, out io.Writer) error {
	r, err := salvage.File(from, to)
	if err == nil || errors.Is(err, boltstore.ErrDamaged) { // with any other error there is no new file to report on
		fmt.Fprintln(out, r)
	}
	return err
}
