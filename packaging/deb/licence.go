package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// text is one file in which a module says on what terms it may be used.
type text struct {
	file   string // below the module
	words  string
	known  []string // SPDX names of the licences in it; none in a notice
	notice bool
}

const apachePointer = "On Debian systems, the complete text of the Apache License, Version 2.0\ncan be found in " +
	"\"/usr/share/common-licenses/Apache-2.0\"."

var (
	licenceFile = regexp.MustCompile(`(?i)^(licen[sc]e|copying|ofl)([.-].*)?$`)
	noticeFile  = regexp.MustCompile(`(?i)^notice([.-].*)?$`)
	copyright   = regexp.MustCompile(`(?im)^[\s/*#-]*((?:©|copyright)\s.*[0-9a-z].*)$`)
)

// read collects the licences of a module. One without any, or with words that licensecheck doesn't know for a licence,
// is an error: a person must look before it is shipped.
func (m *module) read() error {
	slices.Sort(m.dirs)
	for _, dir := range m.dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			notice := noticeFile.MatchString(e.Name())
			if e.IsDir() || !notice && !licenceFile.MatchString(e.Name()) {
				continue
			}
			raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return err
			}
			t := text{
				file:   strings.TrimPrefix(strings.TrimPrefix(filepath.Join(dir, e.Name()), m.dirs[0]), "/"),
				words:  string(raw),
				notice: notice,
			}
			cover := licensecheck.Scan(raw)
			for _, match := range slices.Backward(cover.Match) {
				if !slices.Contains(t.known, match.ID) {
					t.known = append(t.known, match.ID)
				}
				if match.ID == "Apache-2.0" &&
					match.End-match.Start > len(apachePointer) { // its whole text, which Debian has already
					t.words = t.words[:match.Start] + apachePointer + t.words[match.End:]
				}
			}
			slices.Reverse(t.known)
			if !notice && (len(t.known) == 0 || cover.Percent < 75) {
				return fmt.Errorf("%s: %s is %.0f %% of a licence that is known (%q): look at it, and teach licence.go",
					m.path, t.file, cover.Percent, t.known)
			}
			m.texts = append(m.texts, t)
		}
	}

	if !slices.ContainsFunc(m.texts, func(t text) bool { return !t.notice }) {
		return fmt.Errorf("%s %s has no licence in %q: it can't be shipped", m.path, m.version, m.dirs)
	}
	return nil
}

// licences are the SPDX names of all licences of a module.
func (m *module) licences() []string {
	var all []string
	for _, t := range m.texts {
		for _, k := range t.known {
			if !slices.Contains(all, k) {
				all = append(all, k)
			}
		}
	}
	return all
}

// holders are the lines that say whose it is: from the licences, and where those are silent from the sources.
func (m *module) holders() ([]string, error) {
	var all []string
	find := func(words string) {
		for _, found := range copyright.FindAllStringSubmatch(words, -1) {
			line := strings.TrimSpace(found[1])
			// The form of the Apache licence, and sentences about copyright.
			if strings.Contains(line, "[yyyy]") || !regexp.MustCompile(`[0-9]{4}`).MatchString(line) ||
				slices.Contains(all, line) {
				continue
			}
			all = append(all, line)
		}
	}
	for _, t := range m.texts {
		find(t.words)
	}
	for _, dir := range m.dirs {
		if len(all) > 0 {
			break
		}
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			raw, err := os.ReadFile(f)
			if err != nil {
				return nil, err
			}
			head, _, _ := strings.Cut(string(raw), "\npackage ")
			find(head)
		}
	}
	if len(all) == 0 {
		all = []string{"the authors of " + m.path}
	}
	return all, nil
}
