package main

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"galla/internal/office/config"
)

// certificate shows the files' certificate, and follows them: who renews it restarts nobody.
type certificate struct {
	files config.TLS

	mu     sync.Mutex
	is     *tls.Certificate
	stamps [2]time.Time // of the files that is was read from
}

// load reads the pair if it is newer than what is shown.
func (c *certificate) load() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var stamps [2]time.Time
	for i, path := range []string{c.files.Certificate, c.files.Key} {
		info, err := os.Stat(path)
		if err != nil {
			return c.old(err)
		}
		stamps[i] = info.ModTime()
	}
	if c.is != nil && stamps == c.stamps {
		return c.is, nil
	}
	pair, err := tls.LoadX509KeyPair(c.files.Certificate, c.files.Key)
	if err != nil {
		return c.old(err)
	}
	c.is, c.stamps = &pair, stamps
	return c.is, nil
}

// old is what was shown before, while the files are being changed.
func (c *certificate) old(err error) (*tls.Certificate, error) {
	if c.is != nil {
		return c.is, nil
	}
	return nil, fmt.Errorf("%w: the certificate: %w", errConfig, err)
}

// fingerprint is the SHA-256 of the certificate that is shown, by which boxes know it.
func fingerprint(files config.TLS) (sum [sha256.Size]byte, err error) {
	c := certificate{files: files}
	pair, err := c.load()
	if err != nil {
		return sum, err
	}
	return sha256.Sum256(pair.Certificate[0]), nil
}
