package counter

import (
	"net/http"
	"slices"

	"galla/internal/counter/wire"
	"galla/internal/till"
)

func (c *Counter) health(w http.ResponseWriter, r *http.Request, _ Caller) error {
	h := c.till.Health()
	b := wire.Health{Ready: h.Ready, Problem: h.Problem, Version: c.version, Open: h.Open, Attention: h.Attention,
		Gateways: []wire.Gateway{}, Printer: h.Printer, Display: h.Display, LastTurn: h.LastTurn.UTC()}
	for _, g := range h.Gateways {
		b.Gateways = append(b.Gateways, wire.Gateway{Name: g.Name, OK: g.OK, Problem: g.Problem, At: g.At.UTC()})
	}
	if c.doctor != nil {
		up := c.doctor.Snapshot()
		b.Checkup = &up
	}
	if seq, err := c.till.Seq(); err == nil { // a store that fails is told by Problem
		b.Seq = seq
	}
	reachable := len(h.Gateways) == 0 || slices.ContainsFunc(h.Gateways, func(g till.GatewayHealth) bool { return g.OK })
	var err error
	if b.Weather, err = c.books.Weather(r.Context(), reachable); err != nil {
		return err
	}
	return answer(w, http.StatusOK, b)
}
