// Galla-sim plays two payment gateways, EnKash and Razorpay, and the customer's phone, so that a till can be shown,
// tested and broken without keys, money or a network.
//
//	gallad ──▶ :8801  pretend EnKash  ┐
//	gallad ──▶ :8802  pretend Razorpay├─ one simulator: orders, payments, refunds, a clock, a seed
//	person ──▶ :8803  pretend phone   ┘   (page, JSON API, fault script)
//
// It misbehaves by default as the real ones do; -calm stops that. It prints its addresses as one JSON line on
// stdout, then the credentials it accepts and the run's seed on stderr. It refuses to listen where other machines
// could take it for a gateway, unless told -expose. Everything it knows is lost when it ends.
//
// The simulator itself is the package gateway/gatewaytest; this command only wires it to ports.
package main
