package gateway

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Payees remembers whom the codes of one account paid. A gateway may give each code an address of its own (Razorpay
// does), so what is remembered is the name and the bank's handle, and, where addresses stay, the address too. A payee
// that was never seen is told once, to the operator, and never refused: the gateway may change its bank. Safe for
// concurrent use.
type Payees struct {
	// PerCode: each code has an address of its own, whose part before the @ says nothing.
	PerCode bool

	mu   sync.Mutex
	seen []Payee
}

// Payee is one of them. Address is the merchant's own; before the @ it is "*" where each code has its own.
type Payee struct {
	Name    string    `json:"name"`
	Address string    `json:"address"`
	Since   time.Time `json:"since"`
	Codes   int       `json:"-"` // since this process began
}

// maxPayees bounds the memory; an account has one or two.
const maxPayees = 20

// See notes that a code pays name at vpa, at a moment of our clock. The note is for the operator and holds no address;
// it is empty for a payee that was seen before, and for the first of an account.
func (p *Payees) See(name, vpa string, at time.Time) (note string) {
	local, handle, _ := strings.Cut(strings.ToLower(vpa), "@")
	if p.PerCode {
		local = "*"
	}
	address := local + "@" + handle
	p.mu.Lock()
	defer p.mu.Unlock()
	if i := slices.IndexFunc(p.seen, func(k Payee) bool { return k.Name == name && k.Address == address }); i >= 0 {
		p.seen[i].Codes++
		return ""
	}
	first := len(p.seen) == 0
	if len(p.seen) == maxPayees {
		p.seen = slices.Delete(p.seen, 1, 2) // the first one stays: it is what the others are compared with
	}
	p.seen = append(p.seen, Payee{Name: name, Address: address, Since: at, Codes: 1})
	if first {
		return ""
	}
	return fmt.Sprintf("this code pays %q at %s, which no code of this account paid before (they paid %q at %s): "+
		"compare both with the gateway's dashboard", name, MaskVPA(vpa), p.seen[0].Name, MaskVPA(p.seen[0].Address))
}

// Known takes in what List gave in an earlier process.
func (p *Payees) Known(list []Payee) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = list[:min(len(list), maxPayees)]
}

// List are the payees seen, oldest first.
func (p *Payees) List() []Payee {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.seen)
}

// Finding says for the doctor whom the codes pay; false before the first code.
func (p *Payees) Finding() (Finding, bool) {
	list := p.List()
	if len(list) == 0 {
		return Finding{}, false
	}
	var said []string
	for _, k := range list {
		said = append(said, fmt.Sprintf("%q at %s (%d since gallad started)", k.Name, MaskVPA(k.Address), k.Codes))
	}
	f := Finding{Check: "payee", Level: LevelOK, Says: "the codes pay " + strings.Join(said, ", ")}
	if len(list) > 1 {
		f.Level, f.Next = LevelNote, "Compare the names with the gateway's dashboard: has the shop's account been "+
			"given another bank or name? If nobody knows, call the gateway."
	}
	return f, true
}
