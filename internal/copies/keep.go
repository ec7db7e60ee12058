package copies

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const (
	// KeepDays is how many dated copies stay: two weeks, so that a mistake found after a holiday can still be looked
	// into.
	KeepDays = 14

	stale = 48 * time.Hour // an hourly copy is old enough then to be no accident of a box that was switched off
)

// OfDay makes the hourly copy the copy of its day, hourly.2026-11-22 beside it. The day is the hourly copy's own: one
// that gallad could not renew for a week is no copy of today, and displaces no other day's. A copy that can't be read
// displaces nothing.
func OfDay(hourly string, check func(string) error, out io.Writer) error {
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
	if err := Duplicate(hourly, dated); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is the copy of %s\n", dated, day)
	return trim(hourly)
}

// Verify reads the hourly copy and the newest dated one whole, by check, and says how old the hourly one is if that is
// too old.
func Verify(hourly string, now time.Time, check func(string) error, out io.Writer) error {
	info, err := os.Stat(hourly)
	if err != nil {
		return fmt.Errorf("the copy of the sales file: %w; is its disk there?", err)
	}
	old, err := Dated(hourly)
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

// Dated are a copy's dated ones, the oldest first.
func Dated(hourly string) ([]string, error) {
	all, err := filepath.Glob(hourly + ".20[0-9][0-9]-[0-1][0-9]-[0-3][0-9]")
	if err != nil {
		return nil, fmt.Errorf("till.backup %q: %w", hourly, err)
	}
	slices.Sort(all)
	return all, nil
}

// trim removes the oldest dated copies. If we die in it, there is one too many.
func trim(hourly string) error {
	old, err := Dated(hourly)
	for err == nil && len(old) > KeepDays {
		err, old = os.Remove(old[0]), old[1:]
	}
	if err != nil {
		return fmt.Errorf("old copy: %w", err)
	}
	return nil
}
