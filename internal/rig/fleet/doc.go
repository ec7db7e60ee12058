// Package fleet tests a whole chain of shops: boxes with the real uplink, real galla-office processes on one
// PostgreSQL, and what goes wrong between them, drawn from a seed.
//
//	boxes in memory (statetest's traffic, internal/uplink) ─┐                          ┌─ galla-office ─┐
//	real gallads, sales by the simulator ───────────────────┴─ proxies: cut, slow, deaf ┼─ galla-office ─┼─ PostgreSQL
//	                                                                                   └─ galla-office ─┘
//
// Offices are killed with SIGKILL, PostgreSQL is stopped immediate, put back to an older base backup, or its disk is
// full; boxes are put back and cloned, their clocks are off. When all is over each box starts anew and sends what is
// left, and internal/office/check holds the database against every chain that there ever was.
//
// It holds tests only. They need the tag rig, Debian's postgresql, and for the full disk root.
package fleet
