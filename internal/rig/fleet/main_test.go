//go:build rig

package fleet

import (
	"flag"
	"testing"
)

var (
	first   = flag.Int("first", 1, "the first seed")
	seeds   = flag.Int("seeds", 3, "how many seeds")
	chains  = flag.Int("chains", 50, "boxes of a seed")
	events  = flag.Int("events", 300, "events that a box makes, at least")
	trade   = flag.Duration("trade", defaultTrade, "how long boxes trade, and faults befall them")
	gallads = flag.Int("gallads", 10, "real boxes of the first of three seeds")
	offices = flag.Int("offices", 3, "galla-office processes")
)

func TestMain(m *testing.M) { m.Run() }
