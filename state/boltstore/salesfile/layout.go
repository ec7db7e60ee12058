package salesfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"

	bolt "go.etcd.io/bbolt"

	"galla/state"
)

// Schema is the version of the layout this code writes.
const Schema = 3

var (
	BucketMeta       = []byte("meta")
	BucketRecent     = []byte("recent")
	BucketEvents     = []byte("events")
	BucketSales      = []byte("sales")
	BucketWatch      = []byte("watch")
	BucketAttention  = []byte("attention")
	BucketDays       = []byte("days")
	BucketLookup     = []byte("lookup")
	BucketKeys       = []byte("keys")
	BucketOperations = []byte("operations")
	BucketActs       = []byte("acts")
	BucketAsked      = []byte("asked")
	BucketSettings   = []byte("vault")
	BucketTotals     = []byte("totals")   // sums by business day, which the events can give again
	BucketSchedule   = []byte("schedule") // reserved: when a mandate is due

	Buckets = [][]byte{
		BucketMeta,
		BucketRecent,
		BucketEvents,
		BucketSales,
		BucketWatch,
		BucketAttention,
		BucketDays,
		BucketLookup,
		BucketKeys,
		BucketOperations,
		BucketActs,
		BucketAsked,
		BucketSettings,
		BucketTotals,
		BucketSchedule,
	}

	MetaSchema  = []byte("schema")  // one byte
	MetaSeq     = []byte("seq")     // sequence number of the last event
	MetaHash    = []byte("hash")    // its hash
	MetaRoot    = []byte("root")    // sequence number and hash of the last event that was pruned away; absent for none
	MetaBox     = []byte("box")     // the box's id: 8 random bytes, made with the file
	MetaUpgrade = []byte("upgrade") // the last sale that was brought to today's rules; absent when all were
	MetaCopy    = []byte("copy")    // how far a migration got; absent in a file that is in use
)

// Key is an event's key: its sequence number, 8 bytes, most significant first, so that keys lie in the order of events.
func Key(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// Number reads what Key wrote; 0 for anything else.
func Number(b []byte) uint64 {
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

// DayKey is the key of a sale's number in the index of days: "2026-11-29/000002".
func DayKey(day string, n int) []byte { return fmt.Appendf(nil, "%s/%06d", day, n) }

// OwnedKey is an idempotency key's row: keys of different callers don't meet. A key from before schema 3 has no owner.
func OwnedKey(owner, key string) []byte { return []byte(owner + "\x00" + key) }

// AddChecksum puts a CRC-32C of a row's key and value before the value, so that a bit that turned over in a row, or a
// row under another's key, is an error and never a wrong amount.
func AddChecksum(k, value []byte) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(value)), rowSum(k, value)), value...)
}

// CutChecksum takes the checksum off a row, or says that it is wrong.
func CutChecksum(k, row []byte) ([]byte, error) {
	if len(row) < 4 || binary.BigEndian.Uint32(row) != rowSum(k, row[4:]) {
		return nil, errors.New("its checksum is wrong")
	}
	return row[4:], nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func rowSum(k, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(k, castagnoli), castagnoli, value)
}

// EncodeRow is a row: a value as JSON with its checksum before it.
func EncodeRow(k []byte, v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return AddChecksum(k, raw), nil
}

// PutRow writes a value as a row.
func PutRow(b *bolt.Bucket, k []byte, v any) error {
	row, err := EncodeRow(k, v)
	if err != nil {
		return err
	}
	return b.Put(k, row)
}

// DecodeRow reads what EncodeRow wrote for the same key.
func DecodeRow(k, row []byte, v any) error {
	raw, err := CutChecksum(k, row)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, v)
}

// SaleRow is a sale's row; nil if there is none. It lives as long as the transaction.
func SaleRow(tx *bolt.Tx, id []byte) []byte {
	if row := tx.Bucket(BucketRecent).Get(RecentSale(id)); row != nil {
		return row
	}
	return tx.Bucket(BucketSales).Get(id)
}

// ReadSale decodes a sale's row; found is false if there is none.
func ReadSale(tx *bolt.Tx, id []byte) (sale state.Sale, found bool, err error) {
	row := SaleRow(tx, id)
	if row == nil {
		return sale, false, nil
	}
	sale, err = DecodeSale(id, row)
	return sale, true, err
}

// DecodeSale reads the row of the sale with an id; its error wraps ErrDamaged.
func DecodeSale(id, row []byte) (sale state.Sale, err error) {
	if err := DecodeRow(id, row, &sale); err != nil {
		return sale, fmt.Errorf("%w: sale %q can't be read: %w", ErrDamaged, id, err)
	}
	return sale, nil
}

// DecodeBrief reads a row as DecodeSale does, as a brief sale: what that lacks stands in one piece, two thirds of the
// row, and is cut out before it is decoded.
func DecodeBrief(id, row []byte) (sale state.Sale, err error) {
	raw, err := CutChecksum(id, row)
	if err == nil {
		from, to := bytes.Index(raw, []byte(`,"attempts":`)), bytes.LastIndex(raw, []byte(`,"created_at":`))
		if 0 <= from && from < to {
			raw = append(slices.Clip(raw[:from]), raw[to:]...)
		}
		err = json.Unmarshal(raw, &sale)
	}
	if err != nil {
		return sale, fmt.Errorf("%w: sale %q can't be read: %w", ErrDamaged, id, err)
	}
	return sale.Brief(), nil
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
