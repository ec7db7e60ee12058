package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"galla/state/boltstore"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "deb:", err)
		os.Exit(1)
	}
}

// run builds what args ask for, and prints one line for each package.
func run(args []string, out, errs io.Writer) error {
	flags := flag.NewFlagSet("deb", flag.ContinueOnError)
	flags.SetOutput(errs)
	root := flags.String("root", ".", "top of Galla's `tree`")
	to := flags.String("to", "build/deb", "`folder` for the packages")
	arches := flags.String("arch", "amd64,arm64,armhf", "Debian's names of the `machines` to build for")
	version := flags.String(
		"version",
		"",
		"`version` of the packages (default: the changelog's, and the commit's if that isn't tagged)",
	)
	schema := flags.Int(
		"schema",
		boltstore.Schema,
		"schema of the sales file that the package claims to know: for the test of a refused downgrade",
	)

	compression := flags.String(
		"compression",
		"xz",
		"how the files are packed: xz, zstd or gzip; xz is the smallest and takes the longest",
	)
	demo := flags.Bool("demo", false, "build the tarball of the demo for each machine, and no package")
	if err := flags.Parse(args); err != nil {
		return err
	}
	r, err := newRelease(*root, *version)
	if err != nil {
		return err
	}
	r.schema, r.compression = *schema, *compression
	dir, err := filepath.Abs(*to)
	if err != nil {
		return err
	}

	if !*demo {
		own, err := os.MkdirTemp("", "galla-own")
		if err != nil {
			return err
		}
		defer os.RemoveAll(own)
		if err := r.ownPrograms(own); err != nil {
			return err
		}
	}

	for arch := range strings.SplitSeq(*arches, ",") {
		i := slices.IndexFunc(machines, func(m machine) bool { return m.deb == arch })
		if i < 0 {
			return fmt.Errorf("there is no machine %q: give amd64, arm64 or armhf, with commas between them", arch)
		}
		if *demo {
			file, size, err := r.demo(machines[i], dir)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%-60s %9d bytes\n", file, size)
			continue
		}
		s, err := r.stage(machines[i], filepath.Join(dir, "stage", arch))
		if err != nil {
			return err
		}
		for _, name := range packages {
			file, size, err := s.pack(name, dir)
			if err != nil {
				return err
			}
			fmt.Fprintf(out, "%-60s %9d bytes\n", file, size)
		}
	}

	return nil
}
