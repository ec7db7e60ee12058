package salesfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"
)

var (
	// ErrConflict says that a batch was refused by a rule of uniqueness and that nothing of it was written.
	ErrConflict = errors.New("the store refuses the batch")
	// ErrDamaged says that the file can't be sold from.
	ErrDamaged = errors.New("the sales file is damaged")
)

// LayOut makes every bucket of an empty file, writes its schema, and draws the box's id.
func LayOut(tx *bolt.Tx) error {
	for _, b := range Buckets {
		if _, err := tx.CreateBucket(b); err != nil {
			return err
		}
	}
	box := make([]byte, 8)
	rand.Read(box) // never fails (crypto/rand, since Go 1.24)
	meta := tx.Bucket(BucketMeta)
	return errors.Join(meta.Put(MetaSchema, []byte{Schema}), meta.Put(MetaBox, box))
}

// MoveInto renames a flushed file into its place and flushes the folder: after that, and only after that, it is there.
func MoveInto(fresh, path string) error {
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("sales file: %w", err)
	}
	return SyncDir(filepath.Dir(path))
}

// SyncDir flushes a folder: names made or changed in it are there after a power cut.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// SyncFile flushes a file by its name.
func SyncFile(name string) error {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("flush of %s: %w", name, err)
	}
	return errors.Join(f.Sync(), f.Close())
}

// Cause is an error's text without the words of ErrDamaged, which a finding does not need.
func Cause(err error) string {
	text := err.Error()
	if head := ErrDamaged.Error() + ": "; errors.Is(err, ErrDamaged) && len(text) > len(head) &&
		text[:len(head)] == head {
		return text[len(head):]
	}
	return text
}
