// Package standing looks at the printed QRs that many people pay, and makes a sale of each payment.
//
// It knows a QR from the operations that made and closed it (Known), asks its gateway for the QR's payments, and hands
// each captured one to the till, which writes it down as a sale of kind standing. Once a day, and after a start, it
// writes down until when each QR's payments were read (Marks): the next start asks for all from five days before that,
// however long nothing could be read; without a mark, from five days before the QR was made. Sixty days are the most.
// The rest of what it remembers is in memory only.
//
//	operations ── Known ──▶ Watch ──── payments of a QR ────▶ gateway
//	webhook ───── Hint ───▶   │
//	                          └── Commit: Txn.Standing ─────▶ till
//
// It promises: a payment is on disk as one sale before anybody hears of it, and never as two, because the gateway and
// the payment's id are its key in the till; payments of one look are written in the order in which they were made; a QR
// that was closed is looked at for five days more; a hint makes it look, and proves nothing. Its calls go in a lane of
// their own (gateway.LaneStanding): they wait for whoever stands at the counter, and are owed a share behind them.
//
// How often it looks: every two seconds for two minutes after money or a hint, every four within half an hour, every
// ten within three hours, else every twenty; more than four QRs of one pace slow each other. A near look asks for the
// last ten minutes, or for as long as nothing could be read. Every ten minutes it asks for two hours, and every six
// hours for five days: a bank may end a payment days after it began. One list asks for a day at most, and for less
// where a day's payments are too many for one list, or take too long; what was read before a failure is not read again.
//
// It refuses nothing and judges no money: what a payment is, the gateway's client and package state say. A QR of a
// gateway that lists no payments is in its list and is never looked at.
//
// Which calls are legal when: Known, Hint and List always. Run is called once, beside the till's; it waits for Ready by
// itself.
package standing
