package main

import (
	"galla/internal/counter/wire"
	"galla/internal/day"
)

// sale reads the sale that a person names: by its name, by a bare number, which means today's, or by its id. Everything
// that is done to it afterwards goes by its id.
func (s *session) sale(name string) (wire.Sale, error) {
	if _, ok := day.ParseName(name); ok {
		return s.till.Named(s, name)
	}
	return s.till.Sale(s, name)
}
