package boltstore

import (
	"errors"
	"os"
	"testing"

	"galla/state/boltstore/migration"
)

// WithCommit makes options whose commits go through a function of a test, which may fail them before or after the fact.
func WithCommit(o Options, commit func(do func() error) error) Options {
	o.commit = commit
	return o
}

// SetFreeSpace makes the disk say how much room it has, for the time of a test.
func SetFreeSpace(t *testing.T, bytes int64) {
	was := freeSpace
	freeSpace = func(string) (int64, error) { return bytes, nil }
	t.Cleanup(func() { freeSpace = was })
}

// SetMigrateStep makes a migration commit after so many bytes and so many sales, for the time of a test.
func SetMigrateStep(t *testing.T, bytes, sales int) {
	wasBytes, wasSales := migration.Bytes, migration.Sales
	migration.Bytes, migration.Sales = bytes, sales
	t.Cleanup(func() { migration.Bytes, migration.Sales = wasBytes, wasSales })
}

// TestNoSpaceWords recognises what bbolt says without wrapping.
func TestNoSpaceWords(t *testing.T) {
	if !noSpace(errors.New("file resize error: truncate sales.db: no space left on device")) || noSpace(os.ErrClosed) {
		t.Error("a full disk is not told from others")
	}
}

// SetAddressable makes files above so many bytes too large, as on 32 bits.
func SetAddressable(t *testing.T, bytes int64) {
	was := addressable
	addressable = bytes
	t.Cleanup(func() { addressable = was })
}
