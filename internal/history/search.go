package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"galla/internal/day"
	"galla/internal/money"
	"galla/state"
)

// Till is what the history is read from. Sales of a Query come as the store lists them; a sale that isn't there is
// state.ErrNoSale.
type Till interface {
	Sale(ctx context.Context, id string) (state.Sale, error)
	Sales(ctx context.Context, q state.Query) ([]state.Sale, error)
	// Find lists the sales that have a value, newest first, over the whole history; before is a sale id to page back
	// from.
	Find(ctx context.Context, f state.Field, value, before string, limit int) ([]state.Sale, error)
	// Days lists the business days that have sales, newest first; an empty end is open.
	Days(ctx context.Context, from, to string) ([]string, error)
}

// History is all sales there ever were. All fields must be set.
type History struct {
	Till Till
	Now  func() time.Time // the wall clock
	Cut  time.Duration    // how long after midnight IST the business day begins
}

// Search is what a person looks for in the history. What is left out filters nothing; what is given must all fit.
type Search struct {
	Text      string      // anywhere, capitals or not: see fits
	Amount    money.Paise // Text as an amount
	Number    int         // Text as a sale's number
	Exact     money.Paise // of the sale or one of its payments
	RRN       string      // part of one
	Reference string      // all of it: byte for byte where it is all that is looked for, else capitals or not
	From, To  string      // business days
	Since     int64       // opened at or after; unix seconds, as until
	Until     int64       // opened at or before
	Phase     state.Phase
	Reason    state.CloseReason
}

// Empty reports whether nothing is looked for.
func (q Search) Empty() bool { return q == Search{} }

// Found is a page of what was found.
type Found struct {
	Sales []state.Sale // newest first; those an index found come before those that were found by reading
	Next  string       // the cursor to go on with; "": everything was looked at
	// Looked is how many sales were read and compared for this page, and Back the business day of the last of them: no
	// index answers for a part of a text. 0 and "": an index answered for the whole history.
	Looked int
	Back   string
}

// CursorError says that a cursor is none of ours.
type CursorError struct{ Cursor string }

func (e *CursorError) Error() string {
	return fmt.Sprintf("the cursor %.60q can't be read: give the one that the page before named, or a sale's id",
		e.Cursor)
}

const (
	pageSize = 1000 // sales read at a time
	// lookMost and lookLong end a page that reads sales one by one: some two seconds on a Pi.
	lookMost = 10_000
	lookLong = 2 * time.Second
)

// key is a value that an index answers for.
type key struct {
	field state.Field
	value string
}

// fieldID is a sale's own id, which needs no index.
const fieldID state.Field = "id"

// keys are what the indexes can be asked for. only says that they answer for the whole search, so that no sale needs to
// be read that they don't name.
func (q Search) keys(now time.Time, cut time.Duration) (keys []key, only bool) {
	paise := func(p money.Paise) string { return strconv.FormatInt(int64(p), 10) }
	switch {
	case len(q.RRN) == 12:
		return []key{{state.FieldRRN, q.RRN}}, true
	case q.Exact != 0:
		return []key{{state.FieldAmount, paise(q.Exact)}}, true
	case q == Search{Reference: q.Reference}: // billing software asks for its own
		return []key{{state.FieldReference, q.Reference}}, true
	case q.Reference != "":
		return spellings(q.Reference), false
	case q.Text == "":
		return nil, false
	}

	today := day.Business(now, cut)
	if list := named(q.Text, today); list != nil {
		return append(spellings(q.Text), list...), true // a bill may be called so too
	}
	if len(q.Text) == 12 && strings.Trim(q.Text, "0123456789") == "" {
		// A bill number may have twelve digits too.
		return append(spellings(q.Text), key{state.FieldRRN, q.Text}), true
	}
	if q.Amount != 0 {
		keys = append(keys, key{state.FieldAmount, paise(q.Amount)})
		only = strings.ContainsAny(q.Text, ".₹")
	}
	if q.Number != 0 {
		if q.From != "" && q.From == q.To {
			today = q.From
		}
		keys = append(keys, key{state.FieldNumber, state.NumberOf(today, q.Number)})
	}

	if only {
		return append(keys, spellings(q.Text)...), true // a bill may be called 17.50
	}
	keys = append(
		keys,
		key{state.FieldPayment, q.Text},
		key{state.FieldAttempt, q.Text},
		key{fieldID, strings.ToUpper(q.Text)},
	)

	return append(keys, spellings(q.Text)...), false
}

// spellings are the ways in which a reference that is typed may be written.
func spellings(text string) (keys []key) {
	for _, t := range []string{text, strings.ToUpper(text), strings.ToLower(text)} {
		if k := (key{state.FieldReference, t}); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// named are the sales that a name may mean, "1129-2". nil: it is none, or a bare number.
func named(text, today string) (keys []key) {
	name, ok := day.ParseName(text)
	if !ok || name.Day == "" {
		return nil
	}
	for _, d := range name.Days(today) {
		keys = append(keys, key{state.FieldNumber, state.NumberOf(d, name.Number)})
	}
	return keys
}

// has reports whether a sale has the value.
func (k key) has(s *state.Sale) bool {
	switch k.field {
	case fieldID:
		return s.ID == k.value
	case state.FieldNumber:
		return state.NumberOf(s.Day, s.Number) == k.value
	case state.FieldAmount:
		return slices.Contains(amounts(s), k.value)
	case state.FieldReference:
		return s.Reference == k.value
	case state.FieldRRN:
		return slices.Contains(rrns(s), k.value)
	case state.FieldPayment:
		return slices.ContainsFunc(s.Payments, func(p state.Payment) bool { return p.ID == k.value })
	case state.FieldAttempt:
		return s.Attempt(k.value) != nil
	}
	return false
}

func amounts(s *state.Sale) []string {
	list := []string{strconv.FormatInt(int64(s.Amount), 10)}
	for _, p := range s.Payments {
		list = append(list, strconv.FormatInt(int64(p.Amount), 10))
	}
	return list
}

func rrns(s *state.Sale) (list []string) {
	for _, p := range s.Payments {
		list = append(list, p.RRN)
	}
	for _, r := range s.Refunds {
		list = append(list, r.RRN)
	}
	return list
}

// fits reports whether a sale is what is looked for. Free text is what a key names, its number, or part of an RRN (four
// digits or more), of the bill number or the note, or the beginning of its id (six characters or more).
func (q Search) fits(s *state.Sale, keys []key) bool {
	at, reason := s.OpenedAt.Unix(), state.CloseReason("")
	if s.Phase == state.PhaseClosed {
		reason = s.CloseReason()
	}
	part := func(all []string, text string) bool {
		return slices.ContainsFunc(all, func(v string) bool { return strings.Contains(v, text) })
	}
	switch {
	case q.From != "" && s.Day < q.From,
		q.To != "" && s.Day > q.To,
		q.Since != 0 && at < q.Since,
		q.Until != 0 && at > q.Until,
		q.Phase != "" && s.Phase != q.Phase,
		q.Reason != "" && reason != q.Reason,
		q.Exact != 0 && !slices.Contains(amounts(s), strconv.FormatInt(int64(q.Exact), 10)),
		q.RRN != "" && !part(rrns(s), q.RRN),
		q.Reference != "" && fold(s.Reference) != fold(q.Reference):
		return false
	case q.Text == "", q.Number != 0 && s.Number == q.Number:
		return true
	case q.Reference == "" && slices.ContainsFunc(keys, func(k key) bool { return k.has(s) }):
		return true
	case q.Amount != 0 && slices.Contains(amounts(s), strconv.FormatInt(int64(q.Amount), 10)):
		return true
	}
	text := fold(q.Text)
	return strings.Contains(fold(s.Reference), text) || strings.Contains(fold(s.Note), text) ||
		partOfRRN(text) && part(rrns(s), text) || len(text) >= 6 && strings.HasPrefix(fold(s.ID), text)
}

// partOfRRN reports whether a text is looked for in RRNs too.
func partOfRRN(text string) bool { return len(text) >= 4 && strings.Trim(text, "0123456789") == "" }

// fold makes texts that people take for the same the same.
func fold(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// place is where a search stands: the last sale that was looked at, and whether it reads sales one by one by now.
type place struct {
	reading bool
	id      string // "": before the newest
	day     string // of that sale; the cursor does without it
}

// String is the cursor. One of an index is the id of a sale, as the lists have it.
func (p place) String() string {
	if p.reading {
		return "read." + p.id
	}
	return p.id
}

// place reads a cursor; "" is the begin. One that names no sale is refused: the newest page would come again, for ever.
func (h *History) place(ctx context.Context, cursor string) (p place, err error) {
	if p.id, p.reading = strings.CutPrefix(cursor, "read."); p.id == "" {
		return p, nil
	}
	s, err := h.Till.Sale(ctx, p.id)
	if errors.Is(err, state.ErrNoSale) {
		return p, &CursorError{cursor}
	}
	p.day = s.Day
	return p, err
}

// Find returns a page of the sales that are looked for, limit at most, behind cursor ("": from the begin on). A number,
// an amount, an RRN, a reference, a payment's or a sale's id is found over the whole history at once. Everything else
// is found by reading, newest first: Found says how far that went. A cursor that can't be read is a *CursorError.
func (h *History) Find(ctx context.Context, q Search, cursor string, limit int) (Found, error) {
	at, err := h.place(ctx, cursor)
	if err != nil {
		return Found{}, err
	}
	keys, only := q.keys(h.Now(), h.Cut)

	f := Found{}
	if len(keys) > 0 && !at.reading {
		done, err := h.findByKeys(ctx, q, keys, at.id, limit, &f)
		if err != nil || !done || only {
			return f, err
		}
		at = place{}
	}
	if len(f.Sales) == limit { // by the indexes, to the last one
		f.Next = place{reading: true}.String()
		return f, nil
	}
	at.reading = true
	return f, h.findByReading(ctx, q, keys, at, limit, &f)
}

// findByKeys asks the indexes. It is not done when the page is full before they are.
func (h *History) findByKeys(
	ctx context.Context,
	q Search,
	keys []key,
	before string,
	limit int,
	f *Found,
) (done bool, err error) {
	for read := 0; read < lookMost; {
		var page []state.Sale
		from := "" // above it, no index has a sale that was not read
		full := false
		for _, k := range keys {
			some, err := h.ask(ctx, k, before, limit+1)
			if err != nil {
				return false, err
			}
			if len(some) > limit {
				full, from = true, max(from, some[limit].ID)
			}
			page = append(page, some...)
		}
		slices.SortFunc(page, func(x, y state.Sale) int { return strings.Compare(y.ID, x.ID) })
		page = slices.CompactFunc(page, func(x, y state.Sale) bool { return x.ID == y.ID })

		for i := range page {
			if page[i].ID < from {
				break
			}
			before = page[i].ID
			if read++; q.fits(&page[i], keys) {
				f.Sales = append(f.Sales, page[i])
			}
			if len(f.Sales) == limit && (full || i < len(page)-1) {
				f.Next = place{id: before}.String()
				return false, nil
			}
		}
		if !full {
			return true, nil
		}
	}

	f.Next = place{id: before}.String()
	return false, nil
}

// ask asks one index, or for the sale itself.
func (h *History) ask(ctx context.Context, k key, before string, limit int) ([]state.Sale, error) {
	if k.field != fieldID {
		return h.Till.Find(ctx, k.field, k.value, before, limit)
	}
	if before != "" && k.value >= before {
		return nil, nil
	}
	s, err := h.Till.Sale(ctx, k.value)
	if errors.Is(err, state.ErrNoSale) {
		return nil, nil
	}
	return []state.Sale{s}, err
}

// findByReading reads sales, newest first, until the page is full or enough were read. What an index found is passed
// over.
func (h *History) findByReading(ctx context.Context, q Search, keys []key, at place, limit int, f *Found) error {
	begin := time.Now()
	known := func(s *state.Sale) bool { return slices.ContainsFunc(keys, func(k key) bool { return k.has(s) }) }
	last := ""
	enough := func() int { return limit - len(f.Sales) }
	err := h.walk(ctx, q, at, enough, func(p page) bool {
		for i := range p.sales {
			s := &p.sales[i]
			if q.fits(s, keys) && !known(s) {
				f.Sales = append(f.Sales, *s)
			}
			if len(f.Sales) == limit && (p.more || p.upTo[i] < p.looked) {
				f.Looked += p.upTo[i]
				f.Back, last = s.Day, ""
				f.Next = place{reading: true, id: s.ID}.String()
				return false
			}
		}
		if p.looked == 0 {
			return true
		}
		f.Looked += p.looked
		f.Back, last = p.day, string(p.last)
		if p.more && (f.Looked >= lookMost || time.Since(begin) > lookLong) {
			f.Next = place{reading: true, id: last}.String()
			return false
		}
		return true
	})
	if err != nil || last == "" || f.Back != "" {
		return err
	}
	s, err := h.Till.Sale(ctx, last)
	if errors.Is(err, state.ErrNoSale) { // pruned since
		return nil
	}
	f.Back = s.Day
	return err
}

// days are the business days that a search can find sales of; "" is an open end.
func (q Search) days(cut time.Duration) (from, to string) {
	from, to = q.From, q.To
	if q.Since != 0 {
		from = max(from, day.Business(time.Unix(q.Since, 0), cut))
	}
	if q.Until != 0 {
		if until := day.Business(time.Unix(q.Until, 0), cut); to == "" || until < to {
			to = until
		}
	}
	return from, to
}

// page is what was read at once.
type page struct {
	day    string       // of all its sales; "" where it was not asked for
	sales  []state.Sale // those that may be looked for
	upTo   []int        // how many sales were looked at up to each of them
	looked int
	last   []byte // the id of the last one that was looked at
	whole  bool   // the day ends with it
	more   bool   // there are others behind it
}

// walk reads sales page by page until show wants no more. Days are walked by their index, newest first, and a day's
// sales newest first; with both ends open, all sales are, in the order of their opening. A page ends with the sale that
// makes enough.
func (h *History) walk(ctx context.Context, q Search, at place, enough func() int, show func(page) bool) error {
	days := []string{""}
	if from, to := q.days(h.Cut); from != "" || to != "" {
		var err error
		if days, err = h.Till.Days(ctx, from, to); err != nil {
			return err
		}
		if at.day != "" {
			days = slices.DeleteFunc(days, func(d string) bool { return d > at.day })
		}
	}
	v := q.sieve()
	for i, d := range days {
		before := ""
		if d == "" || d == at.day {
			before = at.id
		}
		for {
			p, err := h.look(ctx, v, d, before, enough())
			if err != nil {
				return err
			}
			p.more = !p.whole || i < len(days)-1
			if !show(p) {
				return nil
			}
			if p.whole {
				break
			}
			before = string(p.last)
		}
	}
	return nil
}

// look reads a page of the sales before one.
func (h *History) look(ctx context.Context, v sieve, d, before string, enough int) (p page, err error) {
	p.day, p.whole = d, true
	p.sales, err = h.Till.Sales(ctx, state.Query{
		Day:    d,
		Before: before,
		Limit:  pageSize,
		May: func(id, sale []byte) bool {
			if len(p.upTo) == enough {
				p.whole = false // the next page begins with it
				return false
			}
			p.looked++
			p.last = append(p.last[:0], id...)
			if !v.may(sale) {
				return false
			}
			p.upTo = append(p.upTo, p.looked)
			return true
		},
	})
	p.whole = p.whole && p.looked < pageSize
	return p, err
}
