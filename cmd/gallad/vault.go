package main

import "galla/state/boltstore"

// vault is the sales file's corner for the counter's own things, as the counter needs it.
type vault struct{ boltstore.Vault }

// Get reads a value; found is false if there is none.
func (v vault) Get(key string) (value []byte, found bool, err error) {
	value, err = v.Vault.Get(key)
	return value, value != nil, err
}
