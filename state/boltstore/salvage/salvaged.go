package salvage

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore"
	"galla/state/boltstore/salesfile"
)

// salvaged is what could be read of a damaged file. It lies in a bbolt file of its own, for it may be larger than
// memory.
type salvaged struct {
	report *boltstore.Report
	work   *bolt.DB
	tx     *bolt.Tx // renewed every so often
	puts   int

	mark    uint64 // the last event that was committed, by the file beside the sales; 0 if that isn't there
	schema  int
	seq     uint64 // what the file says of itself; 0 if it can't be read
	root    uint64
	rootSum []byte
	box     []byte

	settings  map[string]bool // names of settings that pages show to which the tree doesn't lead
	reached   map[uint64]bool // pages of the tree
	damaged   map[string]bool // buckets of which pages are missing
	pageCount uint64
}

var (
	workEvents   = []byte("events") // seq ‖ hash → record, every version found
	workTree     = []byte("tree")   // seq → hash of the version that the tree holds
	workSales    = []byte("sales")  // id → sealed row, the newest found
	workKeys     = []byte("keys")   // idempotency key → sealed row
	workSettings = []byte("vault")  // setting → sealed row
	workReplay   = []byte("replay") // id → sale as its events make it

	// name and hash of a Z report → sealed row, every version on a page that the tree doesn't lead to
	workZ = []byte("zs")

	workDays       = []byte("days")       // id → business day and number, of the index
	workOperations = []byte("operations") // id → sealed row, the newest found
)

// maxDepth bounds how deep a tree goes.
const maxDepth = 64

// gather reads all of a file: first along its tree, then every page the tree did not lead to.
func (m *salvaged) gather(img *salesfile.Image) error {
	m.reached, m.damaged = map[uint64]bool{0: true, 1: true}, map[string]bool{}
	newest, err := img.NewestMeta()
	if err != nil {
		img.PageSize = img.GuessPageSize()
	}
	m.pageCount = uint64(img.Size) / uint64(img.PageSize)
	if err == nil {
		m.descend(img, "", newest.Root, 0)
	} else if r, found := m.newestRoot(img); found {
		m.report.Add("%v: its parts are those that page %d lists, which ends at event %d", err, r.page, r.seq)
		m.descend(img, "", r.page, 0)
	} else {
		m.report.Add("%v: its pages are read one by one", err)
		for _, b := range salesfile.Buckets {
			m.damaged[string(b)] = true
		}
	}
	for id := uint64(2); id < m.pageCount; id++ {
		if m.reached[id] {
			continue
		}
		page, err := img.Page(id)
		if err != nil {
			continue // free pages may hold anything
		}
		if branch, es, err := salesfile.Elements(page); err == nil && !branch {
			m.sweep(es, id)
		}
		if err := m.flush(); err != nil {
			return err
		}
	}
	return m.flush()
}

// descend reads a page of the tree and everything below it. bucket is "" for the root, whose values are the buckets.
func (m *salvaged) descend(img *salesfile.Image, bucket string, id uint64, depth int) {
	complain := func(err error) {
		m.damaged[bucket] = true
		if bucket == "" {
			for _, b := range salesfile.Buckets {
				m.damaged[string(b)] = true
			}
			m.report.Add("the list of its parts can't be read: %v", err)
			return
		}
		m.report.Add("a part of %s can't be read: %v", bucket, err)
	}

	if m.reached[id] || depth > maxDepth {
		complain(fmt.Errorf("page %d is used twice", id))
		return
	}
	page, err := img.Page(id)
	if err != nil {
		complain(err)
		return
	}
	branch, es, err := salesfile.Elements(page)
	if err != nil {
		complain(fmt.Errorf("page %d: %w", id, err))
	}
	if err == nil || len(es) > 0 {
		for i := range uint64(len(page) / img.PageSize) {
			m.reached[id+i] = true
		}
	}

	for _, e := range es {
		if branch {
			m.descend(img, bucket, e.Page, depth+1)
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
		case !e.Bucket || len(e.Value) < 16:
			complain(fmt.Errorf("%q is no bucket", e.Key))
		case binary.LittleEndian.Uint64(e.Value) != 0:
			m.descend(img, string(e.Key), binary.LittleEndian.Uint64(e.Value), depth+1)
		default: // small enough to lie within its parent
			_, inner, err := salesfile.Elements(e.Value[16:])
			if err != nil {
				m.damaged[string(e.Key)] = true
				m.report.Add("a part of %s can't be read: %v", e.Key, err)
			}
			m.leaf(string(e.Key), inner)
		}
	}
}

// leaf takes the rows of a bucket that the tree leads to. The other indexes are not read: they are made again from the
// sales.
func (m *salvaged) leaf(bucket string, es []salesfile.Element) {
	for _, e := range es {
		switch bucket {
		case string(salesfile.BucketMeta):
			m.takeMeta(e)
		case string(salesfile.BucketEvents):
			if sum, ok := m.takeEvent(e); ok {
				m.put(workTree, e.Key, sum)
			} else {
				m.report.Add("event %d can't be read", salesfile.Number(e.Key))
			}
		case string(salesfile.BucketRecent):
			if inner, sale := unwrap(e); sale {
				if !m.takeSale(inner) {
					m.damaged[bucket] = true
					m.report.Add("the row of sale %q can't be read", inner.Key)
				}
			} else if sum, ok := m.takeEvent(inner); ok {
				m.put(workTree, inner.Key, sum)
			} else {
				m.report.Add("event %d can't be read", salesfile.Number(inner.Key))
			}
		case string(salesfile.BucketSales):
			if !m.takeSale(e) {
				m.damaged[bucket] = true
				m.report.Add("the row of sale %q can't be read", e.Key)
			}
		case string(salesfile.BucketKeys):
			if !m.takeKey(e) {
				m.damaged[bucket] = true
				m.report.Add("an idempotency key can't be read")
			}
		case string(salesfile.BucketDays):
			// the one index that is read: it names the sales of which nothing else is left
			m.put(workDays, e.Value, e.Key)
		case string(salesfile.BucketOperations), string(salesfile.BucketActs):
			if !m.takeOperation(e) {
				m.report.Add("the row of operation %q can't be read", e.Key)
			}
		case string(salesfile.BucketSettings):
			if _, err := salesfile.CutChecksum(e.Key, e.Value); err != nil {
				m.damaged[bucket] = true // of a Z report an older page may have it
				if isZ(e.Key) {
					m.report.Add("setting %q can't be read", e.Key)
				} else {
					m.report.Add("setting %q can't be read, and is lost", e.Key)
				}
			} else {
				m.put(workSettings, e.Key, e.Value)
			}
		}
	}

	if err := m.flush(); err != nil {
		m.report.Add("%v", err)
	}
}

// sweep takes what proves itself from a page that the tree does not lead to: events by their JSON and later by the
// chain, sales and keys by their checksums, Z reports by their acts. Other settings from such a page are left alone: an
// old PIN must not come back.
func (m *salvaged) sweep(es []salesfile.Element, id uint64) {
	for _, e := range es {
		switch {
		case e.Bucket && len(e.Value) > 16 && binary.LittleEndian.Uint64(e.Value) == 0:
			if _, inner, err := salesfile.Elements(e.Value[16:]); err == nil {
				m.sweep(inner, id)
			}
		case m.damaged[string(salesfile.BucketSettings)] && m.takeSetting(e):
		case len(e.Key) == 8 && salesfile.Number(e.Key) > m.root:
			m.takeEvent(e)
		case len(e.Key) == 9 && e.Key[0] == 'e' && salesfile.Number(e.Key[1:]) > m.root:
			m.takeEvent(salesfile.Element{Key: e.Key[1:], Value: e.Value})
		case m.damaged[string(salesfile.BucketSales)] && m.takeSale(e):
		case m.damaged[string(salesfile.BucketRecent)] && len(e.Key) > 1 && e.Key[0] == 's' &&
			m.takeSale(salesfile.Element{Key: e.Key[1:], Value: e.Value}):
		case m.damaged[string(salesfile.BucketKeys)]:
			m.takeKey(e)
		}
	}
}

func (m *salvaged) takeMeta(e salesfile.Element) {
	switch string(e.Key) {
	case string(salesfile.MetaSchema):
		if len(e.Value) == 1 {
			m.schema = int(e.Value[0])
		}
	case string(salesfile.MetaSeq):
		m.seq = salesfile.Number(e.Value)
	case string(salesfile.MetaBox):
		m.box = bytes.Clone(e.Value)
	case string(salesfile.MetaRoot):
		if len(e.Value) == 8+salesfile.HashSize {
			m.root, m.rootSum = salesfile.Number(e.Value[:8]), bytes.Clone(e.Value[8:])
		}
	}
}

// unwrap takes the letter off the key of a row of the recent bucket, and says whether it is a sale's.
func unwrap(e salesfile.Element) (inner salesfile.Element, sale bool) {
	if len(e.Key) == 0 {
		return e, false
	}
	return salesfile.Element{Key: e.Key[1:], Value: e.Value}, e.Key[0] == 's'
}

// takeEvent keeps a version of an event: a whole one, one without readable content whose hash still holds its place in
// the chain, or a pruned one.
func (m *salvaged) takeEvent(e salesfile.Element) (sum []byte, whole bool) {
	r, err := salesfile.ParseRecord(e.Value)
	if err != nil || r.Hash == nil || len(e.Key) != 8 {
		return nil, err == nil && r.Lost
	}
	at := append(bytes.Clone(e.Key), r.Hash...)
	have := m.get(workEvents, at)
	if r.Event != nil {
		if _, err := r.Decode(salesfile.Number(e.Key)); err != nil {
			if have == nil {
				m.put(workEvents, at, salesfile.Record{Hash: r.Hash, Lost: true}.Bytes())
			}
			return r.Hash, false
		}
	}
	if len(have) != salesfile.HashSize { // what the tree says is pruned stays pruned, though an old page still has it
		m.put(workEvents, at, e.Value)
	}
	return r.Hash, true
}

func (m *salvaged) takeSale(e salesfile.Element) bool {
	var s, have state.Sale
	if salesfile.DecodeRow(e.Key, e.Value, &s) != nil || s.ID != string(e.Key) || s.Phase == "" {
		return false
	}
	if old := m.get(workSales, e.Key); old == nil || salesfile.DecodeRow(e.Key, old, &have) != nil || s.Seq > have.Seq {
		m.put(workSales, e.Key, e.Value)
	}
	return true
}

func (m *salvaged) takeKey(e salesfile.Element) bool {
	var k state.KeyRecord
	raw, err := salesfile.CutChecksum(e.Key, e.Value)
	if err != nil || json.Unmarshal(raw, &k) != nil ||
		!bytes.Equal(e.Key, salesfile.OwnedKey(k.Owner, k.Key)) && string(e.Key) != k.Key ||
		k.SaleID == "" {
		return false
	}
	m.put(workKeys, e.Key, e.Value)
	return true
}

// put and get work on the transaction under way; its errors come up in flush.
func (m *salvaged) put(bucket, k, v []byte) {
	if err := m.tx.Bucket(bucket).Put(k, v); err != nil {
		m.report.Add("%q can't be kept: %v", k, err)
	}
	m.puts++
}

func (m *salvaged) get(bucket, k []byte) []byte { return m.tx.Bucket(bucket).Get(k) }

// flush bounds the memory a transaction takes.
func (m *salvaged) flush() (err error) {
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
