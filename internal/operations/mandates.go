package operations

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"galla/gateway"
	"galla/internal/day"
	"galla/internal/mandate"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

// known mandates: what the box has asked and seen of each, in memory, made anew from the operations at every start.

// standing is a mandate as it was last seen.
type standing struct {
	gateway string
	record  gateway.Mandate // what was last said of each of its fields
	names   []string        // every id it ever had: the gateway's, our references, the network's number
	by      string          // who asked for it; empty of one made elsewhere
	asked   time.Time       // when the box asked for it
	seq     uint64          // of the operation that saw it last
	notices []mandate.Notice
	unsure  []mandate.Unsure // in a copy
	active  time.Time        // when it was first seen so; zero: it was not
	idle    []mandate.Span   // when it was not, after that
	plan    Plan
	planned bool      // the owner said something here about its debits
	looked  time.Time // when its gateway was last asked how it stands; of the process's own clock
	wake    time.Time // until then nothing need be looked for, likewise; zero: something may have changed
	due     time.Time // or until then by the wall, if that comes sooner; zero: it does not
}

// Plan is what the owner has said about the debits of a mandate.
type Plan struct {
	// of each debit; 0: that of an exact mandate, or a person says it
	Amount money.Paise `json:"amount_paise,omitempty"`
	Auto   bool        `json:"auto,omitempty"` // due debits are asked without a person
}

// Mandated is a mandate as a list shows it.
type Mandated struct {
	Gateway string
	Record  gateway.Mandate
	Names   []string
	State   mandate.State
	By      string
	AskedAt time.Time
	Plan    Plan
	Next    mandate.Next
	Lost    mandate.Lost
	Retry   string       // the day of another try of a debit that failed; empty: there is none
	Debits  []state.Sale // newest first
}

func (s *standing) rules() *mandate.Mandate {
	r := &s.record
	return &mandate.Mandate{
		State:       s.state(),
		Amount:      r.Amount,
		Exact:       r.Rule == "exact",
		Period:      r.Period,
		Rule:        strings.ToUpper(r.DebitRule),
		Value:       r.DebitValue,
		Start:       r.Start,
		End:         r.End,
		PausedUntil: r.PausedUntil,
	}
}

// learn keeps what a committed operation says about a mandate. The caller holds o.mu.
func (o *Operations) learn(op state.Operation) {
	if op.Status != state.OperationDone {
		return
	}
	if s := o.mandates[op.Gateway+" "+op.Target]; s != nil {
		s.wake = time.Time{}
	}
	select {
	case o.stirred <- struct{}{}: // what is due by it is done now
	default:
	}
	switch op.Kind {
	case MandateNotify:
		var d gateway.MandateDebit
		if s := o.mandates[op.Gateway+" "+op.Target]; s != nil && json.Unmarshal(op.Request, &d) == nil {
			n := mandate.Notice{Reference: op.Reference, Amount: d.Amount, Day: day.Business(d.On, 0), At: op.AskedAt}
			if !slices.ContainsFunc(s.notices, func(k mandate.Notice) bool { return k.Reference == n.Reference }) {
				s.notices = append(s.notices, n)
			}
		}
		return
	case MandatePlan:
		var p Plan // whole: what it leaves out is off
		if s := o.mandates[op.Gateway+" "+op.Target]; s != nil && json.Unmarshal(op.Request, &p) == nil {
			s.plan, s.planned = p, true
		}
		return
	}

	var m gateway.Mandate
	if !kinds[op.Kind].standing || json.Unmarshal(op.Result, &m) != nil || m.ID == "" {
		return
	}
	key := op.Gateway + " " + m.ID
	s := o.mandates[key]
	if s == nil {
		s = &standing{gateway: op.Gateway}
		o.mandates[key] = s
	}
	if op.Kind == MandateCreate {
		var asked gateway.MandateSpec
		if json.Unmarshal(op.Request, &asked) == nil {
			m = whole(m, asked)
		}
		s.by, s.asked = op.By, op.AskedAt
	}

	names := []string{m.ID, m.Reference, m.UMN}
	if op.Kind == MandateCreate || op.Kind == MandateUpdate {
		names = append(names, op.Reference)
	}
	for _, name := range names {
		if name != "" && !slices.Contains(s.names, name) {
			s.names = append(s.names, name)
		}
	}
	if op.Seq > s.seq {
		s.seq, s.record = op.Seq, merged(s.record, m)
		s.stands(op.DoneAt)
		if looked := time.Now().Add(-max(o.wall().Sub(op.DoneAt), 0)); looked.After(s.looked) {
			s.looked = looked
		}
	}

	if gw := o.gateways[op.Gateway]; gw != nil && hasMandates(gw) {
		mandates(gw).Know(m.ID, s.record.Reference)
	}
}

// stands keeps since when a mandate is active, or is not any more.
func (s *standing) stands(at time.Time) {
	n := len(s.idle)
	idle := n > 0 && s.idle[n-1].To.IsZero()
	switch active := s.state() == mandate.Active; {
	case active && s.active.IsZero():
		s.active = at
	case active && idle:
		s.idle[n-1].To = at
	case !active && !idle && !s.active.IsZero():
		s.idle = append(s.idle, mandate.Span{From: at})
	}
}

// whole fills what an answer leaves out from what was asked.
func whole(m gateway.Mandate, asked gateway.MandateSpec) gateway.Mandate {
	return merged(gateway.Mandate{
		Name:       asked.Name,
		Amount:     asked.Amount,
		Rule:       asked.Rule,
		Period:     asked.Period,
		DebitRule:  asked.DebitRule,
		DebitValue: asked.DebitValue,
		PayerName:  asked.Payer.Name,
		PayerVPA:   asked.Payer.VPA, // masked before it was kept
		Expiry:     asked.Expiry,
		Start:      asked.Start,
		End:        asked.End,
	}, m)
}

// merged is a newer record with the fields that it leaves out from an older one. The reference is that of the making,
// whatever a change was called.
func merged(old, m gateway.Mandate) gateway.Mandate {
	m.UMN, m.Reference, m.Name = cmp.Or(m.UMN, old.UMN), cmp.Or(old.Reference, m.Reference), cmp.Or(m.Name, old.Name)
	m.Amount, m.Rule = cmp.Or(m.Amount, old.Amount), cmp.Or(m.Rule, old.Rule)
	if !mandate.Known(m.Period) && old.Period != "" { // a word of the gateway's own says nothing of how often
		m.Period = old.Period
	}
	if !mandate.KnownRule(m.DebitRule) && old.DebitRule != "" {
		m.DebitRule = old.DebitRule
	}
	m.DebitValue = cmp.Or(m.DebitValue, old.DebitValue)
	m.PayerName, m.PayerVPA = cmp.Or(m.PayerName, old.PayerName), cmp.Or(m.PayerVPA, old.PayerVPA)
	m.Description, m.Status = cmp.Or(m.Description, old.Description), cmp.Or(m.Status, old.Status)
	for _, at := range []struct {
		now, was *time.Time
	}{{&m.Expiry, &old.Expiry}, {&m.Start, &old.Start}, {&m.End, &old.End}, {&m.CreatedAt, &old.CreatedAt}} {
		if at.now.IsZero() {
			*at.now = *at.was
		}
	}
	return m
}

// mandateOf is a copy of what is known of a mandate, by any of its names; nil: nothing.
func (o *Operations) mandateOf(gw, name string) *standing {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.mandates {
		if s.gateway == gw && name != "" && slices.Contains(s.names, name) {
			return new(o.copied(s))
		}
	}
	return nil
}

// copied is what is known of a mandate now. The caller holds o.mu.
func (o *Operations) copied(s *standing) standing {
	c := *s
	c.names, c.notices, c.idle = slices.Clone(s.names), slices.Clone(s.notices), slices.Clone(s.idle)
	for _, op := range o.unsure {
		var d gateway.MandateDebit
		if op.Kind == MandateNotify && op.Gateway == s.gateway && op.Target == s.record.ID &&
			json.Unmarshal(op.Request, &d) == nil {
			u := mandate.Unsure{Operation: op.ID, Reference: op.Reference, Day: day.Business(d.On, 0)}
			c.unsure = append(c.unsure, u)
		}
	}
	return c
}

// Mandate reads one mandate from its gateway, by any id that it ever had: the gateway's, a reference of ours, the
// network's number.
func (o *Operations) Mandate(ctx context.Context, name, id string) (gateway.Mandate, error) {
	gw, err := o.able(name, MandateCreate)
	if err != nil {
		return gateway.Mandate{}, err
	}
	if !couldBeID(id) {
		return gateway.Mandate{}, asGatewayError(gw.Name(), gateway.ErrNotFound)
	}
	m, err := o.readMandate(ctx, gw, id)
	if err == nil && o.running() == nil { // one that was made elsewhere is known from here on
		if err := o.saw(ctx, gw, m); err != nil {
			o.log.Warn("how a mandate stands could not be written down", "mandate", m.ID, "err", err)
		}
	}
	return m, asGatewayError(gw.Name(), err)
}

// named gives a request about a mandate, which may name it by any id, its gateway's own; of a notice, how the mandate
// stands is read first.
func (o *Operations) named(ctx context.Context, gw gateway.Gateway, r Request) Request {
	if !strings.HasPrefix(r.Kind, "mandate.") || r.Target == "" {
		return r
	}
	if r.Kind == MandateNotify && r.By != "till" && o.running() == nil {
		if _, err := o.lookNow(ctx, gw, r.Target); err != nil { // the rules go by what was seen last
			o.log.Warn("a mandate could not be read before its notice", "mandate", r.Target, "err", err)
		}
	}
	s := o.mandateOf(gw.Name(), r.Target)
	if s == nil {
		return r
	}
	r.Target = s.record.ID
	if r.Kind == MandateNotify {
		if debits, err := o.store.Find(state.FieldMandate, s.record.ID, "", debitsKept); err == nil {
			next := cmp.Or(s.rules().Retry(s.past(debits), o.wall()), s.next(s.rules(), debits, o.wall()).Day)
			r.next, _ = day.Start(next, 0)
		}
	}
	return r
}

// readMandate asks the gateway for a mandate under every name that it has, until one is known there. What it says
// becomes part of what the box knows once lookAtMandate writes it down.
func (o *Operations) readMandate(ctx context.Context, gw gateway.Gateway, id string) (gateway.Mandate, error) {
	s := o.mandateOf(gw.Name(), id)
	if s == nil {
		m, err := mandates(gw).Show(ctx, id)
		if errors.Is(err, gateway.ErrNotFound) {
			if found, findErr := mandates(gw).Find(ctx, id); findErr == nil {
				return found, nil
			}
		}
		return m, err
	}
	m, err := mandates(gw).Show(ctx, s.record.ID)
	for _, name := range s.names {
		if err == nil || !errors.Is(err, gateway.ErrNotFound) {
			break
		}
		if found, findErr := mandates(gw).Find(ctx, name); findErr == nil {
			m, err = found, nil
		}
	}
	if err != nil {
		return m, err
	}
	if m.ID != s.record.ID {
		return m, gateway.ErrNotFound
	}
	return merged(s.record, m), nil
}

// MandateList lists the mandates that the box knows: those it asked for, and those that a person has looked at here;
// the newest first. It asks no gateway. An error is the store's.
func (o *Operations) MandateList() ([]Mandated, error) {
	o.mu.Lock()
	var all []standing
	for _, s := range o.mandates {
		all = append(all, o.copied(s))
	}
	o.mu.Unlock()
	slices.SortFunc(all, func(a, b standing) int {
		return cmp.Or(b.asked.Compare(a.asked), cmp.Compare(b.record.ID, a.record.ID))
	})

	now := o.wall()
	out := make([]Mandated, 0, len(all))
	for _, s := range all {
		debits, err := o.store.Find(state.FieldMandate, s.record.ID, "", debitsKept)
		if err != nil {
			return nil, err
		}
		m := s.rules()
		var lost mandate.Lost
		if !s.asked.IsZero() && !s.active.IsZero() { // of one made elsewhere the other box knows
			lost = m.Lost(s.past(debits), s.active, now)
		}
		out = append(out, Mandated{
			Gateway: s.gateway,
			Record:  s.record,
			Names:   s.names,
			State:   m.State,
			By:      s.by,
			AskedAt: s.asked,
			Plan:    s.plan,
			Next:    s.next(m, debits, now),
			Lost:    lost,
			Retry:   m.Retry(s.past(debits), now),
			Debits:  debits,
		})
	}
	return out, nil
}

// Unsure lists the operations at gateways whose end nobody knows, newest first, of kinds that begin so: "mandate." or
// "qr.". A person looks, and says how each ended (Settle).
func (o *Operations) Unsure(prefix string) []state.Operation {
	o.mu.Lock()
	defer o.mu.Unlock()
	var out []state.Operation
	for _, op := range o.unsure {
		if strings.HasPrefix(op.Kind, prefix) {
			out = append(out, op)
		}
	}
	slices.SortFunc(out, func(a, b state.Operation) int { return cmp.Compare(b.ID, a.ID) })
	return out
}

// debitsKept is how many of a mandate's debits are looked at, the newest: a year of daily ones.
const debitsKept = 400

// next is the next debit, over the amount that is known for it: of an exact mandate, or as the owner said. 0: a person
// says it.
func (s *standing) next(m *mandate.Mandate, debits []state.Sale, now time.Time) mandate.Next {
	next := m.Plan(s.past(debits), now)
	if next.Step == mandate.StepNotice || next.Step == mandate.StepLater {
		next.Amount = min(s.plan.Amount, m.Amount)
		// One that was made elsewhere and only looked at here is the other box's: both would tell the payer, and debit.
		if m.Exact && (s.by != "" || s.planned) {
			next.Amount = m.Amount
		}
	}
	return next
}

// past is what was asked under the mandate, as the rules see it.
func (s *standing) past(debits []state.Sale) mandate.Past {
	p := mandate.Past{Notices: s.notices, Unsure: s.unsure, Idle: s.idle}
	for i := range debits {
		d := &debits[i]
		if d.Route[0] != s.gateway || len(d.Attempts) == 0 {
			continue
		}
		at := mandate.UnderWay
		switch {
		case d.Phase == state.PhasePaid:
			at = mandate.Paid
		case d.Phase == state.PhaseClosed:
			at = mandate.NotPaid
			if d.Captured() > 0 {
				at = mandate.Paid // late: it was debited after all
			}
		case d.Attempts[0].State == state.AttemptLost:
			at = mandate.Undecided
		}
		p.Debits = append(
			p.Debits,
			mandate.Debit{Reference: d.Attempts[0].Ref, Sale: d.Name(), Day: d.Debit.Day, State: at},
		)
	}
	return p
}

// mayCreate refuses terms that UPI does not know, and a reference that is in use.
func mayCreate(o *Operations, gw gateway.Gateway, r Request, reference string) error {
	var s gateway.MandateSpec
	if err := read(r.Body, &s); err != nil {
		return err
	}
	terms := mandate.Terms{
		Amount:  s.Amount,
		Rule:    s.DebitRule,
		Value:   s.DebitValue,
		Period:  s.Period,
		Approve: s.Expiry,
		Start:   s.Start,
		End:     s.End,
	}
	if field, why := terms.Check(o.wall()); why != "" {
		return &till.RequestError{Field: field, Why: why}
	}
	if o.mandateOf(gw.Name(), reference) != nil {
		return &till.RequestError{
			Field: "reference",
			Why:   "the reference belongs to another mandate already: leave it out, and one is made",
		}
	}
	return nil
}

// mayNotify keeps the rules of a notice.
func mayNotify(o *Operations, gw gateway.Gateway, r Request, reference string) error {
	s := o.mandateOf(gw.Name(), r.Target)
	if s == nil {
		return unknownMandate(r.Target)
	}
	var d gateway.MandateDebit
	if err := read(r.Body, &d); err != nil {
		return err
	}
	used, err := o.store.Find(state.FieldAttempt, reference, "", 1)
	if err != nil {
		return err
	}
	if len(used) > 0 || o.toldOfAnother(s, reference) {
		return &till.RequestError{
			Field: "reference",
			Why:   "the reference " + quoted(reference) + " was used before: leave it out, and one is made",
		}
	}
	debits, err := o.store.Find(state.FieldMandate, s.record.ID, "", debitsKept)
	if err != nil {
		return err
	}
	ask := mandate.Ask{Reference: reference, Amount: d.Amount, Day: day.Business(onDay(d.On, r.next, o.wall()), 0)}
	return s.rules().MayNotify(ask, s.past(debits), o.wall())
}

// toldOfAnother reports whether a reference is that of another mandate's notice: the debit of one of the two could
// never be asked, and its payer would be told for nothing.
func (o *Operations) toldOfAnother(s *standing, reference string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, k := range o.mandates {
		if (k.record.ID != s.record.ID || k.gateway != s.gateway) &&
			slices.ContainsFunc(k.notices, func(n mandate.Notice) bool { return n.Reference == reference }) {
			return true
		}
	}
	return false
}

// onDay is the day of a debit; where none is said, the planned one or that of another try, else the first that the
// payer can be told of in time. It is noon in India, which is the same date in UTC.
func onDay(on, planned, now time.Time) time.Time {
	if on.IsZero() {
		on = planned
	}
	if on.IsZero() {
		on = now.Add(mandate.Ahead)
	}
	y, m, d := on.In(day.IST).Date()
	return time.Date(y, m, d, 12, 0, 0, 0, day.IST)
}

func unknownMandate(id string) error {
	return &till.RequestError{
		Field: "id",
		Why: "this box does not know a mandate " + quoted(
			id,
		) + ": look at it first with galla mandate show, or take its id from galla mandate list",
	}
}

func quoted(id string) string { return `"` + gateway.Shorten(id, 40) + `"` }
