// Package cut takes the power from a real ext4 while the store's writer sells on it, and looks what is there after.
//
//	writer ──▶ ext4 ──▶ loop device ──▶ one file in FUSE: a disk that keeps writes in memory until it is flushed
//	                                    └─ cut: freeze, kill the writer, let a random part of the cache through
//
// The FUSE server is a process of its own that starts no others, so that nothing can keep its connection open and hang
// the machine when it ends. Needs root, /dev/fuse and loop devices. It is a module of its own for the sake of go-fuse.
package cut
