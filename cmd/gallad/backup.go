package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"galla/cmd/gallad/progress"
	"galla/internal/config"
	"galla/internal/copies"
	"galla/state/boltstore"
)

// errNoBackup is no failure of the timer's (SuccessExitStatus=78): a box that is not set up yet has no copies.
var errNoBackup = fmt.Errorf(
	"%w: till.backup isn't set, so no copy of the sales file is made: name a place on another disk in gallad.toml",
	errConfig,
)

// hourly is the place of the copies, by the config.
func hourly(path string) (string, error) {
	c, err := config.Read(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errConfig, err)
	}
	if c.Till.Backup == "" {
		return "", errNoBackup
	}
	return c.Till.Backup, nil
}

// rotateDaily keeps the hourly copy as the copy of its day. It runs beside gallad (galla-backup.timer), and never
// touches the sales file itself.
func rotateDaily(path string, check func(string) error, out io.Writer) error {
	name, err := hourly(path)
	if err != nil {
		return err
	}
	return copies.OfDay(name, check, out)
}

// verify reads the hourly copy and the newest dated one whole: every page, record and index, and the chain. The copy is
// made page by page from the file that sells, so what is wrong there is wrong here, and gallad need not stop for it.
func verify(path string, now time.Time, check func(string) error, out io.Writer) error {
	name, err := hourly(path)
	if err != nil {
		return err
	}
	return copies.Verify(name, now, check, out)
}

const (
	quickCheckTimeout = time.Minute   // for what a start needs of a sales file
	fullCheckTimeout  = 6 * time.Hour // for all of it: gigabytes, on a stick
)

// checker looks at a file in a process of its own, because bbolt may die of a damaged one.
func checker() (func(string) error, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return boltstore.Child(quickCheckTimeout, self, "fsck"), nil
}

// reader reads a file whole, likewise, and says how far it is: each second on a terminal, each minute in a journal.
func reader(out io.Writer) (func(string) error, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	every := time.Minute
	if f, ok := out.(*os.File); ok && terminal(f) {
		every = 0
	}
	return boltstore.ChildTelling(fullCheckTimeout, progress.NewSparse(out, every), self, "fsck", "--full"), nil
}
