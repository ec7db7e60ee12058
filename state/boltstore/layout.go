package boltstore

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// Schema is the version of the layout this code writes.
const Schema = 3

var (
	bucketMeta       = []byte("meta")
	bucketRecent     = []byte("recent")
	bucketEvents     = []byte("events")
	bucketSales      = []byte("sales")
	bucketWatch      = []byte("watch")
	bucketAttention  = []byte("attention")
	bucketDays       = []byte("days")
	bucketLookup     = []byte("lookup")
	bucketKeys       = []byte("keys")
	bucketOperations = []byte("operations")
	bucketActs       = []byte("acts")
	bucketAsked      = []byte("asked")
	bucketVault      = []byte("vault")
	bucketTotals     = []byte("totals")   // reserved: sums by business day
	bucketSchedule   = []byte("schedule") // reserved: when a mandate is due

	buckets = [][]byte{bucketMeta, bucketRecent, bucketEvents, bucketSales, bucketWatch, bucketAttention, bucketDays, bucketLookup,
		bucketKeys, bucketOperations, bucketActs, bucketAsked, bucketVault, bucketTotals, bucketSchedule}

	metaSchema  = []byte("schema")  // one byte
	metaSeq     = []byte("seq")     // sequence number of the last event
	metaHash    = []byte("hash")    // its hash
	metaRoot    = []byte("root")    // sequence number and hash of the last event that was pruned away; absent for none
	metaBox     = []byte("box")     // the box's id: 8 random bytes, made with the file
	metaUpgrade = []byte("upgrade") // the last sale that was brought to today's rules; absent when all were
	metaCopy    = []byte("copy")    // how far a migration got; absent in a file that is in use
)

func key(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func number(b []byte) uint64 {
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func dayKey(day string, n int) []byte { return fmt.Appendf(nil, "%s/%06d", day, n) }

// ownedKey is an idempotency key's row: keys of different callers don't meet. A key from before schema 3 has no owner.
func ownedKey(owner, key string) []byte { return []byte(owner + "\x00" + key) }

// seal puts a CRC-32C of a row's key and value before the value, so that a bit that turned over in a row, or a row under
// another's key, is an error and never a wrong amount.
func seal(k, value []byte) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(value)), rowSum(k, value)), value...)
}

func unseal(k, row []byte) ([]byte, error) {
	if len(row) < 4 || binary.BigEndian.Uint32(row) != rowSum(k, row[4:]) {
		return nil, errors.New("its checksum is wrong")
	}
	return row[4:], nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func rowSum(k, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(k, castagnoli), castagnoli, value)
}

func sealJSON(k []byte, v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return seal(k, raw), nil
}

func putJSON(b *bolt.Bucket, k []byte, v any) error {
	row, err := sealJSON(k, v)
	if err != nil {
		return err
	}
	return b.Put(k, row)
}

func getJSON(k, row []byte, v any) error {
	raw, err := unseal(k, row)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

// readSale decodes a sale's row; found is false if there is none.
func readSale(tx *bolt.Tx, id []byte) (sale state.Sale, found bool, err error) {
	row := tx.Bucket(bucketRecent).Get(recentSale(id))
	if row == nil {
		row = tx.Bucket(bucketSales).Get(id)
	}
	if row == nil {
		return sale, false, nil
	}
	sale, err = decodeSale(id, row)
	return sale, true, err
}

func decodeSale(id, row []byte) (sale state.Sale, err error) {
	if err := getJSON(id, row, &sale); err != nil {
		return sale, fmt.Errorf("%w: sale %q can't be read: %w", ErrDamaged, id, err)
	}
	return sale, nil
}

// setMember keeps id in a set, or out of it.
func setMember(b *bolt.Bucket, id []byte, in bool) error {
	switch there := b.Get(id) != nil; {
	case in && !there:
		return b.Put(id, []byte{1})
	case !in && there:
		return b.Delete(id)
	}
	return nil
}
