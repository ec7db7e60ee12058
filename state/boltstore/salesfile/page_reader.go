package salesfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// Image reads the pages of a bbolt file by plain reads, believing nothing: a damaged file gives errors here, where
// bbolt's memory map would kill the process. Layout (bbolt v1.5.0, internal/common; little-endian on every machine we
// run on):
//
//	page    id u64 │ flags u16 │ count u16 │ overflow u32 │ elements, then keys and values
//	meta    magic u32 │ version u32 │ page size u32 │ flags u32 │ root u64 │ sequence u64 │ freelist u64 │
//	        pages u64 │ txid u64 │ FNV-1a u64
//	leaf    flags u32 │ pos u32 │ key size u32 │ value size u32      branch   pos u32 │ key size u32 │ page u64
//	bucket  root u64 │ sequence u64 │ an inline page, if root is 0
type Image struct {
	f        *os.File
	Size     int64
	PageSize int
}

const (
	pageHeader  = 16
	pageElement = 16
	pageBranch  = 0x01
	pageLeaf    = 0x02
	metaMagic   = 0xED0CDAED
)

// Meta is a meta page that proved itself by its checksum.
type Meta struct {
	PageSize    int
	Root, Pages uint64
	Txid        uint64
	Freelist    uint64 // its page
}

// OpenImage opens a file to read its pages. Close lets go of it.
func OpenImage(path string) (*Image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &Image{f: f, Size: info.Size()}, nil
}

// Close lets go of the file, and of its lock if Share took one.
func (m *Image) Close() { m.f.Close() }

// metas reads the valid meta pages, newest first. The second lies one page in, whose size only the first can tell, so
// every size bbolt uses is tried.
func (m *Image) metas() (found []Meta) {
	for _, at := range []int64{0, 1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10} {
		var b [80]byte
		if _, err := m.f.ReadAt(b[:], at); err != nil {
			continue
		}
		p := b[pageHeader:]
		le := binary.LittleEndian
		h := fnv.New64a()
		h.Write(p[:56])
		size := int(le.Uint32(p[8:]))
		if le.Uint32(p) != metaMagic || le.Uint64(p[56:]) != h.Sum64() || size < 1<<10 || size > 64<<10 ||
			at != 0 && at != int64(size) {
			continue
		}
		found = append(
			found,
			Meta{PageSize: size, Root: le.Uint64(p[16:]),
				Pages: le.Uint64(p[40:]), Txid: le.Uint64(p[48:]), Freelist: le.Uint64(p[32:])},
		)
	}
	if len(found) == 2 && found[1].Txid > found[0].Txid {
		found[0], found[1] = found[1], found[0]
	}
	return found
}

// NewestMeta is the newer of the meta pages that prove themselves, and takes the page size from it.
func (m *Image) NewestMeta() (Meta, error) {
	all := m.metas()
	if len(all) == 0 {
		return Meta{}, errors.New("both its meta pages are damaged, or it is no bbolt file")
	}
	m.PageSize = all[0].PageSize
	return all[0], nil
}

// GuessPageSize finds the size by which most pages stand where they say they do: bbolt takes the machine's, 4 KiB or,
// on a Raspberry Pi 5, 16 KiB. A page that says the right number by one size doesn't by another.
func (m *Image) GuessPageSize() (size int) {
	size, most := 4<<10, 0
	for _, s := range []int{1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10} {
		hits := 0
		for id := int64(2); id < min(m.Size/int64(s), guessPages); id++ {
			var b [8]byte
			if _, err := m.f.ReadAt(b[:], id*int64(s)); err == nil && binary.LittleEndian.Uint64(b[:]) == uint64(id) {
				hits++
			}
		}
		if hits > most {
			size, most = s, hits
		}
	}
	return size
}

// guessPages bounds how many pages are asked for the page size.
const guessPages = 1 << 16

// Page reads a page with its overflow.
func (m *Image) Page(id uint64) ([]byte, error) {
	b := make([]byte, m.PageSize)
	if id > uint64(m.Size)/uint64(m.PageSize) {
		return nil, fmt.Errorf("page %d lies behind the end of the file", id)
	}
	at := int64(id) * int64(m.PageSize)
	if _, err := m.f.ReadAt(b, at); err != nil {
		return nil, fmt.Errorf("page %d can't be read: %w", id, err)
	}
	if got := binary.LittleEndian.Uint64(b); got != id {
		return nil, fmt.Errorf("page %d says that it is page %d", id, got)
	}
	over := int64(binary.LittleEndian.Uint32(b[12:]))
	if over == 0 {
		return b, nil
	}
	whole := (1 + over) * int64(m.PageSize)
	if whole > m.Size-at {
		return nil, fmt.Errorf("page %d says that it goes on for %d pages, behind the end of the file", id, over)
	}
	b = make([]byte, whole)
	if _, err := m.f.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("page %d can't be read: %w", id, err)
	}
	return b, nil
}

// Element is one key of a leaf with its value, or of a branch with its page.
type Element struct {
	Key, Value []byte
	Bucket     bool
	Page       uint64
}

// Elements takes a leaf or branch page apart.
func Elements(b []byte) (branch bool, out []Element, err error) {
	if len(b) < pageHeader {
		return false, nil, errors.New("it is too short")
	}
	le := binary.LittleEndian
	flags, n := le.Uint16(b[8:]), int(le.Uint16(b[10:]))
	if flags != pageBranch && flags != pageLeaf {
		return false, nil, fmt.Errorf("its flags are %#x", flags)
	}
	if pageHeader+n*pageElement > len(b) {
		return false, nil, fmt.Errorf("it says that it has %d elements", n)
	}
	branch = flags == pageBranch
	for i := range n {
		at := pageHeader + i*pageElement
		h := b[at:]
		var e Element
		var pos, ks, vs uint64 // wide enough to add up on every machine
		if branch {
			pos, ks, e.Page = uint64(le.Uint32(h)), uint64(le.Uint32(h[4:])), le.Uint64(h[8:])
		} else {
			e.Bucket = le.Uint32(h)&1 != 0
			pos, ks, vs = uint64(le.Uint32(h[4:])), uint64(le.Uint32(h[8:])), uint64(le.Uint32(h[12:]))
		}
		if pos+ks+vs > uint64(len(h)) {
			return branch, out, fmt.Errorf("its element %d reaches behind its end", i)
		}
		e.Key, e.Value = h[pos:pos+ks:pos+ks], h[pos+ks:pos+ks+vs:pos+ks+vs]
		out = append(out, e)
	}
	return branch, out, nil
}
