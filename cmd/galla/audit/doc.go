// Package audit is what "galla audit" does: it writes the events of a sales file out with their hashes, and proves what
// was written. It needs no gallad and works on any machine. Its functions may be called at any time; Export takes the
// sales file's lock, and refuses one that a process has open.
package audit
