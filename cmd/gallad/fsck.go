package main

import (
	"errors"
	"fmt"
	"io"

	"galla/state/boltstore"
)

// fsck looks at a sales file and may die of it; that is why it is a process of its own.
func fsck(path string, full bool, out io.Writer) error {
	r, err := boltstore.Check(path, full)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, r)
	return nil
}

// salvage rebuilds what can be read of a damaged file into a new one; the damaged one is kept.
func salvage(from, to string, out io.Writer) error {
	r, err := boltstore.Salvage(from, to)
	if err == nil || errors.Is(err, boltstore.ErrDamaged) { // with any other error there is no new file to report on
		fmt.Fprintln(out, r)
	}
	return err
}
