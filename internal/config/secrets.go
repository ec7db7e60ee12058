package config

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Secrets are the keys of one gateway account. They come from the systemd credential "gateway-NAME"
// (LoadCredential= puts it under $CREDENTIALS_DIRECTORY), or else from the file gateway-NAME in --secrets, which nobody
// but its owner may read. They are never in gallad.toml, and never in a log.
type Secrets struct {
	AccessKey string `toml:"access_key"` // EnKash
	SecretKey string `toml:"secret_key"`
	APIKey    string `toml:"api_key"`    // EnKash, only if they gave one
	KeyID     string `toml:"key_id"`     // Razorpay
	KeySecret string `toml:"key_secret"` // Razorpay
	// WebhookSecrets are what was entered in Razorpay's dashboard for the webhook, newest first; needed with webhooks =
	// true.
	WebhookSecrets []string `toml:"webhook_secrets"`
}

// String keeps a Secrets out of any log line it is printed into by mistake.
func (Secrets) String() string { return "(secret)" }

// GoString does the same for %#v.
func (Secrets) GoString() string { return "(secret)" }

// ReadSecrets reads the keys of a gateway. dir is the folder for machines without systemd's credentials; may be empty.
func ReadSecrets(name, dir string) (s Secrets, path string, err error) {
	raw, path, err := Credential("gateway-"+name, dir)
	if err != nil {
		return s, path, fmt.Errorf("gateway %q: %w", name, err)
	}
	s, err = ParseSecrets(name, path, raw)
	return s, path, err
}

// ParseSecrets reads the keys of a gateway out of their file's text; path is for its error, which quotes nothing.
func ParseSecrets(name, path string, raw []byte) (s Secrets, err error) {
	if err := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields().Decode(&s); err != nil {
		// The decoder's message quotes the line, and the line is a secret.
		return s, fmt.Errorf("gateway %q: %s is not of the form key = \"value\" with the keys access_key, "+
			"secret_key, api_key (EnKash) or key_id, key_secret, webhook_secrets (Razorpay)", name, path)
	}
	return s, nil
}

// Credential reads one secret file, at most 64 KiB.
func Credential(file, dir string) (raw []byte, path string, err error) {
	for _, d := range []struct {
		dir     string
		systemd bool // permissions are systemd's business
	}{{os.Getenv("CREDENTIALS_DIRECTORY"), true}, {dir, false}} {
		if d.dir == "" {
			continue
		}
		path = filepath.Join(d.dir, file)
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return nil, path, fmt.Errorf("its keys can't be read: %w", err)
		case !d.systemd && info.Mode().Perm()&0o077 != 0:
			return nil, path, fmt.Errorf("%s can be read by others (mode %04o): run chmod 600 on it, and change the "+
				"keys if anyone else uses this machine", path, info.Mode().Perm())
		case info.Size() > 64<<10:
			return nil, path, fmt.Errorf("%s is larger than 64 KiB: it is not a file of keys", path)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, path, fmt.Errorf("its keys can't be read: %w", err)
		}
		return raw, path, nil
	}
	if path == "" {
		path = "/etc/credstore/" + file
	}
	missing := "its keys are missing: write them"
	if strings.HasPrefix(file, "hook-") {
		missing = "its secret is missing: write it"
	}
	return nil, path, fmt.Errorf("%s to %s, readable by root only, and load that file with LoadCredential=; without "+
		"systemd, name its folder with --secrets", missing, path)
}
