package salesfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Walk reads every page of the tree under a meta page, and the list of free pages, and tells what is wrong: a page that
// is reached twice, or is free and in use, or neither; keys out of order; what can't be read. It is what bbolt's own
// check looks at, but it reads page by page, so no file can kill it; it needs a bit for each page; and it never looks
// at the other meta page, which may be torn after a power cut in a file that is sound.
//
// seen is called after each page with how many were read. The file must not be written meanwhile.
func (m *Image) Walk(meta Meta, seen func(pages uint64), wrong func(format string, args ...any)) {
	w := &walk{img: m, meta: meta, used: make([]uint64, meta.Pages/64+1), seen: seen, wrong: wrong}
	w.mark(0, 2) // the meta pages
	w.tree(meta.Root, nil, nil, 0)
	free := w.freelist()
	for id := uint64(2); id < meta.Pages; id++ {
		used, listed := w.used[id/64]>>(id%64)&1 == 1, free[id/64]>>(id%64)&1 == 1
		switch {
		case used && listed:
			w.tell("page %d is in use, and in the list of free pages", id)
		case !used && !listed:
			w.tell("page %d is neither in use nor in the list of free pages", id)
		}
	}
}

type walk struct {
	img   *Image
	meta  Meta
	used  []uint64 // one bit a page
	pages uint64
	told  int
	seen  func(uint64)
	wrong func(string, ...any)
}

const (
	pageFreelist = 0x10
	deepest      = 60 // levels of a tree: far more than any file has
	// toldMost ends a walk's complaints: a tree that points anywhere gives one a page.
	toldMost = 200
)

func (w *walk) tell(format string, args ...any) {
	if w.told++; w.told <= toldMost {
		w.wrong(format, args...)
	}
}

// mark notes that pages are in use; false if one is already, or lies behind the end.
func (w *walk) mark(id, n uint64) bool {
	for i := id; i < id+n; i++ {
		if i >= w.meta.Pages {
			w.tell("page %d lies behind the last page %d", i, w.meta.Pages-1)
			return false
		}
		if w.used[i/64]>>(i%64)&1 == 1 {
			w.tell("page %d is reached twice", i)
			return false
		}
		w.used[i/64] |= 1 << (i % 64)
	}
	return true
}

func (w *walk) read(id uint64) []byte {
	if id >= w.meta.Pages {
		w.tell("page %d lies behind the last page %d", id, w.meta.Pages-1)
		return nil
	}
	b, err := w.img.Page(id)
	if err != nil {
		w.tell("%v", err)
		return nil
	}
	if !w.mark(id, uint64(len(b)/w.img.PageSize)) {
		return nil
	}
	w.pages++
	w.seen(w.pages)
	return b
}

// tree reads a page and everything below it. Its keys are at least from and below to; nil is an open end.
func (w *walk) tree(id uint64, from, to []byte, depth int) {
	if depth > deepest {
		w.tell("page %d lies %d levels deep", id, depth)
		return
	}
	b := w.read(id)
	if b == nil {
		return
	}
	w.elements(fmt.Sprintf("page %d", id), b, from, to, depth)
}

func (w *walk) elements(where string, b, from, to []byte, depth int) {
	branch, es, err := Elements(b)
	if err != nil {
		w.tell("%s: %v", where, err)
		return
	}
	for i, e := range es {
		switch {
		case i > 0 && bytes.Compare(es[i-1].Key, e.Key) >= 0:
			w.tell("%s: key %.40q does not follow %.40q", where, e.Key, es[i-1].Key)
		case bytes.Compare(e.Key, from) < 0 && !(branch && i == 0), to != nil && bytes.Compare(e.Key, to) >= 0:
			w.tell("%s: key %.40q stands in the wrong part of the tree", where, e.Key)
		}
		switch {
		case branch:
			end := to
			if i+1 < len(es) {
				end = es[i+1].Key
			}
			w.tree(e.Page, bytes.Clone(e.Key), bytes.Clone(end), depth+1)
		case e.Bucket && len(e.Value) < 16:
			w.tell("%s: bucket %.40q has no head", where, e.Key)
		case e.Bucket:
			if root := binary.LittleEndian.Uint64(e.Value); root != 0 {
				w.tree(root, nil, nil, depth+1)
			} else {
				w.elements(fmt.Sprintf("%s, bucket %.40q", where, e.Key), e.Value[16:], nil, nil, depth+1)
			}
		}
	}
}

// freelist reads the list of free pages: one bit a page.
func (w *walk) freelist() []uint64 {
	free := make([]uint64, len(w.used))
	b := w.read(w.meta.Freelist)
	if b == nil {
		return free
	}
	le := binary.LittleEndian
	n, ids := uint64(le.Uint16(b[10:])), b[pageHeader:]
	if n == 0xffff { // more than the head can say: the first number says it
		n, ids = le.Uint64(ids), ids[8:]
	}
	if flags := le.Uint16(b[8:]); flags != pageFreelist || n > uint64(len(ids))/8 {
		w.tell("page %d is no list of free pages (flags %#x, %d of them)", w.meta.Freelist, flags, n)
		return free
	}
	for i := range n {
		id := le.Uint64(ids[8*i:])
		switch {
		case id < 2 || id >= w.meta.Pages:
			w.tell("the list of free pages names page %d", id)
		case free[id/64]>>(id%64)&1 == 1:
			w.tell("the list of free pages names page %d twice", id)
		default:
			free[id/64] |= 1 << (id % 64)
		}
	}
	return free
}

// Told are what a file says of itself in its bucket meta.
type Told struct {
	Box    string // id of the box, in hex; "" before schema 3
	Seq    uint64
	Schema int
}

// Told reads the bucket meta by plain reads. The error says that it can't be read.
func (m *Image) Told() (t Told, err error) {
	newest, err := m.NewestMeta()
	if err != nil {
		return t, err
	}
	root, err := m.find(newest.Root, BucketMeta)
	if err != nil {
		return t, err
	}
	if len(root.Value) < 16 || !root.Bucket {
		return t, errors.New("it is not a sales file")
	}
	get := func(key []byte) []byte {
		at := binary.LittleEndian.Uint64(root.Value)
		if at != 0 {
			e, _ := m.find(at, key)
			return e.Value
		}
		_, es, _ := Elements(root.Value[16:])
		for _, e := range es {
			if bytes.Equal(e.Key, key) {
				return e.Value
			}
		}
		return nil
	}
	if v := get(MetaSchema); len(v) == 1 {
		t.Schema = int(v[0])
	}
	if v := get(MetaBox); len(v) > 0 {
		t.Box = fmt.Sprintf("%x", v)
	}
	t.Seq = Number(get(MetaSeq))
	return t, nil
}

// find looks a key up under a page; an element without a key is none.
func (m *Image) find(id uint64, key []byte) (Element, error) {
	for range deepest {
		b, err := m.Page(id)
		if err != nil {
			return Element{}, err
		}
		branch, es, err := Elements(b)
		if err != nil {
			return Element{}, fmt.Errorf("page %d: %w", id, err)
		}
		var at Element
		for i, e := range es {
			if c := bytes.Compare(e.Key, key); c == 0 || branch && (c < 0 || i == 0) {
				at = e
			}
		}
		if !branch || at.Page == 0 {
			return at, nil
		}
		id = at.Page
	}
	return Element{}, errors.New("its tree is too deep")
}
