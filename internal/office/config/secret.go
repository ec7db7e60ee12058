package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const maxSecret = 4 << 10

// Secret reads a secret: the systemd credential of this name (LoadCredential= puts it under $CREDENTIALS_DIRECTORY), or
// else the file in folder, which nobody but its owner may read. No error quotes it.
func Secret(name, folder string) ([]byte, error) {
	for _, d := range []struct {
		path  string
		given bool // by systemd, whose business its permissions are
	}{{os.Getenv("CREDENTIALS_DIRECTORY"), true}, {folder, false}} {
		if d.path == "" {
			continue
		}
		path := filepath.Join(d.path, name)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, fmt.Errorf("the secret %s: %w", name, err)
		case !d.given && info.Mode().Perm()&0o077 != 0:
			return nil, fmt.Errorf(
				"%s can be read by others (mode %04o): run chmod 600 on it, and change the secret if "+
					"anyone else uses this machine",
				path,
				info.Mode().Perm(),
			)
		case info.Size() > maxSecret:
			return nil, fmt.Errorf("%s is larger than %d bytes: it is no secret", path, maxSecret)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("the secret %s: %w", name, err)
		}
		if raw = bytes.TrimSpace(raw); len(raw) > 0 {
			return raw, nil
		}
	}
	return nil, fmt.Errorf(
		"the secret %s is missing: write it to /etc/credstore/%s, readable by root only, or name its "+
			"folder with --secrets",
		name,
		name,
	)
}
