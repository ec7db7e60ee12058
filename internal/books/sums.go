package books

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"galla/internal/money"
	"galla/state"
)

// The stream's sums are kept from time to time, so that the first X after a start reads on from there and not from the
// last Z. They are no record: each is what the events up to sumsHead.Upto say, and a row that is missing or of other
// terms costs one reading of the events.
//
//	head             sumsHead
//	day/2026-11-22   daySums

const (
	keepMost = 20_000 // events after which sums are kept while there is more to read: a kill costs so many
	keepRest = 1_000  // events after which they are kept when there is not: so many a start reads anew

	// sumsForm is the version of what lies there and of how it is added up: with another one the events are read again.
	sumsForm = 2

	sumsAt  = "head"
	sumsDay = "day/"
)

// sumsHead says up to where the events are in the sums, and on what terms.
type sumsHead struct {
	Form     int           `json:"form"`
	Rules    int           `json:"rules"`
	Cut      time.Duration `json:"cut"`
	Z        int           `json:"z"` // how many Z reports there were
	After    uint64        `json:"after"`
	Upto     uint64        `json:"upto"`
	Days     int           `json:"days"`
	Last     []sumsMoment  `json:"last"`
	Promised []sumsPromise `json:"promised,omitempty"`
}

type sumsMoment struct {
	Sale string `json:"sale"`
	At   int64  `json:"at"`
}

type sumsPromise struct {
	Sale   string      `json:"sale"`
	Key    string      `json:"key"`
	Day    string      `json:"day"`
	Amount money.Paise `json:"amount_paise"`
}

// daySums are the totals of a day as they are stored.
type daySums struct {
	Report Report  `json:"report"` // without what is made of the rest
	Took   []int64 `json:"took_ms,omitempty"`
}

// restored is the stream as it was kept, or a new one.
func (b *Books) restored(closed []Z) *stream {
	fresh := newStream(since(closed))
	seq, err := b.o.Till.Seq()
	if b.o.Totals == nil || err != nil {
		return fresh
	}

	x := newStream(fresh.after)
	var head sumsHead
	err = b.o.Totals.Read(func(name string, value []byte) error {
		business, isDay := strings.CutPrefix(name, sumsDay)
		if !isDay {
			return json.Unmarshal(value, &head)
		}
		fresh.rows[business], x.rows[business] = true, true
		var sums daySums
		err := json.Unmarshal(value, &sums)
		x.days[business] = sums.totals()
		return err
	})

	switch {
	case err != nil: // the events say it again; gallad fsck names the row
		return fresh
	case head.Form != sumsForm,
		head.Rules != state.Rules,
		head.Cut != b.o.Cut,
		head.Z != len(closed),
		head.After != fresh.after,
		head.Days != len(x.days),
		head.Upto > seq:
		return fresh
	}

	x.upto, x.kept = head.Upto, head.Upto
	x.last = map[moment]bool{}
	for _, m := range head.Last {
		x.last[moment{m.Sale, m.At}] = true
	}
	for _, p := range head.Promised {
		x.promised[refundOf{p.Sale, p.Key}] = promise{p.Day, p.Amount}
	}
	return x
}

// keepSums writes what changed since it last did. If it fails or we die in it, what lay there before is good and a
// start reads more events. The caller holds the stream.
func (b *Books) keepSums() {
	x := b.stream
	x.kept = x.upto // one that fails is tried again after as many events, not at each batch
	if b.o.Totals == nil {
		return
	}

	head := sumsHead{
		Form:  sumsForm,
		Rules: state.Rules,
		Cut:   b.o.Cut,
		Z:     len(b.closings()),
		After: x.after,
		Upto:  x.upto,
		Days:  len(x.days),
	}

	for m := range x.last {
		head.Last = append(head.Last, sumsMoment{m.sale, m.at})
	}
	for k, p := range x.promised {
		head.Promised = append(head.Promised, sumsPromise{k.sale, k.key, p.day, p.amount})
	}

	rows := map[string][]byte{}
	put := func(name string, v any) (err error) {
		rows[name], err = json.Marshal(v)
		return err
	}
	err := put(sumsAt, head)
	for d := range x.dirty {
		if t := x.days[d]; t != nil && err == nil {
			err = put(sumsDay+d, t.sums())
		}
	}
	for d := range x.rows {
		if x.days[d] == nil {
			rows[sumsDay+d] = nil
		}
	}
	if err != nil || b.o.Totals.Write(rows) != nil {
		return
	}

	x.rows, x.dirty = map[string]bool{}, map[string]bool{}
	for d := range x.days {
		x.rows[d] = true
	}
}

func (t *dayTotals) sums() daySums {
	d := daySums{Report: t.Report}
	d.Report.Cashiers, d.Report.Gateways = shares(t.cashiers), shares(t.gateways)
	for _, h := range slices.Sorted(maps.Keys(t.hours)) {
		d.Report.Hours = append(d.Report.Hours, HourLine{h, *t.hours[h]})
	}
	for _, took := range t.took {
		d.Took = append(d.Took, took.Milliseconds()) // no report says it finer
	}
	return d
}

func (d daySums) totals() *dayTotals {
	t := newDayTotals()
	t.Report = d.Report
	for _, s := range d.Report.Cashiers {
		t.cashiers[s.Name] = &s
	}
	for _, s := range d.Report.Gateways {
		t.gateways[s.Name] = &s
	}
	for _, h := range d.Report.Hours {
		t.hours[h.Hour] = &h.Line
	}
	t.Report.Cashiers, t.Report.Gateways, t.Report.Hours = nil, nil, nil
	for _, ms := range d.Took {
		t.took = append(t.took, time.Duration(ms)*time.Millisecond)
	}
	return t
}
