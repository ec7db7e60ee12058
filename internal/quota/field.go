package quota

import (
	"fmt"
	"math"
	"time"
)

// The header fields that tell a caller what it may take: RateLimit-Policy and RateLimit, lists of structured fields
// (draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4). A policy's q is how much at once, its w in how many
// seconds all of that is there again after it was used; r is how much of it is left, t after how many seconds more is.

// Policy is the bound of a Rate as a member of RateLimit-Policy.
func (r *Rate) Policy(name string) string {
	return fmt.Sprintf("%q;q=%d;w=%d", name, r.burst/r.each, max(1, seconds(r.burst)))
}

// Left is what a caller has left of a Rate as a member of RateLimit.
func (r *Rate) Left(name, caller string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	used := time.Until(r.full[caller])
	if used <= 0 {
		return fmt.Sprintf("%q;r=%d", name, r.burst/r.each)
	}
	more := used % r.each
	if more == 0 {
		more = r.each
	}
	return fmt.Sprintf("%q;r=%d;t=%d", name, max(0, (r.burst-used)/r.each), seconds(more))
}

// Left is what a caller has left of most as a member of RateLimit.
func (c *Count) Left(name, caller string, most int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return fmt.Sprintf("%q;r=%d", name, max(0, most-c.held[caller]))
}

// None is a member of RateLimit for a caller that has nothing left for so long.
func None(name string, wait time.Duration) string {
	return fmt.Sprintf("%q;r=0;t=%d", name, seconds(wait))
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
