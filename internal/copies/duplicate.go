package copies

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Duplicate copies a file by way of another name. If we die in it, to is what it was, and the other name is overwritten
// the next time.
func Duplicate(from, to string) error {
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
