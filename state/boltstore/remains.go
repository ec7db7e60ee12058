package boltstore

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// remains is what could be read of a damaged file. It lies in a bbolt file of its own, for it may be larger than memory.
type remains struct {
	report *Report
	work   *bolt.DB
	tx     *bolt.Tx // renewed every so often
	puts   int

	schema  int
	seq     uint64 // what the file says of itself; 0 if it can't be read
	root    uint64
	rootSum []byte
	box     []byte

	reached   map[uint64]bool // pages of the tree
	damaged   map[string]bool // buckets of which pages are missing
	pageCount uint64
}

var (
	workEvents = []byte("events") // seq ‖ hash → record, every version found
	workTree   = []byte("tree")   // seq → hash of the version that the tree holds
	workSales  = []byte("sales")  // id → sealed row, the newest found
	workKeys   = []byte("keys")   // idempotency key → sealed row
	workVault  = []byte("vault")  // setting → sealed row
	workReplay = []byte("replay") // id → sale as its events make it

	workDays       = []byte("days")       // id → business day and number, of the index
	workOperations = []byte("operations") // id → sealed row, the newest found
)

// gather reads all of a file: first along its tree, then every page the tree did not lead to.
func (m *remains) gather(img *image) error {
	m.reached, m.damaged = map[uint64]bool{0: true, 1: true}, map[string]bool{}
	newest, err := img.newestMeta()
	if err != nil {
		m.report.find("%v: its pages are read one by one", err)
		img.pageSize = img.guessPageSize()
		for _, b := range buckets {
			m.damaged[string(b)] = true
		}
	} else {
		m.descend(img, "", newest.root, 0)
	}
	m.pageCount = uint64(img.size) / uint64(img.pageSize)
	for id := uint64(2); id < m.pageCount; id++ {
		if m.reached[id] {
			continue
		}
		page, err := img.page(id)
		if err != nil {
			continue // free pages may hold anything
		}
		if branch, es, err := elements(page); err == nil && !branch {
			m.sweep(es, id)
		}
		if err := m.flush(); err != nil {
			return err
		}
	}
	return m.flush()
}

// descend reads a page of the tree and everything below it. bucket is "" for the root, whose values are the buckets.
func (m *remains) descend(img *image, bucket string, id uint64, depth int) {
	complain := func(err error) {
		m.damaged[bucket] = true
		if bucket == "" {
			for _, b := range buckets {
				m.damaged[string(b)] = true
			}
			m.report.find("the list of its parts can't be read: %v", err)
			return
		}
		m.report.find("a part of %s can't be read: %v", bucket, err)
	}
	if m.reached[id] || depth > 64 {
		complain(fmt.Errorf("page %d is used twice", id))
		return
	}
	page, err := img.page(id)
	if err != nil {
		complain(err)
		return
	}
	branch, es, err := elements(page)
	if err != nil {
		complain(fmt.Errorf("page %d: %w", id, err))
	}
	if err == nil || len(es) > 0 {
		for i := range uint64(len(page) / img.pageSize) {
			m.reached[id+i] = true
		}
	}
	for _, e := range es {
		if branch {
			m.descend(img, bucket, e.page, depth+1)
		}
	}
	if branch {
		return
	}
	if bucket != "" {
		m.leaf(bucket, es)
		return
	}
	for _, e := range es {
		switch {
		case !e.bucket || len(e.value) < 16:
			complain(fmt.Errorf("%q is no bucket", e.key))
		case binary.LittleEndian.Uint64(e.value) != 0:
			m.descend(img, string(e.key), binary.LittleEndian.Uint64(e.value), depth+1)
		default: // small enough to lie within its parent
			_, inner, err := elements(e.value[16:])
			if err != nil {
				m.damaged[string(e.key)] = true
				m.report.find("a part of %s can't be read: %v", e.key, err)
			}
			m.leaf(string(e.key), inner)
		}
	}
}

// leaf takes the rows of a bucket that the tree leads to. The other indexes are not read: they are made again from the sales.
func (m *remains) leaf(bucket string, es []element) {
	for _, e := range es {
		switch bucket {
		case string(bucketMeta):
			m.takeMeta(e)
		case string(bucketEvents):
			if sum, ok := m.takeEvent(e); ok {
				m.put(workTree, e.key, sum)
			} else {
				m.report.find("event %d can't be read", number(e.key))
			}
		case string(bucketRecent):
			if inner, sale := unwrap(e); sale {
				if !m.takeSale(inner) {
					m.damaged[bucket] = true
					m.report.find("the row of sale %q can't be read", inner.key)
				}
			} else if sum, ok := m.takeEvent(inner); ok {
				m.put(workTree, inner.key, sum)
			} else {
				m.report.find("event %d can't be read", number(inner.key))
			}
		case string(bucketSales):
			if !m.takeSale(e) {
				m.damaged[bucket] = true
				m.report.find("the row of sale %q can't be read", e.key)
			}
		case string(bucketKeys):
			if !m.takeKey(e) {
				m.damaged[bucket] = true
				m.report.find("an idempotency key can't be read")
			}
		case string(bucketDays): // the one index that is read: it names the sales of which nothing else is left
			m.put(workDays, e.value, e.key)
		case string(bucketOperations), string(bucketActs):
			if !m.takeOperation(e) {
				m.report.find("the row of operation %q can't be read", e.key)
			}
		case string(bucketVault):
			if _, err := unseal(e.key, e.value); err != nil {
				m.report.find("setting %q can't be read, and is lost", e.key)
			} else {
				m.put(workVault, e.key, e.value)
			}
		}
	}
	if err := m.flush(); err != nil {
		m.report.find("%v", err)
	}
}

// sweep takes what proves itself from a page that the tree does not lead to: events by their JSON and later by the chain,
// sales and keys by their checksums. Settings from such a page are left alone: an old PIN must not come back.
func (m *remains) sweep(es []element, id uint64) {
	for _, e := range es {
		switch {
		case e.bucket && len(e.value) > 16 && binary.LittleEndian.Uint64(e.value) == 0:
			if _, inner, err := elements(e.value[16:]); err == nil {
				m.sweep(inner, id)
			}
		case len(e.key) == 8 && number(e.key) > m.root:
			m.takeEvent(e)
		case len(e.key) == 9 && e.key[0] == 'e' && number(e.key[1:]) > m.root:
			m.takeEvent(element{key: e.key[1:], value: e.value})
		case m.damaged[string(bucketSales)] && m.takeSale(e):
		case m.damaged[string(bucketRecent)] && len(e.key) > 1 && e.key[0] == 's' && m.takeSale(element{key: e.key[1:], value: e.value}):
		case m.damaged[string(bucketKeys)]:
			m.takeKey(e)
		}
	}
}

func (m *remains) takeMeta(e element) {
	switch string(e.key) {
	case string(metaSchema):
		if len(e.value) == 1 {
			m.schema = int(e.value[0])
		}
	case string(metaSeq):
		m.seq = number(e.value)
	case string(metaBox):
		m.box = bytes.Clone(e.value)
	case string(metaRoot):
		if len(e.value) == 8+hashSize {
			m.root, m.rootSum = number(e.value[:8]), bytes.Clone(e.value[8:])
		}
	}
}

// unwrap takes the letter off the key of a row of the recent bucket, and says whether it is a sale's.
func unwrap(e element) (inner element, sale bool) {
	if len(e.key) == 0 {
		return e, false
	}
	return element{key: e.key[1:], value: e.value}, e.key[0] == 's'
}

// takeEvent keeps a version of an event: a whole one, one without readable content whose hash still holds its place in
// the chain, or a pruned one.
func (m *remains) takeEvent(e element) (sum []byte, whole bool) {
	r, err := parseRecord(e.value)
	if err != nil || r.hash == nil || len(e.key) != 8 {
		return nil, err == nil && r.lost
	}
	at := append(bytes.Clone(e.key), r.hash...)
	have := m.get(workEvents, at)
	if r.event != nil {
		if _, err := r.decode(number(e.key)); err != nil {
			if have == nil {
				m.put(workEvents, at, record{hash: r.hash, lost: true}.bytes())
			}
			return r.hash, false
		}
	}
	if len(have) != hashSize { // what the tree says is pruned stays pruned, though an old page still has it
		m.put(workEvents, at, e.value)
	}
	return r.hash, true
}

func (m *remains) takeSale(e element) bool {
	var s, have state.Sale
	if getJSON(e.key, e.value, &s) != nil || s.ID != string(e.key) || s.Phase == "" {
		return false
	}
	if old := m.get(workSales, e.key); old == nil || getJSON(e.key, old, &have) != nil || s.Seq > have.Seq {
		m.put(workSales, e.key, e.value)
	}
	return true
}

func (m *remains) takeKey(e element) bool {
	var k state.KeyRecord
	raw, err := unseal(e.key, e.value)
	if err != nil || json.Unmarshal(raw, &k) != nil || !bytes.Equal(e.key, ownedKey(k.Owner, k.Key)) && string(e.key) != k.Key || k.SaleID == "" {
		return false
	}
	m.put(workKeys, e.key, e.value)
	return true
}

// put and get work on the transaction under way; its errors come up in flush.
func (m *remains) put(bucket, k, v []byte) {
	if err := m.tx.Bucket(bucket).Put(k, v); err != nil {
		m.report.find("%q can't be kept: %v", k, err)
	}
	m.puts++
}

func (m *remains) get(bucket, k []byte) []byte { return m.tx.Bucket(bucket).Get(k) }

// flush bounds the memory a transaction takes.
func (m *remains) flush() (err error) {
	if m.puts < 20000 {
		return nil
	}
	m.puts = 0
	if err := m.tx.Commit(); err != nil {
		return fmt.Errorf("salvage: %w", err)
	}
	m.tx, err = m.work.Begin(true)
	return err
}
