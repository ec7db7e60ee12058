package people

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"time"
)

// A phone takes a page for an app, with a service worker, only from a box whose certificate it trusts; what a person
// can install on a phone is a CA certificate. So the box's certificate is one, for itself alone: it may vouch for
// nothing but the shop's own names and private addresses, and a phone that trusts it is in no danger elsewhere.

// certificateLife is long on purpose: nobody renews the certificate of a shop's box, and what a device trusts is the
// fingerprint it saw when it was paired.
const certificateLife = 20 * 365 * 24 * time.Hour

// Certificate returns the box's own certificate, made on the first call. It is kept in the settings and its key in
// keys, outside the sales file and the copies of it. Where either is missing, or they don't belong together, both are
// made anew, and anew says so where there was a certificate: every phone that trusted it must be paired again. hosts
// are names and addresses of the box. It starts in 2020, because a box without a battery clock may be in the past.
func Certificate(v Settings, keys Keys, hosts []string) (own tls.Certificate, anew bool, err error) {
	crt, found, err := v.Get(tlsCertificate)
	if err != nil {
		return own, false, fmt.Errorf("read the certificate: %w", err)
	}
	key, foundKey, err := keys.Get(tlsKey)
	if err != nil {
		return own, false, fmt.Errorf("read the certificate's key: %w", err)
	}
	if found && foundKey {
		if own, err = tls.X509KeyPair(crt, key); err == nil {
			return own, false, nil
		}
	}

	if crt, key, err = newCertificate(hosts); err != nil {
		return own, false, fmt.Errorf("make a certificate: %w", err)
	}
	// If we die between the two writes, they don't belong together, and the next start makes both anew.
	if err := keys.Put(tlsKey, key); err != nil {
		return own, false, fmt.Errorf("keep the certificate's key: %w", err)
	}
	if err := v.Put(tlsCertificate, crt); err != nil {
		return own, false, fmt.Errorf("keep the certificate: %w", err)
	}
	own, err = tls.X509KeyPair(crt, key)
	return own, found, err
}

func newCertificate(hosts []string) (crt, key []byte, err error) {
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	from := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	t := &x509.Certificate{
		SerialNumber:                serial,
		Subject:                     pkix.Name{CommonName: "Galla"},
		NotBefore:                   from,
		NotAfter:                    from.Add(certificateLife),
		KeyUsage:                    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:                 []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid:       true,
		IsCA:                        true,
		MaxPathLenZero:              true,
		PermittedDNSDomainsCritical: true,
	}

	for _, own := range []string{"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
		"fc00::/7", "fe80::/10"} {
		_, n, err := net.ParseCIDR(own)
		if err != nil {
			return nil, nil, err
		}
		t.PermittedIPRanges = append(t.PermittedIPRanges, n)
	}

	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
			if !slices.ContainsFunc(t.PermittedIPRanges, func(n *net.IPNet) bool { return n.Contains(ip) }) {
				bits := 8 * len(ip)
				if v4 := ip.To4(); v4 != nil {
					ip, bits = v4, 32
				}
				t.PermittedIPRanges = append(t.PermittedIPRanges, &net.IPNet{IP: ip, Mask: net.CIDRMask(bits, bits)})
			}
		} else {
			t.DNSNames = append(t.DNSNames, h)
			t.PermittedDNSDomains = append(t.PermittedDNSDomains, h)
		}
	}

	if len(t.PermittedDNSDomains) == 0 { // none would mean any
		t.DNSNames, t.PermittedDNSDomains = []string{"galla.local"}, []string{"galla.local"}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &priv.PublicKey, priv)
	if err != nil {
		return nil, nil, err
	}
	pk, err := x509.MarshalPKCS8PrivateKey(priv)
	if err != nil {
		return nil, nil, err
	}
	crt = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pk})
	return crt, key, nil
}

// Fingerprint is a certificate's SHA-256 as browsers show it: "AB:CD:…".
func Fingerprint(c tls.Certificate) string {
	if len(c.Certificate) == 0 {
		return ""
	}
	h := sha256.Sum256(c.Certificate[0])
	parts := make([]string, len(h))
	for i, b := range h {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}
