package till

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"galla/gateway"
	"galla/state"
)

// calledEvery is how often callbacks may make one mandate or operation be looked at: anybody who knows the address may send them.
const calledEvery = time.Minute

// callers is what a callback can be about beside sales. It belongs to the goroutine of Run.
type callers struct {
	mandates map[string]*standing       // by gateway and id: those an operation of ours was about
	unsure   map[string]state.Operation // operations whose end isn't known
	looked   map[string]time.Time       // when a callback last made it be looked at, by the same keys
}

// standing is a mandate as it was last seen.
type standing struct {
	gateway, id, reference, status string
	seq                            uint64 // of the operation that saw it
}

// known keeps what a committed operation says about mandates, and which operations are unsettled.
func (t *Till) known(o state.Operation) {
	c := &t.callers
	delete(c.unsure, o.ID)
	if o.Status == state.OperationUnknown {
		c.unsure[o.ID] = o
	}
	if o.Status != state.OperationDone || !strings.HasPrefix(o.Kind, "mandate.") || o.Kind == MandateNotify || o.Kind == MandateExecute {
		return // the answer to a debit is about the debit
	}
	var m gateway.Mandate
	if json.Unmarshal(o.Result, &m) != nil || m.ID == "" {
		return
	}
	key := o.Gateway + " " + m.ID
	if old := c.mandates[key]; old == nil || o.Seq > old.seq {
		c.mandates[key] = &standing{gateway: o.Gateway, id: m.ID, reference: m.Reference, status: m.Status, seq: o.Seq}
	}
}

// called looks at the mandates and unsettled operations that a callback names.
func (u *turn) called(name string, ids []string, now time.Time) {
	t := u.t
	gw := t.gateways[name]
	due := func(key string, mine ...string) bool {
		if !slices.ContainsFunc(mine, func(id string) bool { return id != "" && slices.Contains(ids, id) }) || now.Sub(t.callers.looked[key]) < calledEvery {
			return false
		}
		t.callers.looked[key] = now
		return true
	}
	for key, m := range t.callers.mandates {
		if m.gateway == name && can(gw, MandateCreate) && due(key, m.id, m.reference) {
			was := *m
			u.after = append(u.after, func() { t.workers.Go(func() { t.lookAtMandate(gw, was) }) })
		}
	}
	for id, o := range t.callers.unsure {
		if o.Gateway == name && gw != nil && due(id, o.Reference, o.Target) {
			u.after = append(u.after, func() { t.workers.Go(func() { t.lookAtOperation(gw, o) }) })
		}
	}
}

// lookAtMandate reads a mandate that a callback named, and writes down what changed: the callback itself proves nothing.
func (t *Till) lookAtMandate(gw gateway.Gateway, was standing) {
	ctx, cancel := t.within(readTimeout)
	defer cancel()
	m, err := mandates(gw).Find(ctx, was.reference)
	if err != nil { // not every account can look up by our reference
		m, err = mandates(gw).Show(ctx, was.id)
	}
	if err != nil || m.ID != was.id {
		t.o.Log.Warn("a callback named a mandate that could not be read", "gateway", was.gateway, "mandate", was.id, "err", err)
		return
	}
	if m.Status == was.status {
		return
	}
	result, err := json.Marshal(m)
	if err == nil {
		err = t.send(t.ctx, func(u *turn) error {
			id := fmt.Sprintf("O%08X%s", u.t.seq+uint64(len(u.events))+1, u.t.chance.token(4))
			by := "gateway:" + was.gateway
			// Asked and done in one commit: if we die before it, the next callback or a person's look finds the same.
			if err := u.operate(state.Event{Kind: state.EventOperationAsked, By: by, Gateway: was.gateway, Operation: &state.Operation{
				ID: id, Kind: MandateSeen, Gateway: was.gateway, Target: was.id, Reference: was.reference, Request: json.RawMessage("{}")}}); err != nil {
				return err
			}
			return u.operate(state.Event{Kind: state.EventOperationDone, By: by, Gateway: was.gateway, Operation: &state.Operation{ID: id, Status: state.OperationDone, Result: result}})
		})
	}
	if err != nil && t.ctx.Err() == nil {
		t.o.Log.Error("a mandate's new status could not be recorded", "mandate", was.id, "err", err)
	}
}

// lookAtOperation looks once more what became of an operation without a clear answer.
func (t *Till) lookAtOperation(gw gateway.Gateway, o state.Operation) {
	ctx, cancel := context.WithTimeout(t.ctx, readTimeout)
	defer cancel()
	if seen, done, err := lookFor(ctx, gw, o); err == nil && done {
		t.end(o, state.OperationDone, seen, nil)
	}
}
