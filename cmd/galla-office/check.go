package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"galla/internal/office/boxfile"
	"galla/internal/office/check"
)

type checkCommand struct {
	Files []string `help:"${check_files}" placeholder:"FOLDER" type:"path"`
	All   bool     `help:"${check_all}"`
	JSON  bool     `name:"json" help:"Print the report as JSON."`
}

// Run holds the database against the boxes' files. It changes nothing.
func (c *checkCommand) Run(s *session) (err error) {
	var boxes []check.Box
	for _, name := range c.Files {
		paths, err := boxfile.Find(name)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		for _, path := range paths {
			is, terminal, err := boxfile.Open(path)
			if err != nil {
				return err
			}
			defer is.Close()
			boxes = append(boxes, check.Box{Name: path, Terminal: terminal, Chain: is})
		}
	}
	settings, err := s.settings()
	if err != nil {
		return err
	}
	store, err := s.open(settings)
	if err != nil {
		return err
	}
	defer store.Close()

	r, err := check.Run(s, store, check.Options{Boxes: boxes, All: c.All})
	if err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(r)
	} else {
		err = r.Write(s.out)
	}
	if err == nil && !r.Good() {
		err = errSaid
	}
	return err
}

// openFile opens what is named before root becomes somebody else.
func openFile(path string) (*os.File, error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	return f, nil
}
