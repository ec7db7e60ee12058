//go:build rig

package rig

import (
	"maps"
	"math/rand/v2"
)

const sector = 512 // what a disk writes whole or not at all

// content is one file's bytes on the platter, and what lies in the cache above them since its last flush.
type content struct {
	durable []byte
	size    int64 // with everything pending, for appends
	pending []change
}

// change is a write, or a change of size.
type change struct {
	off  int64
	data []byte // nil: the file was cut or grown to off
}

// entry is a change of the folder; changes of it reach the platter in order, as in a journal.
type entry struct {
	kind, name, to string
	file           int
}

// disk is a folder on a disk whose cache is lost when the power goes. What it promises is what POSIX lets a careful
// program hope for: what was flushed is there; of the rest anything may be there, torn at sectors and in any order.
type disk struct {
	files   map[int]*content
	names   map[string]int // on the platter
	pending []entry

	lie   int // the flush that is pretended and forgotten, counted from 1; 0: an honest disk
	flush int
}

func newDisk() *disk { return &disk{files: map[int]*content{}, names: map[string]int{}} }

func (d *disk) apply(e event) {
	switch e.kind {
	case "create":
		d.files[e.file] = &content{}
		d.pending = append(d.pending, entry{kind: "create", name: e.name, file: e.file})
	case "rename", "unlink", "link":
		d.pending = append(d.pending, entry{kind: e.kind, name: e.name, to: e.to})
	case "write", "append":
		f := d.files[e.file]
		if e.kind == "append" {
			e.off = f.size
		}
		f.pending = append(f.pending, change{off: e.off, data: e.data})
		f.size = max(f.size, e.off+int64(len(e.data)))
	case "truncate":
		f := d.files[e.file]
		f.pending = append(f.pending, change{off: e.off})
		f.size = e.off
	case "sync":
		if d.flush++; d.flush == d.lie {
			return
		}
		f := d.files[e.file]
		for _, c := range f.pending {
			f.durable = c.on(f.durable)
		}
		f.pending = nil
	case "syncdir":
		if d.flush++; d.flush == d.lie {
			return
		}
		for _, p := range d.pending {
			p.on(d.names)
		}
		d.pending = nil
	}
}

func (c change) on(b []byte) []byte {
	end := c.off + int64(len(c.data))
	if c.data == nil && end < int64(len(b)) {
		return b[:end]
	}
	if end > int64(len(b)) {
		b = append(b, make([]byte, end-int64(len(b)))...)
	}
	copy(b[c.off:], c.data)
	return b
}

func (p entry) on(names map[string]int) {
	switch p.kind {
	case "create":
		names[p.name] = p.file
	case "unlink":
		delete(names, p.name)
	default:
		if f, ok := names[p.name]; ok {
			names[p.to] = f
		}
		if p.kind == "rename" {
			delete(names, p.name)
		}
	}
}

// wreck is how much of the cache a power cut lets through.
type wreck int

const (
	nothing    wreck = iota // of what was not flushed
	all                     // of it
	torn                    // all but the last write of a file, and of that the first sectors
	writes                  // whole writes at random
	sectors                 // sectors at random
	wreckKinds              // how many there are
)

// cut is the folder as a power cut leaves it.
func (d *disk) cut(w wreck, r *rand.Rand) map[string][]byte {
	names := maps.Clone(d.names)
	upTo := len(d.pending)
	switch {
	case w == nothing:
		upTo = 0
	case w != all:
		upTo = r.IntN(upTo + 1)
	}
	for _, p := range d.pending[:upTo] {
		p.on(names)
	}
	chance := []float64{.1, .5, .9}[r.IntN(3)]
	folder := map[string][]byte{}
	for name, file := range names {
		f := d.files[file]
		b := append([]byte{}, f.durable...)
		for i, c := range f.pending {
			switch {
			case w == nothing:
			case w == all || w == torn && i < len(f.pending)-1:
				b = c.on(b)
			case w == torn:
				c.data = c.data[:min(len(c.data), sector*r.IntN(1+len(c.data)/sector))]
				if len(c.data) > 0 {
					b = c.on(b)
				}
			case w == sectors && c.data != nil:
				for at := 0; at < len(c.data); at += sector {
					if r.Float64() < chance {
						b = change{off: c.off + int64(at), data: c.data[at:min(len(c.data), at+sector)]}.on(b)
					}
				}
			default:
				if r.Float64() < chance {
					b = c.on(b)
				}
			}
		}
		folder[name] = b
	}
	return folder
}
