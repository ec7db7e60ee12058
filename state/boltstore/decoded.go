package boltstore

import (
	"bytes"
	"sync"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// decoded keeps the sales that short lists decoded last, each with the row it was decoded from: every console reads the
// newest sales again after each event, and most of them are as they were. What is kept answers for that very row only,
// so nothing must be told of a commit. It holds two pages of sales at most, some half a megabyte.
type decoded struct {
	mu          sync.Mutex
	newer, past map[string]*kept // by id; past is what newer was before it was full
}

type kept struct {
	row  []byte
	sale state.Sale
}

// page is how many sales a list has that is read again and again; longer ones are of reports, which read much once.
const page = 64

// sale decodes the row of a list, which may be a short one. Nobody may change what the sale points to.
func (d *decoded) sale(id, row []byte, short bool) (state.Sale, error) {
	if !short {
		return salesfile.DecodeSale(id, row)
	}
	k := d.get(id)
	if k == nil || !bytes.Equal(k.row, row) {
		sale, err := salesfile.DecodeSale(id, row)
		if err != nil {
			return sale, err
		}
		k = &kept{bytes.Clone(row), sale}
	}
	d.put(string(id), k)
	return k.sale, nil
}

func (d *decoded) get(id []byte) *kept {
	d.mu.Lock()
	defer d.mu.Unlock()
	if k := d.newer[string(id)]; k != nil {
		return k
	}
	return d.past[string(id)]
}

func (d *decoded) put(id string, k *kept) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.newer) >= page && d.newer[id] == nil || d.newer == nil {
		d.newer, d.past = make(map[string]*kept, page), d.newer
	}
	d.newer[id] = k
}
