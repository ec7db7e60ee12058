// Package webhook tells a shop's software what happens: every event, or those it wants, in order, at least once,
// signed.
//
//	Till: Changed ─► Events after the cursor ─► Encode ─► POST, signed ─► 2xx ─► Settings: the cursor
//
// It promises:
//   - the hook begins at the moment it is switched on: what was before is nobody's business, and everything after it is
//     delivered;
//   - an event that was answered with 2xx is not sent again, by no number of restarts, but at a person's wish (Again);
//     one whose answer was lost is, and the receiver takes each seq once;
//   - a receiver that is away loses nothing: the event log is the outbox, and it is tried again, from every second to
//     every five minutes, or when it says, within an hour;
//   - events that it wants nothing of hold nothing up;
//   - Status says how it stands, and neither the address's path nor the secret reaches a log or a status.
//
// It refuses: an address that is neither https nor on this box, one with a password in it, a secret of less than 16
// bytes, more than two secrets; it follows no redirect.
//
// New checks the options and touches neither till nor settings. Run is called once; it may start before the till is
// ready, because events and their numbers come from the store. One Hook of a name runs for the same settings. Status,
// Test and Again may be called from any goroutine, before Run too.
package webhook
