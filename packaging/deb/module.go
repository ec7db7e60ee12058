package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// module is something of others that is linked into a package's programs.
type module struct {
	path, version, sum string // sum is go.sum's
	about              string // what it is, where the path doesn't say so
	dirs               []string
	texts              []text
}

// modules reads from the programs themselves what they were made of, and from go list which folders of it.
func (s *staged) modules(programs []string) ([]module, error) {
	byPath := map[string]*module{}
	var toolchain string
	for _, p := range programs {
		info, err := buildinfo.ReadFile(filepath.Join(s.dir, p))
		if err != nil {
			return nil, err
		}
		toolchain = info.GoVersion
		for _, d := range info.Deps {
			byPath[d.Path] = &module{path: d.Path, version: d.Version, sum: d.Sum}
		}
		if err := s.folders(p, byPath); err != nil {
			return nil, err
		}
	}

	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	all := []module{
		{
			path:    "std",
			version: strings.TrimPrefix(toolchain, "go"),
			about:   "the Go run time and standard library",
			dirs:    []string{strings.TrimSpace(string(root))},
		},
	}

	for _, m := range byPath {
		all = append(all, *m)
	}
	slices.SortFunc(all, func(a, b module) int { return strings.Compare(a.path, b.path) })
	for i := range all {
		if err := all[i].read(); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(programs, "galla-sim") { // the one package without letters of its own
		fonts := module{
			path:    "notofonts",
			version: "2022",
			about:   "Noto Sans in eleven scripts, subset and embedded",
			dirs:    []string{filepath.Join(s.root, "internal/typeset/fonts")},
		}
		if err := fonts.read(); err != nil {
			return nil, err
		}
		all = append(all, fonts)
	}

	return all, nil
}

// folders adds where the linked packages of a program lie, from each up to its module's top.
func (s *staged) folders(program string, byPath map[string]*module) error {
	cmd := exec.Command("go", "list", "-deps", "-json=Dir,Module", "./cmd/"+program)
	cmd.Dir, cmd.Stderr, cmd.Env = s.root, os.Stderr, s.env()
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go list %s: %w", program, err)
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir    string
			Module *struct{ Path, Dir string }
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("go list %s: %w", program, err)
		}
		if p.Module == nil || byPath[p.Module.Path] == nil {
			continue
		}
		m := byPath[p.Module.Path]
		for dir := p.Dir; strings.HasPrefix(dir, p.Module.Dir); dir = filepath.Dir(dir) {
			if !slices.Contains(m.dirs, dir) {
				m.dirs = append(m.dirs, dir)
			}
		}
	}
}
