package copies

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"galla/internal/day"
	"galla/state/boltstore/salesfile"
)

// Note is what the card remembers of the stick, so that the doctor can say how old its copy is while the stick is away.
type Note struct {
	At      time.Time `json:"at"`      // when gallad made the copy that the stick had last; zero: none was ever written
	Trouble string    `json:"trouble"` // a Trouble's kind since; "": none
	Says    string    `json:"says"`    // its text, for the journal and a person
}

const maxNote = 4096

// ReadNote reads a note; a file that is not there is fs.ErrNotExist.
func ReadNote(path string) (n Note, err error) {
	f, err := os.Open(path)
	if err != nil {
		return n, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxNote))
	if err != nil {
		return n, err
	}
	if err := json.Unmarshal(raw, &n); err != nil {
		return Note{}, fmt.Errorf("the note of the stick, %s: %w", path, err)
	}
	return n, nil
}

// Write replaces the note whole. If we die in it, the one before stands.
func (n Note) Write(path string) error {
	if len(n.Says) > 1000 {
		n.Says = n.Says[:1000]
	}
	raw, err := json.Marshal(n)
	if err != nil {
		return err
	}
	fresh := path + ".new"
	f, err := os.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	if err := errors.Join(err, f.Sync(), f.Close(), os.Chmod(fresh, 0o644), os.Rename(fresh, path)); err != nil {
		return err
	}
	return salesfile.SyncDir(filepath.Dir(path))
}

// Bring carries the hourly copy to a stick's folder, writes down in the note how it went, and says it in a sentence.
// Its error is ErrReadOnly, of which the note says nothing, or a Trouble.
func Bring(hourly, folder, note string, check func(string) error, out io.Writer) error {
	before, err := ReadNote(note)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		before = Note{} // cut by the plug: it is written anew
	}
	at, wrote, err := Carry(hourly, folder, check)
	if errors.Is(err, ErrReadOnly) {
		return err
	}

	after := Note{At: before.At}
	if trouble, ok := errors.AsType[*Trouble](err); ok {
		after.Trouble, after.Says = trouble.Kind, trouble.Error()
	} else if err == nil {
		after.At = at
	}
	// If we die before this, the stick has a newer copy than the note says, and the next call finds that it has.
	if !after.At.Equal(before.At) || after.Trouble != before.Trouble {
		if err := after.Write(note); err != nil {
			return err
		}
	}
	switch {
	case errors.Is(err, ErrNone):
		fmt.Fprintln(
			out,
			"This box copies its sales to this stick: the first time some minutes from now, then every hour.",
		)
		return nil
	case err != nil:
		return err
	case wrote:
		fmt.Fprintf(out, "The sales of this box are on this stick, as they were at %s.\n",
			at.In(day.IST).Format("15:04 on 2 January 2006"))
	default:
		fmt.Fprintln(out, "The sales of this box are on this stick, and nothing has changed since.")
	}
	return nil
}
