package main

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
)

// console is the address under which a phone of the shop reaches the console now, or "" when it can't. An address is
// better than a name: not every phone asks for names by mDNS, and the box may have got another address since it
// started.
func (l listeners) console(hosts []string) string {
	if l.network == nil {
		return ""
	}
	at, ok := l.network.Addr().(*net.TCPAddr)
	if !ok {
		return ""
	}
	host := at.IP.String()
	if at.IP.IsUnspecified() {
		if host = inTheShop(interfaceAddrs()); host == "" && len(hosts) > 0 {
			host = hosts[0]
		}
	}
	if host == "" {
		return ""
	}
	return "https://" + net.JoinHostPort(host, strconv.Itoa(at.Port))
}

// names are what the certificate is made out for: the names from the configuration, and the address of today. A box
// that gets another address keeps its certificate, because devices know it by its fingerprint: to keep phones' apps
// working, give it a fixed address or a name.
func (l listeners) names(hosts []string) []string {
	names := slices.Clone(hosts)
	if at, ok := l.network.Addr().(*net.TCPAddr); ok && !at.IP.IsUnspecified() {
		names = append(names, at.IP.String())
	} else if a := inTheShop(interfaceAddrs()); a != "" {
		names = append(names, a)
	}
	return names
}

// inTheShop picks the address others in the shop's network use: a private IPv4 one before any other that isn't the
// machine's own; "" when there is none.
func inTheShop(all []netip.Addr) string {
	best := ""
	for _, a := range all {
		switch {
		case a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast():
		case a.Is4() && a.IsPrivate():
			return a.String()
		case best == "" && a.Is4():
			best = a.String()
		}
	}
	return best
}

func interfaceAddrs() []netip.Addr {
	nets, err := net.InterfaceAddrs()
	if err != nil { // in the unit's sandbox there is no netlink
		if ip, err := outboundIP(); err == nil {
			if a, ok := netip.AddrFromSlice(ip); ok {
				return []netip.Addr{a.Unmap()}
			}
		}
		return nil
	}
	var out []netip.Addr
	for _, n := range nets {
		if p, err := netip.ParsePrefix(n.String()); err == nil {
			out = append(out, p.Addr().Unmap())
		}
	}
	return out
}
