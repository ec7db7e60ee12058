package copies

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"galla/internal/day"
	"galla/state/boltstore/salesfile"
)

const (
	// Name is the newest copy in a stick's folder.
	Name = "galla.db"
	// Folder is the folder of a stick that makes it the place of copies.
	Folder = "galla-backup"
	// Stage is the folder beside the sales file that holds the hourly copy on its way to a stick.
	Stage = "copies"
)

var (
	// ErrReadOnly is Carry's answer where there is something to write and the stick is mounted read-only.
	ErrReadOnly = errors.New("the stick is to be written, and is mounted read-only")
	// ErrNone is the answer where there is no copy: gallad makes the first one some minutes after its start.
	ErrNone = errors.New("there is no copy of the sales file")
)

// Trouble is why a stick has no new copy. Kind is one of the words below, for a sentence's code.
type Trouble struct {
	Kind string
	Err  error
}

// The kinds of Trouble.
const (
	Other  = "other"  // the stick holds the copies of another till
	Room   = "room"   // it has no room, not even without its dated copies
	Broken = "broken" // it can't be read or written
	Unfit  = "unfit"  // the copy on the card is not whole
)

func (t *Trouble) Error() string { return t.Err.Error() }
func (t *Trouble) Unwrap() error { return t.Err }

// Carry brings the hourly copy into a stick's folder, unless the same copy is there. check looks at a copy as gallad
// fsck does. at is when gallad made the copy that the stick holds now; wrote says that it was written by this call.
//
// If we die in it, or the stick is pulled, the copy that was there is there, under its name or that of its day, and
// beside it perhaps a ".new", which the next call replaces. FAT's rename is no transaction: a cut within it may lose
// that one name, and the dated copies stay.
func Carry(hourly, folder string, check func(string) error) (at time.Time, wrote bool, err error) {
	from, err := os.Open(hourly)
	if errors.Is(err, fs.ErrNotExist) {
		return at, false, ErrNone
	} else if err != nil {
		return at, false, &Trouble{Unfit, err}
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return at, false, &Trouble{Unfit, err}
	}

	to := filepath.Join(folder, Name)
	if same(from, to) {
		return info.ModTime(), false, nil
	}
	aside, err := setAside(hourly, to, info.ModTime())
	if err != nil {
		return at, false, err
	}
	if err := fill(from, folder, check); err != nil {
		return at, false, err
	}
	if aside != "" {
		if err := os.Rename(to, aside); err != nil {
			return at, false, broken(err)
		}
	}
	// If the stick is pulled here, the newest copy is the dated one.
	if err := errors.Join(os.Chtimes(to+".new", info.ModTime(), info.ModTime()), os.Rename(to+".new", to),
		salesfile.SyncDir(folder)); err != nil {
		return at, true, broken(err)
	}
	if err := trim(to); err != nil {
		return info.ModTime(), true, broken(err)
	}
	return info.ModTime(), true, nil
}

// setAside is the name that the stick's copy gets before a new one takes its place: "" where it may be replaced.
func setAside(hourly, to string, at time.Time) (string, error) {
	info, err := os.Lstat(to)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	} else if err != nil || !info.Mode().IsRegular() {
		return "", &Trouble{Broken, errors.Join(err, fmt.Errorf("%s on the stick is no file", Name))}
	}
	was, err := told(to)
	if err != nil {
		return "", nil // damaged: it is replaced
	}
	now, err := told(hourly)
	if err != nil {
		return "", &Trouble{Unfit, err}
	}
	made := info.ModTime().In(day.IST).Format(time.DateOnly)
	switch dated := to + "." + made; {
	case was.Box != now.Box && was.Box != "" && now.Box != "":
		return "", &Trouble{
			Other,
			fmt.Errorf("the stick holds the copies of another till (box %s, and this is %s)", was.Box, now.Box),
		}
	case was.Seq > now.Seq:
		// an older copy was put back on this box: what it forgot stays here
		return fmt.Sprintf("%s-%d", dated, was.Seq), nil
	case made != at.In(day.IST).Format(time.DateOnly) && !exists(dated):
		return dated, nil
	}
	return "", nil
}

// told is what a file says of itself, by plain reads.
func told(path string) (salesfile.Told, error) {
	img, err := salesfile.OpenImage(path)
	if err != nil {
		return salesfile.Told{}, err
	}
	defer img.Close()
	return img.Told()
}

// fill writes the copy beside its place, under the name it has while it is not whole. Where the stick has no room, its
// oldest dated copies go.
func fill(from *os.File, folder string, check func(string) error) error {
	fresh := filepath.Join(folder, Name+".new")
	for {
		err := write(from, fresh)
		if err == nil {
			break
		}
		if errors.Is(err, syscall.EROFS) {
			return ErrReadOnly
		}
		removed := os.Remove(fresh)
		if !errors.Is(err, syscall.ENOSPC) {
			return broken(err)
		}
		old, globbed := Dated(filepath.Join(folder, Name))
		if globbed != nil || len(old) == 0 {
			return &Trouble{Room, errors.Join(fmt.Errorf("the stick has no room for the copy, and no older days to "+
				"give up: %w", err), globbed, removed)}
		}
		if err := os.Remove(old[0]); err != nil {
			return broken(err)
		}
	}
	if err := check(fresh); err != nil {
		return &Trouble{
			Unfit,
			errors.Join(fmt.Errorf("the copy on its way to the stick is not whole: %w", err), os.Remove(fresh)),
		}
	}
	return nil
}

// write is written; tests replace it by a disk that fails.
var write = written

// written makes the file anew, so that it is no link to anywhere, and flushes it.
func written(from io.ReadSeeker, to string) error {
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = from.Seek(0, io.SeekStart)
	if err == nil {
		_, err = io.Copy(f, from)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

// same says that the stick's copy is the card's, byte for byte. A copy of another moment differs in its first page,
// where the number of the last write stands, so that only an equal one is read to its end.
func same(from *os.File, to string) bool {
	if info, err := os.Lstat(to); err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(to)
	if err != nil {
		return false
	}
	defer f.Close()
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return false
	}
	a, b := bufio.NewReader(from), bufio.NewReader(f)
	x, y := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err1 := io.ReadFull(a, x)
		m, err2 := io.ReadFull(b, y)
		if n != m || !bytes.Equal(x[:n], y[:m]) {
			return false
		}
		if err1 != nil || err2 != nil {
			return ended(err1) && ended(err2)
		}
	}
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

func broken(err error) error {
	if errors.Is(err, syscall.EROFS) {
		return ErrReadOnly
	}
	return &Trouble{Broken, err}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
