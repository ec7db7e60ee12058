package boxfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"galla/internal/segment"
	"galla/state/boltstore"
	"galla/state/chain"
)

// Suffix is of an export's name.
const Suffix = ".segments"

// maxExport bounds an export that is read, in bytes: a busy box's ten years.
const maxExport = 4 << 30

// Chain is a box's chain in a file.
type Chain interface {
	Stretch(after uint64, max int) (chain.Stretch, error)
	Close() error
}

// Find lists the sales files and exports in a folder and those below it; a name of a file is that file.
func Find(name string) (paths []string, err error) {
	err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if is, err := os.Stat(path); err != nil || path != name && !is.Mode().IsRegular() {
			return err // a running box's folder has sockets
		}
		switch kind, err := kindOf(path); {
		case err != nil:
			return err
		case kind != other:
			paths = append(paths, path)
		case path == name:
			return fmt.Errorf("%s is neither a sales file nor an export of one: give a box's folder, or what galla "+
				"office export wrote", path)
		}
		return nil
	})
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("there is no sales file and no export in %s", name)
	}
	return paths, err
}

type kind int

const (
	other kind = iota
	sales
	export
)

// boltMagic stands at byte 16 of a bbolt file's first page (go.etcd.io/bbolt, internal/common, Magic), in the byte
// order of the machine that wrote it.
var boltMagic = [][]byte{{0xed, 0xda, 0x0c, 0xed}, {0xed, 0x0c, 0xda, 0xed}}

// kindOf looks at how a file begins.
func kindOf(path string) (kind, error) {
	f, err := os.Open(path)
	if err != nil {
		return other, err
	}
	defer f.Close()
	head := make([]byte, 20)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return other, err
	}
	switch {
	case n < len(head):
		return other, nil
	case slices.ContainsFunc(boltMagic, func(m []byte) bool { return bytes.Equal(head[16:20], m) }):
		return sales, nil
	case filepath.Ext(path) == Suffix || isHead(head):
		return export, nil
	}
	return other, nil
}

// isHead reports whether bytes begin as a segment does.
func isHead(head []byte) bool {
	if head[0] != segment.Version || head[1] > 1 {
		return false
	}
	for _, c := range head[2:18] {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// Open opens a file. terminal is whose it is; a sales file does not say.
func Open(path string) (c Chain, terminal string, err error) {
	kind, err := kindOf(path)
	switch {
	case err != nil:
		return nil, "", err
	case kind == sales:
		c, err = openSales(path)
	case kind == export:
		e, problem := openExport(path)
		if problem == nil {
			return e, e.all[0].Terminal, nil
		}
		err = problem
	default:
		err = errors.New("it is neither a sales file nor an export of one")
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	return c, terminal, nil
}

// copied is a sales file in a folder of its own.
type copied struct {
	*boltstore.Store
	folder string
}

func openSales(path string) (_ *copied, err error) {
	folder, err := os.MkdirTemp("", "galla-check-")
	if err != nil {
		return nil, err
	}
	c := &copied{folder: folder}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}()
	to := filepath.Join(folder, "sales.db")
	if err := copyFile(path, to); err != nil {
		return nil, err
	}
	c.Store, err = boltstore.Open(to, boltstore.Options{})
	return c, err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Close removes the copy.
func (c *copied) Close() error { return errors.Join(c.Store.Close(), os.RemoveAll(c.folder)) }

// exported is a chain of segments.
type exported struct{ all []segment.Segment }

func openExport(path string) (*exported, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var e exported
	err = Segments(f, func(g segment.Segment) error {
		if n := len(e.all); n > 0 && (e.all[n-1].Terminal != g.Terminal || e.all[n-1].Last != g.After ||
			e.all[n-1].Hash != g.Prev) {
			return fmt.Errorf("places %d to %d do not go on behind place %d: the file was put together of two",
				g.After+1, g.Last, e.all[n-1].Last)
		}
		e.all = append(e.all, g)
		return nil
	})
	if err == nil && len(e.all) == 0 {
		err = errors.New("it is empty")
	}
	return &e, err
}

// Segments reads an export, one by one.
func Segments(r io.Reader, each func(segment.Segment) error) error {
	in := bufio.NewReader(io.LimitReader(r, maxExport))
	for n := 1; ; n++ {
		g, err := segment.Read(in)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return fmt.Errorf("segment %d is cut off: copy the file again", n)
		case err == nil:
			err = each(g)
		}
		if err != nil {
			return fmt.Errorf("segment %d: %w", n, err)
		}
	}
}

// Stretch reads the places of at most one segment.
func (e *exported) Stretch(after uint64, most int) (s chain.Stretch, err error) {
	root, end := e.all[0], e.all[len(e.all)-1]
	s.After = min(max(after, root.After), end.Last)
	s.Root = root.Root && s.After == root.After
	n := sort.Search(len(e.all), func(i int) bool { return e.all[i].Last > s.After })
	if n == len(e.all) {
		s.Before = end.Hash
		return s, nil
	}
	g := &e.all[n]
	places, _, err := g.Prove()
	if err != nil {
		return s, err
	}
	own := s.After - g.After
	if s.Before = g.Prev; own > 0 {
		s.Before = places[own-1].Hash
	}
	for size, i := 0, int(own); size < most && i < len(places); i++ {
		s.Places = append(s.Places, places[i])
		size += max(len(places[i].Event), len(places[i].Hash))
	}
	return s, nil
}

func (e *exported) Close() error { return nil }
