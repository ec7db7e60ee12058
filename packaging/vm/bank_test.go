//go:build rig

package vm

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
)

// identity is the certificate of the pretend gateway. The machine trusts it from its installation on.
type identity struct {
	Port      int    // of the host; the machine knows it as 10.0.2.2
	Cert, Key []byte // PEM, DER
}

func newIdentity(t *testing.T) identity {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Gateway of Galla's rig"},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().AddDate(2, 0, 0),
		IPAddresses: []net.IP{net.IPv4(10, 0, 2, 2)},
		IsCA:        true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, &c, &c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return identity{Port: freePort(t), Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), Key: raw}
}

// serveBank serves a simulated EnKash as the real one is served: over TLS, on another computer.
func serveBank(t *testing.T, id identity) *gatewaytest.Sim {
	sim, stop := openBank(t, "127.0.0.1", id)
	t.Cleanup(stop)
	return sim
}

func openBank(t *testing.T, host string, id identity) (sim *gatewaytest.Sim, stop func()) {
	key, err := x509.ParseECPrivateKey(id.Key)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(id.Cert)
	l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", host, id.Port))
	if err != nil {
		t.Fatalf("the gateway's port, which the installed machine knows, is taken: %v; remove %s and run again",
			err, build)
	}
	sim = gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true})
	srv := &http.Server{Handler: sim.EnKash(), ReadHeaderTimeout: 10 * time.Second,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{block.Bytes}, PrivateKey: key}}}}
	go srv.ServeTLS(l, "", "")
	ctx, cancel := context.WithCancel(context.Background())
	go sim.Run(ctx)
	return sim, func() { cancel(); srv.Close() }
}
