//go:build rig

package fleet

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"galla/internal/office/check"
)

// oracle is the rig's own account. It reads the tables by psql, takes segments apart by what segment's doc says of
// their bytes, and adds up money from the JSON of events: no code of the office, of segment or of state.
type oracle struct {
	keys     map[string]ed25519.PublicKey // of terminals, as the boxes have them
	had      map[place]bool               // places that a box ever had; true: one that a box has now
	got      map[place]int                // at the office
	gateways map[string]string            // of attempts
	sales    map[string]bool              // terminal, branch, sale
	paid     map[string]map[int64]bool    // gateway and payment: the amounts that events say came
	problems []string
}

// place is one of a terminal's chain.
type place struct {
	terminal string
	seq      uint64
	hash     [sha256.Size]byte
}

// said is what the account needs of an event.
type said struct {
	Sale    string `json:"sale_id"`
	Kind    string `json:"kind"`
	Attempt string `json:"attempt"`
	Gateway string `json:"gateway"`
	Reading struct {
		Payments []struct {
			ID     string `json:"id"`
			Status string `json:"status"`
			Amount int64  `json:"amount_paise"`
		} `json:"payments"`
	} `json:"reading"`
}

func (o *oracle) wrong(format string, args ...any) {
	if len(o.problems) < 40 {
		o.problems = append(o.problems, fmt.Sprintf(format, args...))
	}
}

// account holds the database against the boxes.
func (w *whole) account(boxes []check.Box) (problems []string, paise int64) {
	w.t.Helper()
	o := &oracle{
		keys:     map[string]ed25519.PublicKey{},
		had:      map[place]bool{},
		got:      map[place]int{},
		gateways: map[string]string{},
		sales:    map[string]bool{},
		paid:     map[string]map[int64]bool{},
	}
	for _, b := range w.boxes {
		o.keys[b.id()] = b.public()
	}
	for _, b := range boxes {
		o.box(w, b)
	}
	o.segments(w)
	for p, now := range o.had {
		switch n := o.got[p]; {
		case n == 0 && now:
			o.wrong("lost: place %d of %s", p.seq, p.terminal)
		case n > 1:
			o.wrong("doubled: place %d of %s is there %d times", p.seq, p.terminal, n)
		}
	}
	for p := range o.got {
		if _, known := o.had[p]; !known {
			o.wrong("no box ever had place %d of %s as it is there", p.seq, p.terminal)
		}
	}
	for _, row := range w.rows("SELECT terminal, branch, id FROM sale") {
		if key := strings.Join(row, "\t"); !o.sales[key] {
			o.wrong("no event is of the sale %q", key)
		} else {
			delete(o.sales, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(o.sales)) {
		o.wrong("the sale %q has no row", key)
	}
	return o.problems, o.money(w)
}

// box reads a chain, and makes its hashes anew.
func (o *oracle) box(w *whole, b check.Box) {
	var last [sha256.Size]byte
	for after := uint64(0); ; {
		s, err := b.Chain.Stretch(after, 1<<20)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(s.Places) == 0 {
			return
		}
		for i, p := range s.Places {
			seq := s.After + 1 + uint64(i)
			before := last[:]
			if seq == 1 {
				before = nil
			}
			last = sha256.Sum256(append(slices.Clone(before), p.Event...))
			at := place{b.Terminal, seq, last}
			o.had[at] = o.had[at] || !b.Old || seq <= b.Sent
		}
		after = s.After + uint64(len(s.Places))
	}
}

// rows are what a statement gives.
func (w *whole) rows(statement string) (rows [][]string) {
	w.t.Helper()
	said, err := sql(w.t.Context(), w.pg.is, statement)
	if err != nil {
		w.t.Fatal(err)
	}
	for line := range strings.Lines(said) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

func number(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return math.MaxUint64
	}
	return n
}

// segments takes apart what the office stores, branch by branch.
func (o *oracle) segments(w *whole) {
	heads, bases := map[string][]string{}, map[string][]string{}
	const branches = "SELECT terminal, n, from_seq, encode(base,'hex'), seq, encode(hash,'hex') FROM branch"
	for _, row := range w.rows(branches) {
		heads[row[0]+"\t"+row[1]], bases[row[0]+"\t"+row[1]] = row[4:], row[2:4]
	}
	seen := map[string]bool{}
	ends := map[string]uint64{}
	for _, row := range w.rows("SELECT terminal, branch, from_seq, last, encode(raw,'hex') FROM segment " +
		"ORDER BY terminal, branch, last") {
		branch, from, last := row[0]+"\t"+row[1], number(row[2]), number(row[3])
		begins, known := ends[branch]
		if !known && len(bases[branch]) > 0 {
			begins = number(bases[branch][0])
		}
		if from != begins {
			o.wrong("branch %q has places up to %d and goes on behind %d", branch, begins, from)
		}
		raw, err := hex.DecodeString(row[4])
		if err != nil {
			o.wrong("a segment of %q: %v", branch, err)
			continue
		}
		hash, err := o.segment(branch, row[0], from, last, raw)
		if err != nil {
			o.wrong("places %d to %d of %q: %v", from+1, last, branch, err)
		}
		ends[branch] = last
		seen[branch] = len(heads[branch]) == 2 && number(heads[branch][0]) == last &&
			heads[branch][1] == hex.EncodeToString(hash[:])
	}
	for branch := range heads {
		if !seen[branch] {
			o.wrong("branch %q does not end where its head is", branch)
		}
	}
}

const before = 2 + 16 + 8 + 32 + 8 + 32 // bytes of a segment before its signature

// segment takes one apart: version, flags, terminal, after, prev, last, hash, signature, gzip of events.
func (o *oracle) segment(branch, terminal string, from, last uint64, raw []byte) (hash [sha256.Size]byte, err error) {
	if len(raw) < before+64 || raw[0] != 1 || string(raw[2:18]) != terminal {
		return hash, fmt.Errorf("%d bytes are no segment of this terminal", len(raw))
	}
	after := binary.BigEndian.Uint64(raw[18:26])
	copy(hash[:], raw[26:58])
	if binary.BigEndian.Uint64(raw[58:66]) != last || after > from {
		return hash, fmt.Errorf("it says that it is of the places behind %d", after)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw[before+64:]))
	if err != nil {
		return hash, err
	}
	events, err := io.ReadAll(z)
	if err != nil {
		return hash, err
	}
	sum := sha256.Sum256(events)
	signed := append(append([]byte("galla segment\x00"), raw[:before]...), sum[:]...)
	if key := o.keys[terminal]; key != nil && !ed25519.Verify(key, signed, raw[before:before+64]) {
		return hash, fmt.Errorf("the signature is not its box's")
	}

	seq := after
	for len(events) > 0 {
		n, size := binary.Uvarint(events)
		if size <= 0 || n == 0 || uint64(len(events)-size) < n {
			return hash, fmt.Errorf("event %d has no bytes", seq+1)
		}
		event := events[size : size+int(n)]
		events = events[size+int(n):]
		seq++
		link := hash[:]
		if seq == 1 {
			link = nil
		}
		hash = sha256.Sum256(append(slices.Clone(link), event...))
		if seq > from {
			o.got[place{terminal, seq, hash}]++
			if err := o.event(branch, terminal, event); err != nil {
				return hash, err
			}
		}
	}
	if seq != last || !bytes.Equal(hash[:], raw[66:98]) {
		return hash, fmt.Errorf("its events end at %d, and not with the hash that it says", seq)
	}
	return hash, nil
}

// event takes what one says of money. Who asked for an attempt is said before anything else of it.
func (o *oracle) event(branch, terminal string, raw []byte) error {
	var e said
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	if e.Sale == "" {
		return nil
	}
	o.sales[branch+"\t"+e.Sale] = true
	attempt := terminal + "\t" + e.Sale + "\t" + e.Attempt
	if e.Gateway != "" && e.Attempt != "" {
		o.gateways[attempt] = e.Gateway
	}
	for _, p := range e.Reading.Payments {
		if p.Status != "captured" && p.Status != "refunded" {
			continue
		}
		key := o.gateways[attempt] + "\t" + p.ID
		if o.paid[key] == nil {
			o.paid[key] = map[int64]bool{}
		}
		o.paid[key][p.Amount] = true
	}
	return nil
}

// money holds payments and days against what events say, and returns the sum.
func (o *oracle) money(w *whole) (paise int64) {
	for _, row := range w.rows("SELECT gateway, id, received, kept + surplus + gone FROM payment") {
		key := row[0] + "\t" + row[1]
		received := int64(number(row[2]))
		switch {
		case o.paid[key] == nil:
			o.wrong("no event says that payment %q came", key)
		case !o.paid[key][received]:
			o.wrong("payment %q is %d paise; events say %v", key, received, slices.Collect(maps.Keys(o.paid[key])))
		case row[2] != row[3]:
			o.wrong("payment %q is %s paise, and its parts %s", key, row[2], row[3])
		}
		paise += received
		delete(o.paid, key)
	}
	for key := range o.paid {
		o.wrong("payment %q came, and has no row", key)
	}
	const sums = "SELECT terminal, day, count(*), sum(received), sum(kept), sum(surplus), sum(gone) FROM payment " +
		"GROUP BY 1, 2"
	const days = "SELECT terminal, day, payments, received, kept, surplus, gone FROM day WHERE payments <> 0 OR " +
		"received <> 0 OR kept <> 0 OR surplus <> 0 OR gone <> 0"
	for _, pair := range [][2]string{{sums, days}, {days, sums}} {
		for _, row := range w.rows("(" + pair[0] + ") EXCEPT (" + pair[1] + ")") {
			o.wrong("a day's sums are not its payments': %q", row)
		}
	}
	return paise
}
