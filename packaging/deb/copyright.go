package main

// copyrights writes the copyright file of each package.
func (s *staged) copyrights() error {
	for _, p := range packages {
		if err := s.write(p+".copyright", []byte(`Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: galla
Source: https://galla.invalid

Files: *
Copyright: 2026 Galla
License: Apache-2.0

License: Apache-2.0
 On Debian systems, the complete text of the Apache License, Version 2.0
 can be found in "/usr/share/common-licenses/Apache-2.0".
`)); err != nil {
			return err
		}
	}
	return nil
}
