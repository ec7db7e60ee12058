// Package joining says which boxes belong to a chain: its shops, their counters, and the terminals that stand there.
//
//	owner: NewCode ─► 1234-5678 ─► box: Look, Join ─► waiting ─► owner: Confirm ─► joined ─┬─► box: Leave ─► left
//	                                                    └──► owner: Revoke ─► revoked ◄────┘
//
// A terminal is one key. A box that left may join again with its key and goes on with its chain; a key that was revoked
// never comes back. A box whose key was lost joins anew as another terminal, and a person says which one it replaces.
//
// An assignment says where places of a terminal's chain were earned: at the counter of the last assignment that is not
// behind them, by branch and then by number. A box that moves keeps its past where it was earned.
//
// It promises:
//   - a code is eight digits, for one terminal, for CodeLife, and only its hash is stored. Eight digits are guessed
//     from a hash in seconds: what protects is the short life, the single use, the bounds on wrong codes, of each
//     address and of all together, and the person who confirms.
//   - Join is the same twice: a box that lost the answer asks again and gets it.
//   - nothing of a terminal that waits is taken, and nothing of one that left or was revoked.
//   - a terminal that was put in another's place starts where the other one's chain ends, if it brings that past along:
//     nothing is added up twice.
//
// It refuses texts that may not be kept or shown, a second counter of the same label, opening hours that are none.
//
// It knows no SQL and no HTTP. Every method may be called from any goroutine, of any number of offices on one store.
package joining
