// Package rig proves boltstore against what disks do. Everything in it is a test behind the build tag rig:
//
//	crash   the writer's real system calls are recorded, and every state that a power cut could leave of them is
//	        rebuilt, torn at 512 bytes and reordered between flushes, and opened as gallad opens it
//	fault   the Nth write, flush, truncation, rename … fails, for every N until none does
//	cut     (in a module of its own, cut/) a real ext4 on a disk with a volatile cache loses its power
//
// The writer is the test binary itself, run as a process of its own. README.md says how to run them and what they
// measured.
package rig
