package main

import (
	"fmt"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// personCommand is about the persons who work at the counter.
type personCommand struct {
	List   personListCommand   `cmd:"" help:"List them."`
	Add    personAddCommand    `cmd:"" help:"Add one. The PIN is asked for."`
	PIN    personPINCommand    `cmd:"" name:"pin" help:"Set a new PIN, which also ends a wait after wrong tries."`
	Remove personRemoveCommand `cmd:"" help:"Remove one."`
}

type personListCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run implements the command.
func (c *personListCommand) Run(s *session) error {
	p, err := s.till.People(s)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.printJSON(p)
	}

	const none = "nobody yet; the first must be the owner: galla person add NAME --role owner"
	return table(s, false, p.People, none, "", func(x wire.Person) string { return x.Name + "\t" + x.Role })
}

type personAddCommand struct {
	Name string `arg:"" help:"Name, as it stands in lists and reports."`
	Role string `required:"" enum:"cashier,manager,owner" help:"cashier, manager or owner."`
}

// Run implements the command.
func (c *personAddCommand) Run(s *session) error {
	pin, err := readSecret(s, fmt.Sprintf("New PIN of %s (4 to 8 digits): ", c.Name))
	if err != nil {
		return err
	}
	p, err := s.till.AddPerson(s, client.Key(), wire.AddPerson{Name: c.Name, Role: c.Role, PIN: pin})
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s is added as %s\n", p.Name, p.Role)
	return nil
}

type personPINCommand struct {
	Name string `arg:"" help:"Whose."`
}

// Run implements the command.
func (c *personPINCommand) Run(s *session) error {
	pin, err := readSecret(s, fmt.Sprintf("New PIN of %s (4 to 8 digits): ", c.Name))
	if err != nil {
		return err
	}
	if err := s.till.SetPIN(s, client.Key(), c.Name, wire.SetPIN{PIN: pin}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s has a new PIN\n", c.Name)
	return nil
}

type personRemoveCommand struct {
	Name string `arg:"" help:"Whom."`
}

// Run implements the command.
func (c *personRemoveCommand) Run(s *session) error {
	if err := s.till.RemovePerson(s, client.Key(), c.Name, wire.Acting{}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s is removed, and signed out everywhere\n", c.Name)
	return nil
}
