//go:build rig

package rig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/statetest"
)

// The workload: made-up traffic of one seed, and between it everything else that writes. What is acknowledged is
// written to standard output, one write each, so that a trace of system calls holds it in its right place.
const (
	seed       = 42
	lanes      = 2
	perDay     = 4
	sumsAt     = 10 // every so many commits sums are written
	settingsAt = 7  // every so many commits a setting is written
	pruneAt    = 12 // … old sales are pruned
	shrinkAt   = 13 // … the file is compacted
	backupAt   = 11 // … it is backed up
	askAt      = 9  // … something is asked of a gateway beside sales
)

var retention = boltstore.Retention{Before: "9999-12-31", Keep: 2}

// trade is the traffic of sales with an operation at a gateway now and then: asked in one commit, ended in the next.
type trade struct {
	*statetest.Traffic
	n     int
	asked *state.Operation
}

func traffic() *trade { return &trade{Traffic: statetest.NewTraffic(seed, lanes, perDay)} }

// Next is the next batch, the same for the same number.
func (t *trade) Next() state.Batch {
	t.n++
	switch {
	case t.asked != nil:
		o := *t.asked
		t.asked = nil
		return statetest.Ended(o, t.NextSeq(), state.OperationDone)
	case t.n%askAt == 0:
		id := fmt.Sprintf("O%08X", t.Seq()+1)
		b := statetest.Asked(id, t.NextSeq(), "key-"+id)
		t.asked = &b.Operations[0]
		return b
	}
	return t.Traffic.Next()
}

// write sells until n commits are done. It begins where the store in dir stands, so it also goes on after a crash.
func write(dir string, n int) error {
	runtime.LockOSThread() // strace counts system calls by thread
	path := filepath.Join(dir, "sales.db")
	s, err := boltstore.Open(path, boltstore.Options{Ballast: 64 << 10})
	if err != nil {
		return err
	}
	seq, err := s.Seq()
	if err != nil {
		return err
	}
	say("OPEN %d", seq)
	tr := traffic()
	for tr.Seq() < uint64(n) {
		b := tr.Next()
		if b.Events[0].Seq <= seq {
			continue
		}
		for i := 0; ; i++ {
			err := s.Commit(b)
			if err == nil {
				break
			}
			if !errors.Is(err, boltstore.ErrFull) || i > 3 {
				return err
			}
		}
		done := int(tr.Seq())
		say("ACK %d", done)
		if done%settingsAt == 0 {
			say("PUT %d", done)
			if err := s.Settings().Put("n", []byte(strconv.Itoa(done))); err != nil {
				return err
			}
			say("KEPT %d", done)
		}
		if done%sumsAt == 0 {
			say("SUM %d", done)
			n := []byte(strconv.Itoa(done))
			rows := map[string][]byte{
				"head":                               n,
				"day/1":                              n,
				"day/" + string(n):                   n,
				"day/" + strconv.Itoa(done-2*sumsAt): nil,
			}
			switch err := s.Totals().Write(rows); {
			case err == nil:
				say("SUMMED %d", done)
			case !errors.Is(err, boltstore.ErrFull):
				return err
			}
		}
		if done%pruneAt == 0 {
			say("PRUNE %d", done)
			if _, err := s.Prune(retention); err != nil {
				return err
			}
		}
		if done%backupAt == 0 {
			// A backup or a compaction that fails must not stop the shop: if the store is broken, the next commit says
			// so.
			if s.Backup(filepath.Join(dir, "backup.db")) == nil {
				say("BACKUP %d", done)
			}
		}
		if done%shrinkAt == 0 {
			if err := s.Compact(); err != nil {
				say("SORRY %v", err)
			}
		}
	}
	return s.Close()
}

func say(format string, args ...any) { os.Stdout.WriteString(fmt.Sprintf(format+"\n", args...)) }
