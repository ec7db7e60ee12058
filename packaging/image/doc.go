// Package image holds the recipe of a bootable card for a Pi-class board: build.sh makes it, files/ is what lies on it beside
// Debian's packages and ours. The Go in here tests the one program of the recipe that decides something, files/usr/lib/galla/tryboot.
package image
