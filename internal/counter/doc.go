// Package counter is what the people behind the counter touch: the API for keypad, web console, command line and
// integrators.
//
//	                 Unix socket (the kernel says who asks)
//	galla, keypad ───────────────┐
//	                             ▼
//	              guard ─► who asks ─► right? ─► strict JSON ─► Till ─► the sale as the API shows it
//	                             ▲                               │
//	console, shop software ──────┘                               └─ Changed ─► Feed ─► SSE to every client
//	                 loopback or TLS (a paired device's token)
//
// It promises:
//   - every write carries an idempotency key that reaches the till, so that a client may repeat what it doesn't know
//     the outcome of. On the Unix socket a missing key is made up, because a person at a shell does not repeat blindly;
//     everywhere else a write without a key is refused;
//   - every refusal is a problem document (RFC 9457) with a sentence and the next action;
//   - the feed tells every event once and in order, from any event on, and cuts off a client that does not read;
//   - who asked is stored with what was done; a PIN or a token is compared and forgotten, never logged or sent on.
//
// It refuses: JSON with unknown, doubled or missing fields; amounts that aren't whole paise; bodies above 16 KiB;
// requests that name a foreign host or come from a foreign page; and whatever the caller's role does not allow.
//
// What is asked of gateways beside sales goes to Operations instead of Till, and so do acts: what persons do to the
// box.
//
// Which calls are legal when: New comes first; it reads the settings, and asks the till nothing. Handler, Serve, Pair
// and PairFirst any time after it, from any goroutine, for several listeners at once; Pair needs the till to show its
// code. What a request asks of the till before it is ready is answered as package till says: a read from disk, a write
// waits for its turn. gallad serves only from Ready on, and until then the kernel keeps who calls. Warm when the till
// is ready, and now and then after that; a request does not wait for it. A Serve returns after its context has ended,
// and the Counter stays good for other listeners. The functions Serve and Closed need no Counter.
//
// The package holds no sale of its own, and no person: who calls is decided by package people, what a number pad does
// by package keypad (see package pad). Reports, reconciliation, search and export are reckoned by package books, and
// only asked for and refused here; the frames of the feed and what package webhook sends are written by package feed.
// What a sale is called in a path or a query is looked up by package salename, a search read by package search; the
// kinds of problems, and which error is which, are in package problem. What it keeps goes through Settings.
package counter
