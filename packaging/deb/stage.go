package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// machine is a kind of computer, in Debian's words and in Go's.
type machine struct{ deb, goarch, goarm string }

var machines = []machine{{"amd64", "amd64", ""}, {"arm64", "arm64", ""}, {"armhf", "arm", "7"}}

// packages are what is built, and programs what is in each.
var (
	packages = []string{"galla", "galla-display", "galla-sim", "galla-office"}
	programs = map[string][]string{
		"galla":         {"gallad", "galla"},
		"galla-display": {"galla-display"},
		"galla-sim":     {"galla-sim"},
		"galla-office":  {"galla-office"},
	}
)

// staged is a folder with everything that a machine's packages hold and the tree doesn't.
type staged struct {
	*release
	machine
	dir string
}

// stage builds the programs for m, and writes what is made from them into dir.
func (r *release) stage(m machine, dir string) (*staged, error) {
	s := &staged{release: r, machine: m, dir: dir}
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, p := range packages {
		for _, program := range programs[p] {
			if err := s.build(program); err != nil {
				return nil, err
			}
		}
		linked, err := s.modules(programs[p])
		if err != nil {
			return nil, err
		}
		terms, err := copyrightOf(linked)
		if err != nil {
			return nil, err
		}
		if err := s.write(p+".copyright", terms); err != nil {
			return nil, err
		}
		parts, err := s.sbomOf(p, linked)
		if err != nil {
			return nil, err
		}
		if err := s.write(p+".cdx.json", parts); err != nil {
			return nil, err
		}
		if err := s.zip(p+".changelog.gz", []byte(strings.ReplaceAll(r.changelog, "galla (", p+" ("))); err != nil {
			return nil, err
		}
	}

	if err := s.write("schema", []byte(strconv.Itoa(r.schema)+"\n")); err != nil {
		return nil, err
	}
	if err := s.manuals(); err != nil {
		return nil, err
	}
	return s, s.scripts()
}

// build compiles one program. -trimpath and no build id of the linker's: the folder of the tree is nowhere in it.
func (s *staged) build(program string) error {
	flags := "-s -w -buildid= -X main.version=" + s.version
	if s.deb == "armhf" &&
		program == "galla-display" { // Go names the loader of soft-float ARM, which a Debian armhf has not got
		flags += " -I /lib/ld-linux-armhf.so.3"
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", flags,
		"-o", filepath.Join(s.dir, program), "./cmd/"+program)
	cmd.Dir, cmd.Stderr = s.root, os.Stderr
	cmd.Env = s.env()
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s for %s: %w", program, s.deb, err)
	}
	return nil
}

// env is what the go command builds under, whatever this machine's settings are.
func (s *staged) env() []string {
	return append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+s.goarch, "GOARM="+cmp.Or(s.goarm, "7"),
		"GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOWORK=off")
}

func (s *staged) write(name string, content []byte) error {
	return os.WriteFile(filepath.Join(s.dir, name), content, 0o644)
}

// zip writes a file as Debian wants documents: as small as it gets, and without a time.
func (s *staged) zip(name string, content []byte) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(content); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return s.write(name, b.Bytes())
}

// scripts writes the maintainer scripts with the schema in them: dpkg runs them without arguments of ours.
func (s *staged) scripts() error {
	for _, p := range packages {
		for _, kind := range scriptKinds {
			raw, err := os.ReadFile(filepath.Join(s.root, "packaging/debian", p+"."+kind))
			if os.IsNotExist(err) {
				continue
			} else if err != nil {
				return err
			}
			if err := s.write(p+"."+kind, bytes.ReplaceAll(raw, []byte("@SCHEMA@"),
				[]byte(strconv.Itoa(s.schema)))); err != nil {
				return err
			}
		}
	}
	return nil
}
