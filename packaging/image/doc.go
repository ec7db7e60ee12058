// Package image holds the recipe of a bootable card for a Pi-class board: build.sh makes it, files/ is what lies on it beside
// Debian's packages and ours. The Go in here tests the two programs of the recipe that decide something: files/usr/lib/galla/slot,
// which system is started, and files/usr/lib/galla/stick, whether an update on a USB stick is installed.
package image
