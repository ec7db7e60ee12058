package main

import (
	"fmt"
	"slices"
	"strings"
)

const copyrightHead = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: galla
Source: https://galla.invalid
Comment: Programs in Go hold the libraries they are made with. Each of those is
 listed here as vendor/MODULE, with the words of its own licence.

Files: *
Copyright: 2026 Galla
License: Apache-2.0

License: Apache-2.0
`

// copyrightOf is a package's copyright file in Debian's machine-readable form (copyright-format 1.0).
func copyrightOf(modules []module) ([]byte, error) {
	var b strings.Builder
	b.WriteString(copyrightHead + quoted(apachePointer))
	for _, m := range modules {
		holders, err := m.holders()
		if err != nil {
			return nil, err
		}
		// Only the Apache licence may be pointed at, and only where it is the one licence.
		pointed := slices.Equal(m.licences(), []string{"Apache-2.0"})
		name := "Apache-2.0"
		if !pointed {
			name = strings.Join(m.licences(), "-and-") + "~" + m.path
		}
		fmt.Fprintf(&b, "\nFiles: vendor/%s/*\nCopyright: %s\nLicense: %s\n",
			m.path, strings.Join(holders, "\n "), name)
		about := m.path + " " + m.version
		if m.about != "" {
			about += ", " + m.about
		}
		fmt.Fprintf(&b, "Comment: %s\n", about)
		for _, t := range m.texts {
			if t.notice && pointed {
				fmt.Fprintf(&b, " .\n Its %s says:\n .\n%s", t.file, quoted(t.words))
			}
		}
		if pointed {
			continue
		}
		fmt.Fprintf(&b, "\nLicense: %s\n", name)
		for i, t := range m.texts {
			if i > 0 {
				fmt.Fprint(&b, " .\n")
			}
			if len(m.texts) > 1 {
				fmt.Fprintf(&b, " [%s]\n .\n", t.file)
			}
			b.WriteString(quoted(t.words))
		}
	}

	return []byte(b.String()), nil
}

// quoted indents words by one space and puts a dot in every empty line, as control files want it.
func quoted(words string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(strings.TrimSpace(words), "\r", "")) {
		line = strings.TrimRight(line, " \t\n")
		if strings.TrimSpace(line) == "" {
			line = "."
		}
		b.WriteString(" " + line + "\n")
	}
	return b.String()
}
