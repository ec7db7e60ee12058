package salvage

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"

	"galla/state/boltstore/salesfile"
)

// A commit writes a new root page, so the pages of a file without meta pages hold the roots of several commits. Each
// names all buckets and so leads to the number of the last event, which tells the newest.

// root is a page that lists a file's buckets.
type root struct {
	page uint64
	seq  uint64 // the last event, by its meta bucket
}

// newestRoot finds the root of the newest commit that was acknowledged: of the event that the file's mark names, or
// without a mark of the highest. Where several commits end with that event, which only settings and the like do, it is
// one of those that lead to all their pages, with the most settings. An older root is of no use: what it leads to was
// written over, and an old PIN would come back.
func (m *salvaged) newestRoot(img *salesfile.Image) (r root, found bool) {
	var all []root
	for id := uint64(2); id < m.pageCount; id++ {
		if page, err := img.Page(id); err == nil {
			if seq, ok := rootPage(img, page); ok && (m.mark == 0 || seq == m.mark) {
				all = append(all, root{id, seq})
			}
		}
	}
	if len(all) == 0 {
		return root{}, false
	}
	newest := slices.MaxFunc(all, func(a, b root) int { return cmp.Compare(a.seq, b.seq) }).seq
	all = slices.DeleteFunc(all, func(r root) bool { return r.seq != newest })
	if len(all) == 1 {
		return all[0], true
	}
	return slices.MaxFunc(all, func(a, b root) int {
		x, y := surveyed(img, a.page), surveyed(img, b.page)
		if x.holes != y.holes {
			return y.holes - x.holes
		}
		return x.settings - y.settings
	}), true
}

// rootPage says whether a page lists the buckets of a sales file, and the last event's number by the one that has it.
func rootPage(img *salesfile.Image, page []byte) (seq uint64, ok bool) {
	branch, es, err := salesfile.Elements(page)
	if err != nil || branch || len(es) < 3 {
		return 0, false
	}
	names, meta := map[string]bool{}, []byte(nil)
	for _, e := range es {
		if !e.Bucket || len(e.Value) < bucketHeader {
			return 0, false
		}
		if names[string(e.Key)] = true; bytes.Equal(e.Key, salesfile.BucketMeta) {
			meta = e.Value
		}
	}
	if meta == nil || !names[string(salesfile.BucketEvents)] || !names[string(salesfile.BucketSales)] {
		return 0, false
	}
	inner := meta[bucketHeader:]
	if at := binary.LittleEndian.Uint64(meta); at != 0 {
		if inner, err = img.Page(at); err != nil {
			return 0, false
		}
	}
	if branch, es, err = salesfile.Elements(inner); err != nil || branch {
		return 0, false
	}
	for _, e := range es {
		if bytes.Equal(e.Key, salesfile.MetaSeq) && len(e.Value) == 8 {
			return salesfile.Number(e.Value), true
		}
	}
	return 0, false
}

// bucketHeader is what stands before a bucket's inline page: its root and its sequence.
const bucketHeader = 16

// survey is what a root leads to.
type survey struct {
	holes    int // pages that are not there, or are another's by now
	settings int
}

func surveyed(img *salesfile.Image, page uint64) (s survey) {
	raw, err := img.Page(page)
	if err != nil {
		return survey{holes: 1}
	}
	_, es, err := salesfile.Elements(raw)
	if err != nil {
		return survey{holes: 1}
	}
	for _, e := range es {
		rows := 0
		if at := binary.LittleEndian.Uint64(e.Value); at != 0 {
			rows = s.walk(img, at, nil, nil, 0)
		} else if _, inner, err := salesfile.Elements(e.Value[bucketHeader:]); err == nil {
			rows = len(inner)
		}
		if bytes.Equal(e.Key, salesfile.BucketSettings) {
			s.settings = rows
		}
	}
	return s
}

// walk counts the rows below a page whose keys lie from lo on and before hi, and the holes.
func (s *survey) walk(img *salesfile.Image, id uint64, lo, hi []byte, depth int) (rows int) {
	page, err := img.Page(id)
	if err != nil || depth > maxDepth {
		s.holes++
		return 0
	}
	branch, es, err := salesfile.Elements(page)
	if err != nil || len(es) == 0 && depth > 0 {
		s.holes++
		return 0
	}
	for i, e := range es {
		if lo != nil && bytes.Compare(e.Key, lo) < 0 || hi != nil && bytes.Compare(e.Key, hi) >= 0 {
			s.holes++
			return 0
		}
		if !branch {
			continue
		}
		to := hi
		if i+1 < len(es) {
			to = es[i+1].Key
		}
		rows += s.walk(img, e.Page, e.Key, to, depth+1)
	}
	if !branch {
		rows = len(es)
	}
	return rows
}
