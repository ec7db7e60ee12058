// Package alerts tells people outside what began and ended: by a webhook and by mail.
//
//	finding begins or ends ─► store ─► Run of each way ─► Tell: what it was not told ─► send ─► written down
//	                                        └► fails: again, 10 s to 5 min later, or when it was asked to
//
// A message of the webhook is POST {"alerts":[…]}, of at most Most of them, with the header Galla-Signature as the
// webhook of a till has it (galla/internal/webhook).
//
// It promises:
//   - at least once: an alert is written down after it was taken. Who dies between the two tells it again; id and what
//     say which ones are the same.
//   - in the order in which things happened, to each way by itself: one that is away holds no other up, and nothing
//     else.
//   - with several offices on one store, one of them tells a way at a time.
//   - what began before a way was switched on is not told to it, and nothing that is older than Keep.
//
// It refuses a mail server without TLS that is not on this machine. No password reaches an error or the log.
//
// Run is called once for each Teller.
package alerts
