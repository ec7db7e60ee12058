package people

import "fmt"

// Role is what a person may do. Each one may do what those before it may.
type Role int

// The roles.
const (
	Nobody     Role = iota
	Viewer          // sees the chain's figures
	Accountant      // takes files of them away, too
	Owner           // lets boxes and people in, too
)

var roles = []string{"nobody", "viewer", "accountant", "owner"}

func (r Role) String() string {
	if r < Nobody || r > Owner {
		return roles[Nobody]
	}
	return roles[r]
}

// May says whether the role may do what takes another one.
func (r Role) May(need Role) bool { return r >= need }

// ParseRole reads a role that a person can have.
func ParseRole(text string) (Role, error) {
	for r, name := range roles[Viewer:] {
		if name == text {
			return Viewer + Role(r), nil
		}
	}
	return Nobody, refuse(BadRole, fmt.Sprintf("the role %.20q is none", text), "Give owner, accountant or viewer.")
}
