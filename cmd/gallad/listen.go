package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"galla/internal/config"
)

// listeners are the sockets gallad serves, from systemd (gallad.socket: names "api", "display", "tcp", "network",
// "hints") or made here.
type listeners struct {
	api, display, tcp, network, hints net.Listener
}

func listen(c config.Listen, given map[string][]net.Listener) (l listeners, err error) {
	take := func(name string) net.Listener {
		if ls := given[name]; len(ls) > 0 {
			return ls[0]
		}
		return nil
	}
	if l.api = take("api"); l.api == nil {
		if l.api, err = unixSocket(c.Socket); err != nil {
			return l, err
		}
	}
	if l.display = take("display"); l.display == nil {
		if l.display, err = unixSocket(c.Display); err != nil {
			return l, err
		}
	}
	if l.tcp = take("tcp"); l.tcp == nil && c.TCP != "" {
		if l.tcp, err = net.Listen("tcp", c.TCP); err != nil {
			return l, fmt.Errorf("listen.tcp: %w", err)
		}
	}
	if l.network = take("network"); l.network == nil && c.Network != "" {
		if l.network, err = net.Listen("tcp", c.Network); err != nil {
			return l, fmt.Errorf("listen.network: %w", err)
		}
	}
	if l.hints = take("hints"); l.hints == nil && c.Hints != "" {
		if l.hints, err = net.Listen("tcp", c.Hints); err != nil {
			return l, fmt.Errorf("listen.hints: %w", err)
		}
	}
	return l, nil
}

// close closes what is still open; an error is of one that its task has closed.
func (l listeners) close() {
	for _, one := range []net.Listener{l.api, l.display, l.tcp, l.network, l.hints} {
		if one != nil {
			one.Close()
		}
	}
}

// unixSocket makes a socket for this user and group. A socket left by a killed gallad is removed; one that answers is
// not.
func unixSocket(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("socket %s: %w", path, err)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close()
		return nil, fmt.Errorf("socket %s is in use: another gallad is running", path)
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("socket %s: %w", path, err)
		}
	}
	// The socket is there before its mode is; until then the umask decides, and systemd sets it to 0077.
	old := syscall.Umask(0o117)
	l, err := net.Listen("unix", path)
	syscall.Umask(old)
	if err != nil {
		return nil, fmt.Errorf("socket %s: %w", path, err)
	}
	return l, nil
}
