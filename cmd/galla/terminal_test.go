package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDoor_11_Question: what a command asks at a terminal, with words of a sale in it, commands that terminal as little
// as what it lists.
func TestDoor_11_Question(t *testing.T) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	screen, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()

	s := newSession(t.Context(), screen, screen)
	if !s.person || !s.watched {
		t.Fatal("a terminal is not taken for one")
	}
	pipe := &strings.Builder{}
	if fmt.Fprint(newSession(t.Context(), pipe, pipe).err, "a\u202eb"); pipe.String() != "a\u202eb" {
		t.Errorf("a pipe gets %q", pipe)
	}
	got := make([]byte, 200)
	for _, w := range []io.Writer{s.out, s.err} {
		fmt.Fprint(w, "BILL \u202e7\x1b]0;paid\x07\n")
		n, err := master.Read(got)
		if err != nil || !strings.HasPrefix(string(got[:n]), `BILL \u202e7\u001b]0;paid\u0007`) {
			t.Errorf("the terminal gets %q, %v", got[:n], err)
		}
	}
}
