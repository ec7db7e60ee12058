// Package gatewaytest is the simulator of both gateways as a library, and the contract every gateway.Gateway passes.
//
//	         requests ──▶ count ─▶ delay ─▶ fault? ─▶ handler (the only effects) ─▶ delay ─▶ fault? ─▶ answer
//	                                  ▲                    │
//	knobs (percentages, one seed) ────┤                    ▼
//	fault script (on/at lines) ───────┘         orders, QRs, payments, refunds ──▶ Ledger: the truth
//	                                                       ▲
//	Phone: reads a QR string, pays, declines, … ───────────┤
//	Clock: Advance; what falls due, happens ───────────────┘
//
// It promises to answer as the gateways are documented to (reference/gateways.md; tags such as R14 and E20 in comments
// are that page's sources), to misbehave by default as they were seen to, and to repeat from its seed. Where the
// reference says "not documented", the comment beside the code says what the simulator chose.
// It needs no sockets, no goroutine and no real clock: handlers use time.Now and timers only, so that it runs inside a
// testing/synctest bubble; Network joins it to real HTTP clients there.
//
// It refuses to be mistaken for a gateway: its payees carry a handle that no bank runs, its posters say what they are,
// and nothing is kept. Nothing but tests and cmd/galla-sim imports it.
package gatewaytest
