// Package uplink is a box's line to the head office of its chain of shops: it sends the event chain, segment by
// segment, and a heartbeat.
//
//	heads ─► own hash there? ─► yes: go on behind it
//	                         └► no: locate, by hashes at head, −1, −2, −4 … root ─► go on behind what both have
//	Changed ─► Stretch ─► due? ─► segment, signed ─► POST ─► 200: committed at the office
//	                                                      └► anything else: wait, ask for the heads again
//
// It promises:
//   - it writes nothing. The event log is the queue, and the office's heads are the cursor: a box that was put back,
//     and an office that was, come together again by comparing hashes.
//   - it delays nobody: it is told of a commit afterwards, reads at most 32 KiB of events at a time, and holds no read
//     while it waits for the office.
//   - one segment is under way at a time. It goes at once when a sale may have ended, money came late or went back,
//     or a person must decide; with anything else within Pace.
//   - an office that is away costs one call a back-off: full jitter below 1 s, doubled up to 5 min, and what
//     Retry-After says, up to an hour. Nothing is lost by any time away.
//   - a heartbeat every Beat, whether there is something to send or not. Its answer tells an uplink at rest that the
//     office was put back to an older copy, and it sends again.
//   - a Z report that the office asks for goes with the next heartbeat, as it is stored; nothing is remembered of it.
//   - an office that lies, answers junk or without an end, or redirects, is an office that is away: answers are bounded
//     in size and time, and a place that the box did not name is not believed.
//   - where the office says that the request's time is wrong, requests are signed by the office's clock. The box's own
//     clock, its events and its heartbeat stay as they are.
//
// It refuses an address that is not https, or has a user, a query or a fragment in it; a fingerprint that is none. It
// follows no redirect. The key reaches no log, status or error.
//
// New only checks the options. Run is called once, and returns when ctx ends, nil. Status may be called from any
// goroutine, before Run too.
//
// Entry is joining and leaving: calls before and behind an uplink. It keeps nothing. Package membership runs both.
package uplink
