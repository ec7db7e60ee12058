package kiosktest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Cage is the appliance's session without its hardware: the cage compositor on a headless output, and Xwayland in it.
type Cage struct {
	cmd  *exec.Cmd
	dir  string // the session's run-time directory
	cred *syscall.Credential
	over chan struct{}
}

// nobody is who a session runs as when the tests run as root, which cage refuses.
const nobody = 65534

// StartCage runs program with args and env as the only window of a new session, its output going to log. program must
// be readable by everybody.
func StartCage(log io.Writer, env []string, program string, args ...string) (*Cage, error) {
	dir, err := os.MkdirTemp("", "cage")
	if err != nil {
		return nil, err
	}
	c := &Cage{dir: dir, over: make(chan struct{})}
	if os.Getuid() == 0 {
		c.cred = &syscall.Credential{Uid: nobody, Gid: nobody}
		if err := os.Chown(dir, nobody, nobody); err != nil {
			return nil, err
		}
	}
	c.cmd = c.command("cage", append([]string{"-d", "--", program}, args...)...)
	// WAYLAND_DISPLAY and DISPLAY must not be there: cage would open its output as a window of theirs.
	c.cmd.Env = append(c.cmd.Env, "WLR_BACKENDS=headless", "WLR_LIBINPUT_NO_DEVICES=1", "WLR_RENDERER=pixman")
	c.cmd.Env = append(c.cmd.Env, env...)
	c.cmd.Stdout, c.cmd.Stderr = log, log
	if err := c.cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("%w (apt-get install cage xwayland)", err)
	}
	go func() {
		c.cmd.Wait()
		close(c.over)
	}()
	return c, nil
}

// command prepares a program of the session's user, in the session's environment.
func (c *Cage) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "XDG_RUNTIME_DIR=" + c.dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.cred, Pdeathsig: syscall.SIGTERM}
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// Grab saves what the compositor shows as a PNG file and returns its name; it is removed with the session.
func (c *Cage) Grab(n int) (string, error) {
	path := filepath.Join(c.dir, "grab-"+strconv.Itoa(n)+".png")
	cmd := c.command("grim", path)
	cmd.Env = append(cmd.Env, "WAYLAND_DISPLAY=wayland-0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("grim: %w: %s (apt-get install grim)", err, out)
	}
	return path, nil
}

// Processes are all of the session: the compositor, its X server, which leaves its parent, and the program.
func (c *Cage) Processes() (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, f := range files {
		env, err := os.ReadFile(f)
		if err != nil || !bytes.Contains(env, []byte("XDG_RUNTIME_DIR="+c.dir+"\x00")) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(f))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// Over is closed when the session has ended.
func (c *Cage) Over() <-chan struct{} { return c.over }

// Stop ends the session.
func (c *Cage) Stop() {
	c.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-c.over:
	case <-time.After(5 * time.Second):
		c.cmd.Process.Kill()
		<-c.over
	}
	os.RemoveAll(c.dir)
}
