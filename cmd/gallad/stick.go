package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"galla/internal/config"
	"galla/internal/copies"
	"galla/state/boltstore"
)

// onStick does carry and restore for the script that has mounted a stick.
func onStick(command string, args []string, path string, out io.Writer) error {
	want, note := 1, ""
	if command == "carry" {
		want, note = 2, " /data/stick.json, a file for how it went"
	}
	if len(args) != want {
		return fmt.Errorf("%w: flags first, then the stick's folder: gallad %s /run/stick/%s%s", errConfig,
			command, copies.Folder, note)
	}
	look, err := checker()
	if err != nil {
		return err
	}
	if command == "carry" {
		from, err := hourly(path)
		if err != nil {
			return err
		}
		return copies.Bring(from, args[0], args[1], look, out)
	}
	whole, err := reader(io.Discard)
	if err != nil {
		return err
	}
	if command == "offer" {
		return offer(path, args[0], whole, out)
	}
	return restore(config.Database(path), args[0], look, whole, out)
}

// offer has the setup page of a new box offer a stick's copy.
func offer(path, folder string, whole func(string) error, out io.Writer) error {
	database := config.Database(path)
	if _, err := os.Stat(database); err == nil || !unset(path) {
		return nil
	}
	o, err := copies.Wait(folder, database, whole)
	if errors.Is(err, copies.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	to := copies.Waiting(database)
	if err = errors.Join(own(filepath.Dir(to)), own(to)); err != nil {
		return err
	}
	fmt.Fprintf(out, "The setup page offers the sales of this stick: %s.\n", o)
	return nil
}

// takeOffer puts the copy that the owner wants in the place of the sales file that is not there.
func takeOffer(database string) error {
	whole, err := reader(io.Discard)
	if err != nil {
		return err
	}
	return adopt(database, copies.Waiting(database), whole, func(string) bool { return false }, io.Discard)
}

// restore puts a stick's copy in the place of the sales file, where there is none or a damaged one. look is quick,
// whole reads all of the copy.
func restore(database, folder string, look, whole func(string) error, out io.Writer) error {
	if _, err := os.Stat(database); err == nil {
		if err := look(database); !errors.Is(err, boltstore.ErrDamaged) {
			return errors.New("this box has sales of its own, which stay; a copy is put back only on a box without " +
				"sales, or with a damaged sales file")
		}
	}
	offer, left, err := copies.Find(folder, whole)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		fmt.Fprintf(out, "Not whole, and left out: %s.\n", strings.Join(left, ", "))
	}
	// The one before is kept by adopt, and knows less than nothing here: it is not there, or damaged.
	if err := adopt(database, offer.Path, look, func(string) bool { return true }, io.Discard); err != nil {
		return err
	}
	copies.Forget(database) // what waited for the page waits no more
	fmt.Fprintf(out, "The sales are back: %s.\n", offer)
	return nil
}
