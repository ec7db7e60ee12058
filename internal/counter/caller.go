package counter

import (
	"fmt"
	"net/http"
	"os"
	"strings"
)

// Role is what a person may do. A higher role may do all that a lower one may.
type Role int

const (
	Anyone  Role = iota - 1 // without a token
	Nobody                  // a paired device on which nobody is signed in
	Cashier                 // takes sales, prints, looks
	Manager                 // refunds, accepts less than asked, closes the day, exports
	Owner                   // people and devices
)

var roleNames = [...]string{"nobody", "cashier", "manager", "owner"}

func (r Role) String() string {
	if r < 0 || int(r) >= len(roleNames) {
		return fmt.Sprintf("role %d", int(r))
	}
	return roleNames[r]
}

// ParseRole reads "cashier", "manager" or "owner".
func ParseRole(s string) (Role, error) {
	for r := Cashier; r <= Owner; r++ {
		if s == r.String() {
			return r, nil
		}
	}
	return Nobody, fmt.Errorf("role %q is not known: give \"cashier\", \"manager\" or \"owner\"", s)
}

func (r Role) may(need Role) bool { return r >= need }

// Person is somebody the counter knows by name.
type Person struct {
	Name string
	Role Role

	login string // see personRecord
}

// Caller is who makes a request.
type Caller struct {
	Name string // as stored with what they do: "cashier:asha", "uid:1000"
	Role Role
	// Local: it came over the Unix socket, where the kernel vouches for who it is.
	Local bool
	// Device is the id of the paired device it came from; empty for others.
	Device string
	// Service: the device is billing software, which has a role of its own.
	Service bool
}

// identify says who makes the request, or why nobody knows.
func (c *Counter) identify(r *http.Request, d Door) (Caller, error) {
	if d.Kernel {
		uid, ok := r.Context().Value(peerKey{}).(uint32)
		if !ok {
			return Caller{}, problem(unauthorized, "the kernel did not say who is at the other end of the socket", "Call again; if it stays so, restart gallad.")
		}
		if p, ok := c.users[uid]; ok {
			return Caller{Name: p.Role.String() + ":" + p.Name, Role: p.Role, Local: true}, nil
		}
		who := Caller{Name: fmt.Sprintf("uid:%d", uid), Role: Cashier, Local: true}
		if uid == 0 || int(uid) == os.Geteuid() {
			who.Role = Owner
		}
		return who, nil
	}
	if d.Trust != Nobody {
		return Caller{Name: d.Trust.String() + ":loopback", Role: d.Trust}, nil
	}
	token := ""
	if cookie, err := r.Cookie(tokenCookie); err == nil {
		token = cookie.Value
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	if token == "" {
		return Caller{}, problem(unauthorized, "this request has no token of a paired device", "Pair this device: ask the owner for a code.")
	}
	dev, ok := c.devices.find(token)
	if !ok {
		return Caller{}, problem(unauthorized, "this token is not that of a paired device; it may have been revoked", "Pair this device again: ask the owner for a code.")
	}
	return c.callerOn(dev), nil
}

// callerOn is who calls from a paired device.
func (c *Counter) callerOn(dev deviceRecord) Caller {
	who := Caller{Name: "device:" + dev.ID, Device: dev.ID}
	if role, err := ParseRole(dev.Service); err == nil {
		who.Role, who.Name, who.Service = role, "service:"+dev.Name, true
	} else if p, ok := c.people.get(dev.Person); ok && dev.Person != "" && dev.Login == p.login { // whoever was removed is signed in nowhere, nor who comes back under that name
		who.Role, who.Name = p.Role, p.Role.String()+":"+p.Name
	}
	return who
}

// still reports whether a caller of a long answer has the role yet: a device may be revoked, and a person sign out or be
// removed, while a feed is open.
func (c *Counter) still(who Caller, need Role) bool {
	if who.Device == "" {
		return true
	}
	dev, ok := c.devices.get(who.Device)
	return ok && c.callerOn(dev).Role.may(need)
}

func notAllowed(who Caller, need Role) error {
	if who.Role == Nobody && who.Device != "" {
		return problem(unauthorized, "nobody is signed in on this device", "Sign in with your name and PIN.")
	}
	return problem(forbidden, fmt.Sprintf("%s may not do this: it takes a %s", who.Name, need), fmt.Sprintf("Ask a %s.", need))
}
