package main

import "galla/state/boltstore"

// settings is the sales file's corner for the counter's own things, as the counter needs it.
type settings struct{ boltstore.Settings }

// Get reads a value; found is false if there is none.
func (v settings) Get(key string) (value []byte, found bool, err error) {
	value, err = v.Settings.Get(key)
	return value, value != nil, err
}
