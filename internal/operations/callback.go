package operations

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/till"
	"galla/state"
)

// calledEvery is how often hints may make one mandate or operation be looked at: anybody who knows the address may
// send them.
const calledEvery = time.Minute

// hint is what a gateway's callback said.
type hint struct {
	gateway string
	ids     []string
}

// standing is a mandate as it was last seen.
type standing struct {
	gateway, id, reference, status string
	seq                            uint64 // of the operation that saw it
}

// Hint says that something may have happened at a gateway to one of its ids: a mandate, or our own reference. It makes
// a mandate that an operation was about, or an operation whose end isn't known, be looked at, and is never evidence of
// anything. It doesn't block; when too many wait it is dropped.
func (o *Operations) Hint(gateway string, ids ...string) {
	select {
	case o.hints <- hint{gateway, ids}:
	default:
	}
}

// known keeps what a committed operation says about mandates, and which operations are unsettled.
func (o *Operations) known(op state.Operation) {
	if o.told != nil && op.Status != state.OperationAsked {
		o.told(op)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.unsure, op.ID)
	if op.Status == state.OperationUnknown && op.Gateway != state.Box {
		o.unsure[op.ID] = op
	}
	var m gateway.Mandate
	if op.Status != state.OperationDone || !kinds[op.Kind].standing || json.Unmarshal(op.Result, &m) != nil || m.ID == "" {
		return
	}
	key := op.Gateway + " " + m.ID
	if old, ok := o.mandates[key]; !ok || op.Seq > old.seq {
		o.mandates[key] = standing{gateway: op.Gateway, id: m.ID, reference: m.Reference, status: m.Status, seq: op.Seq}
	}
}

// follow looks at the mandates and unsettled operations that a hint names.
func (o *Operations) follow(h hint, now time.Time) {
	gw := o.gateways[h.gateway]
	if gw == nil {
		return
	}
	due := func(key string, mine ...string) bool {
		named := slices.ContainsFunc(mine, func(id string) bool { return id != "" && slices.Contains(h.ids, id) })
		if !named || now.Sub(o.looked[key]) < calledEvery {
			return false
		}
		o.looked[key] = now
		return true
	}

	o.mu.Lock()
	seen, unsure := maps.Clone(o.mandates), maps.Clone(o.unsure)
	o.mu.Unlock()
	for key, m := range seen {
		if m.gateway == h.gateway && hasMandates(gw) && due(key, m.id, m.reference) {
			o.work(func() { o.lookAtMandate(gw, m) })
		}
	}
	for id, op := range unsure {
		if op.Gateway == h.gateway && due(id, op.Reference, op.Target) {
			o.work(func() { o.lookAtOperation(gw, op) })
		}
	}
}

// lookAtMandate reads a mandate that a hint named, and writes down what changed: the hint itself proves nothing.
func (o *Operations) lookAtMandate(gw gateway.Gateway, was standing) {
	ctx, cancel := context.WithTimeout(o.ctx, readTimeout)
	defer cancel()
	m, err := mandates(gw).Find(ctx, was.reference)
	if err != nil { // not every account can look up by our reference
		m, err = mandates(gw).Show(ctx, was.id)
	}
	if err != nil || m.ID != was.id {
		o.log.Warn("a callback named a mandate that could not be read",
			"gateway", was.gateway, "mandate", was.id, "err", err)
		return
	}
	if m.Status == was.status {
		return
	}
	result, err := json.Marshal(m)
	if err == nil {
		by := "gateway:" + was.gateway
		// Asked and done are one commit: if we die before it, the next hint or a person's look finds the same.
		err = o.till.Commit(o.ctx, func(x *till.Txn) error {
			op, err := asked(x, by, state.Operation{
				ID:        x.NextID("O"),
				Kind:      MandateSeen,
				Gateway:   was.gateway,
				Target:    was.id,
				Reference: was.reference,
				Request:   json.RawMessage("{}"),
			})
			if err != nil {
				return err
			}
			return o.done(x, by, was.gateway, &state.Operation{ID: op.ID, Status: state.OperationDone, Result: result})
		})
	}
	if err != nil && o.ctx.Err() == nil {
		o.log.Error("a mandate's new status could not be recorded", "mandate", was.id, "err", err)
	}
}

// lookAtOperation looks once more what became of an operation without a clear answer.
func (o *Operations) lookAtOperation(gw gateway.Gateway, op state.Operation) {
	ctx, cancel := context.WithTimeout(o.ctx, readTimeout)
	defer cancel()
	if seen, done, err := lookFor(ctx, gw, op); err == nil && done {
		o.end(op, state.OperationDone, seen, nil)
	}
}
