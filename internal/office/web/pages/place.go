package pages

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"galla/internal/office/joining"
)

// The kinds of what is done about boxes, as the audit has them.
const (
	actShop    = "shop.add"
	actCounter = "counter.add"
	actCode    = "code.make"
	actConfirm = "terminal.confirm"
	actRevoke  = "terminal.revoke"
)

// maxPlaces bounds the shops of an answer, and who waits.
const maxPlaces = 50

// placeRow is a shop with its counters.
type placeRow struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	GSTIN    string       `json:"gstin,omitempty"`
	Opens    string       `json:"opens,omitempty"`
	Closes   string       `json:"closes,omitempty"`
	Counters []counterRow `json:"counters"`
}

type counterRow struct {
	ID    string   `json:"id"`
	Label string   `json:"label"`
	Boxes []boxRow `json:"boxes"` // that stand there
}

// boxRow is a box as a person knows it by.
type boxRow struct {
	ID      string    `json:"id"`
	Label   string    `json:"label,omitempty"` // it calls itself
	Version string    `json:"version,omitempty"`
	Shop    string    `json:"shop,omitempty"` // it says it stands in
	Place   string    `json:"place,omitempty"`
	Counter string    `json:"counter"`
	Events  uint64    `json:"events"` // it has
	Address string    `json:"address,omitempty"`
	Asked   time.Time `json:"asked_at,omitzero"`
	Joined  time.Time `json:"joined_at,omitzero"`
}

type placesAnswer struct {
	Shops   []placeRow `json:"shops"`
	All     int        `json:"all"` // shops that fit
	Waiting []boxRow   `json:"waiting"`
}

// places are shops by a part of their name, and the boxes that wait.
func (p *Pages) places(a *asked) (any, error) {
	ctx := a.Context()
	shops, err := p.o.Joining.Shops(ctx)
	if err != nil {
		return nil, err
	}
	counters, err := p.o.Joining.Counters(ctx)
	if err != nil {
		return nil, err
	}
	terminals, err := p.o.Joining.Terminals(ctx)
	if err != nil {
		return nil, err
	}
	names, labels := map[string]string{}, map[string]joining.Counter{}
	for _, s := range shops {
		names[s.ID] = s.Name
	}
	for _, c := range counters {
		labels[c.ID] = c
	}

	out := placesAnswer{Shops: []placeRow{}, Waiting: []boxRow{}}
	standing := map[string][]boxRow{}
	for _, t := range terminals {
		row := boxRow{t.ID, t.Label, t.Version, t.Shop, "", t.Counter, t.Head.Seq, t.Address, t.AskedAt, t.JoinedAt}
		if c, ok := labels[t.Counter]; ok {
			row.Place = names[c.Shop] + " · " + c.Label
		}
		switch {
		case t.State == joining.Waiting && len(out.Waiting) < maxPlaces:
			out.Waiting = append(out.Waiting, row)
		case t.State == joining.Joined:
			standing[t.Counter] = append(standing[t.Counter], row)
		}
	}

	wanted := strings.ToLower(strings.TrimSpace(a.query.Get("q")))
	shops = slices.DeleteFunc(shops, func(s joining.Shop) bool {
		return !strings.Contains(strings.ToLower(s.Name), wanted) && !strings.Contains(s.ID, wanted)
	})
	slices.SortFunc(shops, func(a, b joining.Shop) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	out.All = len(shops)
	for _, s := range shops[:min(len(shops), maxPlaces)] {
		row := placeRow{s.ID, s.Name, s.GSTIN, s.Opens, s.Closes, []counterRow{}}
		for _, c := range counters {
			if c.Shop == s.ID {
				row.Counters = append(row.Counters, counterRow{c.ID, c.Label, append([]boxRow{}, standing[c.ID]...)})
			}
		}
		out.Shops = append(out.Shops, row)
	}
	return out, nil
}

func (p *Pages) addShop(a *asked) (any, error) {
	var b struct {
		Name   string `json:"name"`
		GSTIN  string `json:"gstin"`
		State  string `json:"state"`
		Opens  string `json:"opens"`
		Closes string `json:"closes"`
	}
	if err := a.body(&b); err != nil {
		return nil, err
	}
	s := joining.Shop{Name: b.Name, GSTIN: strings.ToUpper(b.GSTIN), State: b.State, Opens: b.Opens, Closes: b.Closes}
	if err := p.note(a.Context(), a, actShop, b.Name, nil); err != nil {
		return nil, err
	}
	s, err := p.o.Joining.AddShop(a.Context(), s)
	return map[string]string{"id": s.ID}, err
}

func (p *Pages) addCounter(a *asked) (any, error) {
	var b struct {
		Shop  string `json:"shop"`
		Label string `json:"label"`
	}
	if err := a.body(&b); err != nil {
		return nil, err
	}
	if err := p.note(a.Context(), a, actCounter, b.Shop, map[string]string{"label": b.Label}); err != nil {
		return nil, err
	}
	c, err := p.o.Joining.AddCounter(a.Context(), b.Shop, b.Label)
	return map[string]string{"id": c.ID}, err
}

// codeAnswer is a code that a box joins with, and what its person compares.
type codeAnswer struct {
	Code        string    `json:"code"`
	Until       time.Time `json:"until"`
	Address     string    `json:"address"`
	Fingerprint string    `json:"fingerprint,omitempty"`
}

func (p *Pages) newCode(a *asked) (any, error) {
	var b struct {
		Counter string `json:"counter"`
	}
	if err := a.body(&b); err != nil {
		return nil, err
	}
	if err := p.note(a.Context(), a, actCode, b.Counter, nil); err != nil {
		return nil, err
	}
	code, c, err := p.o.Joining.NewCode(a.Context(), b.Counter, a.who.Name)
	address := p.o.Address
	if address == "" {
		address = "https://" + a.Host
	}
	return codeAnswer{code, c.Expires, address, p.o.Fingerprint}, err
}

func (p *Pages) confirm(a *asked) (any, error) {
	var b struct {
		Replaces string `json:"replaces"`
	}
	if err := a.body(&b); err != nil {
		return nil, err
	}
	id := a.PathValue("id")
	if err := p.note(a.Context(), a, actConfirm, id, map[string]string{"replaces": b.Replaces}); err != nil {
		return nil, err
	}
	return done, p.o.Joining.Confirm(a.Context(), id, b.Replaces, a.who.Name)
}

func (p *Pages) revoke(a *asked) (any, error) {
	if err := a.body(&struct{}{}); err != nil {
		return nil, err
	}
	id := a.PathValue("id")
	if err := p.note(a.Context(), a, actRevoke, id, nil); err != nil {
		return nil, err
	}
	return done, p.o.Joining.Revoke(a.Context(), id, a.who.Name)
}
