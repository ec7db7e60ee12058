package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"galla/cmd/galla/textview"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// doctorGatewayCommand looks at the gateways alone.
type doctorGatewayCommand struct {
	Name   string `arg:"" optional:"" help:"The gateway; left out, all of them."`
	Record string `help:"${examination_record}" placeholder:"FILE"`
	JSON   bool   `name:"json" help:"Print JSON, one gateway a line."`
}

// Run implements the command. It ends with exit code 1 when something bad was found.
func (c *doctorGatewayCommand) Run(s *session) error {
	if c.Record != "" {
		return c.record(s)
	}
	all, err := s.till.Gateways(s)
	if err != nil {
		return err
	}
	ok, seen := true, 0
	for _, a := range all.Gateways {
		if c.Name != "" && c.Name != a.Name || c.Name == "" && !a.Examine {
			continue
		}
		seen++
		e, err := s.till.Examine(s, a.Name)
		if err != nil {
			return err
		}
		ok = ok && e.OK
		if c.JSON {
			if err := s.printJSON(e); err != nil {
				return err
			}
			continue
		}
		textview.Examination(s.out, e)
	}
	if seen == 0 {
		return &usageError{why: fmt.Sprintf("no gateway is named %q", c.Name),
			next: "See galla health for their names."}
	}
	if !ok {
		return outcome(exitNotPaid)
	}
	return nil
}

func (c *doctorGatewayCommand) record(s *session) error {
	gw, err := where{c.Name}.name(s, func(a wire.Account) bool { return a.Recording })
	if several, ok := errors.AsType[*usageError](err); ok && several.next == nameOne {
		several.next = "Name one: galla doctor gateway NAME --record FILE."
	}
	if err != nil {
		return err
	}

	// The file first: a transcript that can't be written isn't worth an order.
	f, err := os.OpenFile(c.Record, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return there(c.Record)
	} else if err != nil {
		return &usageError{why: err.Error()}
	}
	ctx, cancel := context.WithTimeout(s, 4*resendFor)
	defer cancel()
	o, err := s.till.Record(ctx, client.Key(), gw)
	for err == nil && o.Status == state.OperationAsked { // longer than gallad lets a caller wait
		select {
		case <-ctx.Done():
			err = ctx.Err()
		case <-time.After(time.Second):
			o, err = s.till.Operation(ctx, o.ID)
		}
	}

	if err == nil && o.Recording != nil {
		for _, line := range o.Recording.Transcript {
			if _, err = fmt.Fprintln(f, line); err != nil {
				break
			}
		}
	}

	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := s.printOperation(o, c.JSON); err != nil {
		return err
	}
	if !c.JSON {
		fmt.Fprintf(s.out, "  transcript  %s: %d exchanges, without keys, tokens and people; read it before you "+
			"pass it on\n", c.Record, len(o.Recording.Transcript))
	}
	return nil
}
