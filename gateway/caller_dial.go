package gateway

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	end, _ := ctx.Deadline()
	for {
		conn, err := d.DialContext(ctx, network, address)
		var name *net.DNSError
		switch {
		case err == nil:
			host, _, _ := net.SplitHostPort(address)
			if _, proxied := d.proxies.Load(host); !proxied {
				return conn, nil
			}
			return awaitFirst(conn, end)
		case errors.As(err, &name) && name.IsTimeout && ctx.Err() == nil:
			// The packet or its answer was lost, twice: ask again as long as there is time.
		default:
			return nil, err
		}
	}
}

// awaitFirst gives the first answer of a proxy, which is that to CONNECT, no longer than the dial has. net/http waits
// for it a minute.
func awaitFirst(conn net.Conn, end time.Time) (net.Conn, error) {
	if err := conn.SetReadDeadline(end); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &firstRead{Conn: conn}, nil
}

type firstRead struct {
	net.Conn
	once sync.Once
}

func (f *firstRead) Read(p []byte) (n int, err error) {
	n, err = f.Conn.Read(p)
	if n > 0 {
		f.once.Do(func() { err = errors.Join(err, f.Conn.SetReadDeadline(time.Time{})) })
	}
	return n, err
}

// impatientResolver is Go's own resolver with nameTimeout for each question. It asks each server twice, as resolv.conf
// says.
func impatientResolver(dial dialFunc) *net.Resolver {
	// Strict: else a lost answer about IPv4 beside an empty one about IPv6 reads "no such host".
	return &net.Resolver{
		PreferGo:     true,
		StrictErrors: true,
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if udp, ok := conn.(*net.UDPConn); ok {
				return impatient{udp}, err
			}
			return conn, err
		},
	}
}

// impatient shortens the time the resolver gives one question.
type impatient struct{ *net.UDPConn }

func (c impatient) SetDeadline(t time.Time) error {
	if soon := time.Now().Add(nameTimeout); t.After(soon) {
		t = soon
	}
	return c.UDPConn.SetDeadline(t)
}
