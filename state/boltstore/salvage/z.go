package salvage

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"galla/state"
	"galla/state/boltstore/salesfile"
)

// zKey begins the names under which package books keeps Z reports in the settings; six digits follow.
const zKey = "z/"

func isZ(name []byte) bool {
	_, err := strconv.ParseUint(strings.TrimPrefix(string(name), zKey), 10, 32)
	return bytes.HasPrefix(name, []byte(zKey)) && len(name) == len(zKey)+6 && err == nil
}

// z is what books keep of a Z report, as far as this package needs it.
type z struct {
	Lost   bool            `json:"lost,omitempty"`
	SHA256 string          `json:"sha256,omitempty"` // of the report that is lost
	Report json.RawMessage `json:"report,omitempty"`
}

// closing is what the act of a Z says of it.
type closing struct {
	of     state.Operation
	Day    string          `json:"day"`
	SHA256 string          `json:"sha256"`
	Net    int64           `json:"net_paise"`
	Upto   uint64          `json:"seq"`  // its last event; 0 where an older version wrote the act
	Left   json.RawMessage `json:"left"` // what it left for Z reports of later days
}

// takeSetting looks at a row on a page that the tree doesn't lead to. A Z report is never written again, so that an old
// page is as good as the last; of another setting only its name is taken. False: it is no row of a setting.
func (m *salvaged) takeSetting(e salesfile.Element) bool {
	value, err := salesfile.CutChecksum(e.Key, e.Value)
	if err != nil || e.Bucket {
		return false
	}
	if isZ(e.Key) {
		sum := sha256.Sum256(value)
		m.put(workZ, append(bytes.Clone(e.Key), sum[:]...), e.Value)
		return true
	}
	for _, of := range []string{"person/", "device/", "tls/", "learnt:", "books/cuts", "hook/cursor"} {
		if strings.HasPrefix(string(e.Key), of) {
			m.settings[string(e.Key)] = true
			return true
		}
	}
	return false
}

// zs brings back the Z reports that the settings lack, and leaves word of those that are lost: a number that is just
// missing is a report that somebody took out, and gallad refuses to start on it. Numbers go on behind the highest that
// a row or an act names.
func (b *builder) zs(settings *bolt.Bucket) error {
	for _, name := range slices.Sorted(maps.Keys(b.settings)) {
		if settings.Get([]byte(name)) == nil {
			b.report.Add(
				"setting %q is lost, or was removed: no page that can be believed has it; look at it, and set it again",
				name,
			)
		}
	}

	acts, last := b.closings(), 0
	number := func(name []byte) {
		if n, err := strconv.Atoi(string(name[len(zKey):][:6])); err == nil {
			last = max(last, n)
		}
	}
	c := settings.Cursor()
	for k, _ := c.Seek([]byte(zKey)); bytes.HasPrefix(k, []byte(zKey)); k, _ = c.Next() {
		if isZ(k) {
			number(k)
		}
	}
	err := b.tx.Bucket(workZ).ForEach(func(k, _ []byte) error { number(k); return nil })
	if err != nil {
		return err
	}

	for n := range acts {
		last = max(last, n)
	}

	for n := 1; n <= last; n++ {
		k := fmt.Appendf(nil, "%s%06d", zKey, n)
		if settings.Get(k) != nil {
			continue
		}
		row, err := b.versionOf(k, n, acts[n])
		if err != nil {
			return err
		}
		if row == nil {
			if row, err = b.lostZ(k, n, acts[n]); err != nil {
				return err
			}
		}
		if err := settings.Put(k, row); err != nil {
			return err
		}
	}

	return nil
}

// closings are the acts of closing, by the number of the Z. Of several of one number the one that was done counts: what
// a power cut broke off was done again.
func (b *builder) closings() map[int]*closing {
	out := map[int]*closing{}
	for _, id := range slices.Sorted(maps.Keys(b.asked)) {
		o := b.asked[id]
		n, err := strconv.Atoi(strings.TrimPrefix(o.Target, "Z"))
		if o.Kind != state.ActDayClose || o.Status == state.OperationRefused || err != nil || n < 1 || n > 999_999 {
			continue
		}
		if have := out[n]; have != nil && have.of.Status == state.OperationDone && o.Status != state.OperationDone {
			continue
		}
		c := &closing{of: o}
		if json.Unmarshal(o.Request, c) != nil {
			continue
		}
		out[n] = c
	}
	return out
}

// versionOf is a Z report from a page that the tree doesn't lead to: the one of which the act in the chain has the
// hash; nil: there is none. A report without an act is of a version that wrote none, and counts if no page has another.
func (b *builder) versionOf(k []byte, n int, act *closing) (row []byte, err error) {
	var found [][]byte
	c := b.tx.Bucket(workZ).Cursor()
	for at, v := c.Seek(k); bytes.HasPrefix(at, k); at, v = c.Next() {
		var is z
		value, err := salesfile.CutChecksum(k, v)
		if err != nil || json.Unmarshal(value, &is) != nil || is.Report == nil || is.Lost {
			continue
		}
		if sum := sha256.Sum256(is.Report); act != nil && hex.EncodeToString(sum[:]) != act.SHA256 {
			continue
		}
		found = append(found, bytes.Clone(v))
	}
	if len(found) != 1 && act == nil || len(found) == 0 {
		return nil, nil
	}
	if act == nil {
		b.report.Add("Z report %d comes from a page that is not in use, and no act proves it", n)
	} else {
		b.report.Add("Z report %d comes from a page that is not in use; it is the one that was made", n)
	}
	return found[0], nil
}

// lostZ is the word that is left of a Z report, with what its act says of it, so that books go on behind it. If we
// could not tell whether a Z was made at all, its number is taken and it holds nothing: what it may have told is told
// again.
func (b *builder) lostZ(k []byte, n int, act *closing) ([]byte, error) {
	type left struct {
		Kind   string          `json:"kind"`
		Number int             `json:"number"`
		Day    string          `json:"day"`
		At     time.Time       `json:"at"`
		By     string          `json:"by"`
		Seq    uint64          `json:"seq"`
		Net    int64           `json:"net_paise"`
		Left   json.RawMessage `json:"left,omitempty"`
	}

	is := z{Lost: true}
	switch {
	case act == nil:
		b.report.Add("Z report %d is lost; the numbers go on after it", n)
	case act.of.Status != state.OperationDone:
		b.report.Add(
			"Z report %d of %s is lost, if it was made: the box stopped while it was written. Its number is not "+
				"used again, and the next Z tells what it would have told",
			n,
			act.Day,
		)
	case act.Upto == 0:
		b.report.Add(
			"Z report %d of %s, made at %s by %s, is lost; its act says a net of %d paise, and not up to which "+
				"event: the next one counts from event %d on",
			n,
			act.Day,
			act.of.AskedAt.Format(time.RFC3339),
			act.of.By,
			act.Net,
			act.of.Seq,
		)
		act.Upto = act.of.Seq
	default:
		b.report.Add(
			"Z report %d of %s, made at %s by %s, is lost; its act says a net of %d paise, and the next one counts "+
				"on behind it",
			n,
			act.Day,
			act.of.AskedAt.Format(time.RFC3339),
			act.of.By,
			act.Net,
		)
	}

	if act != nil {
		said := left{Kind: "Z", Number: n, Day: act.Day, At: act.of.AskedAt, By: act.of.By}
		if act.of.Status == state.OperationDone {
			is.SHA256, said.Seq, said.Net, said.Left = act.SHA256, act.Upto, act.Net, act.Left
		}
		var err error
		if is.Report, err = json.Marshal(said); err != nil {
			return nil, err
		}
	}

	return salesfile.EncodeRow(k, is)
}
