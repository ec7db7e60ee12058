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

// errUntrusted is an address that a picture may not come from: a person must say whether it may.
var errUntrusted = errors.New("pictures of this gateway don't come from there")

const hintUntrusted = "the gateway's picture is at an address this till doesn't trust: if the gateway's support " +
	"says it is theirs, add its host to poster_hosts"

// maxHops is how many redirects a picture may take: a short link, its target, and one more.
const maxHops = 3

// Fetch reads an absolute address that the gateway named in an answer, such as a QR poster's short link. It sends no
// credentials, follows at most three redirects, and goes to https (or this caller's own loopback host) at one of
// hosts only; a host written ".example.in" stands for every name below it. Its errors are those of a read, and
// ClassMisconfigured for an address, or a redirect to one, that isn't allowed.
func (c *Caller) Fetch(ctx context.Context, op, address string, hosts []string) (Answer, error) {
	call := Call{Op: op, Method: http.MethodGet, Urgent: true, Header: http.Header{"Accept": {"image/*"}}}
	u, err := url.Parse(address)
	if err == nil {
		err = c.allowed(u, hosts)
	}
	if err != nil {
		return Answer{}, c.fail(call, Answer{}, ClassMisconfigured, CashierSetup, hintUntrusted, err)
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
		return fmt.Errorf("the address is not a plain https one: %w", errUntrusted)
	}
	host := strings.ToLower(u.Hostname())
	if !slices.ContainsFunc(hosts, func(h string) bool {
		return host == h || strings.HasPrefix(h, ".") && strings.HasSuffix(host, h)
	}) {
		return fmt.Errorf("host %.80q: %w", host, errUntrusted)
	}
	return nil
}
