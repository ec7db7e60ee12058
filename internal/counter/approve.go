package counter

import "galla/internal/counter/wire"

// approve says who answers for what takes a manager: the caller, where their own role is enough, or the person whose name
// and PIN came with the request.
func (c *Counter) approve(who Caller, a wire.Approval) (string, error) {
	if a.Approver == "" && who.Role.may(Manager) {
		return who.Name, nil
	}
	return "", problem(forbidden, "this takes a manager", "Ask a manager to enter their name and PIN.")
}
