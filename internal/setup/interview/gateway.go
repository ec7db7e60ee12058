package interview

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"galla/gateway"
	"galla/internal/config"
	"galla/internal/setup"
)

// tryTime is how long a gateway may take to be looked over.
const tryTime = 40 * time.Second

func askGateways(t *Terminal, x *setup.Answers, p setup.Places) error {
	was := x.Gateways
	x.Gateways = nil
	for _, provider := range []string{"enkash", "razorpay"} { // the other one is offered after the first
		def := "razorpay"
		if len(was) > 0 {
			def = was[0].Provider
		}
		if len(x.Gateways) == 1 {
			other := map[string]string{"enkash": "razorpay", "razorpay": "enkash"}[x.Gateways[0].Provider]
			second, err := t.Yes("A second gateway ("+other+"), asked when the first gives no QR", len(was) > 1)
			if err != nil || !second {
				return err
			}
			provider = other
		} else {
			var err error
			if provider, err = t.one("Your gateway, enkash or razorpay", def, "enkash", "razorpay"); err != nil {
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
			if keep, err = t.Yes("Its keys are stored: keep them", true); err != nil {
				return err
			}
		}
		if g.Keep = keep; !keep {
			was, _, _ := p.Keys(provider) // none, or none that this machine can read: all are asked for
			if err := askKeys(t, &g, &x.Demo, was.APIKey); err != nil {
				return err
			}
		}
		x.Gateways = append(x.Gateways, g)
	}

	return nil
}

// askKeys asks for the keys until they work, or the person wants to go on without. apiKey is the stored one of EnKash,
// which gives few accounts one: Enter keeps it.
func askKeys(t *Terminal, g *setup.Gateway, demo *bool, apiKey string) (err error) {
	*demo = false
	usual := config.Gateway{Provider: g.Provider}.Address()
	for {
		if g.Provider == "enkash" {
			address, err := t.ask(
				"Address EnKash gave you, or Enter for the usual one",
				cmp.Or(g.BaseURL, usual),
				setup.CheckAddress,
			)
			if err != nil {
				return err
			}
			if g.BaseURL = address; address == usual {
				g.BaseURL = ""
			} else if why := unreached(t, address); why != nil { // before two secrets are typed for it (box.md 9)
				fmt.Fprintf(t.out, "   ! Nothing answers at %s: %v\n", address, why)
				use, err := t.Yes("Use this address all the same", false)
				if err != nil {
					return err
				}
				if !use {
					g.BaseURL = ""
					continue
				}
			}
			if g.AccessKey, err = t.secret("Access key"); err != nil {
				return err
			}
			if g.SecretKey, err = t.secret("Secret key"); err != nil {
				return err
			}
			question := "API key, or Enter if EnKash gave you none"
			if apiKey != "" {
				question = "API key, or Enter for the stored one, or - for none"
			}
			if g.APIKey, err = t.hidden(question); err != nil {
				return err
			}
			if g.APIKey = cmp.Or(g.APIKey, apiKey); g.APIKey == "-" {
				g.APIKey = ""
			}
		} else {
			if g.KeyID, err = t.ask("Key id (it begins with rzp_)", "", needed); err != nil {
				return err
			}
			if g.KeySecret, err = t.secret("Key secret"); err != nil {
				return err
			}
		}
		practice, good, err := tried(t, *g, *demo)
		if err != nil {
			return err
		}
		if practice {
			*demo, err = t.Yes("Use them for practice: no real money, and screen and slips say DEMO", false)
			if err != nil || *demo {
				return err
			}
			continue
		}
		if good {
			return nil
		}
		again, err := t.Yes("Enter the keys again", true)
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
func tried(t *Terminal, g setup.Gateway, demo bool) (practice, good bool, err error) {
	ctx, cancel := context.WithTimeout(t, tryTime)
	defer cancel()
	fmt.Fprintf(t.out, "   Trying them at %s, where nothing is changed …\n",
		map[string]string{"enkash": "EnKash", "razorpay": "Razorpay"}[g.Provider])
	found, err := setup.Try(ctx, g, demo)
	if t.Err() != nil {
		return false, false, ErrLeft
	}
	return setup.TestKeys(found) && !demo, report(t.out, found, err), nil
}

// Try tries the keys of a file of answers, and says what came of it.
func Try(ctx context.Context, out io.Writer, g setup.Gateway, demo bool) (good bool) {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	found, err := setup.Try(ctx, g, demo)
	fmt.Fprintf(out, "%s:\n", g.Provider)
	return report(out, found, err)
}

// report prints what an account's examination found that matters to sales, or why there was none; true when they can be
// taken.
func report(out io.Writer, found []gateway.Finding, err error) (good bool) {
	if err != nil {
		fmt.Fprintf(out, "   ! %s\n", setup.Sentence(err.Error()))
		return false
	}
	good = true
	for _, f := range setup.Matter(found) {
		mark := "  "
		if f.Level == gateway.LevelBad {
			good, mark = false, "! "
		}
		if f.Check == "keys" && f.Refused {
			f.Says = "the keys are refused: " + f.Says
		}
		fmt.Fprintf(out, "   %s%s\n", mark, setup.Sentence(f.Says))
		if f.Level != gateway.LevelOK && f.Next != "" {
			fmt.Fprintf(out, "     next: %s\n", strings.ToUpper(f.Next[:1])+f.Next[1:])
		}
	}
	return good
}

// reachTime is how long an address may take to answer.
const reachTime = 8 * time.Second

// unreached asks an address without keys: any answer shows that something is there; nil.
func unreached(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, reachTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, address, nil)
	if err != nil {
		return err
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		if inner := errors.Unwrap(err); inner != nil { // without the address once more
			err = inner
		}
		return err
	}
	return resp.Body.Close()
}
