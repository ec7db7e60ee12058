// Package rig installs the packages on a Debian 12 that runs its own systemd, and lives through what a till lives
// through: first start, set-up, a sale over an upgrade, a refused downgrade, removal, return, purge.
//
//	mmdebstrap ─▶ build/rig/bookworm.tar ─▶ a folder ─▶ systemd-nspawn --boot, without a network
//	make deb   ─▶ one package, and from it a later version and one of a newer schema
//
// It needs root. What it can't prove is what needs a kernel of its own or a screen: packaging/vm does that.
package rig
