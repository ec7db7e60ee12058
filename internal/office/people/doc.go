// Package people says who may look at the office's pages, and what they may do: persons with their passwords and roles,
// their sessions, and an audit of what they did.
//
//	galla-office user add ─► the first owner ─► SignIn ─► a session's token ─► By ─► Session (name, role)
//
// It promises:
//   - a password is kept as an argon2id hash and a token as its SHA-256: no error, audit or list has one;
//   - a try is counted before the password is compared, in the store that all offices share: a caller with a hundred
//     requests at a hundred offices has as many tries as one with one. Each wrong one above four doubles the wait, up
//     to 15 minutes, for each name at each address, and an address has 20 at once whatever the names. A right password
//     takes back what was counted for its name there;
//   - a name that nobody has takes as long as a wrong password, reads the same, and is slowed the same;
//   - a session ends by its age: Idle after its last use, and Longest after its beginning;
//   - who was removed, and who got a new password, is signed in nowhere from that moment on;
//   - what gives or changes power takes the password of the owner who does it, in that request, and stands in the audit
//     in the same transaction.
//
// It refuses, with a *Refusal that has a code and a next step: names that would be unreadable in a report or look like
// another's, short passwords and those that guessers try first, a first person who is no owner, the removal of the only
// owner. Any other error is a failure of the store.
//
// It knows no SQL and no HTTP. Every method may be called from any goroutine, of any number of offices on one store.
package people
