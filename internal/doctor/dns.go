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
		return ok("dns", "plain", values{"host": host})
	}
	ctx, cancel := context.WithTimeout(ctx, dnsTime)
	defer cancel()
	addresses, err := d.o.Resolver.LookupHost(ctx, host)
	if err == nil && len(addresses) > 0 {
		return ok("dns", "known", values{"host": host})
	}
	var e *net.DNSError
	switch errors.As(err, &e); {
	case e != nil && e.IsNotFound:
		return bad("dns", "unknown", values{"host": host})
	case e != nil && e.IsTimeout, errors.Is(err, context.DeadlineExceeded):
		return bad("dns", "silent", values{"host": host})
	case err == nil:
		err = fmt.Errorf("an answer without an address")
	}
	return bad("dns", "fails", values{"host": host, "why": cause(err)})
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
