// Package people says who calls, and what they may do: persons with their PINs and roles, the devices that are paired,
// the software that calls for itself, and the box's certificate that a device trusts.
//
//	Unix socket: user id ──────────┐
//	loopback: the listener's role ─┼─► Caller (name, role) ─► a route's right ─► Approve, where a manager's PIN is due
//	network: a device's token ─────┘
//
// It promises:
//   - a change of persons or devices is written down with who made it (Options.Record) before it is made, it is in the
//     settings before it is in memory, and what could not be written has not happened;
//   - a PIN and a token are kept as hashes, compared, and forgotten: no error, record or list has one;
//   - wrong PINs are counted for each device and person, wrong pairing codes for each address, and each one above four
//     doubles the wait, up to 15 minutes. The count of a PIN outlives a restart. An unknown name takes as long as a
//     wrong PIN, reads the same, and is slowed the same. Runs of wrong PINs are written down with the name and the
//     device;
//   - what gives or changes power takes the PIN of who answers for it, in that request (Prove); a sign-in ends by its
//     age; a paired device does nothing until somebody lets it in;
//   - PINs are hashed two at a time, and under no lock that a look at who calls needs;
//   - who was removed, and who got a new PIN, is signed in nowhere from that moment on.
//
// It refuses, with a *Refusal that says what to do next: names that would be unreadable in a report, PINs that a
// bystander guesses first or that somebody else has, a first person who is no owner, the removal of the only owner, and
// codes that are wrong, used, or older than five minutes. Any other error is a failure of the settings or of the
// record.
//
// Load comes first and reads the settings; every method of what it returns may then be called at any time from any
// goroutine. Certificate needs the settings only. Nothing here runs by itself, and nothing takes a context: a call
// lasts as long as a write to the settings, and a hash of a PIN where one is compared.
package people
