package owner

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Bounds.
const (
	Silence = 3 * time.Minute // a box says something each minute
	Fresh   = 3 * time.Second // how long a reading of all counters is used

	MaxPage = 100 // rows of a page
	MaxSpan = 400 // days of a file or a list
)

// Owner answers what an owner asks.
type Owner struct {
	store Store
	wall  func() time.Time
	cut   time.Duration

	mu     sync.Mutex
	read   time.Time // when stands were
	of     [3]string
	stands []Stand
}

// New makes one. cut is how long after midnight a business day of the chain's boxes begins, a whole number of hours;
// wall nil means time.Now.
func New(store Store, cut time.Duration, wall func() time.Time) *Owner {
	if wall == nil {
		wall = time.Now
	}
	return &Owner{store: store, wall: wall, cut: cut}
}

// ErrAsked says that a question can't be answered as it was put.
var ErrAsked = errors.New("the question can't be answered")

// Asked is such a question: Code is a sentence of the pages.
type Asked struct {
	Code string
	Says string
	Next string
}

func (a *Asked) Error() string { return a.Says }
func (a *Asked) Unwrap() error { return ErrAsked }

// cursor is a mark as it travels.
func (m Mark) cursor() string {
	raw, err := json.Marshal([2]string{m.At.UTC().Format(time.RFC3339Nano), m.Key})
	if err != nil {
		panic(err) // of two texts
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// ReadMark reads where a page ended; empty is the newest row.
func ReadMark(text string) (m Mark, err error) {
	if text == "" {
		return m, nil
	}
	bad := &Asked{
		"owner_cursor",
		fmt.Sprintf("the place %.40q in a list is none of ours", text),
		"Begin with the newest.",
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) > 1000 {
		return m, bad
	}
	var parts [2]string
	if json.Unmarshal(raw, &parts) != nil {
		return m, bad
	}
	at, err := time.Parse(time.RFC3339Nano, parts[0])
	if err != nil || at.Year() < 1 || at.Year() > 9999 {
		return m, bad
	}
	return Mark{at, parts[1]}, nil
}

// paged cuts rows, of which one more than limit was asked for, to a page; next is empty at the end.
func paged[T any](rows []T, limit int, mark func(T) Mark) (page []T, next string) {
	if len(rows) <= limit {
		return rows, ""
	}
	return rows[:limit], mark(rows[limit-1]).cursor()
}

func page(limit int) int {
	if limit < 1 || limit > MaxPage {
		return 25
	}
	return limit
}

// Of is a span that was asked for. Empty days are today.
func (o *Owner) Of(from, to, terminal string) (s Span, err error) {
	today := o.moment().days[0]
	s = Span{from, to, terminal}
	if s.To == "" {
		s.To = today
	}
	if s.From == "" {
		s.From = s.To
	}
	first, err1 := time.Parse(time.DateOnly, s.From)
	last, err2 := time.Parse(time.DateOnly, s.To)
	switch {
	case err1 != nil || err2 != nil:
		return s, &Asked{
			"owner_date",
			fmt.Sprintf("%.20q to %.20q are no dates", from, to),
			"Write them like 2026-11-22.",
		}
	case first.After(last):
		return s, &Asked{"owner_backwards", fmt.Sprintf("%s is after %s", s.From, s.To), "Begin with the earlier day."}
	case last.Sub(first) >= MaxSpan*24*time.Hour:
		return s, &Asked{"owner_long", fmt.Sprintf("%s to %s are more than %d days", s.From, s.To, MaxSpan),
			"Ask for a year at a time."}
	}
	return s, nil
}
