// Package fleet tests a whole chain of shops: boxes with the real uplink, real galla-office processes on one
// PostgreSQL, and what goes wrong between them, drawn from a seed.
//
//	boxes in memory (statetest's traffic, internal/uplink) ─┐                          ┌─ galla-office ─┐
//	real gallads, sales by the simulator ───────────────────┴─ proxies: cut, slow, deaf ┼─ galla-office ─┼─ PostgreSQL
//	                                                                                   └─ galla-office ─┘
//
// What befalls, and what proves that it did: a seed counts only where each of its faults did something.
//
//	office killed, all offices killed      connections that were through it
//	postgres stopped immediate             connections of offices
//	postgres put back to a base backup     places that the database forgot (pg_basebackup, the data put in place)
//	replica promoted that was behind       places that it lacked (streaming; its receiver ends first)
//	disk full                              calls that failed while PostgreSQL refused to write (tmpfs of limited size)
//	line cut, line slow, answers lost      connections, pieces, answers: a proxy of the test's own
//	cable of an office pulled              connections that hung (ip netns, veth, link down: no packet comes back)
//	gallads killed                         how many of the ten
//	box put back, box cloned               places forgotten, branches more
//	clock of a box off by hours            calls that the office refused by their time (one box in five, up to 36 h)
//	segment sent twice                     answers "duplicate"
//
// All but the last four are dealt: three seeds in a row, 1 to 3, 4 to 6, have each fault once, the first of them with
// ten real gallads at galla-sim, which join by code. In odd seeds boxes are pinned to offices. PostgreSQL is found by
// an address of two hosts and target_session_attrs=read-write, as a chain with a replica has it.
//
// When all is over each box starts anew and sends what is left. Then two oracles judge: internal/office/check, and the
// rig's own account (oracle_test.go), which reads the tables by psql and shares no code with the office, with segment
// or with state: each place of each box once, hashes and signatures made anew, heads, sales, payments, days, the sum.
// TestOraclesBite spoils rows one by one, and each oracle finds it alone.
//
// A seed again: make rig-chain FIRST=17 SEEDS=1 CHAINS=200. The seed fixes boxes, traffic, faults and their moments;
// what they hit at that moment is the machine's. README.md has the figures.
//
// It holds tests only. They need the tag rig, Debian's postgresql and iproute2, and root.
package fleet
