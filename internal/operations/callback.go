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
	o.learn(op)
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
	seen := map[string]standing{}
	for key, m := range o.mandates {
		seen[key] = *m
	}
	unsure := maps.Clone(o.unsure)
	o.mu.Unlock()
	for key, m := range seen {
		if m.gateway == h.gateway && hasMandates(gw) && due(key, m.names...) {
			o.work(func() { o.lookAtMandate(gw, m) })
		}
	}
	for id, op := range unsure {
		if op.Gateway == h.gateway && due(id, op.Reference, op.Target) {
			o.work(func() { o.lookAtOperation(gw, op) })
		}
	}
}

// lookAtMandate reads a mandate that a hint named, or whose look is due, and writes down what changed: a hint itself
// proves nothing.
func (o *Operations) lookAtMandate(gw gateway.Gateway, was standing) {
	ctx, cancel := gateway.Errand{Lane: gateway.LaneWatch, Limit: readTimeout}.Begin(o.ctx)
	defer cancel()
	m, err := o.readMandate(ctx, gw, was.record.ID)
	if err == nil {
		err = o.saw(o.ctx, gw, m)
	}
	if err != nil && o.ctx.Err() == nil {
		o.log.Warn("a mandate could not be read", "gateway", was.gateway, "mandate", was.record.ID, "err", err)
	}
}

// saw writes down how a mandate stands, where that is news.
func (o *Operations) saw(ctx context.Context, gw gateway.Gateway, m gateway.Mandate) error {
	name := gw.Name()
	o.mu.Lock()
	s := o.mandates[name+" "+m.ID]
	if s != nil {
		s.looked = time.Now()
	}
	same := s != nil && s.record.Status == m.Status && s.record.Amount == m.Amount &&
		s.record.PausedUntil.Equal(m.PausedUntil)
	o.mu.Unlock()
	if same {
		return nil
	}
	result, err := json.Marshal(m)
	if err != nil {
		return err
	}
	by := "gateway:" + name
	// Asked and done are one commit: if we die before it, the next look finds the same.
	return o.till.Commit(ctx, func(x *till.Txn) error {
		op, err := asked(x, by, state.Operation{
			ID:        x.NextID("O"),
			Kind:      MandateSeen,
			Gateway:   name,
			Target:    m.ID,
			Reference: m.Reference,
			Request:   json.RawMessage("{}"),
		})
		if err != nil {
			return err
		}
		return o.done(x, by, name, &state.Operation{ID: op.ID, Status: state.OperationDone, Result: result})
	})
}

// lookAtOperation looks once more what became of an operation without a clear answer.
func (o *Operations) lookAtOperation(gw gateway.Gateway, op state.Operation) {
	ctx, cancel := context.WithTimeout(o.ctx, readTimeout)
	defer cancel()
	if seen, done, err := lookFor(ctx, gw, op); err == nil && done {
		o.end(op, state.OperationDone, seen, nil)
	}
}
