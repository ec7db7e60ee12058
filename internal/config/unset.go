package config

import (
	"bytes"
	"errors"
	"io/fs"
	"os"

	"github.com/pelletier/go-toml/v2"
)

// Unset says that nobody has set this till up: the file isn't there, or is as it was shipped, without a shop and a gateway.
// A file with a mistake in it is not unset.
func Unset(path string) bool {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if err != nil || info.Size() > maxConfig {
		return false
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var c Config
	err = toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields().Decode(&c)
	return err == nil && c.Shop.Name == "" && len(c.Gateways) == 0
}
