package boltstore

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"
)

// TestMigrate brings a file through steps that no release has yet: each in one transaction, with a copy of the file as it was.
func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	s, err := Open(path, Options{LockTimeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(bucketMeta).Put(metaSchema, []byte{1}) }); err != nil {
		t.Fatal(err)
	}
	var ran []int
	step := func(n int, err error) func(*bolt.Tx) error {
		return func(tx *bolt.Tx) error {
			ran = append(ran, n)
			return errors.Join(err, tx.Bucket(bucketVault).Put([]byte("step"), []byte{byte(n)}))
		}
	}
	oops := errors.New("oops")
	if err := s.migrate([]func(*bolt.Tx) error{step(2, nil), step(3, oops)}); !errors.Is(err, oops) || !strings.Contains(err.Error(), "from schema 2 to 3") {
		t.Fatalf("a step that fails: %v", err)
	}
	if v, _ := s.schema(); v != 2 {
		t.Errorf("schema %d after the second step failed, want 2", v)
	}
	if err := s.migrate([]func(*bolt.Tx) error{step(2, nil), step(3, nil)}); err != nil {
		t.Fatal(err)
	}
	if v, _ := s.schema(); v != 3 || len(ran) != 3 {
		t.Errorf("schema %d after steps %v", v, ran)
	}
	for schema, was := range map[string]int{".schema1": 1, ".schema2": 2} {
		db, err := bolt.Open(path+schema, 0o600, nil)
		if err != nil {
			t.Fatalf("the copy from before: %v", err)
		}
		if v, err := (&Store{db: db, path: path}).schema(); v != was {
			t.Errorf("the copy %s has schema %d: %v", schema, v, err)
		}
		db.Close()
	}
	if err := s.migrate(nil); err == nil || !strings.Contains(err.Error(), "schema 3, and this gallad knows 1") {
		t.Errorf("an older gallad: %v", err)
	}
}

// TestMigrationsReachSchema keeps the steps and the constant together.
func TestMigrationsReachSchema(t *testing.T) {
	if Schema != len(migrations)+1 {
		t.Errorf("Schema is %d with %d migrations", Schema, len(migrations))
	}
}

// TestNoSpaceWords recognises what bbolt says without wrapping.
func TestNoSpaceWords(t *testing.T) {
	if !noSpace(errors.New("file resize error: truncate sales.db: no space left on device")) || noSpace(os.ErrClosed) {
		t.Error("a full disk is not told from others")
	}
}
