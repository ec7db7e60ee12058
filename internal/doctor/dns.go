package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"galla/internal/counter/wire"
)

const (
	dnsTime  = 5 * time.Second
	dialTime = 6 * time.Second
)

// dns asks for the address of a gateway's name.
func (d *Doctor) dns(ctx context.Context, host string) wire.Check {
	if net.ParseIP(host) != nil || host == "localhost" {
		return ok("dns", "%s needs no name service", host)
	}
	ctx, cancel := context.WithTimeout(ctx, dnsTime)
	defer cancel()
	addresses, err := d.o.Resolver.LookupHost(ctx, host)
	if err == nil && len(addresses) > 0 {
		return ok("dns", "the name %s is known", host)
	}
	var e *net.DNSError
	switch errors.As(err, &e); {
	case e != nil && e.IsNotFound:
		return bad("dns", "Check base_url in gallad.toml for a typing mistake; if it is right, the name service of the shop's internet line is at fault: switch the router off and on.",
			"the name service says that there is no %s", host)
	case e != nil && e.IsTimeout, errors.Is(err, context.DeadlineExceeded):
		return bad("dns", "Switch the shop's router off and on, and wait two minutes. If it stays so, the internet line is down: call the provider.",
			"no name service answers, so %s can't be found: most likely the internet line is down", host)
	case err == nil:
		err = fmt.Errorf("an answer without an address")
	}
	return bad("dns", "Switch the shop's router off and on, and wait two minutes. If it stays so, set another name service in the network's settings (1.1.1.1).",
		"the name service fails for %s (%s)", host, cause(err))
}

// cause is the innermost reason, without the addresses that net puts around it.
func cause(err error) string {
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.Err
	}
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
