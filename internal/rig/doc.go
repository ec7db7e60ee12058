// Package rig tests the whole box: the real gallad and galla binaries against the simulator of the gateways, killed at
// moments that are chosen or drawn, restarted, and compared with the simulator's ledger.
//
//	galla ──▶ gallad ──▶ gateway proxy (counts each call, and may kill gallad before or after it) ──▶ simulator
//
// It holds tests only. What it promises: a killed gallad loses no sale, asks for no second payment, and tells its story
// once.
package rig
