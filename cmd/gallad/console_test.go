package main

import (
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"galla/internal/config"
)

// TestIntegrator_4: a setting of who may come in that gallad reads and then forgets keeps everybody out, and nothing
// says why.
func TestIntegrator_4(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") || f == "check.go" { // which only says what is set
			continue
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(b)
	}
	for _, room := range []string{"Listen", "Till"} {
		section, ok := reflect.TypeFor[config.Config]().FieldByName(room)
		if !ok {
			t.Fatalf("the config has no %s", room)
		}
		for i := range section.Type.NumField() {
			if name := "." + section.Type.Field(i).Name; !strings.Contains(source.String(), name) {
				t.Errorf("nothing in gallad uses %s%s", room, name)
			}
		}
	}
}

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
