package main

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// demoPrograms are what "galla demo --serve" runs: all static, none draws a window.
var demoPrograms = []string{"galla", "gallad", "galla-sim"}

// demo writes the programs of the demo for m, their licences and the container's recipe into one file in dir that needs
// nothing but a kernel, and returns its path and size in bytes. The same commit gives the same bytes.
func (r *release) demo(m machine, dir string) (string, int64, error) {
	s := &staged{release: r, machine: m, dir: filepath.Join(dir, "stage", m.deb)}
	if err := os.RemoveAll(s.dir); err != nil {
		return "", 0, err
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return "", 0, err
	}
	for _, program := range demoPrograms {
		if err := s.build(program); err != nil {
			return "", 0, err
		}
	}
	linked, err := s.modules(demoPrograms)
	if err != nil {
		return "", 0, err
	}

	terms, err := copyrightOf(linked)
	if err != nil {
		return "", 0, err
	}
	if err := s.write("copyright", terms); err != nil {
		return "", 0, err
	}

	path := filepath.Join(dir, fmt.Sprintf("galla-demo_%s_%s.tar.gz", s.version, s.deb))
	f, err := os.Create(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	if err := s.demoFiles(f); err != nil {
		return "", 0, fmt.Errorf("%s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return "", 0, err
	}
	stat, err := os.Stat(path)
	if err != nil {
		return "", 0, err
	}

	return path, stat.Size(), nil
}

// demoFiles writes what the tarball holds.
func (s *staged) demoFiles(to io.Writer) error {
	z, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	add := func(name, source string, mode int64) error {
		raw, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		h := &tar.Header{
			Name:    "galla-demo/" + name,
			Mode:    mode,
			Size:    int64(len(raw)),
			ModTime: s.at,
			Format:  tar.FormatUSTAR,
		}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		_, err = t.Write(raw)
		return err
	}

	for _, program := range demoPrograms {
		if err := add(program, filepath.Join(s.dir, program), 0o755); err != nil {
			return err
		}
	}
	for _, text := range []struct{ name, source string }{
		{"README.md", filepath.Join(s.root, "packaging/demo/README.md")},
		{"Containerfile", filepath.Join(s.root, "packaging/demo/Containerfile")},
		{"LICENSE", filepath.Join(s.root, "LICENSE")},
		{"copyright", filepath.Join(s.dir, "copyright")},
	} {
		if err := add(text.name, text.source, 0o644); err != nil {
			return err
		}
	}

	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}
