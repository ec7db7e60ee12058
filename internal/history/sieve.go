package history

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"galla/internal/money"
)

// sieve says of a sale's JSON whether the sale may be what is looked for, so that the others need no decoding, which
// costs a hundred times as much. It never says no to a sale that fits; what it lets through is decoded and judged.
type sieve struct {
	all          []either
	since, until int64
}

// either is what a sale must have one of: in the head of its JSON, or anywhere in it.
type either struct{ head, anywhere []needle }

func (e either) in(head, sale []byte) bool {
	return slices.ContainsFunc(e.head, func(n needle) bool { return n.in(head) }) ||
		slices.ContainsFunc(e.anywhere, func(n needle) bool { return n.in(sale) })
}

// sieve looks for what a sale that fits must have in its JSON.
func (q Search) sieve() sieve {
	v := sieve{since: q.Since, until: q.Until}
	paise := func(p money.Paise) []needle { return []needle{newNeedle(strconv.FormatInt(int64(p), 10))} }
	if q.Exact != 0 {
		v.all = append(v.all, either{anywhere: paise(q.Exact)})
	}
	if q.RRN != "" {
		v.all = append(v.all, either{anywhere: []needle{newNeedle(q.RRN)}})
	}
	if q.Phase != "" {
		v.all = append(v.all, either{anywhere: []needle{newNeedle(string(q.Phase))}})
	}
	if q.Reference != "" {
		v.all = append(v.all, either{head: []needle{newNeedle(fold(q.Reference))}})
	}

	if q.Text != "" {
		text := fold(q.Text)
		e := either{head: []needle{newNeedle(text)}}
		if q.Number != 0 {
			e.head = append(e.head, newNeedle(strconv.Itoa(q.Number))) // "#12"
		}
		if q.Amount != 0 {
			e.anywhere = append(e.anywhere, paise(q.Amount)...)
		}
		if partOfRRN(text) {
			e.anywhere = append(e.anywhere, newNeedle(text))
		}
		v.all = append(v.all, e)
	}
	return v
}

// may reports whether a sale may fit, by its JSON.
func (v sieve) may(sale []byte) bool {
	if len(v.all) > 0 {
		head := head(sale)
		for _, e := range v.all {
			if !e.in(head, sale) {
				return false
			}
		}
	}
	if v.since == 0 && v.until == 0 {
		return true
	}
	_, opened, _ := bytes.Cut(sale[max(0, bytes.LastIndex(sale, createdAt)):], createdAt)
	opened, _, _ = bytes.Cut(opened, []byte(`"`))
	at, err := time.Parse(time.RFC3339Nano, string(opened))
	return err != nil || (v.since == 0 || at.Unix() >= v.since) && (v.until == 0 || at.Unix() <= v.until)
}

// head is where a sale's JSON begins: its id, number, reference and note, and nothing else that a person chose. It is
// a tenth of the whole, which a search of thousands would wait for.
func head(sale []byte) []byte {
	at := bytes.Index(sale, amountPaise)
	if at < 0 {
		return sale
	}
	at += len(amountPaise)
	for at < len(sale) && (sale[at] == '-' || '0' <= sale[at] && sale[at] <= '9') {
		at++
	}
	for _, name := range [][]byte{reference, note} {
		if !bytes.HasPrefix(sale[at:], name) {
			continue
		}
		at += len(name)
		for at < len(sale) && sale[at] != '"' {
			if sale[at] == '\\' {
				at++
			}
			at++
		}
		at++
	}
	return sale[:min(at, len(sale))]
}

var (
	amountPaise = []byte(`,"amount_paise":`)
	reference   = []byte(`,"reference":"`)
	note        = []byte(`,"note":"`)
)

// createdAt begins the moment in which a sale was opened. Nothing behind it in the JSON has the same name.
var createdAt = []byte(`"created_at":"`)

// needle is a text that is looked for in JSON, capitals or not: the longest part of it that stands there as it is.
type needle struct {
	text string  // lower case
	at   int     // of its rarest byte
	rare [2]byte // that byte in both cases
}

// newNeedle takes a lower-case text.
func newNeedle(text string) (n needle) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return !plain(r) }) {
		if len(part) > len(n.text) {
			n.text = part
		}
	}
	for i := range len(n.text) {
		if often(n.text[i]) < often(n.text[n.at]) {
			n.at = i
		}
	}
	if n.text != "" {
		c := n.text[n.at]
		n.rare = [2]byte{c, c}
		if 'a' <= c && c <= 'z' {
			n.rare[1] = c - 'a' + 'A'
		}
	}
	return n
}

// plain reports whether a letter stands in JSON as it is, and only so, but for the capitals of ASCII.
func plain(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return r >= ' ' && !strings.ContainsRune(`"\<>&`, r)
	case r == utf8.RuneError, r == '\u2028', r == '\u2029':
		return false
	}
	return unicode.SimpleFold(r) == r // Hindi has no capitals
}

// often tells how often a byte stands in a sale's JSON, beside others.
func often(c byte) int { return len(oftenBytes) - 1 - strings.IndexByte(oftenBytes, c) }

// oftenBytes are the commonest first; a byte that isn't here is taken for the rarest.
const oftenBytes = `"0ae1t:2r,3_inod6pys4m5c7u9-8lhgzk.T{}@SRfb[]w`

// The two letters outside ASCII that are small letters of it when they are folded.
var odd = [][]byte{[]byte("\u212a"), []byte("\u0130")}

// in reports whether the needle may be in a text.
func (n needle) in(text []byte) bool {
	for i, c := range n.rare {
		if i == 1 && c == n.rare[0] {
			break
		}
		for at := 0; ; at++ {
			next := bytes.IndexByte(text[at:], c)
			if next < 0 {
				break
			}
			at += next
			if n.begins(text, at-n.at) {
				return true
			}
		}
	}
	return n.text == "" || bytes.Contains(text, odd[0]) || bytes.Contains(text, odd[1])
}

// begins reports whether the needle is at a place.
func (n needle) begins(text []byte, at int) bool {
	if at < 0 || len(text)-at < len(n.text) {
		return false
	}
	for i := range len(n.text) {
		c := text[at+i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != n.text[i] {
			return false
		}
	}
	return true
}
