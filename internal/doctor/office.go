package doctor

import (
	"strings"
	"time"

	"galla/internal/counter/wire"
)

// officeTime is how long a head office may be away before somebody has to do something. Sales never wait for it.
const officeTime = 24 * time.Hour

// office says how the head office of the chain takes what happens here; nothing where the box is in no chain.
func (d *Doctor) office() []wire.Check {
	if d.o.Office == nil {
		return nil
	}
	o := d.o.Office()
	switch {
	case !o.Joined:
		return nil
	case o.Problem == "":
		return []wire.Check{ok("office", "well", values{"office": o.Office})}
	}
	c := wire.Check{Check: "office", Level: wire.LevelNote, SaysCode: o.ProblemCode, SaysValues: o.ProblemValues}
	if d.o.Now().Sub(o.AwaySince) >= officeTime {
		c.Level = wire.LevelBad
	}
	c.Says, c.Next = wire.Say(c.SaysCode, c.SaysValues)
	c.Says = strings.TrimSuffix(c.Says, ".")
	return []wire.Check{c}
}
