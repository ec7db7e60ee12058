package salesfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	bolt "go.etcd.io/bbolt"

	"galla/internal/typed"
	"galla/state"
)

// A row of the lookup bucket is one thing that a sale can be found by: a letter, the value, a zero byte and, where
// several sales may have the same value, the sale's id. Rows without an id hold it as their value: they may belong to
// one sale only.
//
//	a reference of an attempt           → id        m amount in paise, of it or a payment, id
//	p payment id, 0, gateway            → id        r RRN of a payment or a refund, id
//	d mandate of a debit, id                        b the key of the shop's bill number, id
var lookupLetter = map[state.Field]byte{
	state.FieldAmount:    'm',
	state.FieldRRN:       'r',
	state.FieldReference: 'b',
	state.FieldBill:      'b', // a reference is found among those of its key
	state.FieldPayment:   'p',
	state.FieldAttempt:   'a',
	state.FieldMandate:   'd',
}

// Findable reports whether sales can be found by a field.
func Findable(f state.Field) bool { return f == state.FieldNumber || lookupLetter[f] != 0 }

// maxLookup bounds the bytes of a value in its row; longer ones are found by their beginning and compared whole.
const maxLookup = 128

// LookupPrefix begins the rows by which sales with a value are found.
func LookupPrefix(f state.Field, value string) []byte {
	if f == state.FieldReference {
		value = typed.BillKey(value)
	}
	k := append([]byte{lookupLetter[f]}, value[:min(len(value), maxLookup)]...)
	return append(k, 0)
}

// Lookups are the rows that a sale has in the lookup bucket: key to value.
func Lookups(s *state.Sale) map[string][]byte {
	id := []byte(s.ID)
	rows := map[string][]byte{}
	for f, values := range searchable(s) {
		for _, v := range values {
			rows[string(append(LookupPrefix(f, v), id...))] = []byte{}
		}
	}
	for _, c := range claims(s) {
		rows[string(c.key)] = id
	}
	return rows
}

// searchable are the values a sale can be found by that other sales may have too.
func searchable(s *state.Sale) map[state.Field][]string {
	values := map[state.Field][]string{state.FieldAmount: {strconv.FormatInt(int64(s.Amount), 10)}}
	add := func(f state.Field, v string) {
		if v != "" {
			values[f] = append(values[f], v)
		}
	}
	add(state.FieldReference, s.Reference)
	if s.Debit != nil {
		add(state.FieldMandate, s.Debit.Mandate)
	}
	for _, p := range s.Payments {
		add(state.FieldRRN, p.RRN)
		if p.Amount != s.Amount {
			add(state.FieldAmount, strconv.FormatInt(int64(p.Amount), 10))
		}
	}
	for _, r := range s.Refunds {
		add(state.FieldRRN, r.RRN)
	}
	return values
}

// Has reports whether a sale has a value.
func Has(s *state.Sale, f state.Field, value string) bool {
	switch f {
	case state.FieldNumber:
		return string(DayKey(s.Day, s.Number)) == value
	case state.FieldPayment:
		return slices.ContainsFunc(s.Payments, func(p state.Payment) bool { return p.ID == value })
	case state.FieldAttempt:
		return s.Attempt(value) != nil
	case state.FieldBill:
		return value != "" && typed.BillKey(s.Reference) == value
	}
	return slices.Contains(searchable(s)[f], value)
}

// putLookups writes the rows a sale has and removes those that only its old row had.
func putLookups(b *bolt.Bucket, old, s *state.Sale) error {
	want := Lookups(s)
	if old != nil {
		for k := range Lookups(old) {
			if _, keep := want[k]; keep {
				delete(want, k)
			} else if err := b.Delete([]byte(k)); err != nil {
				return err
			}
		}
	}
	for k, v := range want {
		if err := b.Put([]byte(k), v); err != nil {
			return err
		}
	}
	return nil
}

// claimed is something that may belong to one sale only: its row in the lookup bucket, and the text by which another
// sale's row may hold it.
type claimed struct {
	key  []byte
	name string
	text []byte
}

func claims(s *state.Sale) (all []claimed) {
	for _, a := range s.Attempts {
		all = append(all, claimed{LookupPrefix(state.FieldAttempt, a.Ref), a.Ref, quoted(a.Ref)})
	}
	for _, p := range s.Payments {
		k := append(LookupPrefix(state.FieldPayment, p.ID), p.Gateway...)
		all = append(all, claimed{k, p.Gateway + "/" + p.ID, quoted(p.ID)})
	}
	return all
}

// quoted is a text as it stands in a row's JSON.
func quoted(text string) []byte {
	raw, _ := json.Marshal(text) // a string always can be
	return raw
}

// Claim refuses a sale of which a number, an attempt's reference or a payment belongs to another one: of the history by
// its indexes, of the recent sales by their rows, which are few. old is the sale as it was; nil for a new one.
func Claim(tx *bolt.Tx, old, s *state.Sale) error {
	var fresh []claimed
	for _, c := range claims(s) {
		if c.name == "" {
			return fmt.Errorf("%w: sale %s has an attempt without a reference", ErrConflict, s.ID)
		}
		if old == nil || !slices.ContainsFunc(claims(old), func(o claimed) bool { return bytes.Equal(o.key, c.key) }) {
			fresh = append(fresh, c)
		}
	}

	if old != nil && len(fresh) == 0 {
		return nil
	}
	taken := func(name string, owner []byte) error {
		if owner == nil || string(owner) == s.ID {
			return nil
		}
		return fmt.Errorf("%w: %q belongs to sale %s, not %s", ErrConflict, name, owner, s.ID)
	}

	day := DayKey(s.Day, s.Number)
	if old == nil {
		if err := taken(string(day), tx.Bucket(BucketDays).Get(day)); err != nil {
			return err
		}
	}
	for _, c := range fresh {
		if err := taken(c.name, tx.Bucket(BucketLookup).Get(c.key)); err != nil {
			return err
		}
	}
	numbered := fmt.Appendf(nil, `"number":%d`, s.Number)
	return EachRecent(tx, func(id, row []byte) error {
		suspect := old == nil && bytes.Contains(row, numbered)
		for _, c := range fresh {
			suspect = suspect || bytes.Contains(row, c.text)
		}
		if !suspect || string(id) == s.ID {
			return nil
		}
		other, err := DecodeSale(id, row)
		if err != nil {
			return err
		}
		if old == nil && other.Day == s.Day && other.Number == s.Number {
			return taken(string(day), id)
		}
		for _, o := range claims(&other) {
			for _, c := range fresh {
				if bytes.Equal(o.key, c.key) {
					return taken(c.name, id)
				}
			}
		}
		return nil
	})
}
