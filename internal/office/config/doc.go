// Package config reads a head office's settings, /etc/galla/office.toml.
//
// It is strict: a key that is not known is an error that names the line and the nearest key, and every error says what
// to write instead. Secrets are not in the file: they are systemd credentials, or files of a folder.
package config
