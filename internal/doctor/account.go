package doctor

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"galla/gateway"
	"galla/internal/counter/wire"
)

// links are what is looked at of one gateway, in the order of the chain.
var links = []string{"dns", "tls", "gateway", "keys", "feature"}

// lookOutside looks at every gateway, all at the same time.
func (d *Doctor) lookOutside(ctx context.Context) []wire.Check {
	if d.link().Level == wire.LevelBad {
		return nil // known fills in that the link is to be cured first
	}
	found := make([][]wire.Check, len(d.o.Accounts))
	var wg sync.WaitGroup
	for i, a := range d.o.Accounts {
		wg.Go(func() { found[i] = d.lookAt(ctx, a) })
	}
	wg.Wait()
	var all []wire.Check
	for i, checks := range found {
		for _, c := range checks {
			c.Gateway, c.At = d.o.Accounts[i].Name, d.o.Now()
			all = append(all, c)
		}
	}
	return all
}

// lookAt follows the chain to one gateway until a link is broken.
func (d *Doctor) lookAt(ctx context.Context, a Account) []wire.Check {
	checks := []wire.Check{d.dns(ctx, hostOf(a.BaseURL))}
	if checks[0].Level != wire.LevelBad {
		checks = append(checks, d.tls(ctx, a.BaseURL))
	}
	if last := checks[len(checks)-1]; last.Level == wire.LevelBad {
		return rest(checks, last.Check)
	}
	if a.Examine == nil {
		reached := d.answers(ctx, a.BaseURL)
		checks = append(checks, reached)
		if reached.Level == wire.LevelBad {
			return rest(checks, "gateway")
		}
		return append(checks, unseen("keys", a.WhyNot), skipped("feature", "keys"))
	}
	return append(checks, sort(a, a.Examine(ctx))...)
}

// rest skips the links behind a broken one.
func rest(checks []wire.Check, because string) []wire.Check {
	for _, l := range links[len(checks):] {
		checks = append(checks, skipped(l, because))
	}
	return checks
}

// sort puts the findings of an examination into the links gateway, keys and feature, the worst of each; and hands on
// how the clocks compare. A link without a finding was not reached.
func sort(a Account, found []gateway.Finding) []wire.Check {
	of := map[string]string{"reach": "gateway", "downtime": "gateway", "clock": "clock", "keys": "keys"}
	worse := map[gateway.Level]int{gateway.LevelOK: 0, gateway.LevelNote: 1, gateway.LevelBad: 2}
	worst, more := map[string]gateway.Finding{}, 0
	for _, f := range found {
		link, known := of[f.Check]
		if !known {
			link = "feature"
		}
		if f.Check == "path" ||
			f.Check == "mandates" { // of single calls beside the sale's own: galla doctor gateway lists them
			if f.Level != gateway.LevelOK {
				more++
			}
			f = gateway.Finding{Check: "feature", Level: gateway.LevelOK, Says: "what a sale needs is switched on"}
		}
		if old, there := worst[link]; !there || worse[f.Level] > worse[old.Level] {
			worst[link] = f
		}
	}

	var checks []wire.Check
	broken := ""
	for _, link := range links[2:] {
		f, there := worst[link]
		if !there && broken == "" {
			checks = append(checks, unseen(link, "the examination ended before it"))
			continue
		}
		if !there {
			checks = append(checks, skipped(link, broken))
			continue
		}
		if f.Level == gateway.LevelBad {
			broken = link
		}
		if link == "feature" && f.Level == gateway.LevelOK && more > 0 {
			f.Says += fmt.Sprintf("; not all of the rest is: galla doctor gateway %s", a.Name)
		}
		checks = append(checks, plain(link, f))
	}

	if f, there := worst["clock"]; there {
		checks = append(checks, plain("clock", f))
	}
	return checks
}

// plain puts a finding into an owner's words: what the gateway's own words mean comes before them.
func plain(link string, f gateway.Finding) wire.Check {
	if f.Level == gateway.LevelBad && f.Refused {
		f.Says = map[string]string{"gateway": "the gateway is out of order", "keys": "the gateway refuses the keys",
			"feature": "what sales need is not switched on for this account"}[link] + " (" + f.Says + ")"
	}
	if f.Next != "" {
		f.Next = strings.ToUpper(f.Next[:1]) + strings.TrimSuffix(f.Next[1:], ".") + "."
	}
	return quoted(string(f.Level), link, string(f.Level), f.Says, f.Next)
}

// answers sends one request without keys: any answer below 500 shows that the gateway is there.
func (d *Doctor) answers(ctx context.Context, base string) wire.Check {
	ctx, cancel := context.WithTimeout(ctx, 2*dialTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, strings.TrimRight(base, "/")+"/", nil)
	if err != nil {
		return bad("gateway", "address", values{"address": base})
	}
	t := &http.Transport{DialContext: d.o.Dial, TLSClientConfig: d.client(), DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}).Do(req)
	if err != nil {
		return bad("gateway", "silent", values{"host": req.URL.Host, "why": cause(err)})
	}
	resp.Body.Close()
	if resp.StatusCode >= 500 {
		return bad("gateway", "broken", values{"host": req.URL.Host, "status_count": resp.StatusCode})
	}
	return ok("gateway", "answers", values{"host": req.URL.Host})
}

// known is what the last look found of a gateway, seen with how sales and the link have gone since.
func (d *Doctor) known(a Account, outside []wire.Check, at time.Time) []wire.Check {
	if d.link().Level == wire.LevelBad {
		var all []wire.Check
		for _, l := range links {
			c := skipped(l, "link")
			c.Gateway = a.Name
			all = append(all, c)
		}
		return all
	}
	var mine []wire.Check
	for _, c := range outside {
		if c.Gateway == a.Name && c.Check != "clock" {
			mine = append(mine, c)
		}
	}
	if mine == nil {
		for _, l := range links {
			c := unseen(l, "nobody has looked yet; galla doctor does")
			c.Gateway = a.Name
			mine = append(mine, c)
		}
	}
	if a.Live == nil {
		return mine
	}
	if good, problem, when := a.Live(); when.After(at) {
		c := ok("gateway", "sale", values{"gateway": a.Name})
		if !good {
			says, _ := split(problem)
			c = bad("gateway", "sale_failed", values{"why": says})
		}
		c.Gateway, c.At = a.Name, when
		mine[2] = c
	}
	return mine
}
