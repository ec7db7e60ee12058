// Package image holds the recipe of a bootable card for a Pi-class board: build.sh makes it, files/ is what lies on it
// beside Debian's packages and ours. The Go in here tests the programs of the recipe that decide something in
// files/usr/lib/galla: slot, which system is started; proved, whether a new one is good; stick, whether an update on a
// USB stick is installed; and that systemd reads files/etc/fstab as it is meant.
package image
