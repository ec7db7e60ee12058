package interview

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"galla/internal/config"
	"galla/internal/setup"
)

// ClockBeside sets the clock where the setup page asked for it, in a file beside its answers; only on a box that nobody
// has set up. alone: nothing else was asked. The file goes first, or systemd would start us for it again and again.
func ClockBeside(ctx context.Context, path, answers string) (alone bool, err error) {
	file := filepath.Join(filepath.Dir(answers), "clock")
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, 64))
	if err := errors.Join(err, os.Remove(file)); err != nil {
		return false, err
	}
	if !config.Unset(path) {
		return false, errors.New("this till is set up already: timedatectl sets its clock")
	}

	at, err := time.Parse(time.RFC3339Nano, string(raw))
	if err == nil {
		err = setup.CheckTime(at)
	}
	if err == nil {
		err = setClock(ctx, at)
	}
	if err != nil {
		return false, fmt.Errorf("the clock: %w", err)
	}
	_, err = os.Stat(answers)
	return errors.Is(err, fs.ErrNotExist), nil
}
