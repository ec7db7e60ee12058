// Package webhook tells a shop's billing software what happens: every event, in order, at least once, signed.
//
//	Till: Changed ─► Events after the cursor ─► Encode ─► POST, signed ─► 2xx ─► Vault: the cursor
//
// It promises:
//   - the hook begins at the moment it is switched on: what was before is nobody's business, and everything after it is delivered;
//   - an event that was answered with 2xx is not sent again, by no number of restarts; one whose answer was lost is, and the receiver
//     takes each seq once;
//   - a receiver that is away loses nothing: the event log is the outbox, and it is tried again, from every second to every five minutes;
//   - neither the address's path nor the secret reaches a log.
//
// It refuses: an address that is neither https nor on this box, one with a password in it, a secret of less than 16 bytes; it follows no
// redirect.
//
// New checks the options and touches neither till nor vault. Run is called once; it may start before the till is ready, because events
// and their numbers come from the store. One Hook runs for a vault.
package webhook
