package office

import (
	"encoding/json"

	"galla/internal/segment"
)

// Ahead names rows that a transaction is about to read.
type Ahead struct {
	Sales      []Row
	Operations []Row
	Payments   [][2]string // gateway, id
}

// Row names a row of a branch.
type Row struct {
	Terminal string
	Branch   int
	ID       string
}

// glimpse is what of an event names rows.
type glimpse struct {
	SaleID  string `json:"sale_id"`
	Gateway string `json:"gateway"`
	Opened  struct {
		Route []string `json:"route"`
	} `json:"opened"`
	Reading struct {
		Payments []struct {
			ID string `json:"id"`
		} `json:"payments"`
	} `json:"reading"`
	Operation struct {
		ID string `json:"id"`
	} `json:"operation"`
}

// maxAhead bounds the names, of each kind, that one batch asks for.
const maxAhead = 20_000

// ahead tells a store which rows a batch is about to read. They are read one by one where it is wrong or silent: on
// another branch than the newest, say.
func ahead(tx Tx, submissions []Submission) error {
	var all Ahead
	sales, operations, payments := map[Row]bool{}, map[Row]bool{}, map[[2]string]bool{}
	var gateways, ids []string
	add := func(to *[]Row, seen map[Row]bool, r Row) {
		if r.ID != "" && len(r.ID) <= MaxKey && len(*to) < maxAhead && !seen[r] {
			seen[r] = true
			*to = append(*to, r)
		}
	}
	for _, l := range submissions {
		t, found, err := tx.Terminal(l.Terminal)
		if err != nil {
			return err
		}
		g, wrong := segment.Parse(l.Raw)
		if wrong != nil || !found {
			continue
		}
		places, _, wrong := g.Prove()
		if wrong != nil {
			continue
		}
		r := Row{Terminal: l.Terminal, Branch: max(0, len(t.Branches)-1)}
		for _, p := range places {
			var e glimpse
			if p.Event == nil || json.Unmarshal(p.Event, &e) != nil {
				continue
			}
			if r.ID = e.SaleID; r.ID == "" {
				r.ID = e.Operation.ID
				add(&all.Operations, operations, r)
			} else {
				add(&all.Sales, sales, r)
			}
			for _, name := range append(e.Opened.Route, e.Gateway) {
				if len(gateways) < 16 && len(name) <= MaxKey && !payments[[2]string{name}] {
					payments[[2]string{name}] = true
					gateways = append(gateways, name)
				}
			}
			for _, came := range e.Reading.Payments {
				if len(ids) < maxAhead/16 && len(came.ID) <= MaxKey && !payments[[2]string{"", came.ID}] {
					payments[[2]string{"", came.ID}] = true
					ids = append(ids, came.ID)
				}
			}
		}
	}
	for _, gateway := range gateways {
		for _, id := range ids {
			if gateway != "" && id != "" {
				all.Payments = append(all.Payments, [2]string{gateway, id})
			}
		}
	}
	return tx.ReadAhead(all)
}
