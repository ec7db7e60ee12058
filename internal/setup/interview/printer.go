package interview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"galla/internal/day"
	"galla/internal/setup"
	"galla/printer"
	"galla/printer/discovery"
	"galla/printer/port"
)

// askPrinter finds the printer and prints on it until the slip can be read.
func askPrinter(t *Terminal, x *setup.Answers) error {
	found := discovery.Find(t, discovery.Finding{})
	if t.Err() != nil {
		return ErrLeft
	}
	chosen, err := choosePrinter(t, x, found)
	if err != nil {
		return err
	}
	if chosen.Port == "" {
		x.Printer = setup.Printer{}
		return nil
	}
	if chosen.Port != x.Printer.Port { // what was answered for another printer says nothing about this one
		x.Printer.Profile, x.Printer.Baud = chosen.Profile, 0
	}

	x.Printer.Port = chosen.Port
	for {
		profile, err := t.one(
			"Its kind ("+strings.Join(setup.Printers(), " ")+")",
			cmp.Or(x.Printer.Profile, "generic58"),
			setup.Printers()...)
		if err != nil {
			return err
		}
		x.Printer.Profile = profile
		good, held, err := tryPrinter(t, x)
		if err != nil {
			return err
		}
		if held &&
			serial(x.Printer.Port) { // no slip shows whether it is right, and a wrong speed is what one comes back for
			if err := askSpeed(t, x); err != nil {
				return err
			}
		}
		if good || held {
			break
		}
		again, err := t.Yes("Try another kind or speed", true)
		if err != nil {
			return err
		}
		if !again {
			break
		}
		if !serial(x.Printer.Port) {
			continue
		}
		if err := askSpeed(t, x); err != nil {
			return err
		}
	}

	if x.Printer.Receipt, err = t.Yes("Print a receipt for every paid sale", x.Printer.Receipt); err != nil {
		return err
	}
	x.Printer.Order, err = t.Yes("Print the QR of every sale, for a counter without a screen", x.Printer.Order)
	return err
}

// choosePrinter lists what was found, with what is proposed for it, and takes one of them or a port by name. No port:
// no printer.
func choosePrinter(t *Terminal, x *setup.Answers, found []discovery.Candidate) (chosen discovery.Candidate, err error) {
	if x.Printer.Port != "" &&
		!slices.ContainsFunc(found, func(c discovery.Candidate) bool { return c.Port == x.Printer.Port }) {
		found = append(found, discovery.Candidate{Port: x.Printer.Port, Profile: x.Printer.Profile})
	}
	for {
		def := "none"
		for i, c := range found {
			fmt.Fprintf(t.out, "   %d  %s\n", i+1, strings.TrimSpace(c.Port+"  "+c.Calls))
			if c.Port == x.Printer.Port || i == 0 && x.Printer.Port == "" {
				def = strconv.Itoa(i + 1)
			}
		}
		if len(found) == 0 {
			fmt.Fprintln(t.out, "   No printer is plugged in. A till without a printer shows its QR on the screen.")
		}

		fmt.Fprintln(t.out, "   \"network\" looks for network printers.")
		search := false
		if _, err := t.ask("Which one, by number or name, or none", def, func(s string) error {
			chosen, search = discovery.Candidate{}, false
			n, err := strconv.Atoi(s)
			switch {
			case s == "none" || s == "":
			case s == "network":
				search = true
			case err == nil && n >= 1 && n <= len(found):
				chosen = found[n-1]
			default:
				if _, err := port.Parse(s); err != nil {
					return fmt.Errorf("%w. Give a number of the list, a port, network, or none", err)
				}
				chosen = discovery.Candidate{Port: s, Profile: "generic58"}
			}
			return nil
		}); err != nil {
			return chosen, err
		}
		if !search {
			return chosen, nil
		}
		fmt.Fprintln(t.out, "   Looking for network printers …")
		for _, c := range discovery.Find(t, discovery.Finding{Networks: port.Networks()}) {
			if !slices.ContainsFunc(found, func(f discovery.Candidate) bool { return f.Port == c.Port }) {
				found = append(found, c)
			}
		}
		if t.Err() != nil {
			return chosen, ErrLeft
		}
	}
}

// serial tells whether a port is a serial line, which has a speed.
func serial(name string) bool {
	at, err := port.Parse(name)
	return err == nil && at.Means == port.Serial
}

// askSpeed asks how fast the line is. Enter keeps what was answered before, or takes the kind's own.
func askSpeed(t *Terminal, x *setup.Answers) error {
	profile, err := printer.ProfileByName(x.Printer.Profile)
	if err != nil {
		return err
	}

	own := profile.Baud
	_, err = t.ask("Its speed in baud", strconv.Itoa(cmp.Or(x.Printer.Baud, own)), func(s string) error {
		if s == "" { // "-": the kind's own
			s = strconv.Itoa(own)
		}
		n, err := strconv.Atoi(s)
		if profile.Baud = n; err != nil || profile.Check() != nil {
			return fmt.Errorf(
				"%q is not a speed: the printer's own test slip names it (hold FEED while switching it on)", s)
		}
		if x.Printer.Baud = n; n == own {
			x.Printer.Baud = 0
		}
		return nil
	})
	return err
}

// tryPrinter asks the printer what it is, prints the self-test, and asks the person whether it can be read. held:
// another program owns its port.
func tryPrinter(t *Terminal, x *setup.Answers) (good, held bool, err error) {
	profile, err := printer.ProfileByName(x.Printer.Profile)
	if err != nil {
		return false, false, err
	}
	if x.Printer.Baud != 0 {
		profile.Baud = x.Printer.Baud
	}
	if err := profile.Check(); err != nil {
		fmt.Fprintf(t.out, "   ! %s\n", setup.Sentence(err.Error()))
		return false, false, nil
	}

	fmt.Fprintln(t.out, "   Printing a test slip …")
	ctx, cancel := context.WithTimeout(t, 2*time.Minute)
	defer cancel()
	state, err := printer.Probe(ctx, x.Printer.Port, profile)
	if t.Err() != nil {
		return false, false, ErrLeft
	}
	if e, ok := errors.AsType[*port.Error](err); ok {
		if e.Kind == port.KindBusy {
			fmt.Fprintln(t.out, "   gallad, or another program, is using this printer now: galla printer test prints "+
				"on it after setup.")
			return false, true, nil
		}
		fmt.Fprintf(t.out, "   ! %s: %v. %s\n", e.Name, e.Err, setup.Sentence(e.Remedy()))
		return false, false, nil
	} else if err != nil {
		fmt.Fprintf(t.out, "   ! The printer went away while it was asked (%v). Check its cable and power.\n", err)
		return false, false, nil
	}

	if state.Model != "" {
		fmt.Fprintf(t.out, "   It says it is a %s.\n", state.Model)
	}
	if state.Detail != "" {
		fmt.Fprintf(t.out, "   %s\n", state.Detail)
	}

	status, detail := slip(ctx, x, profile, state)
	if t.Err() != nil {
		return false, false, ErrLeft
	}
	if status == printer.StatusFailed {
		fmt.Fprintf(t.out, "   ! %s\n", detail)
		return false, false, nil
	}

	good, err = t.Yes("Has a slip come out that can be read, with a line at each edge", true)
	return good, false, err
}

// slip prints one self-test and lets the port go again.
func slip(
	ctx context.Context,
	x *setup.Answers,
	profile printer.Profile,
	state printer.State,
) (printer.Status, string) {
	doc := printer.SelfTest{
		Shop:     printer.Shop{Name: x.Shop, GSTIN: x.GSTIN, Address: x.Address},
		Terminal: cmp.Or(x.Terminal, "T1"),
		Port:     x.Printer.Port,
		Found:    state.Found(),
		At:       time.Now().In(day.IST),
	}
	job, err := printer.Render(doc, profile)
	if err != nil {
		return printer.StatusFailed, setup.Sentence(err.Error())
	}

	p, err := printer.New(printer.Options{Port: x.Printer.Port, Profile: profile})
	if err != nil {
		return printer.StatusFailed, setup.Sentence(err.Error())
	}

	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- p.Run(running) }()
	defer func() { stop(); <-ended }()
	within, cancel := context.WithTimeout(ctx, 20*time.Second+2*job.Limit(profile))
	defer cancel()
	r, _ := p.Print(within, "setup-"+strconv.FormatInt(time.Now().UnixNano(), 36), job)
	return r.Status, r.Detail
}
