package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// sbomOf is the list of what a package is made of, in CycloneDX 1.6. Its serial number is made from what it lists, and
// its time is the commit's, so that the same commit gives the same bytes.
func (s *staged) sbomOf(name string, modules []module) ([]byte, error) {
	bom := cdx.NewBOM()
	self := fmt.Sprintf("pkg:deb/galla/%s@%s?arch=%s", name, s.version, s.deb)
	bom.Metadata = &cdx.Metadata{
		Timestamp: s.at.Format(time.RFC3339),
		Component: &cdx.Component{BOMRef: self, Type: cdx.ComponentTypeApplication, Name: name, Version: s.version,
			PackageURL: self, Licenses: &cdx.Licenses{{License: &cdx.License{ID: "Apache-2.0"}}}},
	}
	id := sha256.New()
	fmt.Fprintln(id, self, s.commit)
	components, needs := []cdx.Component{}, []string{}
	for _, m := range modules {
		c := cdx.Component{
			Type:        cdx.ComponentTypeLibrary,
			Name:        m.path,
			Version:     m.version,
			Description: m.about,
			PackageURL:  "pkg:golang/" + m.path + "@" + m.version,
		}
		if m.path == "notofonts" {
			c.Type, c.PackageURL = cdx.ComponentTypeData, "pkg:generic/notofonts@"+m.version
		}
		c.BOMRef = c.PackageURL
		// a SHA-256 over the SHA-256s of the module's files (golang.org/x/mod/sumdb/dirhash)
		if sum, ok := strings.CutPrefix(m.sum, "h1:"); ok {
			raw, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return nil, fmt.Errorf("%s: go.sum's %q: %w", m.path, m.sum, err)
			}
			c.Hashes = &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(raw)}}
		}
		licences := cdx.Licenses{}
		for _, l := range m.licences() {
			licences = append(licences, cdx.LicenseChoice{License: &cdx.License{ID: l}})
		}
		c.Licenses = &licences
		fmt.Fprintln(id, c.PackageURL, m.sum)
		components, needs = append(components, c), append(needs, c.BOMRef)
	}

	bom.Components = &components
	bom.Dependencies = &[]cdx.Dependency{{Ref: self, Dependencies: &needs}}
	u := id.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80 // version 8, RFC 9562: made as its maker likes
	bom.SerialNumber = fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
	var b bytes.Buffer
	err := cdx.NewBOMEncoder(&b, cdx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cdx.SpecVersion1_6)
	if err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
