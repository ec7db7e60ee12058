package copies

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"galla/internal/day"
	"galla/state/boltstore/salesfile"
)

// Offer is a copy that can be put back.
type Offer struct {
	Path   string
	Box    string    // id of the till it is of; "" before schema 3
	Events uint64    // in it
	At     time.Time // when gallad made it
}

// String names the copy for a person.
func (o Offer) String() string {
	return fmt.Sprintf("the copy of %s, with %d events", o.At.In(day.IST).Format("2 January 2006, 15:04"), o.Events)
}

// Find is the newest copy in a stick's folder that is whole, by check, which reads it as gallad fsck --full does. left
// are the newer ones that are not whole. The error says why there is none to put back: ErrNone, a newer schema, or
// damage.
func Find(folder string, check func(string) error) (o Offer, left []string, err error) {
	all, err := Dated(filepath.Join(folder, Name))
	if err != nil {
		return o, nil, err
	}
	slices.Reverse(all)
	var found []error
	for _, path := range append([]string{filepath.Join(folder, Name)}, all...) {
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		t, err := told(path)
		if err == nil && t.Schema > salesfile.Schema {
			return o, left, fmt.Errorf("the copy %s was written by a newer version (schema %d, and this box knows "+
				"%d): update this box first, then plug the stick in again",
				filepath.Base(path), t.Schema, salesfile.Schema)
		}
		if says := check(path); says != nil {
			err = says // in a person's words, where told has a page's number
		}
		if err != nil {
			left, found = append(left, filepath.Base(path)), append(found, err)
			continue
		}
		return Offer{Path: path, Box: t.Box, Events: t.Seq, At: info.ModTime()}, left, nil
	}
	if len(found) > 0 {
		return o, left, fmt.Errorf("no copy on the stick is whole (damaged: %s): %w", strings.Join(left, ", "),
			errors.Join(found...))
	}
	return o, nil, fmt.Errorf("%w in the stick's folder %s", ErrNone, filepath.Base(folder))
}

// Waiting is where a copy lies that the setup page offers, beside the place of the sales file.
func Waiting(database string) string {
	return filepath.Join(filepath.Dir(database), "restore", Name)
}

// Wait puts the newest whole copy of a stick's folder there, so that the stick may go. Of an offer that waits already
// it is the next one. If we die in it, there is no offer, or a whole one.
func Wait(folder, database string, check func(string) error) (Offer, error) {
	o, _, err := Find(folder, check)
	if err != nil {
		return o, err
	}
	to := Waiting(database)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return o, err
	}
	if err := Duplicate(o.Path, to); err != nil {
		return o, err
	}
	return o, os.Chtimes(to, o.At, o.At)
}

// Waits is the offer that waits for a box without sales; none: a zero one. It looks at the file by plain reads; who
// adopts it looks at all of it.
func Waits(database string) Offer {
	path := Waiting(database)
	info, err := os.Lstat(path)
	if err != nil || exists(database) {
		return Offer{}
	}
	t, err := told(path)
	if err != nil {
		return Offer{}
	}
	return Offer{Path: path, Box: t.Box, Events: t.Seq, At: info.ModTime()}
}

// Forget takes the waiting copy away, and its folder if nothing else is in it. What stays for an error takes room only.
func Forget(database string) {
	os.Remove(Waiting(database))
	os.Remove(filepath.Dir(Waiting(database)))
}
