package counter

import (
	"net/http"

	"galla/internal/counter/wire"
)

func (c *Counter) health(w http.ResponseWriter, r *http.Request, _ Caller) error {
	h := c.till.Health()
	b := wire.Health{Ready: h.Ready, Problem: h.Problem, Version: c.version, Seq: h.Seq, Open: h.Open, Attention: h.Attention,
		Gateways: []wire.Gateway{}, Printer: h.Printer, Display: h.Display, LastTurn: h.LastTurn.UTC()}
	for _, g := range h.Gateways {
		b.Gateways = append(b.Gateways, wire.Gateway{Name: g.Name, OK: g.OK, Problem: g.Problem, At: g.At.UTC()})
	}
	if c.doctor != nil {
		up := c.doctor.Snapshot()
		b.Checkup = &up
	}
	var err error
	if b.Weather, err = c.forecast(r.Context(), h); err != nil {
		return err
	}
	return answer(w, http.StatusOK, b)
}
