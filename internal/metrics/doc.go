// Package metrics shows a running till to Prometheus.
//
//	gateway calls ─┐                                        ┌─ GET /metrics on the socket
//	commits       ─┼─▶ Metrics ◀── scrape ── Box (gauges) ──┤
//	events        ─┘                                        └─ and on loopback, never on the network
//
// Names follow Prometheus's conventions: base units, _total for counters, one prefix "galla". It promises that no
// metric holds a key, a person, an amount or a reference, and that labels come from short fixed lists and the gateways
// of the config, so that a year of trade makes no more series than a day. A scrape reads memory and two file systems'
// figures; it asks no gateway and writes nothing. Counters begin at 0 when gallad starts.
package metrics
