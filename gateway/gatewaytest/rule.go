package gatewaytest

// rule is a line of a fault script that begins with "on": it decides about certain requests in place of the knobs.
type rule struct {
	api         API
	op          string
	first, last int // which of them, from 1
	fault       fault
}

func (r *rule) fits(c *call) bool {
	return r.api == c.api && (r.op == c.op || r.op == "*") && r.first <= c.nth && c.nth <= r.last
}
