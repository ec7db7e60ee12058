package gateway

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// maxHops is how many redirects a picture may take: a short link, its target, and one more.
const maxHops = 3

// Fetch reads an absolute address that the gateway named in an answer, such as a QR poster's short link. It sends no
// credentials, follows at most three redirects, and goes to https (or this caller's own loopback host) at one of
// hosts only; a host written ".example.in" stands for every name below it. Its errors are those of a read.
func (c *Caller) Fetch(ctx context.Context, op, address string, hosts []string) (Answer, error) {
	call := Call{Op: op, Method: http.MethodGet, Urgent: true, Header: http.Header{"Accept": {"image/*"}}}
	u, err := url.Parse(address)
	if err == nil {
		err = c.allowed(u, hosts)
	}
	if err != nil {
		return Answer{}, c.fail(call, Answer{}, ClassMisconfigured, CashierSetup, "the gateway named an address this till doesn't trust", err)
	}
	client := *c.client
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > maxHops {
			return fmt.Errorf("more than %d redirects", maxHops)
		}
		return c.allowed(req.URL, hosts)
	}
	return c.do(ctx, &client, call, u.String())
}

func (c *Caller) allowed(u *url.URL, hosts []string) error {
	if u.Scheme == c.base.Scheme && u.Host == c.base.Host && u.User == nil {
		return nil
	}
	if u.Scheme != "https" || u.User != nil {
		return errors.New("the address is not a plain https one")
	}
	host := strings.ToLower(u.Hostname())
	if !slices.ContainsFunc(hosts, func(h string) bool {
		return host == h || strings.HasPrefix(h, ".") && strings.HasSuffix(host, h)
	}) {
		return fmt.Errorf("host %.80q is not one this gateway's pictures come from", host)
	}
	return nil
}
