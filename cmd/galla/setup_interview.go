package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/internal/day"
	"galla/internal/setup"
)

// interview asks everything, shows it, and writes it after a yes.
func (c *setupCommand) interview(a *asker, p setup.Places) (w setup.Written, err error) {
	answers := setup.From(p.Config)
	answers.Rotate = p.Rotation()
	fmt.Fprint(a.out, "Galla setup\n\nSix questions, and a sale over ₹1 to prove the answers. Enter takes what stands in [ ]; - takes it away.\nCtrl-C leaves at any moment, and everything stays as it was.\n")
	for i, part := range []struct {
		title string
		ask   func(*asker, *setup.Answers) error
	}{
		{"The shop", askShop},
		{"The payment gateway", func(a *asker, x *setup.Answers) error { return askGateways(a, x, p) }}, {"The printer", askPrinter}, {"The customer's screen", askScreen},
		{"The clock", askClock}, {"Phones and computers of the shop", askNetwork},
	} {
		fmt.Fprintf(a.out, "\n%d. %s\n", i+1, part.title)
		if err := part.ask(a, &answers); err != nil {
			return w, err
		}
	}
	summary(a, answers)
	good, err := a.yes("Write this to "+p.Config, true)
	if err != nil {
		return w, err
	}
	if !good {
		return w, errLeft
	}
	return c.write(a.session, p, answers)
}

func askShop(a *asker, x *setup.Answers) (err error) {
	if x.Shop, err = a.ask("Name of the shop, as customers read it", x.Shop, setup.CheckName); err != nil {
		return err
	}
	x.GSTIN, err = a.ask("GSTIN, or Enter for none", x.GSTIN, func(s string) error { return setup.CheckGSTIN(strings.ToUpper(s)) })
	x.GSTIN = strings.ToUpper(x.GSTIN)
	if err != nil {
		return err
	}
	address, err := a.ask("Address on slips, its lines parted by ;", strings.Join(x.Address, "; "), anything)
	if err != nil {
		return err
	}
	x.Address = nil
	for _, line := range strings.Split(address, ";") {
		if line = strings.TrimSpace(line); line != "" {
			x.Address = append(x.Address, line)
		}
	}
	return nil
}

func askGateways(a *asker, x *setup.Answers, p setup.Places) error {
	was := x.Gateways
	x.Gateways = nil
	for _, provider := range []string{"enkash", "razorpay"} { // the other one is offered after the first
		def := "razorpay"
		if len(was) > 0 {
			def = was[0].Provider
		}
		if len(x.Gateways) == 1 {
			other := map[string]string{"enkash": "razorpay", "razorpay": "enkash"}[x.Gateways[0].Provider]
			second, err := a.yes("A second gateway ("+other+"), asked when the first gives no QR", len(was) > 1)
			if err != nil || !second {
				return err
			}
			provider = other
		} else {
			var err error
			if provider, err = a.one("Your gateway, enkash or razorpay", def, "enkash", "razorpay"); err != nil {
				return err
			}
		}
		g := setup.Gateway{Provider: provider}
		for _, old := range was {
			if old.Provider == provider {
				g = old
			}
		}
		keep := false
		if p.Stored(provider) {
			var err error
			if keep, err = a.yes("Its keys are stored: keep them", true); err != nil {
				return err
			}
		}
		if g.Keep = keep; !keep {
			was, _, _ := p.Keys(provider) // none, or none that this machine can read: all are asked for
			if err := askKeys(a, &g, &x.Demo, was.APIKey); err != nil {
				return err
			}
		}
		x.Gateways = append(x.Gateways, g)
	}
	return nil
}

// askKeys asks for the keys until they work, or the person wants to go on without. apiKey is the stored one of EnKash, which
// gives few accounts one: Enter keeps it.
func askKeys(a *asker, g *setup.Gateway, demo *bool, apiKey string) (err error) {
	*demo = false
	for {
		if g.Provider == "enkash" {
			address, err := a.ask("Address EnKash gave you, or Enter for the usual one", cmp.Or(g.BaseURL, enkash.ProductionURL), anything)
			if err != nil {
				return err
			}
			if g.BaseURL = address; address == enkash.ProductionURL {
				g.BaseURL = ""
			}
			if g.AccessKey, err = a.secret("Access key"); err != nil {
				return err
			}
			if g.SecretKey, err = a.secret("Secret key"); err != nil {
				return err
			}
			question := "API key, or Enter if EnKash gave you none"
			if apiKey != "" {
				question = "API key, or Enter for the stored one, or - for none"
			}
			if g.APIKey, err = a.hidden(question); err != nil {
				return err
			}
			if g.APIKey = cmp.Or(g.APIKey, apiKey); g.APIKey == "-" {
				g.APIKey = ""
			}
		} else {
			if g.KeyID, err = a.ask("Key id (it begins with rzp_)", "", needed); err != nil {
				return err
			}
			if g.KeySecret, err = a.secret("Key secret"); err != nil {
				return err
			}
		}
		practice, good, err := tried(a, *g, *demo)
		if err != nil {
			return err
		}
		if practice {
			if *demo, err = a.yes("Use them for practice: no real money, and screen and slips say DEMO", false); err != nil || *demo {
				return err
			}
			continue
		}
		if good {
			return nil
		}
		again, err := a.yes("Enter the keys again", true)
		if err != nil || !again {
			return err
		}
	}
}

func needed(s string) error {
	if s == "" {
		return errors.New("nothing came: paste it, then press Enter")
	}
	return nil
}

// tried tries keys and says what came of it.
func tried(a *asker, g setup.Gateway, demo bool) (practice, good bool, err error) {
	ctx, cancel := context.WithTimeout(a, 40*time.Second)
	defer cancel()
	fmt.Fprintf(a.out, "   Trying them at %s, where nothing is changed …\n", map[string]string{"enkash": "EnKash", "razorpay": "Razorpay"}[g.Provider])
	found, err := setup.Try(ctx, g, true)
	if a.Err() != nil {
		return false, false, errLeft
	}
	if err != nil {
		fmt.Fprintf(a.out, "   ! %s.\n", upper(strings.TrimSuffix(err.Error(), ".")))
		return false, false, nil
	}
	return setup.TestKeys(found) && !demo, report(a.session, found), nil
}

// report prints what an account's examination found that matters to sales; true when they can be taken.
func report(s *session, found []gateway.Finding) bool {
	good := true
	for _, f := range found {
		if f.Check == "path" || f.Check == "mandates" || f.Check == "recovery" {
			continue // of calls beside the sale's own: galla doctor gateway has them
		}
		mark := "  "
		if f.Level == gateway.LevelBad {
			good, mark = false, "! "
		}
		if refused := f.Check == "keys" && strings.Contains(f.Says, " was answered "); refused {
			f.Says = "the keys are refused: " + f.Says
		}
		fmt.Fprintf(s.out, "   %s%s.\n", mark, upper(strings.TrimSuffix(f.Says, ".")))
		if f.Level != gateway.LevelOK && f.Next != "" {
			fmt.Fprintf(s.out, "     next: %s\n", upper(f.Next))
		}
	}
	return good
}

// try is tried for a file of answers.
func try(s *session, g setup.Gateway, demo bool) bool {
	ctx, cancel := context.WithTimeout(s, 40*time.Second)
	defer cancel()
	found, err := setup.Try(ctx, g, demo)
	fmt.Fprintf(s.out, "%s:\n", g.Provider)
	if err != nil {
		fmt.Fprintf(s.out, "   ! %s.\n", upper(strings.TrimSuffix(err.Error(), ".")))
		return false
	}
	return report(s, found)
}

func askScreen(a *asker, x *setup.Answers) (err error) {
	names := "en English, hi हिन्दी, ta தமிழ், bn বাংলা, te తెలుగు, mr मराठी, gu ગુજરાતી, kn ಕನ್ನಡ, ml മലയാളം, pa ਪੰਜਾਬੀ, or ଓଡ଼ିଆ"
	codes := strings.Fields("en hi ta bn te mr gu kn ml pa or")
	was := append(append([]string{}, x.Languages...), "", "")
	first, err := a.one("Its language ("+names+")", cmp.Or(was[0], "en"), codes...)
	if err != nil {
		return err
	}
	second := cmp.Or(was[1], "hi")
	if second == first {
		second = "en"
	}
	second, err = a.one("A second language under the first, or none", second, append(codes, "none", "")...)
	if err != nil {
		return err
	}
	x.Languages = []string{first}
	if second != "none" && second != "" && second != first {
		x.Languages = append(x.Languages, second)
	}
	turn, err := a.one("Turned clockwise by 0, 90, 180 or 270 degrees", strconv.Itoa(x.Rotate), "0", "90", "180", "270")
	if err != nil {
		return err
	}
	x.Rotate, err = strconv.Atoi(turn)
	return err
}

// askClock lets a person look at the time: certificates, slips and reports depend on it. Only timedatectl(1) sets it.
func askClock(a *asker, _ *setup.Answers) error {
	for {
		right, err := a.yes("Here it is "+time.Now().In(day.IST).Format("Monday 2 January 2006, 15:04")+". Is that right", true)
		if err != nil || right {
			return err
		}
		var at time.Time
		if _, err := a.ask("What is it then, like 2026-11-22 17:30", "", func(s string) (err error) {
			if at, err = time.ParseInLocation("2006-01-02 15:04", s, day.IST); err != nil {
				return fmt.Errorf("%q is not of the form 2026-11-22 17:30", s)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := setClock(at, func(args ...string) error {
			out, err := exec.CommandContext(a, "timedatectl", args...).CombinedOutput()
			if err != nil {
				return errors.New(strings.TrimSpace(cmp.Or(string(out), err.Error())))
			}
			return nil
		}); err != nil {
			fmt.Fprintf(a.out, "   ! The clock can't be set here (%v). Connect the box to the internet: it sets its clock by itself.\n", err)
			return nil
		}
	}
}

// setClock sets the time by timedatectl(1). Network time refuses to be overruled, so it pauses; on again, whatever became of
// the time, it corrects us once there is a network.
func setClock(at time.Time, timedatectl func(args ...string) error) error {
	if err := timedatectl("set-ntp", "false"); err != nil {
		return err
	}
	return errors.Join(timedatectl("set-time", at.UTC().Format("2006-01-02 15:04:05")+" UTC"), timedatectl("set-ntp", "true"))
}

func askNetwork(a *asker, x *setup.Answers) (err error) {
	x.Network, err = a.yes("Serve the cashier's page to paired devices in the shop's network", x.Network)
	return err
}

func summary(a *asker, x setup.Answers) {
	p := func(name, format string, args ...any) {
		fmt.Fprintf(a.out, "   %-9s  %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprint(a.out, "\nThis is what you said:\n")
	p("shop", "%s", strings.Join(filled(x.Shop, x.GSTIN, strings.Join(x.Address, ", ")), "; "))
	for _, g := range x.Gateways {
		p("gateway", "%s", g)
	}
	switch {
	case x.Printer.Port == "":
		p("printer", "none")
	default:
		p("printer", "%s as %s", x.Printer.Port, cmp.Or(x.Printer.Profile, "generic58"))
	}
	p("screen", "%s, turned by %d degrees", strings.Join(x.Languages, " and "), x.Rotate)
	if x.Network {
		p("network", "paired devices reach the cashier's page at port 7417")
	}
	if x.Demo {
		p("DEMO", "not real money")
	}
}
