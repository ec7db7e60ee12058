package config

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"

	"github.com/pelletier/go-toml/v2"
)

// Unset says that nobody has set this till up: the file isn't there, or is as it was shipped, without a shop and a
// gateway. A file with a mistake in it is not unset.
func Unset(path string) bool {
	c, err := asItStands(path)
	return errors.Is(err, fs.ErrNotExist) || err == nil && c.Shop.Name == "" && len(c.Gateways) == 0
}

// Addresses are where a till that nobody has set up can be reached: its socket, and its address on the network if the
// file has one.
func Addresses(path string) (socket, network string) {
	c, err := asItStands(path)
	if err != nil {
		c = &Config{}
	}
	return cmp.Or(c.Listen.Socket, defaultSocket), c.Listen.Network
}

// Database is the sales file of a till that may not be set up.
func Database(path string) string {
	c, err := asItStands(path)
	if err != nil {
		c = &Config{}
	}
	return cmp.Or(c.Till.Database, defaultDatabase)
}

// asItStands reads a file without its defaults and without asking for what is missing.
func asItStands(path string) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var c Config
	return &c, toml.NewDecoder(io.LimitReader(f, maxConfig)).DisallowUnknownFields().Decode(&c)
}
