// Package watch says of each terminal what a person should know now: conditions that begin and end.
//
//	heartbeat ─► Heard ─► Beat: the newest of each terminal, with what it says ─┐
//	every Every: Round ◄── Standings: who is joined, where, its Beat ◄──────────┘
//	               └─► Conditions, held against those that are open ─► Begin, End: findings
//
// The conditions:
//   - silent: no heartbeat for SilentAfter while the shop is open. Open is what was entered, or what was learned: from
//     the first sale to the last of the last four same weekdays, and Around on both sides. It ends when the terminal is
//     heard, also behind the shop's hours.
//   - behind: for BehindAfter the box had another head than the office, and no segment came that made the office's
//     move.
//   - clock: the box's time is more than ClockOff from the office's.
//   - stopped, gateway, printer, disk, attention, newer: as the box's health says.
//
// It promises: what is known lies in the store, so that an office that starts again goes on, and two offices on one
// store say everything once. An office that was away, or could not reach its store, gives every box SilentAfter before
// it calls one silent. A heartbeat that is older than the newest is kept nowhere.
//
// It refuses nothing of a box's health: what can't be read says nothing.
//
// Heard may be called from any goroutine; Run is called once.
package watch
