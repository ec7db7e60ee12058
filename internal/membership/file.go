package membership

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"galla/internal/segment"
)

// Keys holds private keys apart from the sales file. Put and Delete have reached the disk when they return nil;
// deleting a missing one is no error.
type Keys interface {
	Get(name string) (value []byte, found bool, err error)
	Put(name string, value []byte) error
	Delete(name string) error
}

// fileName is the join file's among the keys.
const fileName = "office/join"

// file is the join file.
type file struct {
	Version     int       `json:"version"` // 1
	Address     string    `json:"address"`
	Fingerprint string    `json:"fingerprint,omitempty"`
	Seed        []byte    `json:"seed"` // of the Ed25519 key
	Office      string    `json:"office"`
	Shop        string    `json:"shop"`
	Counter     string    `json:"counter"`
	At          time.Time `json:"at"`
	By          string    `json:"by"`
}

func (f *file) key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(f.Seed) }

func (f *file) terminal() string { return segment.TerminalID(f.key().Public().(ed25519.PublicKey)) }

// read reads the join file; nil: there is none.
func read(keys Keys) (*file, error) {
	raw, found, err := keys.Get(fileName)
	if err != nil || !found {
		return nil, err
	}
	f := &file{}
	if err := json.Unmarshal(raw, f); err != nil {
		return nil, errors.New("it is no JSON of a join") // the error itself may quote the key
	}
	if f.Version != 1 || len(f.Seed) != ed25519.SeedSize || f.Address == "" {
		return nil, fmt.Errorf("it is of version %d, or not whole", f.Version)
	}
	return f, nil
}

// write writes the join file. If we die in it, the file that was is there, or the new one, whole.
func (f *file) write(keys Keys) error {
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return keys.Put(fileName, append(raw, '\n'))
}
