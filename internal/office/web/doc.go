// Package web is a head office's HTTP.
//
// The calls of boxes (Box) are those of galla/internal/segment. Each is proved before anything is done for it:
//
//	room? ─► key id ─► terminal known? ─► body, in size and time ─► signature, clock ─► no replay ─► its state
//	 503       401         403               413, 408                     401              401          403
//
// Segments that wait at the same time are taken in one transaction; its commit is what 200 says.
//
// It promises the caller:
//   - a box that is refused for its clock, or its signature, is told which, and the office's time.
//   - an office that has no room says so before it reads a body, and when to come again, at random.
//   - a call that is repeated by somebody else does nothing: a heartbeat must be newer than the newest, any other call
//     not older than that by half a minute. A repeated segment is a duplicate all the same.
//   - one terminal's segments that can't be taken keep nobody else's out.
//
// Behind a proxy the address of a caller is what the proxy says, and only its own address is believed.
package web
