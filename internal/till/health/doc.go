// Package health is what the till knows of itself and of what hangs on it: the gateways as their last calls showed
// them, the printer, the customer's display, how many sales are open or need somebody, and why it stopped.
//
// It promises that reading it waits for nothing: neither for the store nor for the engine. It decides nothing about a
// sale and keeps nothing on disk. A Board may be used from any goroutine at any time; a name that it was not made with
// is kept and not shown.
package health
