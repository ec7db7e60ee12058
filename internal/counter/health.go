package counter

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"galla/gateway"
	"galla/internal/counter/wire"
	"galla/internal/till"
)

func (c *Counter) health(w http.ResponseWriter, r *http.Request, _ Caller) error {
	b, err := c.Health(r.Context())
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, b)
}

// Health is the body of GET /v1/health, for whoever else is told of it.
func (c *Counter) Health(ctx context.Context) (wire.Health, error) {
	h := c.till.Health()
	b := wire.Health{Ready: h.Ready, Problem: h.Problem, Version: c.version, Open: h.Open, Attention: h.Attention,
		Gateways: []wire.Gateway{}, ProblemCode: h.Code, Printer: h.Printer, PrinterCode: c.printerCode(h.Printer),
		Display: h.Display, LastTurn: h.LastTurn.UTC()}
	for _, g := range h.Gateways {
		b.Gateways = append(b.Gateways, wire.Gateway{Name: g.Name, OK: g.OK, Problem: g.Problem,
			ProblemCode: gatewayCode(g), At: g.At.UTC()})
	}
	if c.doctor != nil {
		up := c.doctor.Snapshot()
		b.Checkup = &up
	}
	if c.head != nil { // of memory: the store is not asked
		head := c.head()
		b.Seq, b.Head = head.Seq, &head
	} else if seq, err := c.till.Seq(); err == nil { // a store that fails is told by Problem
		b.Seq = seq
	}
	b.Hooks = c.hookStatus()
	reachable := len(h.Gateways) == 0 || slices.ContainsFunc(h.Gateways, func(g till.GatewayHealth) bool {
		return g.OK
	})
	var err error
	b.UPIHealth, err = c.books.UPIHealth(ctx, reachable)
	return b, err
}

// gatewayCode is the code of what is wrong with a gateway: that of its own sentence where it has one.
func gatewayCode(g till.GatewayHealth) string {
	switch {
	case g.Problem == "":
		return ""
	case g.Gone:
		return "health_gateway_gone"
	}
	return cmp.Or(gateway.SentenceCode(g.Problem), "health_gateway")
}

// printerCode is the code of what the till says of the printer, by how the printer is now.
func (c *Counter) printerCode(said string) string {
	if said == "" || said == "none" || said == "ready" {
		return ""
	}
	if c.printer == nil {
		return "health_printer"
	}
	switch s := c.printer.State(); {
	case s.Condition == "paper_out", s.Condition == "cover_open":
		return "health_printer_" + s.Condition
	case s.Condition == "ready" && s.NearEnd:
		return "health_printer_low"
	}
	return "health_printer"
}
