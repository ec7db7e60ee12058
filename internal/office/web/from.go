package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// From says whom a call is of: the other end of the connection, or what a reverse proxy says where it is that. proxy is
// its IP address, or empty. Of several addresses the last one counts, which the proxy wrote itself.
func From(proxy string) func(*http.Request) netip.Addr {
	trusted, _ := netip.ParseAddr(proxy)
	return func(r *http.Request) netip.Addr {
		end, _ := netip.ParseAddrPort(r.RemoteAddr)
		is := end.Addr().Unmap()
		if !trusted.IsValid() || is != trusted.Unmap() {
			return is
		}
		all := r.Header.Values("X-Forwarded-For")
		if len(all) == 0 {
			return is
		}
		last := all[len(all)-1]
		last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		if said, err := netip.ParseAddr(last); err == nil {
			return said.Unmap()
		}
		return is
	}
}
