package main

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/doctor"
)

// doctorCommand looks for what is wrong.
type doctorCommand struct {
	All     doctorAllCommand     `cmd:"" default:"withargs" help:"${doctor_all}"`
	Gateway doctorGatewayCommand `cmd:"" help:"Look the gateways over: line, clock, keys, features, downtimes."`
}

// doctorAllCommand walks the whole chain. gallad does it when it can be asked; else this program looks at what it can.
type doctorAllCommand struct {
	Config  string `help:"${doctor_config}" default:"/etc/galla/gallad.toml" placeholder:"FILE"`
	Secrets string `help:"${doctor_secrets}" default:"/etc/credstore" placeholder:"DIR"`
	JSON    bool   `name:"json" help:"Print it as JSON."`
}

// askTime is how long gallad may take over a look, before it counts as hung.
const askTime = 40 * time.Second

// Run implements the command. It ends with exit code 1 when something is wrong, and with 69 when gallad can't be asked.
func (c *doctorAllCommand) Run(s *session) error {
	ctx, cancel := context.WithTimeout(s, askTime)
	up, err := s.till.Doctor(ctx)
	cancel()
	code := outcome(exitDone)
	if err != nil {
		if s.Err() != nil {
			return s.Err()
		}
		up = c.alone(s, err)
		code = exitAway
		if errors.As(err, new(*wire.Problem)) { // it answers, and can't sell
			code = exitNotPaid
		}
	} else if !up.OK {
		code = exitNotPaid
	}
	if c.JSON {
		err = s.printJSON(up)
	} else {
		doctor.Print(s.out, up)
		err = nil
	}
	if err == nil && code != exitDone {
		err = code
	}
	return err
}

// away is the link "gallad" from the error of asking it.
func away(err error) wire.Check {
	var (
		gone   *client.UnreachableError
		closed *wire.Problem
	)
	switch {
	case errors.As(err, &gone) && errors.Is(err, fs.ErrPermission):
		return doctor.Forbidden(gone.Where)
	case errors.As(err, &gone):
		return doctor.Away(gone.Seen())
	case errors.As(err, &closed):
		return doctor.Gallad(closed.Detail)
	}
	return doctor.Away("it does not answer: " + err.Error())
}
