package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"

	"galla/internal/office/config"
	"galla/internal/office/joining"
	"galla/internal/office/pg"
)

// servant is the user of the package, whom PostgreSQL knows by name on its socket.
const servant = "galla-office"

// login is who types.
func login() string {
	if name := cmp.Or(os.Getenv("SUDO_USER"), os.Getenv("USER")); name != "" {
		return name
	}
	if is, err := user.Current(); err == nil {
		return is.Username
	}
	return "unknown"
}

// settings reads the config.
func (s *session) settings() (*config.Config, error) {
	c, err := config.Read(s.config)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fmt.Errorf("%w: %w; call it with sudo", errConfig, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errConfig, err)
	}
	return c, nil
}

// open opens the database that the config names. Root goes on as the package's user for good: on its socket PostgreSQL
// believes who calls, and root is nobody there.
func (s *session) open(c *config.Config) (*pg.Store, error) {
	if err := becomeServant(); err != nil {
		return nil, err
	}
	store, err := pg.Open(s, c.Database)
	if err != nil {
		return nil, fmt.Errorf("the office's database: %w; see systemctl status postgresql, and database in %s", err,
			s.config)
	}
	return store, nil
}

// becomeServant makes a process of root's one of the package's user, where there is that user.
func becomeServant() error {
	if os.Geteuid() != 0 {
		return nil
	}
	is, err := user.Lookup(servant)
	if err != nil {
		return nil // not installed as a package
	}
	uid, err1 := strconv.Atoi(is.Uid)
	gid, err2 := strconv.Atoi(is.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	err = errors.Join(syscall.Setgroups([]int{gid}), syscall.Setgid(gid), syscall.Setuid(uid))
	if err == nil && os.Getenv("PGUSER") == "" {
		// os/user goes on to say root, since Lookup has remembered who runs this; pgx would ask for that role.
		err = os.Setenv("PGUSER", servant)
	}
	return err
}

// joining opens who belongs to the office, for one command.
func (s *session) joining() (j *joining.Joining, end func(), err error) {
	c, err := s.settings()
	if err != nil {
		return nil, nil, err
	}
	store, err := s.open(c)
	if err != nil {
		return nil, nil, err
	}
	return joining.New(store.Joining(), rand.Reader, nil), store.Close, nil
}
