package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"galla/cmd/galla/demo/browserscreen"
)

// listeners are where a Service is reached, and what of it this process serves itself.
type listeners struct {
	ip      net.IP
	failed  chan error // what ended by itself
	closers []io.Closer
	serving sync.WaitGroup
}

// address is where a listener on this port is. On loopback any free one will do: its address is printed. Elsewhere
// somebody has published this very port, and another is never found.
func (l *listeners) address(port string) (string, error) {
	wish := net.JoinHostPort(l.ip.String(), port)
	if l.ip.IsLoopback() {
		return freeAddress(wish)
	}
	ln, err := net.Listen("tcp", wish)
	if err != nil {
		return "", fmt.Errorf("%w; end what listens there, or give another address with --listen", err)
	}
	return wish, ln.Close()
}

// called is how this machine, or the one that a container's ports are published on, calls an address.
func called(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port)
	}
	return address
}

// screen serves the customer's screen as a page, and says where.
func (l *listeners) screen(ctx context.Context, w *world) (string, error) {
	wish, err := l.address(screenPort)
	if err != nil {
		return "", err
	}
	ln, err := net.Listen("tcp", wish)
	if err != nil {
		return "", err
	}
	s := browserscreen.New(w.displaySocket(), slog.New(slog.NewTextHandler(w.logfile, nil)))
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 5 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
	}
	l.closers = append(l.closers, server)
	l.serve(func() error { return s.Run(ctx) })
	l.serve(func() error { return server.Serve(ln) })
	return ln.Addr().String(), nil
}

// relay carries each connection to from on to to, byte for byte.
func (l *listeners) relay(from, to string) error {
	ln, err := net.Listen("tcp", from)
	if err != nil {
		return err
	}
	l.closers = append(l.closers, ln)
	l.serve(func() error {
		for {
			outer, err := ln.Accept()
			if err != nil {
				return err
			}
			inner, err := net.Dial("tcp", to)
			if err != nil { // gallad is starting, or gone: the caller sees the connection end
				outer.Close()
				continue
			}
			go carry(outer.(*net.TCPConn), inner.(*net.TCPConn))
		}
	})
	return nil
}

// carry ends once both sides have ended; gallad's own limits are on the inner one.
func carry(a, b *net.TCPConn) {
	defer a.Close()
	defer b.Close()
	back := make(chan struct{})
	go func() {
		defer close(back)
		io.Copy(a, b)
		a.CloseWrite()
	}()
	io.Copy(b, a)
	b.CloseWrite()
	<-back
}

// serve runs what should not end before the listeners are closed.
func (l *listeners) serve(run func() error) {
	l.serving.Go(func() {
		err := run()
		if errors.Is(err, net.ErrClosed) || errors.Is(err, http.ErrServerClosed) || errors.Is(err, context.Canceled) {
			return
		}
		select {
		case l.failed <- err:
		default:
		}
	})
}

// close ends what is served here.
func (l *listeners) close() {
	for _, c := range l.closers {
		c.Close()
	}
	l.serving.Wait()
}
