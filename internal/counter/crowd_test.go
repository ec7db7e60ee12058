package counter

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"galla/internal/quota"
)

// from is a client whose requests come from an address of this machine.
func from(address, token string) *http.Client {
	return &http.Client{Timeout: 5 * time.Second, Transport: bearer{token, &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		DialContext:     (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}).DialContext,
	}}}
}

type bearer struct {
	token string
	*http.Transport
}

func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+b.token)
	return b.Transport.RoundTrip(r)
}

// TestDoor_4: a stranger with 300 connections that say nothing keeps nobody out, and nor does a cashier's token with as many feeds.
func TestDoor_4(t *testing.T) {
	b := newBench(t)
	phone, thief := b.pairPhone(t, "cashier"), b.pairPhone(t, "cashier")
	addr := b.serveTCP(t, true)

	ask := func(who *http.Client, path string) *http.Response {
		t.Helper()
		begin := time.Now()
		resp, err := who.Get("https://" + addr + path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%s took %s", path, took)
		}
		return resp
	}

	stranger := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP("127.0.0.66")}}
	var idle []net.Conn
	for range maxConns + 44 {
		c, err := stranger.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		idle = append(idle, c)
	}
	cashier := from("127.0.0.7", phone.token)
	for _, who := range []*http.Client{cashier, from("127.0.0.66", phone.token)} { // the stranger's own address, too
		resp := ask(who, "/v1/sales")
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("beside 300 silent connections: %s", resp.Status)
		}
	}
	open := 0
	for _, c := range idle {
		c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if _, err := c.Read(make([]byte, 1)); err != nil && strings.Contains(err.Error(), "timeout") {
			open++
		}
	}
	if open > perSource {
		t.Errorf("%d of the stranger's connections are open, want %d at most", open, perSource)
	}

	// The ninth feed of a device, whatever it does with its connections.
	leak := from("127.0.0.8", thief.token)
	for i := range feedsDevice + 4 {
		resp := ask(leak, "/v1/events")
		defer resp.Body.Close()
		switch {
		case i < feedsDevice && resp.StatusCode != 200:
			t.Fatalf("feed %d: %s", i+1, resp.Status)
		case i >= feedsDevice && (resp.StatusCode != 503 || resp.Header.Get("Retry-After") == ""):
			t.Fatalf("feed %d: %s, Retry-After %q", i+1, resp.Status, resp.Header.Get("Retry-After"))
		}
	}
	resp := ask(cashier, "/v1/events")
	defer resp.Body.Close()
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil || line != "retry: 1000\n" {
		t.Errorf("another device's feed: %q %v", line, err)
	}
}

// TestDoor_8: a stranger writes no line of the log, however long his paths are; a caller who is known writes few, and cut.
func TestDoor_8(t *testing.T) {
	b := newBench(t)
	before := b.log.Len()
	long := "/v1/" + strings.Repeat("x", 2000)
	for range 2000 {
		b.call(network, "GET", long, "")
		b.call(network, "GET", "/v1/sales", "", "Authorization", "Bearer galla_wrong")
	}
	if n := b.log.Len() - before; n != 0 {
		t.Errorf("a stranger wrote %d bytes of log: %.300s", n, b.log.String()[before:])
	}
	for range 2000 {
		b.call(trusted, "GET", "/v1/sales/"+long[4:], "")
	}
	if s := b.log.String()[before:]; len(s) > 12_000 || strings.Count(s, "\n") == 0 {
		t.Errorf("2,000 refusals of a caller are %d bytes of log in %d lines", len(s), strings.Count(s, "\n"))
	}
}

// TestDoor_9: one caller opens so many sales a minute and holds so many; the others sell on, and what was asked before is answered.
func TestDoor_9(t *testing.T) {
	b := newBench(t)
	b.Counter.rate, b.Counter.openSales = quota.NewRate(60), 12
	thief, other := b.pairPhone(t, "cashier"), b.pairPhone(t, "manager")

	sell := func(p *phone, key string) *httptest.ResponseRecorder {
		return p.call(network, "POST", "/v1/sales", `{"amount_paise":100}`, "Authorization", "Bearer "+p.token, "Idempotency-Key", key)
	}
	made := 0
	var last *httptest.ResponseRecorder
	for i := range 500 {
		if last = sell(thief, fmt.Sprint("k", i)); last.Code == http.StatusCreated {
			made++
		}
	}
	if made < 10 || made > 12 || last.Code != 429 || last.Header().Get("Retry-After") == "" || !strings.Contains(last.Body.String(), "problem_too_many_sales") {
		t.Errorf("%d of 500 sales were opened, and the last was answered %d %v %s", made, last.Code, last.Header(), last.Body)
	}
	if w := sell(thief, "k0"); w.Code != 200 {
		t.Errorf("the first request again: %d %s", w.Code, w.Body)
	}
	if w := sell(other, "k0"); w.Code != 201 {
		t.Errorf("another caller's sale: %d %s", w.Code, w.Body)
	}
	if _, err := PadTill(b.till).Open(context.Background(), "pad", 100); err != nil {
		t.Errorf("the number pad's sale: %v", err)
	}

	// And with all the time in the world, not more than so many open ones.
	b.Counter.rate = quota.NewRate(6000)
	for i := range 40 {
		last = sell(thief, fmt.Sprint("later", i))
	}
	if last.Code != 429 || !strings.Contains(last.Body.String(), "has 12 open sales") {
		t.Errorf("the 13th open sale: %d %s", last.Code, last.Body)
	}
}
