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
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"galla/internal/counter/client"
	"galla/printer/printertest"
)

// world is everything around one counter, as processes of its own: pretend gateways, gallad, the display, a printer.
type world struct {
	dir, out, log string
	addresses     struct {
		EnKash   string `json:"enkash"`
		Razorpay string `json:"razorpay"`
		Manage   string `json:"manage"`
	}
	says     io.Writer
	till     *client.Client // of the gallad that runs
	tcp      string
	printer  *printertest.Printer
	tty      *printertest.TTY
	rows     int // of paper that were looked at
	patience int // by which every limit is multiplied
	daemon   *child
	running  []*child
	display  string // the X display, of a person or our own
	mu       sync.Mutex
	logfile  *os.File
}

// child is one of the demo's processes; ended is closed when it has.
type child struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// limit is how long a step may take.
func (w *world) limit(d time.Duration) time.Duration { return time.Duration(w.patience) * d }

func (w *world) socket() string        { return filepath.Join(w.dir, "gallad.sock") }
func (w *world) displaySocket() string { return filepath.Join(w.dir, "display.sock") }

// start brings up what lives through the whole demo.
func (w *world) start() error {
	var err error
	if w.logfile, err = os.Create(w.log); err != nil {
		return err
	}
	if err := w.simulator(); err != nil {
		return err
	}
	w.printer = printertest.New(
		printertest.Model{Dots: 576, Baud: 38400, Buffer: 4096, DotTime: time.Millisecond, NativeQR: true, Cut: "any",
			Status: true, GSr: true, GSH: true, Clear: true, Maker: "Galla", Name: "virtual"},
	)
	if w.tty, err = w.printer.Serve(filepath.Join(w.dir, "printer")); err != nil {
		return fmt.Errorf("virtual printer: %w", err)
	}
	if w.tcp, err = freeAddress("127.0.0.1:0"); err != nil {
		return err
	}
	if w.display = os.Getenv("DISPLAY"); w.display == "" {
		if err := w.screen(); err != nil {
			return err
		}
	}
	shots := filepath.Join(w.out, "screens")
	if err := os.MkdirAll(shots, 0o755); err != nil {
		return err
	}
	_, err = w.run(
		"galla-display",
		[]string{"DISPLAY=" + w.display},
		"-socket",
		w.displaySocket(),
		"-windowed",
		"1024x600",
		"-shots",
		shots,
	)
	return err
}

// freeAddress is the one wished for, or, where something listens there already, another one on loopback.
func freeAddress(wish string) (string, error) {
	port, err := net.Listen("tcp", wish)
	if err != nil {
		port, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return "", err
	}
	return port.Addr().String(), port.Close()
}

// simulator starts the pretend gateways and reads where they are.
func (w *world) simulator(more ...string) error {
	args := append(
		[]string{"-calm", "-quiet", "-enkash", "127.0.0.1:0", "-razorpay", "127.0.0.1:0", "-manage", "127.0.0.1:0"},
		more...)
	cmd, err := w.command("galla-sim", args...)
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if _, err := w.launch(cmd); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &w.addresses)
	}
	if err != nil {
		return fmt.Errorf("galla-sim did not say where it is: %w", err)
	}
	return nil
}

// screen starts an X server without a screen, and learns its number (Xserver(1), -displayfd).
func (w *world) screen() error {
	r, wr, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1024x600x24", "-nolisten", "tcp", "-noreset")
	cmd.ExtraFiles = []*os.File{wr}
	_, err = w.launch(cmd)
	wr.Close()
	if err != nil {
		return fmt.Errorf(
			"there is no screen (DISPLAY is empty), and Xvfb can't stand in for one: %w; make demo installs it", err)
	}
	if err := r.SetReadDeadline(time.Now().Add(w.limit(20 * time.Second))); err != nil {
		return err
	}
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the X server Xvfb did not start: %w", err)
	}
	w.display = ":" + strings.TrimSpace(line)
	return nil
}

// gallad starts the daemon with one gateway first and the other behind it, ending the one before: the same sales file
// goes on.
func (w *world) gallad(ctx context.Context, first string) error {
	if w.daemon != nil {
		w.end(w.daemon)
	}
	gateways := map[string]string{
		"enkash": fmt.Sprintf(
			"[[gateway]]\nprovider = \"enkash\"\nbase_url = %q\ncancel_orders = true\n", w.addresses.EnKash),
		"razorpay": fmt.Sprintf("[[gateway]]\nprovider = \"razorpay\"\nbase_url = %q\n", w.addresses.Razorpay),
	}
	second := "razorpay"
	if first == second {
		second = "enkash"
	}
	config := fmt.Sprintf(`[shop]
name = "Asha General Stores"
address = ["12 Gandhi Road", "Pune 411001"]
gstin = "27AAPFU0939F1ZV"
[till]
terminal = "DEMO-1"
database = %q
demo = true
print_order = true
print_receipt = true
[listen]
socket = %q
display = %q
tcp = %q
tcp_role = "owner"
[printer]
port = %q
profile = "epson80"
%s%s`, filepath.Join(w.dir, "sales.db"), w.socket(), w.displaySocket(), w.tcp, filepath.Join(w.dir, "printer"),
		gateways[first], gateways[second])

	if err := w.daemonOf(config); err != nil {
		return err
	}
	return within(ctx, w.limit(30*time.Second), "gallad and the customer's screen", func() (bool, error) {
		h, err := w.till.Health(ctx)
		return err == nil && h.Ready && h.Display == "connected" &&
			len(w.shots()) > 0, w.gone() // the first frame is on the screen
	})
}

// daemonOf starts gallad with a config, and the keys of the simulator.
func (w *world) daemonOf(config string) (err error) {
	for name, text := range map[string]string{
		"gallad.toml": config,
		// From the simulator's README: they open nothing else.
		"gateway-enkash":   "access_key = \"GALLASIMACCESSKEY\"\nsecret_key = \"galla-sim-secret\"\n",
		"gateway-razorpay": "key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \"galla-sim-live-secret\"\n",
	} {
		if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	w.till = client.New(w.socket())
	w.daemon, err = w.run("gallad", nil, "--config", filepath.Join(w.dir, "gallad.toml"), "--secrets", w.dir)
	return err
}

// command finds one of our programs beside this one, or else in PATH.
func (w *world) command(name string, args ...string) (*exec.Cmd, error) {
	path := name
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), name)
		if _, err := os.Stat(beside); err == nil {
			path = beside
		}
	}
	if _, err := exec.LookPath(path); err != nil {
		return nil, fmt.Errorf("%s is neither beside galla nor in PATH: install its package, or run make build", name)
	}
	return exec.Command(path, args...), nil
}

func (w *world) run(name string, env []string, args ...string) (*child, error) {
	cmd, err := w.command(name, args...)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout = w.logfile
	return w.launch(cmd)
}

func (w *world) launch(cmd *exec.Cmd) (*child, error) {
	cmd.Stderr = w.logfile
	// Ctrl-C is ours to hand on, in order
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &child{cmd: cmd, ended: make(chan struct{})}
	go func() {
		cmd.Wait() // how it ended stands in its ProcessState
		close(p.ended)
	}()
	w.mu.Lock()
	w.running = append(w.running, p)
	w.mu.Unlock()
	return p, nil
}

// gone is an error once a program that should run has ended by itself.
func (w *world) gone() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range w.running {
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended by itself (%s)", filepath.Base(p.cmd.Path), p.cmd.ProcessState)
		default:
		}
	}
	return nil
}

// end asks a process to stop and waits, at most 5 s.
func (w *world) end(p *child) {
	w.mu.Lock()
	w.running = slices.DeleteFunc(w.running, func(q *child) bool { return p == q })
	w.mu.Unlock()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return
	}
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		p.cmd.Process.Kill()
		<-p.ended
	}
}

// stop ends everything, the newest first.
func (w *world) stop() {
	for len(w.running) > 0 {
		w.end(w.running[len(w.running)-1])
	}
	if w.tty != nil { // before the printer, whose reader waits on it
		w.tty.Close()
	}
	if w.printer != nil {
		w.printer.Close()
	}
	if w.logfile != nil {
		w.logfile.Close()
	}
}
