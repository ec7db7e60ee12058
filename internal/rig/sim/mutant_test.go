package sim

import (
	"galla/gateway"
	"galla/state/statetest"
)

// mutant is a box that is wrong in one way. honest is the box as it is.
type mutant struct {
	name string
	// over is how the store of the process lies; nil: not.
	over func(*world, statetest.Store) statetest.Store
	// desk is how the client of a gateway lies; nil: not.
	desk func(*world, gateway.Gateway) gateway.Gateway
	// dies is what a crash does beside ending the process.
	dies func(*world)
	// careless takes every error of a commit for a refusal that wrote nothing.
	careless bool
}

var honest mutant

func (m mutant) store(w *world, s statetest.Store) statetest.Store {
	if m.over == nil {
		return s
	}
	return m.over(w, s)
}

func (m mutant) gateway(w *world, g gateway.Gateway) gateway.Gateway {
	g = newDesk(w, g)
	if m.desk == nil {
		return g
	}
	return m.desk(w, g)
}

func (m mutant) crash(w *world) {
	if m.dies != nil {
		m.dies(w)
	}
}

func (m mutant) refused(err error) bool { return m.careless || refused(err) }
