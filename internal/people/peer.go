package people

import (
	"net"

	"golang.org/x/sys/unix"
)

// Peer asks the kernel who is at the other end of a Unix socket (unix(7), SO_PEERCRED: the credentials the peer had
// when it connected). Another connection has no peer.
func Peer(c net.Conn) (uid uint32, ok bool) {
	u, ok := c.(*net.UnixConn)
	if !ok {
		return 0, false
	}
	raw, err := u.SyscallConn()
	if err != nil {
		return 0, false
	}
	var cred *unix.Ucred
	if cerr := raw.Control(func(fd uintptr) {
		cred, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); cerr != nil || err != nil {
		return 0, false
	}
	return cred.Uid, true
}
