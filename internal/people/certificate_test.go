package people

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
)

func TestCertificate(t *testing.T) {
	v := &settings{}
	first, anew, err := Certificate(v, v, []string{"galla.local", "192.168.1.7"})
	if err != nil {
		t.Fatal(err)
	}
	again, renewed, err := Certificate(v, v, nil)
	if err != nil || anew || renewed || Fingerprint(first) != Fingerprint(again) || len(Fingerprint(first)) != 95 {
		t.Errorf("%q, then %q, %v", Fingerprint(first), Fingerprint(again), err)
	}
	if err := first.Leaf.VerifyHostname("192.168.1.7"); err != nil {
		t.Error(err)
	}
	// A phone that trusts it as a CA trusts it for the shop's own addresses and names, and for nobody else's.
	pool := x509.NewCertPool()
	pool.AddCert(first.Leaf)
	for name, ok := range map[string]bool{"galla.local": true, "192.168.1.99": true, "10.1.2.3": true,
		"bank.example": false, "local": false, "8.8.8.8": false} {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		leaf := &x509.Certificate{
			SerialNumber: big.NewInt(2),
			NotBefore:    first.Leaf.NotBefore,
			NotAfter:     first.Leaf.NotAfter,
		}
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = []net.IP{ip}
		} else {
			leaf.DNSNames = []string{name}
		}
		der, err := x509.CreateCertificate(rand.Reader, leaf, first.Leaf, &key.PublicKey, first.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		made, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := made.Verify(x509.VerifyOptions{DNSName: name, Roots: pool}); (err == nil) != ok {
			t.Errorf("it can vouch for %s: %v", name, err)
		}
	}
	if got := Fingerprint(tls.Certificate{}); got != "" {
		t.Errorf("no certificate has the fingerprint %q", got)
	}
}
