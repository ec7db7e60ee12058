// Package countertest is a till for tests: the real sale of package state over memory, without gateways, printer or
// disk.
//
// A sale opened here has its QR at once; what a customer or a gateway does is told by Pay, Start, Fail, Expire and the
// like. It is strict where the till is: keys that come again with another request are refused, and what state refuses
// is refused. Only tests import it.
package countertest
