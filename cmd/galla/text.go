package main

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"galla/cmd/galla/textview"
	"galla/internal/counter/wire"
	"galla/internal/money"
)

// printJSON prints one value on one line.
func (s *session) printJSON(v any) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// show prints a value as JSON, or as text.
func show[T any](s *session, json bool, v T, text func(T)) error {
	if json {
		return s.printJSON(v)
	}
	text(v)
	return nil
}

// table prints a list as JSON, a value a line, or as a table: line gives a row's cells, parted by tabs.
func table[T any](s *session, json bool, all []T, none, head string, line func(T) string) error {
	if json {
		for _, v := range all {
			if err := s.printJSON(v); err != nil {
				return err
			}
		}
		return nil
	}
	if len(all) == 0 {
		fmt.Fprintln(s.out, none)
		return nil
	}

	t := s.columns()
	if head != "" {
		fmt.Fprintln(t, head)
	}
	for _, v := range all {
		fmt.Fprintln(t, line(v))
	}
	return t.Flush()
}

// columns lines up what is parted by tabs.
func (s *session) columns() *tabwriter.Writer { return textview.Columns(s.out) }

// rupees reads an amount as a person types it.
func rupees(text string) (wire.Amount, error) {
	p, err := money.Parse(text)
	if err != nil {
		return 0, &usageError{why: err.Error()}
	}
	return wire.Amount(p), nil
}
