package config

import "testing"

// TestDoor_Origin: an origin that no browser would send, and that so would never match, is refused where it is set.
func TestDoor_Origin(t *testing.T) {
	for _, o := range []string{
		"https://pos.example.com", "http://192.168.1.9:8080", "https://[::1]:8443", "https://xn--a.example",
		"capacitor://localhost", "http://localhost:443",
	} {
		if !isOrigin(o) {
			t.Errorf("%q is refused", o)
		}
	}
	for _, o := range []string{
		"", "null", "*", "https://", "file://", "https://*.example.com", "https://pos.example.com/",
		"https://pos.example.com?x", "https://POS.example.com", "HTTPS://pos.example.com",
		"https://pos.example.com:443", "http://pos.example.com:80", "https://pos.example.com:",
		"https://pos.example.com:99999", "https://pos.example.com:0", "https://a@pos.example.com", "https://:8443",
		"pos.example.com",
	} {
		if isOrigin(o) {
			t.Errorf("%q is taken", o)
		}
	}
}
