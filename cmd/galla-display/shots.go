package main

import (
	"fmt"
	"image"
	"image/png"
	"log/slog"
	"os"
	"path/filepath"

	"galla/display"
)

// shots saves what was really on the screen, for demonstrations and support.
type shots struct {
	dir string
	log *slog.Logger
	n   int
}

func newShots(dir string, log *slog.Logger) (*shots, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("-shots: %w", err)
	}
	return &shots{dir: dir, log: log}, nil
}

// save writes frame as NNN-screen.png. The file appears whole or not at all.
func (s *shots) save(v display.View, frame *image.RGBA) {
	s.n++
	path := filepath.Join(s.dir, fmt.Sprintf("%03d-%s.png", s.n, v.Screen))
	if err := writePNG(path, frame); err != nil {
		s.log.Error("a picture of the screen could not be saved", "err", err)
	}
}

func writePNG(path string, img image.Image) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".shot-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(f, img); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
