package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// manuals writes the manual pages, and the completions of galla's command line, which galla knows itself.
func (s *staged) manuals() error {
	galla := filepath.Join(s.dir, "host-galla")
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-X main.version="+s.version, "-o", galla, "./cmd/galla")
	cmd.Dir, cmd.Stderr = s.root, os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOARCH="+runtime.GOARCH)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("galla for this machine: %w", err)
	}
	defer os.Remove(galla)
	man, err := exec.Command(galla, "man").Output()
	if err != nil {
		return fmt.Errorf("galla man: %w", err)
	}
	if err := s.zip("galla.1.gz", man); err != nil {
		return err
	}
	bash, err := exec.Command(galla, "completion").Output()
	if err != nil {
		return fmt.Errorf("galla completion: %w", err)
	}
	if err := s.write("galla.bash", bash); err != nil {
		return err
	}
	pages, err := filepath.Glob(filepath.Join(s.root, "packaging/debian/man/*.[1-8]"))
	if err != nil {
		return err
	}
	for _, page := range pages {
		raw, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		if err := s.zip(filepath.Base(page)+".gz", raw); err != nil {
			return err
		}
	}
	return nil
}
