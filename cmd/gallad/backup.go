package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"galla/internal/config"
	"galla/state/boltstore"
)

// keepDays is how many dated copies stay: two weeks, so that a mistake found after a holiday can still be looked into.
const keepDays = 14

// errNoBackup is no failure of the timer's (SuccessExitStatus=78): a box that is not set up yet has no copies.
var errNoBackup = fmt.Errorf(
	"%w: till.backup isn't set, so no copy of the sales file is made: name a place on another disk in gallad.toml",
	errConfig,
)

// setAside makes the hourly copy that gallad writes the copy of its day: backup.2026-11-22 beside backup. The day is
// the hourly copy's own: one that gallad could not renew for a week is no copy of today, and displaces no other day's.
// A copy that can't be read displaces nothing. It runs beside gallad (galla-backup.timer) and touches the sales file
// itself never.
func setAside(path string, check func(string) error, out io.Writer) error {
	c, err := config.Read(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	hourly := c.Till.Backup
	if hourly == "" {
		return errNoBackup
	}
	info, err := os.Stat(hourly)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(out, "%s isn't there yet: gallad writes it some minutes after its start\n", hourly)
		return nil
	} else if err != nil {
		return fmt.Errorf("the hourly copy: %w", err)
	}
	if err := check(hourly); err != nil {
		return fmt.Errorf("the day's copy is not made: %w", err)
	}
	day := info.ModTime().Format(time.DateOnly)
	dated := hourly + "." + day
	if err := duplicate(hourly, dated); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is the copy of %s\n", dated, day)
	old, err := copies(hourly)
	if err != nil {
		return err
	}
	// If we die here, there is one copy too many.
	for len(old) > keepDays {
		if err := os.Remove(old[0]); err != nil {
			return fmt.Errorf("old copy: %w", err)
		}
		old = old[1:]
	}
	return nil
}

// duplicate copies a file by way of another name. If we die in it, to is what it was, and the other name is overwritten
// the next time.
func duplicate(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	defer in.Close()
	fresh := to + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	_, err = io.Copy(f, in)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(fresh)
		return fmt.Errorf("copy to %s: %w", to, err)
	}
	if err := os.Rename(fresh, to); err != nil {
		return fmt.Errorf("copy to %s: %w", to, err)
	}
	d, err := os.Open(filepath.Dir(to))
	if err != nil {
		return fmt.Errorf("copy to %s: %w", to, err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// copies are the dated copies, the oldest first.
func copies(hourly string) ([]string, error) {
	all, err := filepath.Glob(hourly + ".20[0-9][0-9]-[0-1][0-9]-[0-3][0-9]")
	if err != nil {
		return nil, fmt.Errorf("till.backup %q: %w", hourly, err)
	}
	slices.Sort(all)
	return all, nil
}

// stale is when an hourly copy is old enough to be no accident of a box that was switched off.
const stale = 48 * time.Hour

// verify reads the hourly copy and the newest dated one whole: every page, record and index, and the chain. The copy is
// made page by page from the file that sells, so what is wrong there is wrong here, and gallad need not stop for it.
func verify(path string, now time.Time, check func(string) error, out io.Writer) error {
	c, err := config.Read(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	hourly := c.Till.Backup
	if hourly == "" {
		return errNoBackup
	}
	info, err := os.Stat(hourly)
	if err != nil {
		return fmt.Errorf("the copy of the sales file: %w; is its disk there?", err)
	}
	old, err := copies(hourly)
	if err != nil {
		return err
	}
	files := append([]string{hourly}, old[max(0, len(old)-1):]...)
	var errs []error
	for _, f := range files {
		fmt.Fprintf(out, "reading %s\n", f)
		if err := check(f); err != nil {
			errs = append(errs, err)
			continue
		}
		fmt.Fprintf(out, "%s is whole: everything was read\n", f)
	}
	if age := now.Sub(info.ModTime()); age > stale {
		errs = append(
			errs,
			fmt.Errorf(
				"%s is %d days old: gallad writes it every hour, so see why it can't (journalctl -u gallad)",
				hourly,
				age/(24*time.Hour),
			),
		)
	}
	return errors.Join(errs...)
}

const (
	quickLook = time.Minute   // for what a start needs of a sales file
	fullLook  = 6 * time.Hour // for all of it: gigabytes, on a stick
)

// checker looks at a file in a process of its own, because bbolt may die of a damaged one.
func checker() (func(string) error, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return boltstore.Child(quickLook, self, "fsck"), nil
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
	return boltstore.ChildTelling(fullLook, &sparse{out: out, every: every}, self, "fsck", "--full"), nil
}

// sparse passes a full check's progress on, one line in so much time, and not its report.
type sparse struct {
	out   io.Writer
	every time.Duration
	rest  []byte // a line that has not ended
	last  time.Time
}

func (s *sparse) Write(b []byte) (int, error) {
	s.rest = append(s.rest, b...)
	for {
		line, rest, whole := bytes.Cut(s.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		s.rest = rest
		if !progressLine.Match(line) || time.Since(s.last) < s.every {
			continue
		}
		s.last = time.Now()
		if _, err := fmt.Fprintf(s.out, "  %s\n", line); err != nil {
			return 0, err
		}
	}
}

// progressLine is what progress writes.
var progressLine = regexp.MustCompile(`^(pages|events|sales|keys): [0-9]`)
