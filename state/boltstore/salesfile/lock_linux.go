package salesfile

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Lock takes the file's lock as bbolt does, or says who has it. Closing the file lets go of it.
func Lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("sales file %s is held by %s: stop that first", path, Holder(path))
	}
	return f, nil
}

// Share takes the image's file for reading, so that nobody writes it meanwhile, or says who does. Closing it lets go.
func (m *Image) Share() error {
	if err := syscall.Flock(int(m.f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("sales file %s is held by %s: stop that first", m.f.Name(), Holder(m.f.Name()))
	}
	return nil // a disk that knows no locks must not stop a rescue
}

// Unlock lets go of the file's lock and closes the file, which may be nil or closed.
func Unlock(f *os.File) {
	if f != nil {
		syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
		f.Close()
	}
}

// Holder names the process that holds the lock on the file, from /proc/locks (proc_locks(5)).
func Holder(path string) string {
	const somebody = "another process"
	info, err := os.Stat(path)
	if err != nil {
		return somebody
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return somebody
	}
	f, err := os.Open("/proc/locks")
	if err != nil {
		return somebody
	}
	defer f.Close()
	inode := fmt.Sprintf(":%d", st.Ino)
	for sc := bufio.NewScanner(f); sc.Scan(); {
		// "1: FLOCK  ADVISORY  WRITE 4242 fe:01:131 0 EOF"
		w := strings.Fields(sc.Text())
		if len(w) < 6 || w[1] != "FLOCK" || !strings.HasSuffix(w[5], inode) {
			continue
		}
		name, _ := os.ReadFile("/proc/" + w[4] + "/comm")
		if len(name) == 0 {
			return "process " + w[4]
		}
		return fmt.Sprintf("%s (process %s)", strings.TrimSpace(string(name)), w[4])
	}
	return somebody
}
