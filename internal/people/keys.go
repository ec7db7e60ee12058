package people

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Keys holds private keys apart from the sales file, of which copies go to other disks. Put has reached the disk when
// it returns nil.
type Keys interface {
	Get(name string) (value []byte, found bool, err error)
	Put(name string, value []byte) error
}

// KeyFolder holds each key in a file of its own, which its owner alone may read: "tls/key" in FOLDER/tls.key.
type KeyFolder string

func (f KeyFolder) file(name string) string {
	return filepath.Join(string(f), strings.ReplaceAll(name, "/", "."))
}

// Get implements Keys. A file that others may read is refused.
func (f KeyFolder) Get(name string) (value []byte, found bool, err error) {
	info, err := os.Stat(f.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		err = fmt.Errorf("%s may be read by others (mode %04o): chmod 600 it", f.file(name), info.Mode().Perm())
	}
	if err == nil {
		value, err = os.ReadFile(f.file(name))
	}
	return value, err == nil, err
}

// Put implements Keys. If we die in it, the file that was is there, or the new one, whole.
func (f KeyFolder) Put(name string, value []byte) error {
	fresh := f.file(name) + ".new"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(value)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		os.Remove(fresh)
		return err
	}
	if err := os.Rename(fresh, f.file(name)); err != nil {
		return err
	}
	return f.sync()
}

// Delete removes a key; a missing one is no error. It has reached the disk when it returns nil: if we die in it, the
// file is there, or it is not.
func (f KeyFolder) Delete(name string) error {
	if err := os.Remove(f.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.sync()
}

// sync brings to the disk which files there are.
func (f KeyFolder) sync() error {
	folder, err := os.Open(string(f))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Apart puts a setting that is a private key into keys, when a sales file of an older schema is copied, and says
// whether it is one. The certificate that it belongs to is copied with that file, so it goes before a key that is
// there.
func Apart(keys Keys, name string, value []byte) (bool, error) {
	if name != tlsKey {
		return false, nil
	}
	return true, keys.Put(tlsKey, value)
}

// MoveKeys takes the private key out of settings that have one into keys: that of a file from before keys were kept
// apart, or salvaged from one. compact then writes the settings' file anew, because what was deleted lies in it still,
// and in every copy of it. moved says that a key was taken out now.
func MoveKeys(v Settings, keys Keys, compact func() error) (moved bool, err error) {
	old, found, err := v.Get(tlsKey)
	if err != nil {
		return false, err
	}
	_, due, err := v.Get(tlsMoved)
	if err != nil || !found && !due {
		return false, err
	}
	if found {
		if kept, there, err := keys.Get(tlsKey); err != nil {
			return false, err
		} else if !there || !bytes.Equal(kept, old) {
			// If we die behind this, the key is in both places, and the next start goes on from here.
			if err := keys.Put(tlsKey, old); err != nil {
				return false, err
			}
		}
		// If we die between these two, the next start deletes it; behind both, it compacts the file.
		if err := v.Put(tlsMoved, []byte("compact")); err != nil {
			return false, err
		}
		if err := v.Delete(tlsKey); err != nil {
			return false, err
		}
	}
	if err := compact(); err != nil {
		return found, fmt.Errorf(
			"the sales file still holds remains of its old key, and so does each copy until the next start: %w", err)
	}
	// If we die before this, the next start compacts once more.
	return found, v.Delete(tlsMoved)
}
