package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // the only kind of package it writes here
)

var scriptKinds = []string{"preinst", "postinst", "prerm", "postrm"}

// pack writes one package into dir, and returns its path and size in bytes.
func (s *staged) pack(name, dir string) (string, int64, error) {
	// nfpm names sources relative to the working directory.
	back, err := os.Getwd()
	if err == nil {
		err = os.Chdir(s.root)
	}
	if err != nil {
		return "", 0, err
	}
	defer os.Chdir(back)
	config, err := nfpm.ParseFileWithEnvMapping(
		filepath.Join("packaging/debian", name+".yaml"),
		func(key string) string {
			switch key {
			case "STAGE":
				return s.dir
			case "VERSION":
				return s.version
			case "DEB_ARCH":
				return s.deb
			}
			return ""
		},
	)
	if err != nil {
		return "", 0, fmt.Errorf("packaging/debian/%s.yaml: %w", name, err)
	}

	info, err := config.Get("deb")
	if err != nil {
		return "", 0, err
	}
	info.MTime, info.Deb.Compression = s.at, s.compression
	for _, f := range info.Contents {
		f.FileInfo.MTime = s.at
	}
	for kind, script := range map[string]*string{"preinst": &info.Scripts.PreInstall,
		"postinst": &info.Scripts.PostInstall,
		"prerm":    &info.Scripts.PreRemove, "postrm": &info.Scripts.PostRemove} {
		if path := filepath.Join(s.dir, name+"."+kind); exists(path) {
			*script = path
		}
	}

	writer, err := nfpm.Get("deb")
	if err != nil {
		return "", 0, err
	}
	info = nfpm.WithDefaults(info)
	path := filepath.Join(dir, writer.ConventionalFileName(info))
	f, err := os.Create(path)
	if err != nil {
		return "", 0, err
	}
	if err := writer.Package(info, f); err != nil {
		f.Close()
		return "", 0, fmt.Errorf("%s: %w", path, err)
	}

	if err := f.Close(); err != nil {
		return "", 0, err
	}
	stat, err := os.Stat(path)
	if err != nil {
		return "", 0, err
	}
	return path, stat.Size(), nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
