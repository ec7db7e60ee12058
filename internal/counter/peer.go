package counter

import (
	"context"
	"net"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// peerKey finds the peer's user id in a request's context.
type peerKey struct{}

// withPeer asks the kernel who is at the other end of a Unix socket (unix(7), SO_PEERCRED: the credentials the peer had
// when it connected). Another connection has no peer.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	if l, ok := c.(*limitedConn); ok {
		c = l.Conn
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		return ctx
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return ctx
	}
	var cred *unix.Ucred
	if cerr := raw.Control(func(fd uintptr) { cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); cerr != nil || err != nil {
		return ctx
	}
	return context.WithValue(ctx, peerKey{}, cred.Uid)
}

// onceFlag is true the first time.
type onceFlag struct{ done atomic.Bool }

func (o *onceFlag) first() bool { return !o.done.Swap(true) }
