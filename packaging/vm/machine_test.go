//go:build rig

package vm

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var accelFlag = flag.String("accel", "auto", "how QEMU runs the machine: kvm, tcg (all emulated), or auto: kvm "+
	"where a kernel gets as far as its first line with it")

// slow is how long anything may take before it counts as stuck: an emulated machine on a busy computer takes minutes
// for a boot.
const slow = 15 * time.Minute

// machine is one QEMU. It ends with its test.
type machine struct {
	t     *testing.T
	dir   string // its sockets, its console, and its files
	port  int    // of the host, forwarded to the console of gallad
	start time.Time
	cmd   *exec.Cmd
	died  chan struct{}
	disk  *disk // the lossy one, if it has one
}

// monitorSize is the monitor's, in pixels.
var monitorSize = image.Pt(1024, 600)

// hardware is what is plugged in.
type hardware struct {
	root   string // file of the root disk
	lossy  bool   // the root disk has a volatile cache and loses it with the plug
	data   string // file of a second disk; none: ""
	extra  string // file of a third, read-only disk
	screen bool   // a graphics card with a monitor
	bare   bool   // nothing is plugged into the graphics card
	two    bool   // the graphics card has a second output, into which nothing is plugged yet
	kernel string // further words of the kernel's command line
	args   []string
}

// vnc is the socket at which an output of the graphics card is watched, and its monitor plugged in.
func (m *machine) vnc(output int) string { return m.file(fmt.Sprintf("vnc-%d.sock", output)) }

func (m *machine) file(name string) string { return filepath.Join(m.dir, name) }

// boot starts a machine. With a nil disk and lossy it makes one of h.root.
func boot(t *testing.T, h hardware) *machine {
	t.Helper()
	dir, err := os.MkdirTemp("", "galla-vm-")
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, dir: dir, port: freePort(t), died: make(chan struct{})}
	drive := fmt.Sprintf("file=%s,cache=unsafe", h.root)
	if h.lossy {
		drive = m.serveLossy(h.root)
	}
	args := []string{
		"-nodefaults",
		"-no-user-config",
		"-M",
		"q35",
		"-m",
		"1024",
		"-smp",
		"2",
		"-display",
		"none",
		"-no-reboot",
		"-kernel",
		filepath.Join(build, "vmlinuz"),
		"-initrd",
		filepath.Join(build, "initrd"),
		"-append",
		strings.Join([]string{
			"root=LABEL=root",
			"console=ttyS0",
			"quiet",
			"loglevel=3",
			"systemd.show_status=false",
			"vt.global_cursor_default=0",
			"consoleblank=0",
			"panic=-1",
			"net.ifnames=0",
			"mitigations=off",
			h.kernel,
		}, " "),
		"-drive",
		drive + ",if=none,id=root,format=raw",
		"-device",
		"virtio-blk-pci,drive=root",
		"-netdev",
		fmt.Sprintf("user,id=net,hostfwd=tcp:127.0.0.1:%d-:7417", m.port),
		"-device",
		"virtio-net-pci,netdev=net,romfile=",
		"-device",
		"virtio-rng-pci",
		"-device",
		"virtio-keyboard-pci",
		"-serial",
		"file:" + m.file("console.log"),
		"-device",
		"virtio-serial-pci",
		"-chardev",
		"socket,id=sh,server=on,wait=off,path=" + m.file("shell.sock"),
		"-device",
		"virtconsole,chardev=sh",
		"-qmp",
		"unix:" + m.file("qmp.sock") + ",server=on,wait=off",
	}
	if h.data != "" {
		args = append(
			args,
			"-drive",
			"if=none,id=data,format=raw,cache=unsafe,file="+h.data,
			"-device",
			"virtio-blk-pci,drive=data",
		)
	}
	if h.extra != "" {
		args = append(
			args,
			"-drive",
			"if=none,id=extra,format=raw,readonly=on,file="+h.extra,
			"-device",
			"virtio-blk-pci,drive=extra,serial=extra",
		)
	}
	if h.screen {
		outputs := 1
		if h.two {
			outputs = 2
		}
		card := fmt.Sprintf("virtio-gpu-pci,id=gpu,xres=%d,yres=%d,max_outputs=%d", monitorSize.X,
			monitorSize.Y, outputs)
		args = append(args, "-device", card)
		for n := range outputs {
			args = append(args, "-vnc", fmt.Sprintf("unix:%s,display=gpu,head=%d", m.vnc(n), n))
		}
	}
	args = append(args, accel(t)...)
	args = append(args, h.args...)
	m.launch("qemu-system-x86_64", args)
	if h.bare {
		// QEMU passes on what changes only, and its own idea of a size that nobody has named is 0x0.
		m.plug(0, monitorSize)
		m.plug(0, image.Point{})
	}
	return m
}

// serveLossy puts a disk with a volatile cache before a file, and returns QEMU's words for it.
func (m *machine) serveLossy(path string) string {
	m.t.Helper()
	var err error
	if m.disk, err = openDisk(path); err != nil {
		m.t.Fatal(err)
	}
	l, err := net.Listen("unix", m.file("disk.sock"))
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { l.Close() })
	go serveDisk(l, m.disk)
	return "file.driver=nbd,file.server.type=unix,file.server.path=" + m.file("disk.sock") +
		",cache.direct=on,cache.no-flush=off"
}

// launch starts QEMU, and waits until it takes orders.
func (m *machine) launch(program string, args []string) {
	t := m.t
	t.Helper()
	m.cmd = exec.Command(program, args...)
	said, err := os.Create(m.file("qemu.log"))
	if err != nil {
		t.Fatal(err)
	}
	m.cmd.Stdout, m.cmd.Stderr = said, said
	// a test that is killed takes its machine along
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	m.start = time.Now()
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said.Close()
	go func() { m.cmd.Wait(); close(m.died) }()
	t.Cleanup(func() {
		m.pull(nil)
		if t.Failed() {
			t.Logf("the machine's files are in %s", m.dir)
		} else {
			os.RemoveAll(m.dir)
		}
	})
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("unix", m.file("qmp.sock")); err == nil {
			conn.Close()
			return
		}
		select {
		case <-m.died:
			b, _ := os.ReadFile(m.file("qemu.log"))
			t.Fatalf("QEMU ended at once: %s", b)
		default:
		}
		if time.Now().After(end) {
			t.Fatal("QEMU does not open its socket")
		}
	}
}

// pull pulls the plug: first what is inside the lossy disk's cache is decided, then the machine is gone.
func (m *machine) pull(cut func()) {
	if cut != nil {
		cut()
	}
	if err := m.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		m.t.Error(err)
	}
	<-m.died
	if m.disk != nil {
		if err := m.disk.close(); err != nil && !errors.Is(err, os.ErrClosed) {
			m.t.Error(err)
		}
	}
}

// poweroff ends the machine as its owner would, with everything written.
func (m *machine) poweroff(s *shell) {
	m.t.Helper()
	fmt.Fprintln(s.conn, "systemctl poweroff")
	select {
	case <-m.died:
	case <-time.After(slow):
		m.t.Error("the machine did not switch off")
	}
	m.pull(nil)
}

// freePort finds a port below those that the kernel hands out by itself, so that no passing connection takes it.
func freePort(t *testing.T) int {
	for range 100 {
		port := 20000 + rand.IntN(12000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port between 20000 and 32000")
	return 0
}

// accel returns QEMU's words for the fastest way this computer runs a machine. A /dev/kvm that opens is no proof that a
// guest starts with it (appliance.md 0.3), so a kernel is booted as far as its first line.
var accel = func() func(t *testing.T) []string {
	var once sync.Once
	how := ""
	return func(t *testing.T) []string {
		once.Do(func() {
			if how = *accelFlag; how != "auto" {
				return
			}
			how = "tcg"
			if kvmWorks() {
				how = "kvm"
			}
			fmt.Printf("machines run with %s\n", map[string]string{"kvm": "KVM",
				"tcg": "TCG: everything is emulated, 10 to 20 times slower than a PC"}[how])
		})
		if how == "kvm" {
			return []string{"-accel", "kvm", "-cpu", "host"}
		}
		return []string{"-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max"}
	}
}()

func kvmWorks() bool {
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	f.Close()
	log := filepath.Join(build, "kvm.log")
	os.Remove(log)
	cmd := exec.Command("qemu-system-x86_64", "-nodefaults", "-M", "q35", "-m", "512", "-display", "none", "-no-reboot",
		"-accel", "kvm", "-cpu", "host",
		"-kernel", filepath.Join(build, "vmlinuz"), "-append", "earlyprintk=serial,ttyS0,115200 console=ttyS0 panic=-1",
		"-serial", "file:"+log)
	if cmd.Start() != nil {
		return false
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	defer func() { cmd.Process.Kill(); <-ended }()
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if b, _ := os.ReadFile(log); strings.Contains(string(b), "Linux version") {
			return true
		}
		select {
		case <-ended:
			return false
		default:
		}
	}
	return false
}

// monitor gives QEMU one order and returns its answer.
func (m *machine) monitor(order string, arguments any) (json.RawMessage, error) {
	conn, err := net.Dial("unix", m.file("qmp.sock"))
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	in, out := json.NewDecoder(conn), json.NewEncoder(conn)
	var hello json.RawMessage
	if err := in.Decode(&hello); err != nil {
		return nil, err
	}
	for _, o := range []map[string]any{{"execute": "qmp_capabilities"}, {"execute": order, "arguments": arguments}} {
		if o["arguments"] == nil {
			delete(o, "arguments")
		}
		if err := out.Encode(o); err != nil {
			return nil, err
		}
		for {
			var a struct {
				Return json.RawMessage
				Error  *struct{ Class, Desc string }
				Event  string
			}
			if err := in.Decode(&a); err != nil {
				return nil, err
			}
			if a.Error != nil {
				return nil, fmt.Errorf("QEMU refuses %s: %s", order, a.Error.Desc)
			}
			if a.Event == "" && o["execute"] == order {
				return a.Return, nil
			} else if a.Event == "" {
				break
			}
		}
	}
	return nil, nil
}
