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
const Schema = 2

var (
	bucketMeta       = []byte("meta")
	bucketEvents     = []byte("events")
	bucketSales      = []byte("sales")
	bucketOutbox     = []byte("outbox")
	bucketWatch      = []byte("watch")
	bucketChanged    = []byte("changed")
	bucketDays       = []byte("days")
	bucketAttention  = []byte("attention")
	bucketPayments   = []byte("payments")
	bucketReferences = []byte("references")
	bucketKeys       = []byte("keys")
	bucketAnswers    = []byte("answers")
	bucketVault      = []byte("vault")
	bucketOperations = []byte("operations")

	buckets = [][]byte{bucketMeta, bucketEvents, bucketSales, bucketOutbox, bucketWatch, bucketChanged, bucketDays,
		bucketAttention, bucketPayments, bucketReferences, bucketKeys, bucketAnswers, bucketVault, bucketOperations}

	metaSchema = []byte("schema") // one byte
	metaSeq    = []byte("seq")    // sequence number of the last event
	metaHash   = []byte("hash")   // its hash
	metaRoot   = []byte("root")   // sequence number and hash of the last event that was pruned away; absent for none
)

func key(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func number(b []byte) uint64 {
	if len(b) != 8 {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

func dayKey(day string, n int) []byte { return fmt.Appendf(nil, "%s/%06d", day, n) }

func paymentKey(p state.Payment) string { return p.Gateway + "/" + p.ID }

// answerKey finds an idempotency key by the sale that answers it.
func answerKey(k state.KeyRecord) []byte { return []byte(k.SaleID + "/" + k.Key) }

func outboxKey(e state.Effect) []byte { return []byte(e.SaleID + "/" + e.Key) }

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

func putJSON(b *bolt.Bucket, k []byte, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return b.Put(k, seal(k, raw))
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
	row := tx.Bucket(bucketSales).Get(id)
	if row == nil {
		return sale, false, nil
	}
	if err := getJSON(id, row, &sale); err != nil {
		return sale, false, fmt.Errorf("%w: sale %q can't be read: %w", ErrDamaged, id, err)
	}
	return sale, true, nil
}
