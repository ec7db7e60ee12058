package main

// showCommand shows one sale.
type showCommand struct {
	Sale string `arg:"" help:"Its number today, or its id."`
	JSON bool   `name:"json" help:"Print it as JSON."`
}

// Run implements the command.
func (c *showCommand) Run(s *session) error {
	w, err := s.till.Sale(s, c.Sale)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.printJSON(w)
	}
	s.printSale(w)
	return nil
}
