package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestSettingsThatAreALink: settings that lie elsewhere, on a disk that isn't mounted at the moment of an upgrade, keep
// their link; where there are none, the example is taken; those that are there stay.
func TestSettingsThatAreALink(t *testing.T) {
	for pack, of := range map[string]struct{ settings, example string }{
		"galla":         {"etc/galla/gallad.toml", "usr/share/galla/gallad.toml"},
		"galla-display": {"etc/default/galla-display", "usr/share/galla-display/default"},
	} {
		t.Run(pack, func(t *testing.T) {
			root, bin := t.TempDir(), t.TempDir()
			write := func(path, text string, mode os.FileMode) {
				t.Helper()
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), mode); err != nil {
					t.Fatal(err)
				}
			}
			for _, program := range []string{"systemd-sysusers", "systemd-tmpfiles", "deb-systemd-helper"} {
				write(filepath.Join(bin, program), "#!/bin/sh\n", 0o755)
			}
			settings := filepath.Join(root, of.settings)
			write(filepath.Join(root, of.example), "example", 0o644)
			configure := func() {
				t.Helper()
				cmd := exec.Command("sh", "../debian/"+pack+".postinst", "configure", "1")
				cmd.Env = append(os.Environ(), "DPKG_ROOT="+root, "PATH="+bin+":"+os.Getenv("PATH"))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v %s", err, out)
				}
			}

			configure()
			if text, err := os.ReadFile(settings); err != nil || string(text) != "example" {
				t.Errorf("without settings: %q %v", text, err)
			}
			write(settings, "the shop's", 0o644)
			configure()
			if text, err := os.ReadFile(settings); err != nil || string(text) != "the shop's" {
				t.Errorf("with settings: %q %v", text, err)
			}
			if err := os.Remove(settings); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("/mnt/not-mounted/settings", settings); err != nil {
				t.Fatal(err)
			}
			configure()
			if to, err := os.Readlink(settings); err != nil || to != "/mnt/not-mounted/settings" {
				t.Errorf("the link leads to %q: %v", to, err)
			}
		})
	}
}
