package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"galla/cmd/galla/proof"
	"galla/internal/config"
	"galla/internal/counter/wire"
	"galla/internal/setup"
	"galla/internal/setup/interview"
)

// setupCommand makes a till out of a new box.
type setupCommand struct {
	Answers   string `help:"${setup_answers}" placeholder:"FILE"`
	Config    string `help:"The config to write." default:"/etc/galla/gallad.toml" placeholder:"FILE"`
	Credstore string `help:"${setup_credstore}" default:"/etc/credstore" placeholder:"DIR"`
	First     bool   `help:"${setup_first}"`
	NoSale    bool   `name:"no-sale" help:"Write the settings, and neither start gallad nor take the sale over ₹1."`
}

// Run implements the command. Nothing is written before every question is answered and the last is a yes.
func (c *setupCommand) Run(s *session) error {
	p := setup.At(c.Config, c.Credstore)
	if c.Answers != "" {
		return c.unasked(s, p)
	}
	if !terminal(os.Stdin) {
		return &usageError{why: "galla setup asks questions, and standard input is no terminal",
			next: "Run it in a terminal, or give --answers FILE."}
	}
	if err := writable(p); err != nil {
		return err
	}

	t := interview.New(s, os.Stdin, s.out)
	left := "Nothing was changed."
	answers, err := interview.Ask(t, p)
	if err == nil {
		err = interview.Part(t, c.Config, answers, s.open)
	}
	if err == nil {
		err = write(s, p, answers)
	}
	if err == nil && !c.NoSale {
		left = "The settings are written; galla doctor says whether all is well."
		if err = c.start(s); err == nil {
			err = proof.Take(s, s.till, t, s.out)
		}
	}
	if errors.Is(err, proof.ErrNotProven) {
		return outcome(exitNotPaid)
	}
	if errors.Is(err, interview.ErrLeft) {
		fmt.Fprintf(s.out, "\nYou left. %s\n", left)
		return outcome(exitNotPaid)
	}
	return err
}

// open reads the sales that are still open.
func (s *session) open(ctx context.Context) (wire.Sales, error) {
	return s.till.Sales(ctx, url.Values{"open": {"true"}})
}

// writable says before the first question that the last one would fail.
func writable(p setup.Places) error {
	if os.Geteuid() != 0 && p.Config == setup.Standard().Config {
		return &usageError{why: "galla setup writes to /etc, and you are not root", next: "Run sudo galla setup."}
	}
	return nil
}

// write works the answers into the config as it is now, and puts everything in place.
func write(s *session, p setup.Places, answers setup.Answers) error {
	plan, err := p.Plan(answers)
	if unread, ok := errors.AsType[*fs.PathError](err); ok {
		return unread
	} else if err != nil {
		return &usageError{why: err.Error()}
	}

	w, err := p.Write(plan)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Written: %s\n", w.Config)
	if w.Backup != "" {
		fmt.Fprintf(s.out, "  the one before is %s\n", w.Backup)
	}
	if plan.Begun {
		fmt.Fprintf(s.out, "  ! It is a new file: the one before has mistakes, or is written in a way that setup "+
			"can't edit. What setup doesn't ask for stands only there: %s. Copy what you need over by "+
			"hand, then restart gallad.\n",
			cmp.Or(strings.Join(plan.Left, ", "), "look for [hook], tcp and [printer.custom]"))
	}
	for _, k := range w.Keys {
		how := "readable by root only"
		if w.Encrypted {
			how = "encrypted for this machine"
		}
		fmt.Fprintf(s.out, "  keys in %s, %s\n", k, how)
	}
	return nil
}

// unasked is setup for integrators: the keys are tried, the settings written, gallad started.
func (c *setupCommand) unasked(s *session, p setup.Places) error {
	if c.First {
		if alone, err := interview.ClockBeside(s, c.Config, c.Answers); err != nil || alone {
			return err
		}
	}
	answers, err := setup.ReadAnswers(c.Answers)
	if c.First {
		if err := os.Remove(c.Answers); err != nil && !errors.Is(err, os.ErrNotExist) { // it holds keys
			return err
		}
		if !config.Unset(p.Config) {
			return &usageError{why: "this till is set up already", next: "Run galla setup on the box."}
		}
	}
	if err != nil {
		return &usageError{why: err.Error()}
	}
	if err := writable(p); err != nil {
		return err
	}
	if lines := interview.Going(s, c.Config, answers, s.open); len(lines) > 0 {
		return &usageError{
			why:  "a gateway goes and its sales don't end: " + strings.Join(lines, "; "),
			next: "Wait until they have ended, or run galla setup at the box, which asks.",
		}
	}
	if !c.NoSale && !c.First { // an image is made without the gateway in reach
		for _, g := range answers.Gateways {
			if !interview.Try(s, s.out, g, answers.Demo) {
				return outcome(exitNotPaid)
			}
		}
	}
	if err := write(s, p, answers); err != nil || c.NoSale {
		return err
	}
	return c.start(s)
}

// startTime is how long gallad may take to come up with its new settings.
const startTime = 60 * time.Second

// start has systemd start gallad and the screen anew, and waits until the till takes sales.
func (c *setupCommand) start(s *session) error {
	since := time.Now()
	if _, err := os.Stat("/run/systemd/system"); err == nil {
		for _, args := range [][]string{{"daemon-reload"}, {"restart", "gallad.service"},
			{"try-restart", "galla-display.service"}} {
			ctx, cancel := context.WithTimeout(s, startTime)
			out, err := exec.CommandContext(ctx, "systemctl", args...).CombinedOutput()
			cancel()
			if err != nil && args[0] != "try-restart" { // a till without a screen
				return fmt.Errorf("systemctl %s: %w: %s", args[0], err, out)
			}
		}
	} else {
		fmt.Fprintf(s.out, "There is no systemd here: start gallad now, with --config %s --secrets %s\n",
			c.Config, c.Credstore)
	}

	fmt.Fprint(s.out, "Waiting for gallad … ")
	ctx, cancel := context.WithTimeout(s, startTime)
	defer cancel()
	why := ""
	for ctx.Err() == nil {
		h, err := s.till.Health(ctx)
		switch {
		case err == nil && h.Ready:
			fmt.Fprintln(s.out, "it takes sales.")
			return nil
		case err == nil:
			why = h.Problem
		case ctx.Err() == nil: // or it is our own impatience
			why = err.Error()
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}

	if s.Err() != nil {
		return interview.ErrLeft
	}
	fmt.Fprintf(s.out, "it takes no sales after %v: %s\n", time.Since(since).Round(time.Second), why)
	fmt.Fprintln(s.out, "  next: galla doctor looks for the cause.")
	return outcome(exitTryLater)
}
