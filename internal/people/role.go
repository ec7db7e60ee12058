package people

import "fmt"

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

// one is somebody of the role, in a sentence.
func (r Role) one() string {
	if r == Owner {
		return "an owner"
	}
	return "a " + r.String()
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

// May reports whether the role covers what takes need.
func (r Role) May(need Role) bool { return r >= need }

// CheckService refuses a role that software which works without a person can't have.
func CheckService(role string) error {
	if r, err := ParseRole(role); err != nil || r == Owner {
		return unacceptable("service", "a service is a cashier or a manager", `Give "cashier" or "manager".`)
	}
	return nil
}
