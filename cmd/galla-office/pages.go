package main

import (
	"log/slog"

	"galla/internal/office/config"
	"galla/internal/office/joining"
	"galla/internal/office/owner"
	"galla/internal/office/people"
	"galla/internal/office/pg"
	"galla/internal/office/web"
	"galla/internal/office/web/pages"
)

// shownPages are what the chain's people see. Their addresses begin at the root: an office whose address has a path is
// for boxes only, unless its proxy gives the pages a name of their own.
func shownPages(c *config.Config, store *pg.Store, members *joining.Joining, log *slog.Logger) (*pages.Pages, error) {
	o := pages.Options{
		Owner:   owner.New(store.Owner(), 0, nil),
		People:  people.New(store.People(), people.Usual, nil),
		Joining: members,
		Log:     log,
		Address: c.Address,
		Client:  web.From(c.BehindProxy),
	}
	if c.BehindProxy == "" {
		sum, err := fingerprint(c.TLS)
		if err != nil {
			return nil, err
		}
		o.Fingerprint = colons(sum)
	}
	return pages.New(o), nil
}
