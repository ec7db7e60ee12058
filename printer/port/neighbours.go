package port

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"
)

// Bounds of a search: the addresses of a shop's own network, all asked within some seconds.
const (
	maxAsked   = 1024
	askedFor   = 600 * time.Millisecond
	askedSided = 64 // at once
)

// Networks are the box's own IPv4 networks of at most 254 addresses: the ones a printer next to it can be in.
func Networks() []netip.Prefix {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []netip.Prefix
	for _, a := range all {
		p, err := netip.ParsePrefix(a.String())
		if err == nil && p.Addr().Is4() && !p.Addr().IsLoopback() && p.Bits() >= 24 && p.Bits() < 32 {
			out = append(out, p.Masked())
		}
	}
	return out
}

// Neighbours asks every address of the networks whether it takes raw print data, and lists those that do. Nothing is
// sent to them. It asks 1,024 addresses at most and ends with ctx.
func Neighbours(ctx context.Context, networks []netip.Prefix) []Found {
	return neighbours(ctx, networks, rawPort)
}

func neighbours(ctx context.Context, networks []netip.Prefix, port int) []Found {
	var all []netip.Addr
	for _, n := range networks {
		for a := n.Addr(); n.Contains(a) && len(all) < maxAsked; a = a.Next() {
			all = append(all, a)
		}
	}
	taken := make([]bool, len(all))
	turn := make(chan struct{}, askedSided)
	var asked sync.WaitGroup
	for i, a := range all {
		asked.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			within, cancel := context.WithTimeout(ctx, askedFor)
			defer cancel()
			var d net.Dialer
			if c, err := d.DialContext(within, "tcp", net.JoinHostPort(a.String(), strconv.Itoa(port))); err == nil {
				c.Close()
				taken[i] = true
			}
		})
	}
	asked.Wait()
	var out []Found
	for i, a := range all {
		if taken[i] {
			at := Address{Means: TCP, Host: a.String(), Port: port}
			out = append(
				out,
				Found{Means: TCP, Port: at.String(), Device: net.JoinHostPort(at.Host, strconv.Itoa(port))},
			)
		}
	}
	return out
}
