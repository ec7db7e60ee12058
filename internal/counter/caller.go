package counter

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"galla/internal/counter/problem"
	"galla/internal/counter/wire"
	"galla/internal/people"
	"galla/internal/quota"
)

// Who calls and what they may do is decided by package people. The routes name its roles so often that they have them
// here.
type (
	Role   = people.Role
	Person = people.Person
	Caller = people.Caller
)

const (
	Anyone  = people.Anyone
	Nobody  = people.Nobody
	Cashier = people.Cashier
	Manager = people.Manager
	Owner   = people.Owner
)

// peerKey finds the peer's user id in a request's context.
type peerKey struct{}

// withPeer notes who is at the other end of a Unix socket.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	if uid, ok := people.Peer(quota.Raw(c)); ok {
		ctx = context.WithValue(ctx, peerKey{}, uid)
	}
	return quota.Context(ctx, c)
}

// known says that the request's connection is no stranger's. One caller's connections are bounded, too.
func (c *Counter) known(r *http.Request, who Caller) error {
	most := perLocal
	if who.Device != "" {
		most = perDevice
	}
	if !quota.Known(r.Context(), keyOwner(who), most) {
		return crowded("connections", fmt.Sprintf("this caller has %d connections that are all in use", most),
			"Use fewer connections at once.")
	}
	return nil
}

// crowded refuses what a caller has too much of already.
func crowded(bound, detail, next string) *wire.Problem {
	p := problem.New(problem.AtOnce, detail, next)
	p.Bound, p.Wait = bound, 10*time.Second
	return p
}

// pace bounds what a caller writes in a minute: each write is in the audit, on the card, and each slip holds the
// printer that all share. Sales have bounds of their own, and strangers write nothing.
func (c *Counter) pace(r *http.Request, who Caller) error {
	rate, bound := c.writes, "writes"
	switch {
	case who.Name == "" || r.Pattern == "POST /v1/sales":
		return nil
	case strings.HasSuffix(r.Pattern, "/print") || r.Pattern == "POST /v1/printer/test":
		rate, bound = c.slips, "slips"
	}
	wait := rate.Take(keyOwner(who))
	if wait == 0 {
		return nil
	}
	p := crowded(bound, fmt.Sprintf("%s sends more of this than a caller may in a minute", who.Name),
		fmt.Sprintf("Wait %s and send it again with the same idempotency key.", wait))
	p.Wait = wait
	return p
}

// inTurn does what reads much when it is the caller's turn: one that asks a hundred times at once waits for itself.
func (c *Counter) inTurn(r *http.Request, rt route, who Caller, do func() error) error {
	if of := reading[rt.pattern]; of != "" {
		ctx, cancel := context.WithTimeout(r.Context(), turnTime)
		defer cancel()
		done, err := c.turns.Wait(ctx, of+" "+keyOwner(who))
		if err != nil {
			return crowded("reads", "this caller reads much at once already", "Ask one after the other.")
		}
		defer done()
	}
	return do()
}

// identify says who makes the request, or why nobody knows.
func (c *Counter) identify(r *http.Request, d Listener) (Caller, error) {
	switch {
	case d.Kernel:
		uid, ok := r.Context().Value(peerKey{}).(uint32)
		if !ok {
			return Caller{}, problem.New(problem.Unauthorized, "the kernel did not say who is at the other "+
				"end of the socket", "Call again; if it stays so, restart gallad.")
		}
		who := c.people.ByUser(uid)
		if name, pin, named := r.BasicAuth(); named { // several people share the login: galla --as
			return c.people.As(who, name, pin)
		}
		return who, nil
	case d.Trust != Nobody && !crossed(r) && !ofProxy(r):
		return people.Trusted(d.Trust), nil
	}
	token := ""
	if !crossed(r) {
		token = c.cookieToken(r)
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	return c.people.ByToken(token)
}

// approve says who answers for what takes a manager.
func (c *Counter) approve(who Caller, a wire.Approval) (string, error) {
	return c.people.Approve(who, a.Approver, a.PIN)
}

// keyOwner is the caller that an idempotency key belongs to: a paired device, whoever is signed in on it, or whom the
// kernel or the configuration vouches for.
func keyOwner(who Caller) string {
	switch {
	case who.Device != "":
		return "device:" + who.Device
	case who.Local && who.User != "":
		return who.User
	}
	return who.Name
}
