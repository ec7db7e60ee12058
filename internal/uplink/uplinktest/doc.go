// Package uplinktest stands in for a head office over HTTPS, for tests that join a whole box to one.
//
//	Office   takes segments by segment.Judge and keeps them in memory; strict: what no box may do is in Faults
//
// Be makes it an office that is away, slow or hostile. It promises nothing about speed, and keeps nothing over its end.
// Everything may be called from any goroutine; Close once.
package uplinktest
