package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"galla/internal/config"
	"galla/internal/setup"
)

// setupCommand makes a till out of a new box.
type setupCommand struct {
	Answers   string `help:"Ask nothing: take the answers from this TOML file (mode 0600), for integrators." placeholder:"FILE"`
	Config    string `help:"The config to write." default:"/etc/galla/gallad.toml" placeholder:"FILE"`
	Credstore string `help:"Folder for the gateway keys. In the default one they are encrypted where the machine can." default:"/etc/credstore" placeholder:"DIR"`
	First     bool   `help:"With --answers: only on a box that nobody has set up, and take the file away; how the setup page hands its answers on."`
	NoSale    bool   `name:"no-sale" help:"Write the settings, and neither start gallad nor take the sale over ₹1."`
}

// Run implements the command. Nothing is written before every question is answered and the last is a yes.
func (c *setupCommand) Run(s *session) error {
	p := c.places()
	if c.Answers != "" {
		return c.unasked(s, p)
	}
	if !terminal(os.Stdin) {
		return &usageError{why: "galla setup asks questions, and standard input is no terminal", next: "Run it in a terminal, or give --answers FILE."}
	}
	if err := writable(p); err != nil {
		return err
	}
	a := newAsker(s)
	w, err := c.interview(a, p)
	if err == nil {
		err = c.prove(a, w)
	}
	if errors.Is(err, errLeft) {
		if w.Config == "" {
			fmt.Fprintln(s.out, "\nYou left. Nothing was changed.")
		} else {
			fmt.Fprintln(s.out, "\nYou left. The settings are written; galla doctor says whether all is well.")
		}
		return outcome(exitNotPaid)
	}
	return err
}

// places are where things go: with a config or a credstore of one's own, keys aren't encrypted, because another machine
// may have to read them.
func (c *setupCommand) places() setup.Places {
	p, std := setup.Standard(), setup.Standard()
	p.Config, p.Credstore = c.Config, c.Credstore
	if c.Config != std.Config || c.Credstore != std.Credstore {
		p.Encrypted, p.DropIn, p.Seal, p.Open = "", "", nil, nil
		p.Display = filepath.Join(filepath.Dir(c.Config), filepath.Base(std.Display))
	}
	return p
}

// writable says before the first question that the last one would fail.
func writable(p setup.Places) error {
	if os.Geteuid() != 0 && p.Config == setup.Standard().Config {
		return &usageError{why: "galla setup writes to /etc, and you are not root", next: "Run sudo galla setup."}
	}
	return nil
}

// write works the answers into the config as it is now, and puts everything in place.
func (c *setupCommand) write(s *session, p setup.Places, answers setup.Answers) (setup.Written, error) {
	old, err := os.ReadFile(p.Config)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return setup.Written{}, err
	}
	for i, g := range answers.Gateways {
		if g.Keep || len(g.WebhookSecrets) > 0 {
			continue
		}
		// Nobody is asked for these, and a till with webhooks doesn't start without them.
		if stored, _, err := p.Keys(g.Provider); err == nil {
			answers.Gateways[i].WebhookSecrets = stored.WebhookSecrets
		}
	}
	plan, err := setup.Make(p.Config, old, answers)
	if err != nil {
		return setup.Written{}, &usageError{why: err.Error()}
	}
	w, err := p.Write(plan)
	if err != nil {
		return w, err
	}
	fmt.Fprintf(s.out, "Written: %s\n", w.Config)
	if w.Backup != "" {
		fmt.Fprintf(s.out, "  the one before is %s\n", w.Backup)
	}
	if plan.Begun {
		fmt.Fprintf(s.out, "  ! It is a new file: the one before has mistakes, or is written in a way that setup can't edit. What setup doesn't ask for stands only there: %s. Copy what you need over by hand, then restart gallad.\n",
			cmp.Or(strings.Join(plan.Left, ", "), "look for [hook], tcp and [printer.custom]"))
	}
	for _, k := range w.Keys {
		how := "readable by root only"
		if w.Encrypted {
			how = "encrypted for this machine"
		}
		fmt.Fprintf(s.out, "  keys in %s, %s\n", k, how)
	}
	return w, nil
}

// unasked is setup for integrators: the keys are tried, the settings written, gallad started.
func (c *setupCommand) unasked(s *session, p setup.Places) error {
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
	if !c.NoSale && !c.First { // an image is made without the gateway in reach
		for _, g := range answers.Gateways {
			if !try(s, g, answers.Demo) {
				return outcome(exitNotPaid)
			}
		}
	}
	if _, err := c.write(s, p, answers); err != nil {
		return err
	}
	if c.NoSale {
		return nil
	}
	return c.start(s)
}

// startTime is how long gallad may take to come up with its new settings.
const startTime = 60 * time.Second

// start has systemd start gallad and the screen anew, and waits until the till takes sales.
func (c *setupCommand) start(s *session) error {
	since := time.Now()
	if exists("/run/systemd/system") {
		for _, args := range [][]string{{"daemon-reload"}, {"restart", "gallad.service"}, {"try-restart", "galla-display.service"}} {
			ctx, cancel := context.WithTimeout(s, startTime)
			out, err := exec.CommandContext(ctx, "systemctl", args...).CombinedOutput()
			cancel()
			if err != nil && args[0] != "try-restart" { // a till without a screen
				return fmt.Errorf("systemctl %s: %w: %s", args[0], err, out)
			}
		}
	} else {
		fmt.Fprintf(s.out, "There is no systemd here: start gallad now, with --config %s --secrets %s\n", c.Config, c.Credstore)
	}
	fmt.Fprint(s.out, "Waiting for gallad … ")
	why := ""
	err := within(s, startTime, "gallad", func() (bool, error) {
		h, err := s.till.Health(s)
		if err != nil {
			why = err.Error()
			return false, nil
		}
		why = h.Problem
		return h.Ready, nil
	})
	if s.Err() != nil {
		return errLeft
	}
	if err != nil {
		fmt.Fprintf(s.out, "it takes no sales after %v: %s\n", time.Since(since).Round(time.Second), why)
		fmt.Fprintln(s.out, "  next: galla doctor looks for the cause.")
		return outcome(exitTryLater)
	}
	fmt.Fprintln(s.out, "it takes sales.")
	return nil
}
