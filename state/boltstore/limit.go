package boltstore

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ErrTooLarge says that a sound sales file is larger than this system can address.
var ErrTooLarge = errors.New("the sales file is too large for a 32-bit system: install the 64-bit system, which " +
	"reads it as it is")

const (
	// crowdedFrom is how much in use begins to be much on 32 bits: what is left is some months of a busy shop.
	crowdedFrom = 1536 << 20
	// lastRoom is kept for the sales under way.
	lastRoom = 64 << 20
)

// addressable is how large a file may be: bbolt maps all of it, and on 32 bits no more than 2 GiB (its MaxMapSize,
// bbolt v1.5.0, internal/common/bolt_386.go and bolt_arm.go). 0: without a limit that a box could meet. Tests replace
// it.
var addressable = func() int64 {
	if strconv.IntSize == 32 {
		return 1<<31 - 1
	}
	return 0
}()

// fitsHere refuses a file that this system can't address, before bbolt calls it damaged.
func fitsHere(path string, bytes int64) error {
	if addressable == 0 || bytes <= addressable {
		return nil
	}
	return fmt.Errorf("%w: %s has %d MB, and at most %d MB can be opened here",
		ErrTooLarge, path, bytes>>20, addressable>>20)
}

// Crowded is how many bytes are in use of how many this system can address, once that is so much that old sales should
// go: 0, 0 before, and on 64 bits.
func (s *Store) Crowded() (used, most int64, err error) {
	if addressable == 0 {
		return 0, 0, nil
	}
	size, free, err := s.Size()
	if used = size - free; err != nil || used < min(crowdedFrom, addressable*3/4) {
		return 0, 0, err
	}
	return used, addressable, nil
}

// outgrown recognises that the file would have to grow beyond what the system can address. bbolt makes room before it
// writes: nothing was written.
func outgrown(err error) bool {
	if addressable == 0 {
		return false
	}
	text := err.Error()
	return strings.Contains(text, "mmap too large") || strings.Contains(text, "file resize error") ||
		strings.Contains(text, "mmap allocate error")
}

// nearTheEnd reports that only what the sales under way need is left.
func (s *Store) nearTheEnd() bool {
	if addressable == 0 {
		return false
	}
	info, err := os.Stat(s.path)
	if err != nil || info.Size() < addressable-lastRoom {
		return false
	}
	used, most, err := s.Crowded()
	return err == nil && most > 0 && used > most-lastRoom
}
