package salvage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"galla/state/boltstore"
	"galla/state/boltstore/salesfile"

	bolt "go.etcd.io/bbolt"
)

// File reads what can be read of a damaged sales file and builds a new file at to from it. The damaged file is not
// changed, and bbolt does not touch it, so it can't kill the process.
//
//	pages of the tree, then all others ──▶ events, proved by their hashes ──▶ replayed by state.Apply ──▶ sales
//	                                       rows of sales, by their checksum ─────────── where events are missing ──┘
//
// An event that is lost keeps its number, so that numbers are never used twice, and the chain says where it was. The
// report's findings say what was damaged and what was done about it; Adopt then puts the new file in the old one's
// place.
func File(from, to string) (r boltstore.Report, err error) {
	r = boltstore.Report{Path: to, Full: true}
	for _, name := range []string{to, to + ".new", to + ".work"} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return r, fmt.Errorf("salvage would write %s, which is there already: give another name, or remove it",
				name)
		}
	}

	img, err := salesfile.OpenImage(from)
	if err != nil {
		return r, fmt.Errorf("salvage: %w", err)
	}
	defer img.Close()
	if err := img.Share(); err != nil {
		return r, fmt.Errorf("salvage: %w", err)
	}
	work, err := bolt.Open(to+".work", 0o600, &bolt.Options{NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		return r, fmt.Errorf("salvage: %w", err)
	}
	defer os.Remove(to + ".work")
	defer work.Close()
	m := &salvaged{report: &r, work: work, mark: boltstore.MarkOf(from + ".seq"), settings: map[string]bool{}}
	if m.tx, err = work.Begin(true); err != nil {
		return r, fmt.Errorf("salvage: %w", err)
	}

	defer func() { m.tx.Rollback() }()
	for _, b := range [][]byte{workEvents, workTree, workSales, workKeys, workSettings, workReplay, workDays,
		workOperations, workZ} {
		if _, err := m.tx.CreateBucket(b); err != nil {
			return r, fmt.Errorf("salvage: %w", err)
		}
	}

	if err := m.gather(img); err != nil {
		return r, err
	}
	if m.schema == 0 && empty(m.tx) {
		return r, fmt.Errorf("nothing of a sales file is in %s: no new file was made. Is it the right file?", from)
	}
	if m.schema > salesfile.Schema {
		return r, fmt.Errorf("%s has schema %d, and this gallad knows %d: it was written by a newer version, so "+
			"salvage it with that version", from, m.schema, salesfile.Schema)
	}
	if m.mark > m.seq {
		r.Add("%s says that event %d was committed, and the file ends at %d", from+".seq", m.mark, m.seq)
		m.seq = m.mark
	}

	fresh := to + ".new"
	defer os.Remove(fresh)
	if err := m.rebuild(fresh); err != nil {
		return r, fmt.Errorf("salvage into %s: %w", to, err)
	}
	if err := errors.Join(salesfile.SyncFile(fresh), salesfile.MoveInto(fresh, to)); err != nil {
		return r, err
	}
	made, err := boltstore.Check(to, true)
	made.Findings = slices.Concat(r.Findings, made.Findings)
	made.More += r.More
	return made, err
}

// empty reports whether neither an event nor a sale was found.
func empty(tx *bolt.Tx) bool {
	for _, b := range [][]byte{workEvents, workTree, workSales} {
		if k, _ := tx.Bucket(b).Cursor().First(); k != nil {
			return false
		}
	}
	return true
}
