package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// world is the programs of one demonstration.
type world struct {
	dir      string // of their files
	log      *os.File
	gateway  string // the pretend Razorpay
	office   string // host and port
	settings string // galla-office's
	running  []*exec.Cmd
}

// command finds one of our programs beside this one, or else in PATH.
func (w *world) command(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	path, err := os.Executable()
	if err == nil && name != "galla-office" {
		if path = filepath.Join(filepath.Dir(path), name); !exists(path) {
			path, err = exec.LookPath(name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf(
			"%s is neither beside galla-office nor in PATH: install galla and galla-sim, or run make "+
				"build",
			name,
		)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stderr = w.log
	// Ctrl-C is ours to hand on, in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	return cmd, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// does runs a program to its end and returns what it said.
func (w *world) does(ctx context.Context, stdin, name string, args ...string) (string, error) {
	cmd, err := w.command(ctx, name, args...)
	if err != nil {
		return "", err
	}
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
	}
	return string(out), err
}

// manage runs a command of galla-office.
func (w *world) manage(ctx context.Context, stdin string, args ...string) (string, error) {
	return w.does(ctx, stdin, "galla-office", append([]string{"--config", w.settings}, args...)...)
}

// run starts a program that goes on.
func (w *world) run(name string, args ...string) (*exec.Cmd, error) {
	cmd, err := w.command(context.Background(), name, args...)
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		w.running = append(w.running, cmd)
	}
	return cmd, err
}

// simulator starts the pretend gateways, whose customers pay by themselves, and reads where they are.
func (w *world) simulator() error {
	cmd, err := w.command(context.Background(), "galla-sim", "-calm", "-quiet", "-autopay", "200ms", "-enkash",
		"127.0.0.1:0", "-razorpay", "127.0.0.1:0", "-manage", "127.0.0.1:0")
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return err
	}
	w.running = append(w.running, cmd)
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var at struct {
		Razorpay string `json:"razorpay"`
	}
	if err == nil {
		err = json.Unmarshal(line, &at)
	}
	if err != nil {
		return fmt.Errorf("galla-sim did not say where it is: %w", err)
	}
	w.gateway = at.Razorpay
	return nil
}

// end asks a program to stop and waits, at most 5 s.
func end(cmd *exec.Cmd) {
	if cmd.Process.Signal(syscall.SIGTERM) != nil {
		return
	}
	kill := time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() })
	defer kill.Stop()
	cmd.Wait() // how it ended is of no interest: it was told to
}

// stop ends everything, the newest first.
func (w *world) stop() {
	for len(w.running) > 0 {
		last := len(w.running) - 1
		end(w.running[last])
		w.running = w.running[:last]
	}
}

// within asks again until done says so.
func within(ctx context.Context, limit time.Duration, what string, done func(context.Context) (bool, error)) error {
	for until := time.Now().Add(limit); ; {
		ok, err := done(ctx)
		switch {
		case ok && err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(until):
			return errors.Join(fmt.Errorf("waited %v for %s", limit, what), err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// line is a shop's way to the office, which can be cut.
type line struct {
	listener net.Listener
	to       string
	cut      chan struct{} // closed: it is
}

func newLine(to string) (*line, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := &line{listener: l, to: to, cut: make(chan struct{})}
	go n.carry(n.cut)
	return n, nil
}

// carry takes connections until cut is closed.
func (n *line) carry(cut chan struct{}) {
	for {
		near, err := n.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", n.to)
		select {
		case <-cut:
			err = net.ErrClosed
		default:
		}
		if err != nil {
			near.Close()
			if far != nil {
				far.Close()
			}
			continue
		}
		over := make(chan struct{}, 2)
		for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
			go func() { io.Copy(way[0], way[1]); over <- struct{}{} }()
		}
		go func() {
			select {
			case <-over:
			case <-cut:
			}
			near.Close()
			far.Close()
		}()
	}
}

// mend makes a line of the same address that carries again.
func (n *line) mend() error {
	n.listener.Close()
	l, err := net.Listen("tcp", n.listener.Addr().String())
	if err != nil {
		return err
	}
	n.listener, n.cut = l, make(chan struct{})
	go n.carry(n.cut)
	return nil
}
