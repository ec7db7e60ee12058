package boltstore_test

import (
	"path/filepath"
	"testing"

	"galla/state/boltstore"
	"galla/state/statetest"
)

func TestContract(t *testing.T) {
	statetest.Run(t, boltstore.ErrConflict, func(dir string) (statetest.Store, error) {
		return boltstore.Open(filepath.Join(dir, "sales.db"), boltstore.Options{})
	})
}
