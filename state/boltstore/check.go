package boltstore

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"galla/state"
)

// recent is how many of the newest events a quick check reads.
const recent = 1000

// Check looks at a sales file without changing it. A quick check reads what a start needs: the pages bbolt itself reads to
// open, the newest events, and the sales still watched; it never reads the whole file. A full check reads every page and every record,
// verifies the chain, and holds every index against the sales.
//
// The error is nil, or ErrDamaged with the first finding, or says why the file could not be looked at. bbolt kills the
// process on some damaged files and no recover helps: run Check in a process of its own (Child), and take its death as the answer.
// A file that another process has open can't be checked.
func Check(path string, full bool) (r Report, err error) {
	r = Report{Path: path, Full: full}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // a file shorter than it should be faults when its map is read
	var f *os.File
	defer func() {
		if p := recover(); p != nil {
			unlock(f) // bbolt, in its panic, did not, and its memory map keeps the file open
			r.find("a page of it can't be read: %v", p)
			err = r.err()
		}
	}()
	info, err := os.Stat(path)
	if err != nil {
		return r, fmt.Errorf("sales file: %w", err)
	}
	r.Bytes = info.Size()
	if r.Bytes == 0 {
		r.find("it is empty, and a sales file never is")
		return r, r.err()
	}
	if need, err := highWater(path); err != nil && isSystem(err) {
		return r, fmt.Errorf("sales file: %w", err)
	} else if err != nil {
		r.find("%v", err)
		return r, r.err()
	} else if need > r.Bytes {
		r.find("it is cut: %d bytes are there of at least %d", r.Bytes, need)
		return r, r.err()
	}
	// PreLoadFreelist: what a start reads, and may die of, is read here.
	db, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Second, PreLoadFreelist: true, FreelistType: bolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
			f, err = os.OpenFile(name, flag, mode)
			return f, err
		}})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return r, fmt.Errorf("sales file %s is held by %s: stop that first", path, holder(path))
	case err != nil && isSystem(err):
		return r, fmt.Errorf("sales file %s can't be read: %w", path, err)
	case err != nil:
		r.find("it is not a bbolt file, or both its meta pages are damaged: %v", err)
		return r, r.err()
	}
	defer db.Close()
	err = db.View(func(tx *bolt.Tx) error {
		r.check(tx)
		return nil
	})
	if r.Schema > Schema { // nothing is wrong with it, and salvage would be the wrong advice
		return r, newer(path, r.Schema, Schema)
	}
	return r, errors.Join(err, r.err())
}

// newer refuses a file whose schema this code doesn't know.
func newer(path string, schema, known int) error {
	return fmt.Errorf("%s has schema %d, and this gallad knows %d: it was written by a newer version, so install that version again, or go back to %s.schema%d as recovery.md says, without what was sold since", path, schema, known, path, known)
}

// highWater reads how long the file must be from its newer valid meta page, without mapping it.
func highWater(path string) (int64, error) {
	img, err := openImage(path)
	if err != nil {
		return 0, err
	}
	defer img.close()
	m, err := img.newestMeta()
	if err != nil {
		return 0, err
	}
	if m.pages > 1<<40/uint64(m.pageSize) {
		return 0, fmt.Errorf("its meta page says that it has %d pages", m.pages)
	}
	return int64(m.pages) * int64(m.pageSize), nil
}

func (r *Report) check(tx *bolt.Tx) {
	meta := tx.Bucket(bucketMeta)
	if meta == nil {
		r.find("it has no %s: it is not a sales file, or not whole", bucketMeta)
		return
	}
	if v := meta.Get(metaSchema); len(v) == 1 {
		r.Schema = int(v[0])
	}
	if r.Schema > Schema {
		return // told by Check
	}
	if r.Schema == 0 {
		r.find("it does not say its schema: it is not a sales file, or not whole")
		return
	}
	for _, b := range buckets {
		// Of an older file, which Open brings up to date, only what has always been there is looked at.
		if tx.Bucket(b) == nil && (!r.older() || string(b) == string(bucketEvents)) {
			r.find("it has no %s: it is not a sales file, or not whole", b)
			return
		}
	}
	r.Seq = number(meta.Get(metaSeq))
	var from uint64
	if r.Full {
		for err := range tx.Check() {
			r.find("%v", err)
		}
		if len(r.Findings) > 0 {
			return // walking a tree that bbolt calls broken may never end
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
	tx.Bucket(bucketVault).ForEach(func(k, row []byte) error {
		if _, err := unseal(k, row); err != nil {
			r.find("setting %q can't be read: %v", k, err)
		}
		r.Vault++
		return nil
	})
}

func (r *Report) checkEvents(tx *bolt.Tx, from uint64) {
	c, err := walkChain(tx, from, func(seq uint64, rec record) {
		if _, err := rec.decode(seq); err != nil {
			r.find("%s", cause(err))
		}
	})
	if err != nil {
		r.find("%s", cause(err))
	}
	r.Root, r.Events, r.Pruned, r.Lost, r.Head = c.Root, c.Events, c.Pruned, c.Lost, hex.EncodeToString(c.Head)
}

// checkWatched reads what a start resumes: the watched sales, and the effects still to be done.
func (r *Report) checkWatched(tx *bolt.Tx) {
	for _, b := range [][]byte{bucketWatch, bucketAttention} {
		tx.Bucket(b).ForEach(func(id, _ []byte) error {
			sale, found, err := readSale(tx, id)
			switch {
			case err != nil:
				r.find("%s", cause(err))
			case !found:
				r.find("sale %q is in %s and not there", id, b)
			case sale.ID != string(id):
				r.find("sale %q stands under the id %q", sale.ID, id)
			}
			if string(b) == string(bucketWatch) {
				r.Watch, r.Sales = r.Watch+1, r.Sales+1
			}
			return nil
		})
	}
	r.checkRecent(tx)
	tx.Bucket(bucketAsked).ForEach(func(id, _ []byte) error {
		if _, found, err := readOperation(tx, id); err != nil || !found {
			r.find("operation %q has no end yet, and can't be read: %v", id, err)
		}
		return nil
	})
}

// checkRecent reads the sales that are open or ended a moment ago.
func (r *Report) checkRecent(tx *bolt.Tx) {
	eachRecent(tx, func(id, row []byte) error {
		r.Sales++
		s, err := decodeSale(id, row)
		switch {
		case err != nil:
			r.find("%s", cause(err))
			return nil
		case s.ID != string(id):
			r.find("sale %q stands under the id %q", s.ID, id)
		case tx.Bucket(bucketSales).Get(id) != nil:
			r.find("sale %s is among the recent ones and in the history", s.ID)
		}
		if state.Watching(s) {
			r.Watch++
		}
		if last, err := parseRecord(eventAt(tx, s.Seq)); err != nil || last.pruned() {
			r.find("sale %s was last changed by event %d, which is not there", s.ID, s.Seq)
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
			r.find("%s has no row %q, which a sale needs", bucket, k)
		} else if v != "" && string(got) != v {
			r.find("%s says that %q belongs to sale %q, and it belongs to %s", bucket, k, got, v)
		}
	}
	tx.Bucket(bucketSales).ForEach(func(id, raw []byte) error {
		r.Sales++
		s, _, err := readSale(tx, id)
		if err != nil {
			r.find("%s", cause(err))
			return nil
		}
		if s.ID != string(id) {
			r.find("sale %q stands under the id %q", s.ID, id)
		}
		has(bucketDays, dayKey(s.Day, s.Number), s.ID)
		for k, v := range lookups(&s) {
			has(bucketLookup, []byte(k), string(v))
		}
		if state.Watching(s) {
			r.Watch++
			has(bucketWatch, id, "")
		}
		if len(s.Attention) > 0 {
			has(bucketAttention, id, "")
		}
		if last, err := parseRecord(eventAt(tx, s.Seq)); err != nil || last.pruned() {
			r.find("sale %s was last changed by event %d, which is not there", s.ID, s.Seq)
		}
		return nil
	})
	r.checkRecent(tx)
	tx.Bucket(bucketKeys).ForEach(func(k, raw []byte) error {
		var rec state.KeyRecord
		if err := getJSON(k, raw, &rec); err != nil || string(ownedKey(rec.Owner, rec.Key)) != string(k) {
			r.find("an idempotency key can't be read: %v", err)
		}
		return nil
	})
	for _, b := range [][]byte{bucketDays, bucketLookup, bucketWatch, bucketAttention} {
		if n := tx.Bucket(b).Stats().KeyN; n != want[string(b)] {
			r.find("%s has %d rows, and the sales account for %d", b, n, want[string(b)])
		}
	}
}

// cause is an error's text without the words of ErrDamaged, which a finding does not need.
func cause(err error) string {
	text := err.Error()
	if head := ErrDamaged.Error() + ": "; errors.Is(err, ErrDamaged) && len(text) > len(head) && text[:len(head)] == head {
		return text[len(head):]
	}
	return text
}
