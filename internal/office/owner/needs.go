package owner

import (
	"context"
	"strings"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/state"
)

// Needs is what waits for a person.
type Needs struct {
	At       time.Time      `json:"at"`
	Kinds    map[string]int `json:"kinds"` // findings that have not ended, by kind
	Findings []Finding      `json:"findings"`
	Next     string         `json:"next,omitempty"`
	Items    []Item         `json:"items"`
	Sales    int            `json:"sales"` // with items, in all
	NextItem string         `json:"next_item,omitempty"`
}

// Item is a sale whose items the shop must decide about.
type Item struct {
	Where
	Sale   string      `json:"sale"`
	Name   string      `json:"name"` // "1129-2"
	Day    string      `json:"day"`
	Amount money.Paise `json:"amount_paise"`
	Said   []Said      `json:"said"`
}

// Said is a sentence of the counter, by its code.
type Said struct {
	Message string      `json:"message"` // English
	Code    string      `json:"code"`
	Values  wire.Values `json:"values,omitempty"`
	At      time.Time   `json:"at"`
}

// Needs is what waits for a person; of a terminal, or of the chain. Findings go on behind one mark, items behind
// another.
func (o *Owner) Needs(ctx context.Context, terminal string, findings, items Mark, limit int) (n Needs, err error) {
	n.At, limit = o.wall(), page(limit)
	if terminal == "" {
		if n.Kinds, err = o.store.Open(ctx); err != nil {
			return n, err
		}
	}
	found, err := o.store.Findings(ctx, terminal, findings, limit+1)
	if err != nil {
		return n, err
	}
	for i := range found {
		if code := found[i].Values["code"]; code != "" {
			if text, next := wire.Say(code, nil); text != code {
				found[i].Says = strings.TrimSpace(text + " " + next)
			}
		}
	}
	n.Findings, n.Next = paged(found, limit, func(f Finding) Mark { return Mark{f.Last, key(f.ID)} })

	sales, all, err := o.store.Undecided(ctx, terminal, items, limit+1)
	if err != nil {
		return n, err
	}
	sales, n.NextItem = paged(sales, limit, markOf)
	n.Sales = all
	for _, s := range sales {
		n.Items = append(n.Items, itemOf(s))
	}
	return n, nil
}

// markOf is the mark of a sale: its day, and its place among the day's.
func markOf(s Sale) Mark { return Mark{dayAt(s.Day), saleKey(s)} }

// itemOf says a sale's items as its own console does.
func itemOf(s Sale) Item {
	i := Item{Where: s.Where, Sale: s.ID, Day: s.Day, Amount: s.Amount, Name: name(s.Day, s.Number)}
	is := state.Sale{ID: s.ID, Number: s.Number, Day: s.Day, Amount: s.Amount, Attention: s.Items}
	for _, a := range wire.FromSale(is).Attention {
		said := Said{a.Message, a.MessageCode, a.MessageValues, a.At}
		if !wire.Known(said.Code) { // of a newer box
			said = Said{Message: "This sale needs a decision. Look at it at its shop.", Code: "owner_look", At: a.At}
		}
		i.Said = append(i.Said, said)
	}
	return i
}
