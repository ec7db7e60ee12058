package main

import (
	"errors"
	"fmt"
	"io"

	"galla/state/boltstore"
	"galla/state/boltstore/salvage"
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

// rescue rebuilds what can be read of a damaged file into a new one; the damaged one is kept.
func rescue(from, to string, out io.Writer) error {
	r, err := salvage.File(from, to)
	if err == nil || errors.Is(err, boltstore.ErrDamaged) { // with any other error there is no new file to report on
		fmt.Fprintln(out, r)
	}
	return err
}
