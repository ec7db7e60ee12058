package boltstore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"galla/state/boltstore/salesfile"
)

// ErrFull says that the disk, or its quota, has no room: nothing was written, and the store goes on as soon as there is
// room.
var ErrFull = errors.New("the disk is full: nothing was written; make room on it")

// BallastFor is how much ballast suits the disk of a folder: its 512th part, from 4 to 16 MiB, and never more than its
// 16th part. 4 MiB, for a disk that can't be asked, are good for a few hundred commits: enough to end every sale under
// way.
func BallastFor(dir string) int64 {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return leastBallast
	}
	return ballastOf(int64(st.Blocks) * int64(st.Bsize))
}

const leastBallast, mostBallast = 4 << 20, 16 << 20

func ballastOf(disk int64) int64 {
	return min(max(disk/512, leastBallast), mostBallast, disk/16)
}

// Tight reports that the disk, or what a 32-bit system can address, has no room to spare: the ballast had to be given
// up, or could not be laid down. Sales under way can still end, but new ones should be refused. It ends by itself once
// there is room when the store is opened again, or Backup, Prune or Compact ran.
func (s *Store) Tight() bool { return s.tight.Load() || s.nearTheEnd() }

// layBallast fills the ballast file, so that its room is really ours.
func (s *Store) layBallast() {
	if s.ballast == 0 {
		return
	}
	name := s.path + ".ballast"
	info, err := os.Stat(name)
	if err == nil && info.Size() == s.ballast {
		s.tight.Store(false)
		return
	}
	err = os.WriteFile(name, make([]byte, s.ballast), 0o600)
	if err == nil {
		err = salesfile.SyncFile(name) // a file system that allocates late says only now that there is no room
	}
	if err != nil {
		os.Remove(name)
	}
	s.tight.Store(err != nil)
}

// dropBallast gives the ballast's room away; false if there was none.
func (s *Store) dropBallast() bool {
	s.tight.Store(true)
	return os.Remove(s.path+".ballast") == nil && salesfile.SyncDir(filepath.Dir(s.path)) == nil
}

// noSpace recognises a full disk in an error of bbolt's, which doesn't always wrap what it met.
func noSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) ||
		strings.Contains(err.Error(), syscall.ENOSPC.Error()) || strings.Contains(err.Error(), syscall.EDQUOT.Error())
}

// freeSpace is how many bytes an unprivileged process may still write to the disk of a folder. Tests replace it.
var freeSpace = func(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
