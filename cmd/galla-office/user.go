package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"golang.org/x/sys/unix"

	"galla/internal/day"
	"galla/internal/office/people"
)

type userCommand struct {
	Add      userAdd      `cmd:"" help:"Add somebody who may look at the office's pages; the first one is an owner."`
	Password userPassword `cmd:"" help:"Give somebody a new password; they are signed out everywhere."`
	Remove   userRemove   `cmd:"" help:"Take somebody away; they are signed out everywhere."`
	List     userList     `cmd:"" help:"List them."`
}

type userAdd struct {
	Name string `arg:"" help:"Such as Ravi."`
	Role string `help:"owner, accountant or viewer." enum:"owner,accountant,viewer" default:"owner"`
}

func (u *userAdd) Run(s *session) error {
	role, err := people.ParseRole(u.Role)
	if err != nil {
		return err
	}
	return s.withPeople(func(p *people.People) error {
		password, err := s.password(u.Name)
		if err != nil {
			return err
		}
		return p.Add(s, s.by, u.Name, role, password)
	})
}

type userPassword struct {
	Name string `arg:""`
}

func (u *userPassword) Run(s *session) error {
	return s.withPeople(func(p *people.People) error {
		password, err := s.password(u.Name)
		if err != nil {
			return err
		}
		return p.SetPassword(s, s.by, u.Name, password)
	})
}

type userRemove struct {
	Name string `arg:""`
}

func (u *userRemove) Run(s *session) error {
	return s.withPeople(func(p *people.People) error { return p.Remove(s, s.by, u.Name) })
}

type userList struct{}

func (*userList) Run(s *session) error {
	return s.withPeople(func(p *people.People) error {
		all, err := p.List(s)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "NAME\tROLE\tSINCE\tBY")
		for _, one := range all {
			since := one.Since.In(day.IST).Format("2006-01-02 15:04")
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", one.Name, one.Role, since, one.By)
		}
		return w.Flush()
	})
}

// withPeople opens who may look at the office, for one command. A refusal says its next step, too.
func (s *session) withPeople(do func(*people.People) error) error {
	c, err := s.settings()
	if err != nil {
		return err
	}
	store, err := s.open(c)
	if err != nil {
		return err
	}
	defer store.Close()
	err = do(people.New(store.People(), people.Usual, nil))
	if r, ok := errors.AsType[*people.Refusal](err); ok {
		return fmt.Errorf("%w\n  next: %s", err, r.Next)
	}
	return err
}

// password asks for one at a terminal without showing it, twice; from a pipe it is the first line.
func (s *session) password(name string) (string, error) {
	fd := int(os.Stdin.Fd())
	in := bufio.NewReader(io.LimitReader(os.Stdin, 4096))
	was, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil { // no terminal
		return line(in)
	}
	silent := *was
	silent.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &silent); err != nil {
		return "", err
	}
	defer unix.IoctlSetTermios(fd, unix.TCSETS, was) // if we die here, "stty sane" shows letters again

	fmt.Fprintf(s.err, "Password for %s, 10 characters or more: ", name)
	first, err := s.line(in)
	fmt.Fprintln(s.err)
	if err != nil {
		return "", err
	}
	fmt.Fprint(s.err, "Once more: ")
	second, err := s.line(in)
	fmt.Fprintln(s.err)
	if err == nil && first != second {
		err = errors.New("the two passwords are not the same: try again")
	}
	return first, err
}

// line reads one, until Ctrl-C: the terminal must show letters again.
func (s *session) line(in *bufio.Reader) (string, error) {
	type answer struct {
		text string
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		text, err := line(in)
		typed <- answer{text, err}
	}()
	select {
	case a := <-typed:
		return a.text, a.err
	case <-s.Done():
		return "", errors.New("interrupted: nothing was changed")
	}
}

func line(in *bufio.Reader) (string, error) {
	text, err := in.ReadString('\n')
	if err == io.EOF && text != "" {
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("no password came: %w; type it, or give it as the first line of the input", err)
	}
	return strings.TrimRight(text, "\r\n"), nil
}
