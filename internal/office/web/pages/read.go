package pages

import (
	"encoding/json"
	"time"

	"galla/internal/office/owner"
	"galla/internal/office/people"
)

func (p *Pages) routes() {
	const v = "/v1/owner/"
	p.get(v+"me", people.Viewer, p.me)
	p.post(v+"session", people.Nobody, p.signIn)
	p.post(v+"session/end", people.Nobody, p.signOut)

	p.get(v+"needs", people.Viewer, p.needs, "terminal", "findings", "items", "limit")
	p.get(v+"today", people.Viewer, p.today, "behind", "limit")
	p.get(v+"shops/{id}", people.Viewer, p.shop)
	p.get(v+"terminals/{id}", people.Viewer, p.terminal)
	p.get(v+"refunds", people.Viewer, p.refunds, "from", "to", "terminal", "behind", "limit")
	p.get(v+"cashiers", people.Viewer, p.cashiers, "from", "to")
	p.get(v+"acts", people.Viewer, p.acts, "behind", "limit")
	p.get(v+"audit", people.Viewer, p.audit, "behind", "limit")
	p.get(v+"books", people.Viewer, p.books, "from", "to", "terminal", "behind", "limit")
	p.get(v+"gst", people.Viewer, p.gst, "from", "to")
	p.get(v+"sales", people.Viewer, p.sales, "q", "terminal", "behind", "limit")
	p.mux.HandleFunc("GET "+v+"files/{name}", p.file)

	p.get(v+"places", people.Owner, p.places, "q")
	p.post(v+"shops", people.Owner, p.addShop)
	p.post(v+"counters", people.Owner, p.addCounter)
	p.post(v+"codes", people.Owner, p.newCode)
	p.post(v+"terminals/{id}/confirm", people.Owner, p.confirm)
	p.post(v+"terminals/{id}/revoke", people.Owner, p.revoke)
	p.get(v+"people", people.Owner, p.people)
	p.post(v+"people", people.Owner, p.addPerson)
	p.post(v+"people/password", people.Owner, p.setPassword)
	p.post(v+"people/remove", people.Owner, p.removePerson)
}

func (p *Pages) needs(a *asked) (any, error) {
	findings, limit, err := a.page("findings")
	if err != nil {
		return nil, err
	}
	items, err := owner.ReadMark(a.query.Get("items"))
	if err != nil {
		return nil, err
	}
	return p.o.Owner.Needs(a.Context(), a.query.Get("terminal"), findings, items, limit)
}

func (p *Pages) today(a *asked) (any, error) {
	limit, err := a.limit()
	if err != nil {
		return nil, err
	}
	return p.o.Owner.Today(a.Context(), a.query.Get("behind"), limit)
}

func (p *Pages) shop(a *asked) (any, error) {
	t, found, err := p.o.Owner.Shop(a.Context(), a.PathValue("id"))
	if err == nil && !found {
		err = notFound("shop")
	}
	return t, err
}

// terminalRow is a box with what joining knows of it.
type terminalRow struct {
	owner.Terminal
	State    string    `json:"state"`
	Says     string    `json:"says_label,omitempty"` // what it calls itself
	Version  string    `json:"version,omitempty"`
	Joined   time.Time `json:"joined_at,omitzero"`
	Left     time.Time `json:"left_at,omitzero"`
	By       string    `json:"by,omitempty"`
	Replaces string    `json:"replaces,omitempty"`
}

func (p *Pages) terminal(a *asked) (any, error) {
	id := a.PathValue("id")
	j, found, err := p.o.Joining.Terminal(a.Context(), id)
	if err == nil && !found {
		err = notFound("box")
	}
	if err != nil {
		return nil, err
	}
	t, err := p.o.Owner.Terminal(a.Context(), id)
	return terminalRow{t, string(j.State), j.Label, j.Version, j.JoinedAt, j.LeftAt, j.By, j.Replaces}, err
}

func (a *asked) span(o *owner.Owner) (owner.Span, error) {
	return o.Of(a.query.Get("from"), a.query.Get("to"), a.query.Get("terminal"))
}

func (p *Pages) refunds(a *asked) (any, error) {
	at, limit, err := a.page("behind")
	if err != nil {
		return nil, err
	}
	s, err := a.span(p.o.Owner)
	if err != nil {
		return nil, err
	}
	return p.o.Owner.Refunds(a.Context(), s, at, limit)
}

func (p *Pages) cashiers(a *asked) (any, error) {
	s, err := a.span(p.o.Owner)
	if err != nil {
		return nil, err
	}
	return p.o.Owner.Cashiers(a.Context(), s)
}

func (p *Pages) acts(a *asked) (any, error) {
	at, limit, err := a.page("behind")
	if err != nil {
		return nil, err
	}
	return p.o.Owner.Acts(a.Context(), at, limit)
}

func (p *Pages) books(a *asked) (any, error) {
	at, limit, err := a.page("behind")
	if err != nil {
		return nil, err
	}
	s, err := a.span(p.o.Owner)
	if err != nil {
		return nil, err
	}
	return p.o.Owner.Books(a.Context(), s, at, limit)
}

func (p *Pages) gst(a *asked) (any, error) {
	s, err := a.span(p.o.Owner)
	if err != nil {
		return nil, err
	}
	return p.o.Owner.GST(a.Context(), s)
}

func (p *Pages) sales(a *asked) (any, error) {
	at, limit, err := a.page("behind")
	if err != nil {
		return nil, err
	}
	return p.o.Owner.Find(a.Context(), a.query.Get("q"), a.query.Get("terminal"), at, limit)
}

// auditRow is what somebody did at the office.
type auditRow struct {
	At     time.Time       `json:"at"`
	By     string          `json:"by"`
	Kind   string          `json:"kind"`
	Target string          `json:"target,omitempty"`
	Detail json.RawMessage `json:"detail,omitempty"`
}

func (p *Pages) audit(a *asked) (any, error) {
	limit, err := a.limit()
	if err != nil {
		return nil, err
	}
	var before int64
	if text := a.query.Get("behind"); text != "" {
		if json.Unmarshal([]byte(text), &before) != nil || before < 1 {
			return nil, &owner.Asked{Code: "owner_cursor", Says: "the place in the list is none of ours",
				Next: "Begin with the newest."}
		}
	}
	if limit == 0 {
		limit = 25
	}
	all, err := p.o.People.Acts(a.Context(), before, limit+1)
	out := struct {
		Acts []auditRow `json:"acts"`
		Next int64      `json:"next,omitempty"`
	}{Acts: []auditRow{}}
	if len(all) > limit {
		all = all[:limit]
		out.Next = all[limit-1].ID
	}
	for _, act := range all {
		out.Acts = append(out.Acts, auditRow{act.At, act.By, act.Kind, act.Target, act.Detail})
	}
	return out, err
}
