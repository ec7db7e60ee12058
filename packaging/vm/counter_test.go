//go:build rig

package vm

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// browser is an HTTP client that trusts gallad's certificate by its fingerprint, as a person who compares it does.
func browser(fingerprint string) *http.Client {
	return &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, // there is no public name; the fingerprint below decides
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if sum := sha256.Sum256(raw[0]); hex.EncodeToString(sum[:]) != fingerprint {
				return fmt.Errorf("the certificate's fingerprint is %x, and the box said %s", sum, fingerprint)
			}
			return nil
		}}}}
}

func (m *machine) url() string { return fmt.Sprintf("https://127.0.0.1:%d", m.port) }

// pair makes the host a paired device of the shop.
func (m *machine) pair(code, fingerprint string) (token string) {
	m.t.Helper()
	c := client.NewHTTP(m.url(), "", browser(fingerprint))
	p, err := c.Pair(m.t.Context(), client.Key(), wire.Pair{Code: code, Name: "the rig"})
	if err != nil {
		m.t.Fatalf("pairing: %v", err)
	}
	return p.Token
}

// pairFrom makes the host a paired device, with the code that the box shows.
func (m *machine) pairFrom(s *shell) (token, fingerprint string) {
	m.t.Helper()
	var p struct{ Code, Fingerprint string }
	if err := json.Unmarshal([]byte(s.run(m.t, "galla device pair --service cashier --json")), &p); err != nil {
		m.t.Fatal(err)
	}
	fingerprint = strings.ToLower(strings.ReplaceAll(p.Fingerprint, ":", ""))
	return m.pair(p.Code, fingerprint), fingerprint
}

func hasQR(s wire.Sale) bool { return s.QR != nil && s.QR.Payload != "" }

func (m *machine) till(a appliance) *client.Client {
	return client.NewHTTP(m.url(), a.Token, browser(a.Fingerprint))
}

// within asks again until done says so.
func within(t *testing.T, limit time.Duration, what string, done func(ctx context.Context) bool) {
	t.Helper()
	for end := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		ok := done(ctx)
		cancel()
		if ok {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", limit, what)
		}
	}
}

// sell opens a sale, with one key until there is an answer, as every client should.
func sell(t *testing.T, till *client.Client, paise int, limit time.Duration) (sale wire.Sale) {
	t.Helper()
	key := client.Key()
	var last error
	defer func() {
		if t.Failed() {
			t.Logf("the last answer was: %v", last)
		}
	}()
	within(t, limit, "a sale to be accepted", func(ctx context.Context) bool {
		sale, last = till.Open(ctx, key, wire.OpenSale{AmountPaise: wire.Amount(paise)})
		return last == nil
	})
	return sale
}

// until reads a sale until it is as wanted.
func until(
	t *testing.T,
	till *client.Client,
	id string,
	limit time.Duration,
	what string,
	ok func(wire.Sale) bool,
) (sale wire.Sale) {
	t.Helper()
	var err error
	defer func() {
		if t.Failed() {
			t.Logf("the last answer was: %q %v", sale.Phase, err)
		}
	}()
	within(t, limit, what, func(ctx context.Context) bool {
		var s wire.Sale
		s, err = till.Sale(ctx, id)
		var p *wire.Problem
		if errors.As(err, &p) && p.Status == http.StatusNotFound {
			t.Fatalf("sale %s was acknowledged and is gone", id)
		}
		sale = s
		return err == nil && ok(s)
	})
	return sale
}

// takeSale takes a sale to its end: a QR, a customer, money.
func takeSale(t *testing.T, till *client.Client, sim *gatewaytest.Sim, paise int) wire.Sale {
	t.Helper()
	s := sell(t, till, paise, slow)
	s = until(t, till, s.ID, slow, "its QR", hasQR)
	if _, err := sim.Phone().Pay(s.QR.Payload); err != nil {
		t.Fatalf("the phone: %v", err)
	}
	return until(
		t,
		till,
		s.ID,
		slow,
		"the sale to be paid",
		func(s wire.Sale) bool { return s.Phase == state.PhasePaid },
	)
}
