package boltstore_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// notRun lists tests that this machine did not let run; TestMain prints it after everything else, with its count.
var notRun []string

// inDisk runs one of disks in a process of its own on a file system of 3 MiB of its own, mounted in a namespace that
// ends with it.
func inDisk(t *testing.T, what string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "disk", what, dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || exit != nil && exit.ExitCode() == exitNoMount {
		notRun = append(notRun, fmt.Sprintf("%s: no file system may be mounted here (%v %s)", t.Name(), err, out))
		return
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

const exitNoMount = 77

var disks = map[string]func(dir string) error{
	"full":                diskFull,
	"full from the start": diskFullFirst,
	"read-only":           diskReadOnly,
}

func runDisk(what, dir string) {
	err := errors.Join(
		syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
		syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitNoMount)
	}
	if err := disks[what](dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func TestDiskFull(t *testing.T)      { inDisk(t, "full") }
func TestDiskFullFirst(t *testing.T) { inDisk(t, "full from the start") }
func TestDiskReadOnly(t *testing.T)  { inDisk(t, "read-only") }
func TestDiskNotOurs(t *testing.T)   { notOurs(t, false, "belong to the user gallad runs as") }
func TestFileNotOurs(t *testing.T)   { notOurs(t, true, "can't be opened for writing") }

// diskFull sells until the disk is full: the ballast lets sales under way end, then every commit says that nothing was
// written and means it, and when there is room again the same store goes on.
func diskFull(dir string) error {
	path := filepath.Join(dir, "sales.db")
	s, err := boltstore.Open(path, boltstore.Options{Ballast: 512 << 10})
	if err != nil {
		return err
	}
	if s.Tight() {
		return errors.New("tight on an empty disk")
	}
	backup := filepath.Join(dir, "backup")
	if err := s.Backup(backup); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 1<<20), 0o600); err != nil {
		return err
	}
	tr := statetest.NewTraffic(1, 4, 50)
	onBallast := 0
	var b state.Batch
	for {
		b = tr.Next()
		if err = s.Commit(b); err != nil {
			break
		}
		if s.Tight() {
			onBallast++
		}
	}
	if !errors.Is(err, boltstore.ErrFull) ||
		!errors.Is(err, syscall.ENOSPC) && !strings.Contains(err.Error(), "no space") {
		return fmt.Errorf("a full disk: %w", err)
	}
	if onBallast < 20 {
		return fmt.Errorf("the ballast was good for %d commits", onBallast)
	}
	fmt.Printf("%d commits on 512 KiB of ballast\n", onBallast)
	for range 3 {
		if err := s.Commit(b); !errors.Is(err, boltstore.ErrFull) {
			return fmt.Errorf("a disk that stays full: %w", err)
		}
		if seq, err := s.Seq(); err != nil || seq != b.Events[0].Seq-1 {
			return fmt.Errorf("%d events after a commit that wrote nothing, want %d: %w", seq, b.Events[0].Seq-1, err)
		}
	}
	if err := s.Backup(backup); err == nil {
		return errors.New("a backup went onto a full disk")
	}
	if err := s.Compact(); err == nil {
		return errors.New("a compact went onto a full disk")
	}
	if _, err := boltstore.Check(backup, true); err != nil {
		return fmt.Errorf("the failed backup spoiled the one before: %w", err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	if _, err := boltstore.Check(path, true); err != nil {
		return err
	}
	if s, err = boltstore.Open(path, boltstore.Options{Ballast: 512 << 10}); err != nil {
		return fmt.Errorf("a start on a full disk: %w", err)
	}
	if !s.Tight() {
		return errors.New("a start on a full disk does not say so")
	}
	if err := s.Commit(b); !errors.Is(err, boltstore.ErrFull) {
		return fmt.Errorf("a commit after a start on a full disk: %w", err)
	}
	if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
		return err
	}
	if err := s.Commit(b); err != nil {
		return fmt.Errorf("there is room again: %w", err)
	}
	if _, err := s.Prune(boltstore.Retention{}); err != nil || s.Tight() {
		return fmt.Errorf("still tight (%v) with a mebibyte of room: %w", s.Tight(), err)
	}
	if err := s.Close(); err != nil {
		return err
	}
	_, err = boltstore.Check(path, true)
	return err
}

// diskFullFirst starts for the first time on a full disk: an error that says so, nothing half-made, and a start once
// there is room.
func diskFullFirst(dir string) error {
	path, filler := filepath.Join(dir, "sales.db"), filepath.Join(dir, "filler")
	f, err := os.Create(filler)
	if err != nil {
		return err
	}
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	f.Close()
	_, err = boltstore.Open(path, boltstore.Options{})
	if err == nil || errors.Is(err, boltstore.ErrDamaged) || !strings.Contains(err.Error(), "no space left") {
		return fmt.Errorf("a first start on a full disk: %w", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("it left a file: %w", err)
	}
	os.Remove(filler)
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return fmt.Errorf("a start once there is room: %w", err)
	}
	return s.Close()
}

// diskReadOnly opens a file on a disk that turned read-only: the error says so, and doesn't call the file damaged; a
// check works.
func diskReadOnly(dir string) error {
	path := filepath.Join(dir, "sales.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		return err
	}
	if err := errors.Join(s.Commit(statetest.NewTraffic(1, 1, 1).Next()), s.Close(),
		syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")); err != nil {
		return err
	}
	_, err = boltstore.Open(path, boltstore.Options{})
	if !errors.Is(err, syscall.EROFS) || errors.Is(err, boltstore.ErrDamaged) ||
		!strings.Contains(err.Error(), "a disk that can be written") {
		return fmt.Errorf("a read-only disk: %w", err)
	}
	_, err = boltstore.Check(path, true)
	return err
}

// notOurs opens a file of somebody else's as nobody; markOurs says whether at least the mark belongs to nobody.
func notOurs(t *testing.T, markOurs bool, word string) {
	t.Helper()
	t.Setenv("TMPDIR", disk) // programs may not be run from /dev/shm everywhere
	path, _ := fill(t, 2)
	cmd := exec.Command(os.Args[0], "hold", path)
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		for dir := filepath.Dir(path); dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
			os.Chmod(dir, 0o755)
		}
		binary, err := os.ReadFile(os.Args[0]) // the folder it was built in is closed to others
		if err != nil {
			t.Fatal(err)
		}
		cmd.Path = filepath.Join(filepath.Dir(path), "gallad")
		if err := os.WriteFile(cmd.Path, binary, 0o755); err != nil {
			t.Fatal(err)
		}
		if markOurs {
			os.Chown(path+".seq", 65534, 65534)
		}
	} else {
		os.Chmod(path, 0o400)
		if !markOurs {
			os.Chmod(path+".seq", 0o400)
		}
	}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), word) || strings.Contains(string(out), "damaged") {
		t.Errorf("somebody else's file: %v %s", err, out)
	}
}
