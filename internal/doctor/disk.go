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
	none     = 1 << 20 // bytes: a sale may not fit any more
	staleDay = 26 * time.Hour
)

// scant is how little room is worth telling, on a disk of so many bytes: a twentieth of it, from 16 to 256 MiB. Little
// room is not full: sales are taken, and the room of a day may be a year's on a small partition.
func scant(size uint64) uint64 { return min(max(size/20, 16<<20), 256<<20) }

// disk looks at every place gallad writes to. write says whether to try: a glance doesn't wear the card.
func (d *Doctor) disk(write bool) wire.Check {
	var worst wire.Check
	rank := map[string]int{"": -1, wire.LevelOK: 0, wire.LevelSkipped: 1, wire.LevelNote: 2, wire.LevelBad: 3}
	take := func(c wire.Check) {
		if rank[c.Level] > rank[worst.Level] {
			worst = c
		}
	}
	for _, p := range d.o.Places {
		take(d.place(p, write))
	}
	if d.o.Backup != nil && !d.image() { // there the copy on the card is on its way to the stick, whose age counts
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
		return bad("disk", "missing", values{"what": p.What, "dir": p.Dir})
	case err != nil:
		return bad("disk", "mute", values{"what": p.What, "why": cause(err)})
	case readOnly:
		return bad("disk", "readonly", values{"what": p.What, "dir": p.Dir})
	case p.Tight != nil && p.Tight() && free >= scant(size)/4:
		return bad("disk", "was_full", values{"what": p.What})
	case free < none, p.Tight != nil && p.Tight():
		return bad("disk", "full", values{"what": p.What, "free": mib(free), "size": mib(size)})
	}
	if write {
		if c, failed := written(p, d.o.Disk.Write(p.Dir)); failed {
			return c
		}
	}
	if p.Slow != nil {
		if took := p.Slow(); took > 0 {
			return note("disk", "slow", values{"what": p.What, "seconds": fmt.Sprintf("%.1f", took.Seconds())})
		}
	}
	if free < scant(size) {
		return note("disk", "filling", values{"what": p.What, "free": mib(free), "size": mib(size)})
	}
	return ok("disk", "free", values{"what": p.What, "free": mib(free), "size": mib(size)})
}

// written explains a write that failed; failed is false when nothing is known to be wrong.
func written(p Place, err error) (c wire.Check, failed bool) {
	switch {
	case err == nil:
		return c, false
	case errors.Is(err, fs.ErrPermission):
		return unseen("disk", "only gallad and root may write beside "+p.What), true
	case errors.Is(err, syscall.EROFS):
		return bad("disk", "readonly", values{"what": p.What, "dir": p.Dir}), true
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return bad("disk", "takes_none", values{"what": p.What}), true
	}
	return bad("disk", "dying", values{"what": p.What, "dir": p.Dir, "why": cause(err)}), true
}

// backup looks at the age of the copy that gallad makes every hour.
func (d *Doctor) backup(b Backup) wire.Check {
	info, err := os.Stat(b.Path)
	switch age := time.Duration(0); {
	case errors.Is(err, fs.ErrPermission):
		return unseen("disk", "only gallad and root may look at the backup")
	case err != nil:
		return note("disk", "backup_none", values{"path": b.Path})
	default:
		if age = d.o.Now().Sub(info.ModTime()); age > staleDay {
			return note("disk", "backup_old", values{"path": b.Path, "hours_count": int(age.Hours())})
		}
	}
	return ok("disk", "backup", nil)
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

// Write leaves nothing behind, unless we die between: then a file of 4 KiB with this name, which the next look
// replaces.
func (RealDisk) Write(dir string) error {
	name := filepath.Join(dir, ".galla-doctor")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, 4096))
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(name))
}
