package check

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"galla/internal/money"
	"galla/internal/office"
	"galla/state"
)

// closed is what a branch's events say of a day that was closed.
type closed struct {
	branch int
	event  uint64
	number int
	sum    string // SHA-256 of the Z report's bytes
	net    money.Paise
	day    string
}

// closings notes the days that the operations of a branch closed.
func (c *checked) closings(n int, f fold) {
	for id, o := range f.operations {
		is := o.is
		if !o.mine || is.Gateway != state.Box || is.Kind != state.ActDayClose ||
			is.Status != state.OperationDone && is.Status != state.OperationUnknown {
			continue
		}
		var says struct {
			Day    string      `json:"day"`
			SHA256 string      `json:"sha256"`
			Net    money.Paise `json:"net_paise"`
			Seq    uint64      `json:"seq"`
		}
		digits, named := strings.CutPrefix(is.Target, "Z")
		number, err := strconv.Atoi(digits)
		if json.Unmarshal(is.Request, &says) != nil {
			continue
		}
		_, none := time.Parse(time.DateOnly, says.Day)
		// What says less than this closes no day: the office has it as a finding.
		if named && err == nil && number > 0 && none == nil && says.Seq < is.Seq && len(says.SHA256) == 2*sha256.Size {
			c.closed[id] = closed{n, is.Seq, number, strings.ToLower(says.SHA256), says.Net, says.Day}
		}
	}
}

// zs holds Z reports against what the chain says was closed: their bytes against the hash there, and what the row says
// of them against what comes of reckoning them again.
func (c *checked) zs() error {
	err := c.v.Zs(c.t.ID, func(z, proved office.Z) error {
		c.r.Zs++
		wrong := func(format string, args ...any) {
			c.find(Wrong, z.Branch, z.Event, "z", z.Operation, "Z report %d of %s %s", z.Number, z.Day,
				fmt.Sprintf(format, args...))
		}
		want, known := c.closed[z.Operation]
		delete(c.closed, z.Operation)
		switch sum := sha256.Sum256(z.Bytes); {
		case !known:
			wrong("was closed by no event")
			return nil
		case z.SHA256 != want.sum || z.Net != want.net || z.Day != want.day || z.Branch != want.branch ||
			z.Event != want.event || z.Number != want.number:
			wrong(
				"is event %d of branch %d, %s, %s: its event says %d, %d, number %d, %s, %s",
				z.Event,
				z.Branch,
				z.Net,
				z.SHA256,
				want.event,
				want.branch,
				want.number,
				want.net,
				want.sum,
			)
		case z.Bytes != nil && hex.EncodeToString(sum[:]) != want.sum:
			wrong("has bytes of the hash %x, and %s was closed", sum, want.sum)
		case z.Bytes == nil && !slices.Contains([]office.ZState{office.ZWanted, office.ZLost, office.ZUnproved},
			z.State):
			wrong("is %s, and its bytes are not here", z.State)
		case z.Bytes != nil && (z.State != proved.State || z.Why != proved.Why ||
			!reflect.DeepEqual(z.Differs, proved.Differs)):
			wrong("is %s %s %v: reckoned again it is %s %s %v", z.State, z.Why, z.Differs, proved.State, proved.Why,
				proved.Differs)
		case z.Bytes != nil && z.State == office.ZRecomputed:
			c.r.Recomputed++
		}
		return nil
	})
	for _, id := range slices.Sorted(maps.Keys(c.closed)) {
		is := c.closed[id]
		c.find(Missing, is.branch, is.event, "z", id, "Z report %d of %s has no row", is.number, is.day)
	}
	return err
}
