// Package journald logs to systemd's journal in its own protocol (systemd.journal-fields(7)), with a field for every
// attribute of a record, so that journalctl finds them.
//
// It promises that every field's name is SALE_ID, PHASE, OPERATION_ID, ATTEMPT or begins with GALLA_, whatever an
// attribute is called, and that what the journal does not take is written as text. It refuses records below info.
// New may be called at any time; its logger may be used from any goroutine.
package journald
