package boltstore_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"galla/internal/money"
	"galla/state"
	"galla/state/statetest"
	"galla/state/watch"
)

// schema2 writes sales files as they were before schema 3. TestSchema2 holds it against a file that such a gallad
// wrote.
type schema2 struct {
	db    *bolt.DB
	tx    *bolt.Tx
	n     int
	seq   uint64
	hash  []byte
	sales map[string]state.Sale // as the file has them, of sales that may still change
	asked map[string]state.Operation
	err   error
}

var schema2Buckets = []string{"meta", "events", "sales", "outbox", "watch", "changed", "days", "attention", "payments",
	"references", "keys", "answers", "vault", "operations"}

func newSchema2(t testing.TB, path string) *schema2 {
	t.Helper()
	db, err := bolt.Open(path, 0o600, &bolt.Options{NoSync: true, FreelistType: bolt.FreelistMapType})
	if err != nil {
		t.Fatal(err)
	}
	w := &schema2{db: db, sales: map[string]state.Sale{}, asked: map[string]state.Operation{}}
	w.tx, w.err = db.Begin(true)
	for _, b := range schema2Buckets {
		_, err := w.tx.CreateBucket([]byte(b))
		w.note(err)
	}
	w.put("meta", []byte("schema"), []byte{2})
	return w
}

func (w *schema2) note(err error) { w.err = errors.Join(w.err, err) }

func (w *schema2) put(bucket string, k, v []byte) {
	if w.err == nil {
		w.note(w.tx.Bucket([]byte(bucket)).Put(k, v))
	}
}

func (w *schema2) drop(bucket string, k []byte) {
	if w.err == nil {
		w.note(w.tx.Bucket([]byte(bucket)).Delete(k))
	}
}

func (w *schema2) row(bucket string, k []byte, v any) {
	raw, err := json.Marshal(v)
	w.note(err)
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(crc32.Checksum(k, table), table, raw)
	w.put(bucket, k, append(binary.BigEndian.AppendUint32(nil, sum), raw...))
}

func (w *schema2) member(bucket, id string, in bool) {
	if in {
		w.put(bucket, []byte(id), []byte{1})
	} else {
		w.drop(bucket, []byte(id))
	}
}

// commit writes a batch as the till of that time did.
func (w *schema2) commit(b state.Batch) {
	last := map[string]uint64{}
	for _, e := range b.Events {
		raw, err := json.Marshal(e)
		w.note(err)
		sum := sha256.Sum256(append(w.hash[:len(w.hash):len(w.hash)], raw...))
		before := max(last[e.Subject()], w.sales[e.SaleID].Seq)
		if e.Operation != nil {
			before = max(last[e.Subject()], w.asked[e.Subject()].Seq)
		}
		last[e.Subject()], w.seq, w.hash = e.Seq, e.Seq, sum[:]
		rec := binary.BigEndian.AppendUint64(sum[:len(sum):len(sum)], before)
		w.put("events", seqKey(e.Seq), append(rec, raw...))
	}
	for _, s := range b.Sales {
		w.sale(s)
	}
	for _, o := range b.Operations {
		w.row("operations", []byte(o.ID), o)
		w.asked[o.ID] = o
	}
	for _, k := range b.Keys {
		w.row("keys", []byte(k.Key), k)
		w.put("answers", []byte(k.SaleID+"/"+k.Key), []byte{1})
	}
	w.put("meta", []byte("seq"), seqKey(w.seq))
	w.put("meta", []byte("hash"), w.hash)
	if w.n++; w.n%500 == 0 && w.err == nil {
		w.note(w.tx.Commit())
		var err error
		w.tx, err = w.db.Begin(true)
		w.note(err)
	}
}

func (w *schema2) sale(s state.Sale) {
	id := []byte(s.ID)
	old, known := w.sales[s.ID]
	if known {
		w.drop("changed", seqKey(old.Seq))
		for _, e := range state.Pending(old) {
			w.drop("outbox", []byte(e.SaleID+"/"+e.Key))
		}
	}
	w.put("changed", seqKey(s.Seq), id)
	w.put("days", fmt.Appendf(nil, "%s/%06d", s.Day, s.Number), id)
	for _, a := range s.Attempts {
		w.put("references", []byte(a.Ref), id)
	}
	for _, p := range s.Payments {
		w.put("payments", []byte(p.Gateway+"/"+p.ID), id)
	}
	w.member("watch", s.ID, state.Watching(s))
	w.member("attention", s.ID, len(s.Attention) > 0)
	for _, e := range state.Pending(s) {
		w.row("outbox", []byte(e.SaleID+"/"+e.Key), e)
	}
	w.row("sales", id, s)
	w.sales[s.ID] = s
}

func (w *schema2) close(t testing.TB) {
	t.Helper()
	if w.err == nil {
		w.err = errors.Join(w.tx.Commit(), w.db.Sync(), w.db.Close())
	}
	if w.err != nil {
		t.Fatal(w.err)
	}
}

func seqKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// trafficOf is traffic as it was made when the rules were 1.
func trafficOf(rules int, seed uint64, lanes, perDay int) *statetest.Traffic {
	tr := statetest.NewTraffic(seed, lanes, perDay)
	tr.Rules = rules
	return tr
}

// oldFile makes a file of schema 2 with sales in every phase, acts, operations and settings.
func oldFile(t testing.TB, batches int) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "sales.db")
	w := newSchema2(t, path)
	tr := trafficOf(0, 5, 4, 30)
	for i := range batches {
		w.commit(tr.Next())
		switch i % 90 {
		case 20:
			b := statetest.Asked(fmt.Sprintf("O%08X", tr.Seq()+1), tr.NextSeq(), fmt.Sprintf("asked-%d", i))
			w.commit(b)
			if i%180 == 20 {
				w.commit(statetest.Ended(b.Operations[0], tr.NextSeq(), state.OperationDone))
			}
		case 50:
			b := statetest.Acted(fmt.Sprintf("O%08X", tr.Seq()+1), tr.NextSeq(), fmt.Sprintf("act-%d", i))
			w.commit(b)
			w.commit(statetest.Ended(b.Operations[0], tr.NextSeq(), state.OperationDone))
		}
	}
	w.row2("vault", "pin/asha", []byte("hash"))
	w.close(t)
	return path
}

// row2 writes a sealed row that is no JSON.
func (w *schema2) row2(bucket, k string, raw []byte) {
	table := crc32.MakeTable(crc32.Castagnoli)
	sum := crc32.Update(crc32.Checksum([]byte(k), table), table, raw)
	w.put(bucket, []byte(k), append(binary.BigEndian.AppendUint32(nil, sum), raw...))
}

// largeOld makes a file of schema 2 with n sales of six events each, as years leave them; the last ones still await
// their money.
func largeOld(t testing.TB, path string, n, pending int) {
	t.Helper()
	w := newSchema2(t, path)
	seq := uint64(0)
	at := time.Date(2020, 1, 1, 4, 0, 0, 0, time.UTC)
	for i := range n {
		id := fmt.Sprintf("%010dABCDEF", i)
		ref := id + "A1"
		at = at.Add(90 * time.Second)
		amount := money.Paise(100 * (1 + i%5000))
		story := []state.Event{
			{
				Kind: state.EventOpened,
				By:   "cashier:asha",
				Opened: &state.Opened{
					Number:    1 + i%540,
					Day:       time.Date(2020, 1, 1+i/540, 0, 0, 0, 0, time.UTC).Format(time.DateOnly),
					Amount:    amount,
					Reference: fmt.Sprintf("BILL-%d", i),
					Route:     []string{"enkash", "razorpay"},
					Life:      5 * time.Minute,
					Terminal:  "COUNTER-1",
				},
			},
			{Kind: state.EventAttemptAsked, Attempt: ref, Gateway: "enkash"},
			{Kind: state.EventAttemptQuoted, Attempt: ref, Quote: &state.Quote{OrderID: "order_" + id,
				PayeeVPA: "shop.galla@okbank", PayeeName: "Shree Ganesh Stores",
				Payload: "upi://pay?pa=shop.galla@okbank&pn=Shree%20Ganesh%20Stores&mc=5411&tr=" + ref +
					"&am=250.00&cu=INR&mode=15&orgid=000000&sign=" + strings.Repeat("0", 60)}},
			{Kind: state.EventShown, Attempt: ref},
			{
				Kind:    state.EventReading,
				Attempt: ref,
				By:      "gateway:enkash",
				Reading: &state.Reading{Order: "paid", Payments: []state.Payment{
					{
						ID:     fmt.Sprintf("pay_%014X", uint64(i)*0x9E3779B97F4A7C15>>8),
						Amount: amount,
						Status: state.PaymentCaptured,
						VPA:    "as***@okbank",
						RRN:    fmt.Sprintf("%012d", uint64(i)*7919*104729%1e12),
					},
				}},
			},
			{Kind: state.EventWatched, Step: len(watch.Plan)},
		}
		if i >= n-pending {
			story = story[:3]
		}
		var sale state.Sale
		b := state.Batch{
			Keys: []state.KeyRecord{{Key: "key-" + id, Fingerprint: strings.Repeat("f", 43), SaleID: id, At: at}},
		}
		for _, e := range story {
			seq++
			e.Seq, e.SaleID, e.At = seq, id, at
			next, _, err := state.Apply(sale, e)
			if err != nil {
				t.Fatal(err)
			}
			sale = next
			b.Events = append(b.Events, e)
		}
		b.Sales = []state.Sale{sale}
		w.commit(b)
		delete(w.sales, id)
	}
	w.close(t)
}

// TestSchema2 holds the writer of old files against testdata/schema2.db, which the gallad of that time made of the
// same traffic: what both have must be equal, byte for byte, and only what that file's pruning took may be missing
// there.
func TestSchema2(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sales.db")
	w := newSchema2(t, path)
	tr := trafficOf(0, 5, 4, 30)
	for range 400 {
		w.commit(tr.Next())
	}
	w.commit(statetest.Asked(fmt.Sprintf("O%08X", tr.Seq()+1), tr.NextSeq(), "asked"))
	w.row2("vault", "pin/asha", []byte("hash"))
	w.close(t)
	is, theirs := rows(t, path), rows(t, "testdata/schema2.db")
	pruned, compared := 0, 0
	for k, v := range theirs {
		if strings.HasPrefix(k, "meta/root") || strings.HasPrefix(k, "events/") && len(v) == sha256.Size {
			continue // of the pruning
		}
		compared++
		if is[k] != v {
			t.Errorf("%q:\nis   %q\nwant %q", k, is[k], v)
		}
	}
	for k := range is {
		if _, there := theirs[k]; !there && strings.HasPrefix(k, "sales/") {
			pruned++
		}
	}
	if pruned != 3 || compared < 500 {
		t.Errorf("%d sales are missing there, 3 were pruned; %d rows compared", pruned, compared)
	}
}

// rows reads a bbolt file, "bucket/key" to value.
func rows(t testing.TB, path string) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(copied, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bolt.Open(copied, 0o600, &bolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	all := map[string]string{}
	err = db.View(func(tx *bolt.Tx) error {
		return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
			return b.ForEach(func(k, v []byte) error {
				all[string(name)+"/"+string(k)] = string(v)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
