package config

import (
	"cmp"

	"github.com/pelletier/go-toml/v2"

	"galla/printer"
	"galla/printer/port"
)

// customise puts the file's own values over a copy of the named profile. Decoding over it is what tells a value of 0
// from one that isn't there; unknown keys have been refused already.
func (p *Printer) customise(raw []byte) error {
	if p.Custom == nil {
		return nil
	}
	base, err := printer.ProfileByName(cmp.Or(p.Profile, defaultProfile))
	if err != nil {
		return err
	}
	var over struct {
		Printer struct {
			Custom *printer.Profile `toml:"custom"`
		} `toml:"printer"`
	}
	over.Printer.Custom = &base
	if err := toml.Unmarshal(raw, &over); err != nil {
		return err
	}
	p.Custom = &base
	return nil
}

const defaultProfile = "generic58" // works with everything 58 mm wide

// Chosen is the printer's profile with the settings of this file on top; baud and flow of the table itself count most.
func (p Printer) Chosen() (printer.Profile, error) {
	var prof printer.Profile
	if p.Custom != nil {
		prof = *p.Custom
	} else {
		var err error
		if prof, err = printer.ProfileByName(cmp.Or(p.Profile, defaultProfile)); err != nil {
			return prof, err
		}
	}
	if p.Baud != 0 {
		prof.Baud = p.Baud
	}
	if p.Flow != "" {
		prof.Flow = port.Flow(p.Flow)
	}
	at, err := port.Parse(p.Port)
	if err != nil {
		return prof, err
	}
	prof.Link = at.Means
	return prof, prof.Check()
}

// Kicks is how the cash drawer is opened.
func (p Printer) Kicks() printer.Drawer {
	return printer.Drawer{Pin: p.DrawerPin, Pulse: p.DrawerPulse.Duration}
}
