package main

import (
	"net"
	"net/netip"
	"testing"
)

func TestConsoleAddress(t *testing.T) {
	for _, tc := range []struct {
		all  []string
		want string
	}{
		{nil, ""},
		{[]string{"127.0.0.1", "::1", "fe80::1", "169.254.3.4"}, ""},
		{[]string{"127.0.0.1", "203.0.113.9", "192.168.1.17", "10.0.0.2"}, "192.168.1.17"},
		{[]string{"127.0.0.1", "203.0.113.9"}, "203.0.113.9"},
	} {
		var all []netip.Addr
		for _, a := range tc.all {
			all = append(all, netip.MustParseAddr(a))
		}
		if got := inTheShop(all); got != tc.want {
			t.Errorf("of %q it picks %q, want %q", tc.all, got, tc.want)
		}
	}
	if got := (listeners{}).console([]string{"galla.local"}); got != "" {
		t.Errorf("without a network the console is at %q", got)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if got := (listeners{network: l}).console(nil); got != "https://"+l.Addr().String() {
		t.Errorf("the console is at %q", got)
	}
}
