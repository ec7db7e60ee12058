package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"galla/internal/counter/wire"
)

// Disk is what is asked of the disk below a folder.
type Disk interface {
	// Room answers in bytes; readOnly is the mount's.
	Room(dir string) (free, size uint64, readOnly bool, err error)
	// Write writes, flushes and removes one small file.
	Write(dir string) error
}

const (
	little   = 64 << 20  // bytes: a week of sales, and what the logs of one may take
	tight    = 256 << 20 // worth telling
	staleDay = 26 * time.Hour
)

// disk looks at every place gallad writes to. write says whether to try: a glance doesn't wear the card.
func (d *Doctor) disk(write bool) wire.Check {
	var worst wire.Check
	rank := map[string]int{"": -1, levelOK: 0, levelSkipped: 1, levelNote: 2, levelBad: 3}
	take := func(c wire.Check) {
		if rank[c.Level] > rank[worst.Level] {
			worst = c
		}
	}
	for _, p := range d.o.Places {
		take(d.place(p, write))
	}
	if d.o.Backup != nil {
		take(d.backup(*d.o.Backup))
	}
	if worst.Level == "" {
		return unseen("disk", "where the sales file is, is not known here")
	}
	return worst
}

func (d *Doctor) place(p Place, write bool) wire.Check {
	free, size, readOnly, err := d.o.Disk.Room(p.Dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return bad("disk", "Mount the disk, or make the folder, then restart gallad: sudo systemctl restart gallad.", "the folder of %s is missing: %s", p.What, p.Dir)
	case err != nil:
		return bad("disk", "Look at the kernel's log (journalctl -k -p err): the card or disk may be dying. Copy what is on it.", "the disk of %s can't be asked (%s)", p.What, cause(err))
	case readOnly:
		return bad("disk", "Restart the box. If it is read-only again, the card or disk is dying: copy the folder "+p.Dir+" to a USB stick, and put in a new one.", "the disk of %s can't be written to: it is mounted read-only", p.What)
	case p.Tight != nil && p.Tight() && free >= little:
		return bad("disk", "Restart gallad, now that there is room: sudo systemctl restart gallad.", "the disk of %s was full, and new sales are refused until gallad has been restarted", p.What)
	case free < little:
		return bad("disk", "Make room (sudo journalctl --vacuum-size=16M; sudo apt clean), then restart gallad: sudo systemctl restart gallad.", "the disk of %s is full: %s of %s are free", p.What, mib(free), mib(size))
	}
	if write {
		if c, failed := written(p, d.o.Disk.Write(p.Dir)); failed {
			return c
		}
	}
	if p.Slow != nil {
		if took := p.Slow(); took > 0 {
			return note("disk", "Look at the kernel's log (journalctl -k -p err): the card or disk may be dying. Take a copy of what is on it, and put in a new one.",
				"the disk of %s is slow: a write took %.1f seconds, and the cashier waits for each", p.What, took.Seconds())
		}
	}
	if free < tight {
		return note("disk", "Make room soon: sudo journalctl --vacuum-size=16M; sudo apt clean.", "the disk of %s is filling: %s of %s are free", p.What, mib(free), mib(size))
	}
	return ok("disk", "%s of %s are free for %s", mib(free), mib(size), p.What)
}

// written explains a write that failed; failed is false when nothing is known to be wrong.
func written(p Place, err error) (c wire.Check, failed bool) {
	switch {
	case err == nil:
		return c, false
	case errors.Is(err, fs.ErrPermission):
		return unseen("disk", "only gallad and root may write beside "+p.What), true
	case errors.Is(err, syscall.EROFS):
		return bad("disk", "Restart the box. If it is read-only again, the card or disk is dying: copy the folder "+p.Dir+" to a USB stick, and put in a new one.", "the disk of %s can't be written to: it is mounted read-only", p.What), true
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return bad("disk", "Make room (sudo journalctl --vacuum-size=16M; sudo apt clean), then restart gallad: sudo systemctl restart gallad.", "the disk of %s takes no more: it is full", p.What), true
	}
	return bad("disk", "The card or disk is dying: copy the folder "+p.Dir+" to a USB stick now, and put in a new one.", "the disk of %s fails when it is written to (%s)", p.What, cause(err)), true
}

// backup looks at the age of the copy that gallad makes every hour.
func (d *Doctor) backup(b Backup) wire.Check {
	const next = "Check that the backup's disk is plugged in and mounted, and look into gallad's log: journalctl -u gallad."
	info, err := os.Stat(b.Path)
	switch age := time.Duration(0); {
	case errors.Is(err, fs.ErrPermission):
		return unseen("disk", "only gallad and root may look at the backup")
	case err != nil:
		return note("disk", next, "there is no backup at %s yet", b.Path)
	default:
		if age = d.o.Now().Sub(info.ModTime()); age > staleDay {
			return note("disk", next, "the backup at %s is %d hours old", b.Path, int(age.Hours()))
		}
	}
	return ok("disk", "the backup is there")
}

func mib(n uint64) string {
	if n >= 10<<30 {
		return fmt.Sprintf("%d GB", n>>30)
	}
	return fmt.Sprintf("%d MB", n>>20)
}

// RealDisk asks the kernel.
type RealDisk struct{}

// Room asks statfs(2).
func (RealDisk) Room(dir string) (free, size uint64, readOnly bool, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, 0, false, &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	block := uint64(s.Bsize)
	return s.Bavail * block, s.Blocks * block, s.Flags&unix.ST_RDONLY != 0, nil
}

// Write leaves nothing behind, unless we die between: then a file of 4 KiB with this name, which the next look replaces.
func (RealDisk) Write(dir string) error {
	name := filepath.Join(dir, ".galla-doctor")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(name))
}
