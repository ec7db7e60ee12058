package boltstore

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// ErrHeld says that another process has the file open.
var ErrHeld = errors.New("is held")

// recent is how many of the newest events a quick check reads.
const recent = 1000

// Check looks at a sales file without changing it. A quick check reads what a start needs: the pages bbolt itself reads
// to open, the newest events, and the sales still watched; it never reads the whole file. A full check reads every page
// and every record, verifies the chain, and holds every index against the sales.
//
// The error is nil, or ErrDamaged with the first finding, or says why the file could not be looked at. bbolt kills the
// process on some damaged files and no recover helps: run Check in a process of its own (Child), and take its death as
// the answer. A file that another process has open can't be checked.
func Check(path string, full bool) (r Report, err error) { return CheckTelling(path, full, nil) }

// Progress is told how far a check is: of "pages", "events", "sales" or "keys", so many are done of so many; total is 0
// where it is not known. It is called often and must be quick.
type Progress func(what string, done, total uint64)

// CheckTelling is Check, and tells how far it is; nil: nobody.
func CheckTelling(path string, full bool, tell Progress) (r Report, err error) {
	if tell == nil {
		tell = func(string, uint64, uint64) {}
	}
	r = Report{Path: path, Full: full, tell: tell}

	// a file shorter than it should be faults when its map is read
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	var f *os.File
	defer func() {
		if p := recover(); p != nil {
			salesfile.Unlock(f) // bbolt, in its panic, did not, and its memory map keeps the file open
			r.Add("a page of it can't be read: %v", p)
			err = r.err()
		}
	}()

	info, err := os.Stat(path)
	if err != nil {
		return r, fmt.Errorf("sales file: %w", err)
	}
	if info.IsDir() {
		return r, fmt.Errorf("%s is a folder: name the sales file in it, such as %s",
			path, filepath.Join(path, "sales.db"))
	}
	r.Bytes = info.Size()
	if err := fitsHere(path, r.Bytes); err != nil {
		return r, err
	}
	if r.Bytes == 0 {
		r.Add("it is empty, and a sales file never is")
		return r, r.err()
	}

	img, err := salesfile.OpenImage(path)
	if err != nil {
		return r, fmt.Errorf("sales file: %w", err)
	}
	defer img.Close()
	if need, err := highWater(img); err != nil && isSystem(err) {
		return r, fmt.Errorf("sales file: %w", err)
	} else if err != nil {
		r.Add("%v", err)
		return r, r.err()
	} else if need > r.Bytes {
		r.Add("it is cut: %d bytes are there of at least %d", r.Bytes, need)
		return r, r.err()
	}

	// PreLoadFreelist: what a start reads, and may die of, is read here.
	db, err := bolt.Open(
		path,
		0o600,
		&bolt.Options{ReadOnly: true, Timeout: time.Second, PreLoadFreelist: true, FreelistType: bolt.FreelistMapType,
			OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
				f, err = os.OpenFile(name, flag, mode)
				return f, err
			}},
	)

	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return r, fmt.Errorf("sales file %s %w by %s: stop that first, or look at a copy",
			path, ErrHeld, salesfile.Holder(path))
	case err != nil && isSystem(err):
		return r, fmt.Errorf("sales file %s can't be read: %w", path, err)
	case err != nil:
		r.Add("it is not a bbolt file, or both its meta pages are damaged: %v", err)
		return r, r.err()
	}

	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		r.check(tx, img)
		return nil
	})
	if r.Schema > salesfile.Schema { // nothing is wrong with it, and salvage would be the wrong advice
		return r, newer(path, r.Schema, salesfile.Schema)
	}
	return r, errors.Join(err, r.err())
}

// newer refuses a file whose schema this code doesn't know.
func newer(path string, schema, known int) error {
	return fmt.Errorf("%s has schema %d, and this gallad knows %d: it was written by a newer version, so install "+
		"that version again, or go back to %s.schema%d as recovery.md says, without what was sold since", path, schema,
		known, path, known)
}

// highWater reads how long the file must be from its newer valid meta page, without mapping it.
func highWater(img *salesfile.Image) (int64, error) {
	m, err := img.NewestMeta()
	if err != nil {
		return 0, err
	}
	if m.Pages > 1<<40/uint64(m.PageSize) {
		return 0, fmt.Errorf("its meta page says that it has %d pages", m.Pages)
	}
	return int64(m.Pages) * int64(m.PageSize), nil
}

func (r *Report) check(tx *bolt.Tx, img *salesfile.Image) {
	meta := tx.Bucket(salesfile.BucketMeta)
	if meta == nil {
		r.Add("it has no %s: it is not a sales file, or not whole", salesfile.BucketMeta)
		return
	}
	if v := meta.Get(salesfile.MetaSchema); len(v) == 1 {
		r.Schema = int(v[0])
	}
	if r.Schema > salesfile.Schema {
		return // told by Check
	}
	if r.Schema == 0 {
		r.Add("it does not say its schema: it is not a sales file, or not whole")
		return
	}

	for _, b := range salesfile.Buckets {
		// Of an older file, which Open brings up to date, only what has always been there is looked at.
		if tx.Bucket(b) == nil && (!r.older() || string(b) == string(salesfile.BucketEvents)) {
			r.Add("it has no %s: it is not a sales file, or not whole", b)
			return
		}
	}

	r.Seq = salesfile.Number(meta.Get(salesfile.MetaSeq))
	var from uint64
	if r.Full {
		newest, err := img.NewestMeta() // the lock is held: nobody writes
		if err != nil {
			r.Add("%v", err)
			return
		}
		img.Walk(newest, func(n uint64) { r.tell("pages", n, newest.Pages) }, r.Add)
		if len(r.Findings) > 0 {
			return // walking a broken tree may never end
		}
	} else if r.Seq > recent {
		from = r.Seq - recent
	}

	r.checkEvents(tx, from)
	if r.older() {
		return
	}
	if r.Full {
		r.checkIndexes(tx)
		r.checkOperations(tx)
	} else {
		r.checkWatched(tx)
	}

	if r.Full {
		tx.Bucket(salesfile.BucketTotals).ForEach(func(k, row []byte) error {
			if _, err := salesfile.CutChecksum(k, row); err != nil {
				r.Add("sum %q can't be read: %v", k, err)
			}
			return nil
		})
	}

	tx.Bucket(salesfile.BucketSettings).ForEach(func(k, row []byte) error {
		if _, err := salesfile.CutChecksum(k, row); err != nil {
			r.Add("setting %q can't be read: %v", k, err)
		}
		r.Settings++
		return nil
	})
}

func (r *Report) checkEvents(tx *bolt.Tx, from uint64) {
	c, err := walkChain(tx, from, func(seq uint64, rec salesfile.Record) {
		r.tell("events", seq-from, r.Seq-from)
		if !r.Full {
			return // the chain proves their bytes
		}
		if _, err := rec.Decode(seq); err != nil {
			r.Add("%s", salesfile.Cause(err))
		}
	})
	if err != nil {
		r.Add("%s", salesfile.Cause(err))
	}
	r.Root, r.Events, r.Pruned, r.Lost, r.Head = c.Root, c.Events, c.Pruned, c.Lost, hex.EncodeToString(c.Head)
}

// checkWatched reads what a start resumes: the watched sales, and the effects still to be done. It proves their bytes
// by the checksums, which are of the id, too, and leaves what they say to the start: that would take as long again.
func (r *Report) checkWatched(tx *bolt.Tx) {
	for _, b := range [][]byte{salesfile.BucketWatch, salesfile.BucketAttention} {
		tx.Bucket(b).ForEach(func(id, _ []byte) error {
			row := salesfile.SaleRow(tx, id)
			if row == nil {
				r.Add("sale %q is in %s and not there", id, b)
			} else if _, err := salesfile.CutChecksum(id, row); err != nil {
				r.Add("sale %q can't be read: %v", id, err)
			}
			if string(b) == string(salesfile.BucketWatch) {
				r.Watch, r.Sales = r.Watch+1, r.Sales+1
			}
			return nil
		})
	}
	r.checkRecent(tx)
	tx.Bucket(salesfile.BucketAsked).ForEach(func(id, _ []byte) error {
		if _, found, err := salesfile.ReadOperation(tx, id); err != nil || !found {
			r.Add("operation %q has no end yet, and can't be read: %v", id, err)
		}
		return nil
	})
}

// checkRecent reads the sales that are open or ended a moment ago.
func (r *Report) checkRecent(tx *bolt.Tx) {
	salesfile.EachRecent(tx, func(id, row []byte) error {
		r.Sales++
		s, err := salesfile.DecodeSale(id, row)
		switch {
		case err != nil:
			r.Add("%s", salesfile.Cause(err))
			return nil
		case s.ID != string(id):
			r.Add("sale %q stands under the id %q", s.ID, id)
		case tx.Bucket(salesfile.BucketSales).Get(id) != nil:
			r.Add("sale %s is among the recent ones and in the history", s.ID)
		}
		if state.Watching(s) {
			r.Watch++
		}
		if last, err := salesfile.ParseRecord(salesfile.EventAt(tx, s.Seq)); err != nil || last.Pruned() {
			r.Add("sale %s was last changed by event %d, which is not there", s.ID, s.Seq)
		}
		return nil
	})
}

// checkIndexes reads every sale, and holds every index against what the sales say it must hold.
func (r *Report) checkIndexes(tx *bolt.Tx) {
	want := map[string]int{} // rows each index must have
	has := func(bucket, k []byte, v string) {
		want[string(bucket)]++
		if got := tx.Bucket(bucket).Get(k); got == nil {
			r.Add("%s has no row %q, which a sale needs", bucket, k)
		} else if v != "" && string(got) != v {
			r.Add("%s says that %q belongs to sale %q, and it belongs to %s", bucket, k, got, v)
		}
	}

	tx.Bucket(salesfile.BucketSales).ForEach(func(id, raw []byte) error {
		r.Sales++
		r.tell("sales", uint64(r.Sales), 0)
		s, _, err := salesfile.ReadSale(tx, id)
		if err != nil {
			r.Add("%s", salesfile.Cause(err))
			return nil
		}
		if s.ID != string(id) {
			r.Add("sale %q stands under the id %q", s.ID, id)
		}
		has(salesfile.BucketDays, salesfile.DayKey(s.Day, s.Number), s.ID)
		for k, v := range salesfile.Lookups(&s) {
			has(salesfile.BucketLookup, []byte(k), string(v))
		}
		if state.Watching(s) {
			r.Watch++
			has(salesfile.BucketWatch, id, "")
		}
		if len(s.Attention) > 0 {
			has(salesfile.BucketAttention, id, "")
		}
		if last, err := salesfile.ParseRecord(salesfile.EventAt(tx, s.Seq)); err != nil || last.Pruned() {
			r.Add("sale %s was last changed by event %d, which is not there", s.ID, s.Seq)
		}
		return nil
	})

	r.checkRecent(tx)
	tx.Bucket(salesfile.BucketKeys).ForEach(func(k, raw []byte) error {
		var rec state.KeyRecord
		if err := salesfile.DecodeRow(k, raw, &rec); err != nil ||
			string(salesfile.OwnedKey(rec.Owner, rec.Key)) != string(k) {
			r.Add("an idempotency key can't be read: %v", err)
		}
		return nil
	})

	for _, b := range [][]byte{salesfile.BucketDays, salesfile.BucketLookup, salesfile.BucketWatch,
		salesfile.BucketAttention} {
		if n := tx.Bucket(b).Stats().KeyN; n != want[string(b)] {
			r.Add("%s has %d rows, and the sales account for %d", b, n, want[string(b)])
		}
	}
}
