// Package segment is a stretch of a box's event chain as it travels to a head office, and the office's decision about
// one that arrives.
//
//	box:     Stretch ── New: gzip, sign ──▶ Bytes ── HTTPS, a stick ──┐
//	office:  Verdict ◀── Judge: prove, verify, compare ── Parse ◀─────┘
//	                      └─ what it holds of this terminal: Branch, at
//
// A terminal is one Ed25519 key; TerminalID names it. Its chain has branches at the office: a box that was put back to
// an older copy, or cloned, goes on with other events than those the office holds, and both are kept.
//
// The wire form is of version 1. All numbers are unsigned, most significant byte first:
//
//	version 1 │ flags 1 │ terminal 16 │ after 8 │ prev 32 │ last 8 │ hash 32 │ signature 64 │ body
//
// Flag 1 says that nothing before place after+1 is there at the box. The body is one gzip member, of last-after places:
// a length (binary.PutUvarint) and that many bytes of an event, or a zero and 32 bytes, the hash of a place whose event
// was pruned, lost or too large. prev is the hash of place after, hash that of place last. The signature is over
//
//	"galla segment\x00" ‖ version … hash as above ‖ SHA-256 of the body before gzip
//
// so that whoever carries it can neither change it nor take an event out and leave its hash.
//
// It promises: Prove needs no more memory than MaxBody and MaxRaw, whatever it is given; what Judge lets in continues
// what is held, hash by hash; segments of version 1 are read for ever (testdata/v1).
//
// It refuses: what does not prove itself, a signature or an id of another key, more than MaxPlaces places, an event
// larger than MaxEvent, a body that grows more than MaxRatio times.
//
// It is pure. Its functions may be called from any goroutine; a Segment and its places are not written to.
package segment
