package main

import (
	"errors"
	"fmt"

	"galla/display"
	"galla/internal/money"
	"galla/internal/till"
	"galla/printer"
	"galla/state/boltstore"
)

// newTill makes the printer and the till, which know each other.
func (b *box) newTill() error {
	c := b.config
	var limit money.Paise // 0: the till's own
	if c.Till.Limit != "" {
		var err error
		if limit, err = money.Parse(c.Till.Limit); err != nil {
			return fmt.Errorf("%w: till.limit: %w", errConfig, err)
		}
	}

	options := till.Options{
		Store: &timed{b.store, b.measure},
		Refused: func(err error) bool {
			return errors.Is(err, boltstore.ErrConflict) || errors.Is(err, boltstore.ErrFull)
		},
		Tight:    b.store.Tight,
		Gateways: b.gateways,
		Screen:   b.screen,
		Log:      b.log,

		Terminal:     c.Till.Terminal,
		Box:          b.boxID,
		Shop:         c.Shop.Document(c.Printer.Language),
		Languages:    c.Till.Languages,
		Life:         c.Till.Life.Duration,
		Tries:        c.Till.Tries,
		Limit:        limit,
		DayCut:       c.Till.DayCut.Duration,
		PrintOrder:   c.Till.PrintOrder,
		PrintReceipt: c.Till.PrintReceipt,
		Demo:         c.Till.Demo,
	}

	if c.Printer.Port != "" {
		if err := b.newPaper(&options); err != nil {
			return err
		}
	}
	var err error
	if b.till, err = till.New(options); err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	return nil
}

// newPaper makes the printer and puts it, the shop's head as its paper has it, and the drawer into the till's options.
func (b *box) newPaper(options *till.Options) error {
	c := b.config
	profile, err := c.Printer.Chosen()
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	if options.Shop, err = options.Shop.Load(profile.Dots); err != nil {
		return fmt.Errorf("%w: shop.logo: %w", errConfig, err)
	}
	p, err := printer.New(printer.Options{
		Port:    c.Printer.Port,
		Profile: profile,
		Log:     b.log,
		Notify:  func(s printer.State) { b.till.Printer(condition(s)) }, // called by its Run alone
	})
	if err != nil {
		return fmt.Errorf("%w: printer: %w", errConfig, err)
	}

	b.paper = &paper{
		p:        p,
		profile:  profile,
		port:     c.Printer.Port,
		shop:     options.Shop,
		terminal: c.Till.Terminal,
		demo:     c.Till.Demo,
		drawer:   c.Printer.Kicks(),
	}

	if left := display.LeftOut(c.Shop.Name); left != "" {
		b.log.Warn("the screen leaves out letters of the shop's name that no font here has", "letters", left)
	}
	if left := options.Shop.LeftOut(); left != "" {
		b.log.Warn("slips leave out letters of the shop's lines that no font here has", "letters", left)
	}
	options.Paper = b.paper
	switch c.Printer.Drawer {
	case "paid":
		options.Drawer, options.DrawerPaid = b.paper, true
	case "other_tender":
		options.Drawer = b.paper
	}

	return nil
}
