package counter

import (
	"fmt"

	"galla/internal/counter/wire"
)

// approve says who answers for what takes a manager. Where the kernel or the configuration vouches for a caller of that
// role, it is the caller. On a paired device it is whoever enters name and PIN now, even when a manager is signed in:
// a phone left on the counter refunds nothing.
func (c *Counter) approve(who Caller, a wire.Approval) (string, error) {
	if a.Approver == "" && who.Role.may(Manager) && (who.Device == "" || who.Service) {
		return who.Name, nil
	}
	if a.Approver == "" {
		return "", problem(forbidden, "this takes a manager", "Ask a manager to enter their name and PIN.")
	}
	p, err := c.people.verify(a.Approver, a.PIN)
	if err != nil {
		return "", err
	}
	if !p.Role.may(Manager) {
		return "", problem(forbidden, fmt.Sprintf("%s is a %s, and this takes a manager", p.Name, p.Role), "Ask a manager to enter their name and PIN.")
	}
	return p.Role.String() + ":" + p.Name, nil
}
