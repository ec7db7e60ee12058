package cut

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	cuts   = flag.Int("cuts", 60, "how many times the power is cut")
	budget = flag.Duration("budget", 50*time.Second, "after this no new cut begins")
	seed   = flag.Uint64("seed", 1, "seed of the moments")
	lie    = flag.Float64("lie", 0.3, "how many of the flushes the lying disk forgets")
)

func TestMain(m *testing.M) {
	if len(os.Args) == 5 && os.Args[1] == "serve" {
		if err := serve(os.Args[2], os.Args[3], os.Args[4]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestCut cuts the power of an honest disk: nothing acknowledged is lost, and every start succeeds.
func TestCut(t *testing.T) {
	b := build(t, 0)
	if b == nil {
		return
	}
	begin, acked, done := time.Now(), 0, 0
	r := rand.New(rand.NewPCG(*seed, 1))
	for done < *cuts && time.Since(begin) < *budget {
		n, err := b.round(r)
		if err != nil {
			t.Fatalf("cut %d, seed %d: %v", done+1, *seed, err)
		}
		acked += n
		done++
	}
	took := time.Since(begin)
	t.Logf("seed %d: %d power cuts in %v (%d ms each), %d commits acknowledged, none lost, every start succeeded",
		*seed, done, took.Round(time.Millisecond), took.Milliseconds()/int64(done), acked)
	if done < min(*cuts, 5) {
		t.Errorf("only %d cuts fitted into %v", done, *budget)
	}
}

// TestCutMutant is the proof that the rig sees: on a disk that forgets flushes something must be missed.
func TestCutMutant(t *testing.T) {
	b := build(t, *lie)
	if b == nil {
		return
	}
	r := rand.New(rand.NewPCG(*seed, 2))
	for i := range 40 {
		if _, err := b.round(r); err != nil {
			t.Logf("caught at cut %d: %v", i+1, err)
			return
		}
	}
	t.Errorf("a disk that forgets %.0f%% of its flushes was not caught in 40 cuts", *lie*100)
}

// box is the disk, its server, and where things are.
type box struct {
	t       *testing.T
	rig     string // the binary that writes and judges
	fuse    string // where the server's file is
	mnt     string // where ext4 is mounted
	scratch string
	server  *exec.Cmd
	orders  io.WriteCloser
	answers *bufio.Reader
	loop    string
}

// build makes an ext4 on a disk with a volatile cache, or says why it can't be done here and returns nil.
func build(t *testing.T, lie float64) *box {
	t.Helper()
	for _, need := range []string{"/dev/fuse", "/dev/loop-control"} {
		if _, err := os.Stat(need); err != nil || os.Getuid() != 0 {
			t.Logf("NOT RUN: 1 test, %s: it needs root, /dev/fuse and loop devices (uid %d, %v)",
				t.Name(), os.Getuid(), err)
			return nil
		}
	}
	dir := t.TempDir()
	b := &box{
		t:       t,
		rig:     filepath.Join(dir, "rig.test"),
		fuse:    filepath.Join(dir, "fuse"),
		mnt:     filepath.Join(dir, "mnt"),
		scratch: dir,
	}
	must := func(name string, args ...string) {
		t.Helper()
		if err := run(name, args...); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "test", "-c", "-tags", "rig", "-o", b.rig, "./state/boltstore/rig")
	build.Dir = "../../../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := errors.Join(os.Mkdir(b.fuse, 0o700), os.Mkdir(b.mnt, 0o700)); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(dir, "image")
	must("truncate", "-s", "48M", image)
	must("mkfs.ext4", "-q", "-F", image)
	b.server = exec.Command(os.Args[0], "serve", b.fuse, image, fmt.Sprint(lie))
	b.server.Stderr = os.Stderr
	var err error
	var out io.ReadCloser
	if b.orders, err = b.server.StdinPipe(); err == nil {
		if out, err = b.server.StdoutPipe(); err == nil {
			err = b.server.Start()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	b.answers = bufio.NewReader(out)
	t.Cleanup(b.end)
	if l, err := b.answers.ReadString('\n'); err != nil {
		t.Fatalf("the disk does not start: %q %v", l, err)
	}
	if err := b.plug(); err != nil {
		t.Fatal(err)
	}
	return b
}

// end takes everything apart, whatever state it is in.
func (b *box) end() {
	b.order("drop") // let go of whoever waits
	b.unplug()
	b.orders.Close()
	time.AfterFunc(5*time.Second, func() { b.server.Process.Kill() })
	b.server.Wait()
	syscall.Unmount(b.fuse, syscall.MNT_DETACH)
}

func (b *box) order(what string) {
	fmt.Fprintln(b.orders, what)
	b.answers.ReadString('\n')
}

func (b *box) plug() error {
	out, err := exec.Command("losetup", "-f", "--show", "--sector-size", "512", filepath.Join(b.fuse, "disk")).
		CombinedOutput()
	if err != nil {
		return fmt.Errorf("losetup: %w %s", err, out)
	}
	b.loop = strings.TrimSpace(string(out))
	return run("mount", "-o", "noatime", b.loop, b.mnt)
}

func (b *box) unplug() error {
	err := syscall.Unmount(b.mnt, 0)
	if b.loop != "" {
		err = errors.Join(err, run("losetup", "-d", b.loop))
	}
	b.loop = ""
	return err
}

// round sells until the power goes, and looks what is there when it is back.
func (b *box) round(r *rand.Rand) (acked int, err error) {
	store := filepath.Join(b.mnt, "box")
	said := filepath.Join(b.scratch, "said")
	old, _ := os.ReadFile(said)
	if last := lastAck(old); last > 500 { // a new shop, so that judging stays cheap
		old = nil
		if err := os.RemoveAll(store); err != nil {
			return 0, err
		}
	}
	if err := os.MkdirAll(store, 0o700); err != nil {
		return 0, err
	}
	if err := run("sync", "-f", b.mnt); err != nil { // the folder itself is not what is tested
		return 0, err
	}
	writer := exec.Command(b.rig, "write", store, "900")
	var out bytes.Buffer
	writer.Stdout, writer.Stderr = &out, &out
	if err := writer.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- writer.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return 0, fmt.Errorf("the writer failed before the cut: %s", out.String())
		}
		ended <- nil
	case <-time.After(time.Duration(20+r.IntN(300)) * time.Millisecond):
	}
	b.order("freeze")
	writer.Process.Kill()
	b.order("drop")
	<-ended // its output is whole now: what it said, it said before the disk froze
	b.unplug()
	b.order("revive")
	if err := b.plug(); err != nil {
		return 0, err
	}
	before := lastAck(old)
	now := append(old, out.Bytes()...)
	if err := os.WriteFile(said, now, 0o600); err != nil {
		return 0, err
	}
	if out, err := exec.Command(b.rig, "look", store, said).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s", bytes.TrimSpace(out))
	}
	return max(0, lastAck(now)-before), nil
}

func lastAck(said []byte) (n int) {
	for l := range bytes.Lines(said) {
		fmt.Sscanf(string(l), "ACK %d", &n)
	}
	return n
}

func run(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w %s", name, err, out)
	}
	return nil
}
