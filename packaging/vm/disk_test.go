//go:build rig

package vm

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
)

const sector = 512

// disk is a file behind a volatile cache, as an SD card or SSD has one: what was written is in the cache until a flush,
// and a power cut takes what is not flushed, wholly or in part, torn between sectors.
type disk struct {
	mu               sync.Mutex
	file             *os.File
	size             int64
	cache            map[int64][]byte // sector number to its newest content
	order            []int64          // sectors in the order they were first written since the last flush
	dead             bool
	forgets          bool // a broken disk that says flushed and is not: the rig must see that
	written, flushes int64
}

func openDisk(path string) (*disk, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return &disk{file: f, size: info.Size(), cache: map[int64][]byte{}}, nil
}

func (d *disk) check(off int64, n int) error {
	if d.dead {
		return io.ErrClosedPipe
	}
	if off%sector != 0 || n%sector != 0 || off < 0 || off+int64(n) > d.size {
		return fmt.Errorf("%d bytes at %d are not whole sectors of the disk", n, off)
	}
	return nil
}

func (d *disk) read(b []byte, off int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.check(off, len(b)); err != nil {
		return err
	}
	if _, err := d.file.ReadAt(b, off); err != nil {
		return err
	}
	for i := 0; i < len(b); i += sector {
		if s, ok := d.cache[(off+int64(i))/sector]; ok {
			copy(b[i:], s)
		}
	}
	return nil
}

func (d *disk) write(b []byte, off int64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.check(off, len(b)); err != nil {
		return err
	}
	d.written += int64(len(b))
	for i := 0; i < len(b); i += sector {
		n := (off + int64(i)) / sector
		if _, ok := d.cache[n]; !ok {
			d.order = append(d.order, n)
		}
		d.cache[n] = append([]byte(nil), b[i:i+sector]...)
	}
	return nil
}

func (d *disk) flush() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return io.ErrClosedPipe
	}
	d.flushes++
	if d.forgets {
		return nil
	}
	return d.keep(func() bool { return true })
}

// waiting is how many sectors are in the cache.
func (d *disk) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.order)
}

// keep writes the sectors that are chosen through to the file and forgets the cache. The file lies on the host, whose
// power stays.
func (d *disk) keep(chosen func() bool) error {
	for _, n := range d.order {
		if chosen() {
			if _, err := d.file.WriteAt(d.cache[n], n*sector); err != nil {
				return err
			}
		}
	}
	clear(d.cache)
	d.order = d.order[:0]
	return nil
}

// cut is the moment the power goes: a share of the cache, drawn from r, has reached the medium, the rest never will. It
// returns how many sectors were in the cache and how many of them are lost.
func (d *disk) cut(r *rand.Rand) (cached, lost int, err error) {
	chance := []float64{0, .1, .5, .9, 1}[r.IntN(5)]
	return d.lose(func() bool { return r.Float64() < chance })
}

// lose ends the disk: of the cache, what is chosen has reached the medium.
func (d *disk) lose(chosen func() bool) (cached, lost int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return 0, 0, nil
	}
	d.dead = true
	cached = len(d.order)
	err = d.keep(func() bool {
		if chosen() {
			return true
		}
		lost++
		return false
	})
	return cached, lost, err
}

// close ends the disk in peace, everything kept.
func (d *disk) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.dead {
		d.dead = true
		if err := d.keep(func() bool { return true }); err != nil {
			return err
		}
	}
	return d.file.Close()
}
