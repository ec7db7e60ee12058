package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"galla/internal/copies"
	"galla/state/boltstore"
)

// adopt puts a copy of from, a backup or what salvage made, in the place of the sales file. Both from and the file that
// was are kept. If we die in it, the old file is in its place or the new one is, and running it again is right. Where
// something would be lost it says what, and goes on only if sure says so.
func adopt(path, from string, check func(string) error, sure func(question string) bool, out io.Writer) error {
	if err := check(from); err != nil {
		return err
	}
	loss, err := boltstore.Loss(path, from)
	if err != nil {
		return err
	}
	if loss != "" && !sure(loss) {
		return fmt.Errorf("nothing was changed: %s. To do it all the same: gallad adopt --yes %s %s", loss, path, from)
	}
	fresh := path + ".adopt"
	defer os.Remove(fresh) // there is one only if it was refused
	if err := copies.Duplicate(from, fresh); err != nil {
		return err
	}
	if err := own(fresh); err != nil {
		return err
	}
	kept, err := boltstore.Adopt(path, fresh)
	if err != nil {
		return err
	}
	if err := own(path + ".seq"); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s is now what %s is\n", path, from)
	if kept != "" {
		fmt.Fprintf(out, "%s is what it was\n", kept)
	}
	return nil
}

// own gives a file that root made to whom its folder belongs: gallad runs as its own user.
func own(name string) error {
	info, err := os.Stat(filepath.Dir(name))
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return os.Chown(name, int(s.Uid), int(s.Gid))
	}
	return nil
}

// terminal says whether a file is one.
func terminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// asks puts a question on a terminal; without one the answer is no.
func asks(in *os.File, out io.Writer) func(string) bool {
	return func(question string) bool {
		if !terminal(in) {
			return false
		}
		fmt.Fprintf(out, "%s.\nGo on? Type yes: ", question)
		line, _ := bufio.NewReader(in).ReadString('\n')
		return strings.TrimSpace(line) == "yes"
	}
}
