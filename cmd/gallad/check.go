package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"galla/display"
	"galla/gateway/razorpay"
	"galla/internal/config"
	"galla/internal/setup"
	"galla/internal/webhook"
	"galla/printer/port"
)

// keysAt says where check finds the keys: with --secrets or under systemd as serve does, else where they are stored for
// systemd to hand them on.
func keysAt(secrets string) func(name string) (config.Secrets, string, error) {
	if secrets == "" && os.Getenv("CREDENTIALS_DIRECTORY") == "" {
		return setup.Standard().Keys
	}
	return func(name string) (config.Secrets, string, error) { return config.ReadSecrets(name, secrets) }
}

// hookAt says where check finds the webhook's secret, likewise.
func hookAt(secrets string) func(credential string) ([]byte, string, error) {
	if secrets == "" && os.Getenv("CREDENTIALS_DIRECTORY") == "" {
		secrets = setup.Standard().Credstore
	}
	return func(name string) ([]byte, string, error) { return config.Credential(name, secrets) }
}

// check explains a config: what it means, and all that is wrong with it, without starting anything.
func check(
	path string,
	keys func(name string) (config.Secrets, string, error),
	hook func(credential string) ([]byte, string, error),
	out io.Writer,
) error {
	c, err := config.Read(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	p := func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) }
	p("config      %s", path)
	p("shop        %s", c.Shop.Name)
	p("terminal    %s", c.Till.Terminal)
	p("sales file  %s", c.Till.Database)
	p("a customer  has %v to pay; each gateway is asked %d times for a QR", c.Till.Life.Duration, c.Till.Tries)
	p("day         begins %v after midnight IST", c.Till.DayCut.Duration)
	p("screen      %s, on %s", strings.Join(c.Till.Languages, " and "), c.Listen.Display)
	if left := display.LeftOut(c.Shop.Name); left != "" {
		p("            leaves out of the shop's name what no font here has: %s", left)
	}

	p("counter     %s", c.Listen.Socket)
	if c.Listen.TCP != "" {
		p("            and http://%s, for this machine only", c.Listen.TCP)
	}
	if c.Listen.Network != "" {
		p("            and https://%s, for paired devices", c.Listen.Network)
	}
	var errs []error
	verdict := "all is well"
	if c.Printer.Port == "" {
		p("printer     none")
	} else {
		prof, _ := c.Printer.Chosen()
		if prof.Link == port.Serial {
			p("printer     %s as %s at %d baud, flow control %s", c.Printer.Port, prof.Name, prof.Baud, prof.Flow)
		} else {
			p("printer     %s as %s", c.Printer.Port, prof.Name)
		}
		p(
			"            slips in %s; the cash drawer opens %s",
			languageName(c.Printer.Language),
			drawerOpens(c.Printer.Drawer),
		)
		_, err := c.Shop.Document(c.Printer.Language).Load(prof.Dots)
		switch {
		case errors.Is(err, fs.ErrPermission):
			p("            the shop's logo can't be read by this user: sudo gallad check looks at it too")
			verdict = "all is well, as far as it was looked at"
		case err != nil:
			errs = append(errs, fmt.Errorf("shop.logo: %w", err))
		}
	}

	if c.Till.Demo {
		p("DEMO        not real money: screen and slips say so")
	}
	for _, g := range c.Gateways {
		s, from, err := keys(g.Name)
		if errors.Is(err, fs.ErrPermission) {
			p(
				"gateway     %s (%s), its keys are for root only: sudo gallad check looks at them too",
				g.Name,
				g.Provider,
			)
			verdict = "all is well, as far as it was looked at"
			continue
		}
		if err == nil {
			_, err = g.Client(s, c.Till.Demo, nil, nil)
		}
		if err == nil && g.Webhooks {
			_, err = razorpay.NewHooks(s.WebhookSecrets, nil)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		p("gateway     %s (%s), keys from %s", g.Name, g.Provider, from)
		if g.Webhooks || g.NotifyURL != "" {
			p("            posts hints to http://%s/hints/%s, by a reverse proxy", c.Listen.Hints, g.Name)
		}
	}

	for _, h := range c.Hooks {
		if h.URL == "" {
			continue
		}
		secrets, from, err := hook(h.Credential())
		if err == nil {
			var o webhook.Options
			if o, err = hookOptions(h, nil, secrets); err == nil {
				_, err = webhook.New(o)
			}
		}
		switch {
		case errors.Is(err, fs.ErrPermission):
			p("webhook     its secret or ca is for root only: sudo gallad check looks at it too")
			verdict = "all is well, as far as it was looked at"
		case err != nil:
			errs = append(errs, fmt.Errorf("hook %s: %w", hookName(h), err))
		default:
			p("webhook     signed with the secret from %s", from) // its address may be a secret
		}
	}

	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%w: %w", errConfig, err)
	}
	p("%s", verdict)
	return nil
}

// languageName is the language of the slips' fixed words.
func languageName(code string) string {
	if code == "hi" {
		return "Hindi"
	}
	return "English"
}

// drawerOpens says when the cash drawer opens.
func drawerOpens(when string) string {
	switch when {
	case "paid":
		return "for every paid sale, by UPI too"
	case "other_tender":
		return "when a sale was paid in another way"
	}
	return "never"
}
