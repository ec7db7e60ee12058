// Package viewstream carries Views from gallad to the processes that show or speak them, over gallad's Unix socket, and
// brings back what those processes did: a frame is on the screen, a key was pressed, a display came or went.
//
//	gallad                                   galla-display, galla-display sound
//	Server.Publish ── view, beat ──────────▶ Client.Latest ──▶ drawn
//	Server.Paid ───── paid ────────────────▶ ClientOptions.Paid, of a sound process
//	Server.Events  ◀── hello, shown, key, beat ── Client.Shown, Client.Key
//
// The wire is one JSON object per line in both directions, at most MaxLine bytes. The display speaks first (hello with
// its protocol version), gallad answers with its own hello and, at once, the View of this moment.
//
// It promises:
//
//   - Publish never blocks. Every display gets the newest View; those it was too slow for are left out, never queued.
//   - A payment is told to every sound process that is there, on the screen or not; it is kept for none that isn't.
//   - A View is never shown past its ValidUntil, nor when gallad has been silent for 10 s: Latest withdraws it by the
//     display's own monotonic clock, whatever the socket does. Times cross the wire as durations, shortened by the time
//     a line lay in the socket, so that a display that was stopped for a minute does not wake up with a minute-old QR.
//   - A beat names the View that is still true. A display that holds another one hangs up and starts afresh.
//   - A key is delivered while it is fresh or not at all: an Enter pressed during an outage charges nobody later.
//   - A Shown answers the View of the same connection, so a frame of a gallad that has died confirms nothing of the
//     next.
//
// It refuses: unknown senders (Options.Allow, by the kernel's word), other protocol versions, longer lines, Views that
// contradict themselves (a pay screen without a QR string, an unknown screen). Unknown fields and unknown kinds of
// message are passed over, so that a newer peer may say more.
package viewstream
