package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
)

// mark is a file of two slots that hold the highest committed sequence number, written in turn so that a cut while one
// is written leaves the other. It is not flushed at every commit: it only has to be a lower bound that is not far
// behind, and a database that opens far emptier than it was must not go unnoticed (reliability.md, finding 3).
type mark struct {
	f     *os.File
	seq   uint64
	turn  int64
	dirty int
}

const (
	slot      = 12 // sequence number and CRC-32
	syncEvery = 64 // commits
)

func openMark(path string) (*mark, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sequence mark: %w; its folder must be on a disk that can be written, and belong to "+
			"the user gallad runs as", err)
	}
	var b [2 * slot]byte
	// a new file, or one cut while it was new: take its room now, before a disk fills up
	if n, _ := f.ReadAt(b[:], 0); n < len(b) {
		f.WriteAt(b[n:], int64(n))
	}
	seq, turn := parseMark(b[:])
	return &mark{f: f, seq: seq, turn: turn}, nil
}

// parseMark finds the higher of the slots that prove themselves, and which slot to write next.
func parseMark(b []byte) (seq uint64, turn int64) {
	for i := range int64(2) {
		if len(b) < int(i+1)*slot {
			break
		}
		at := b[i*slot : (i+1)*slot]
		if n := binary.BigEndian.Uint64(at); n > seq && crc32.ChecksumIEEE(at[:8]) == binary.BigEndian.Uint32(at[8:]) {
			seq, turn = n, 1-i
		}
	}
	return seq, turn
}

// MarkOf reads a mark without changing it; 0 if there is none.
func MarkOf(path string) uint64 {
	b, _ := os.ReadFile(path)
	seq, _ := parseMark(b)
	return seq
}

// set records that seq is on disk. A failed write weakens a later check and nothing else, so it is not an error.
func (m *mark) set(seq uint64) {
	if seq <= m.seq {
		return
	}
	b := binary.BigEndian.AppendUint64(make([]byte, 0, slot), seq)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	if _, err := m.f.WriteAt(b, m.turn*slot); err != nil {
		return
	}
	m.seq, m.turn = seq, 1-m.turn
	if m.dirty++; m.dirty >= syncEvery {
		m.dirty = 0
		m.f.Sync()
	}
}

// reset makes the mark say seq, whatever it said. If we die in it, it says what it said, or seq, or nothing.
func (m *mark) reset(seq uint64) error {
	if err := errors.Join(m.f.Truncate(0), m.f.Sync()); err != nil {
		return fmt.Errorf("sequence mark: %w", err)
	}
	m.seq, m.turn = 0, 0
	m.set(seq)
	if err := m.f.Sync(); err != nil || m.seq != seq {
		return errors.Join(fmt.Errorf("sequence mark %s could not be set to %d: remove it", m.f.Name(), seq), err)
	}
	return nil
}

func (m *mark) close() error {
	m.f.Sync()
	return m.f.Close()
}
