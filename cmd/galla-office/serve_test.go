package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/office/pg/pgtest"
	"galla/internal/segment"
	"galla/internal/signature"
	"galla/internal/uplink"
	"galla/state/boltstore"
	"galla/state/statetest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// served is a galla-office that serves on a database of its own.
type served struct {
	t       *testing.T
	config  string
	address string // https://127.0.0.1:port
	metrics string
	print   string // fingerprint
	http    *http.Client
	stop    func()
}

// freePort is one that nobody listens on now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func newOffice(t *testing.T) *served {
	t.Helper()
	folder := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "office"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, raw []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	crt := write("office.crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	pair := write("office.key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))

	_, database := pgtest.Database(t)
	listen, side := freePort(t), freePort(t)
	o := &served{
		t:       t,
		address: "https://" + listen + "/chain",
		metrics: "http://" + side + "/metrics",
		print:   fmt.Sprintf("%x", sha256.Sum256(der)),
		http: &http.Client{Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
		}},
	}
	o.config = write("office.toml", fmt.Appendf(nil, `
listen = %q
address = %q
metrics = %q
database = %q
[tls]
certificate = %q
key = %q
`, listen, o.address, side, database, crt, pair))
	o.start()
	return o
}

// start serves until stop, or the test's end.
func (o *served) start() {
	o.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	var errs bytes.Buffer
	go func() {
		ended <- (&serveCommand{}).Run(&session{Context: ctx, out: io.Discard, err: &errs, config: o.config})
	}()
	stopped := false
	o.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			o.t.Errorf("the office ended with %v\n%s", err, errs.String())
		}
	}
	o.t.Cleanup(func() { o.stop() })
	for range 200 {
		resp, err := o.http.Get(o.address + "/v1/terminals/me/heads")
		if err == nil {
			resp.Body.Close()
			return
		}
		select {
		case err := <-ended:
			o.t.Fatalf("the office did not start: %v\n%s", err, errs.String())
		case <-time.After(20 * time.Millisecond):
		}
	}
	o.t.Fatal("the office does not answer")
}

// does runs a command and returns what it prints.
func (o *served) does(code int, args ...string) string {
	o.t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"--config", o.config, "--as", "meena"}, args...)
	if got := run(args, &out, &errs); got != code {
		o.t.Fatalf("galla-office %v ended with %d: %s%s", args, got, out.String(), errs.String())
	}
	return out.String() + errs.String()
}

// call makes a signed call.
func (o *served) call(key ed25519.PrivateKey, method, path string, m, into any) (status int) {
	o.t.Helper()
	var body []byte
	if m != nil {
		var err error
		if body, err = json.Marshal(m); err != nil {
			o.t.Fatal(err)
		}
	}
	req, err := http.NewRequest(method, o.address+path, bytes.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	if key != nil {
		id := segment.TerminalID(key.Public().(ed25519.PublicKey))
		signature.Sign(req.Header, method, req.URL.EscapedPath(), body, id, key, time.Now())
	}
	resp, err := o.http.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err == nil && into != nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		o.t.Fatalf("%s: %v: %s", path, err, raw)
	}
	return resp.StatusCode
}

// TestServe: a shop is entered, a code made, a box joins, waits, is confirmed, and sends a real sales file by the real
// uplink over TLS that it knows by its fingerprint; the office stops and starts meanwhile.
func TestServe(t *testing.T) {
	o := newOffice(t)
	o.does(0, "name", "Sharma Sweets")
	if got := o.does(0, "shop", "add", "MG Road", "--opens", "09:00", "--closes", "22:30"); got != "mg-road\n" {
		t.Fatalf("%q", got)
	}
	if got := o.does(0, "counter", "add", "mg-road", "Till 1"); got != "mg-road/1\n" {
		t.Fatalf("%q", got)
	}
	o.does(1, "counter", "add", "mg-road", "Till 1")
	o.does(1, "code", "mg-road/2")
	o.does(64, "shop", "ad")
	told := o.does(0, "code", "mg-road/1")
	code := regexp.MustCompile(`[0-9]{4}-[0-9]{4}`).FindString(told)
	if !strings.Contains(strings.ToLower(strings.ReplaceAll(told, ":", "")), o.print) ||
		!strings.Contains(told, "sudo galla office join "+o.address+" "+code) {
		t.Fatalf("%s", told)
	}

	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	id := segment.TerminalID(key.Public().(ed25519.PublicKey))
	var looked segment.Looked
	if n := o.call(nil, "POST", segment.PathLook, segment.Look{Code: code}, &looked); n != 200 ||
		looked.Office != "Sharma Sweets" || looked.Shop != "MG Road" || looked.Counter != "Till 1" {
		t.Fatalf("%d %+v", n, looked)
	}
	var joined segment.Joined
	join := segment.Join{Code: code, Key: key.Public().(ed25519.PublicKey), Label: "T1", Version: "1.0.0"}
	if n := o.call(key, "POST", segment.PathJoin, join, &joined); n != 200 || joined.Terminal != id ||
		joined.State != segment.StateWaiting {
		t.Fatalf("%d %+v", n, joined)
	}
	var waits segment.Waiting
	if n := o.call(key, "GET", segment.PathHeads, nil, &waits); n != 403 || waits.State != segment.StateWaiting {
		t.Fatalf("%d %+v", n, waits)
	}
	if list := o.does(0, "terminal", "list"); !strings.Contains(list, id+"  waiting  mg-road/1  T1") {
		t.Fatalf("%s", list)
	}
	o.does(0, "terminal", "confirm", id)

	s, err := boltstore.Open(filepath.Join(t.TempDir(), "sales.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tr := statetest.NewTraffic(25, 5, 5)
	for range 400 {
		if err := s.Commit(tr.Next()); err != nil {
			t.Fatal(err)
		}
	}
	u, err := uplink.New(uplink.Options{
		Office:      o.address,
		Fingerprint: o.print,
		Key:         key,
		Chain:       s,
		Changed:     func() <-chan struct{} { return nil },
		Health: func(context.Context) (wire.Health, error) {
			return wire.Health{Ready: true, Printer: "none"}, nil
		},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- u.Run(ctx) }()
	o.stop()
	o.start()
	until := time.Now().Add(time.Minute)
	for u.Status().Seq != tr.Seq() {
		if time.Now().After(until) {
			t.Fatalf("%+v, and the file ends at %d", u.Status(), tr.Seq())
		}
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	var heads segment.Heads
	if n := o.call(key, "GET", segment.PathHeads, nil, &heads); n != 200 || len(heads.Heads) != 1 ||
		heads.Heads[0].Seq != tr.Seq() {
		t.Fatalf("%d %+v", n, heads)
	}

	resp, err := http.Get(o.metrics)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(page), `galla_office_segments_total{verdict="append"} `) ||
		strings.Contains(string(page), id) {
		t.Errorf("%v %s", err, page)
	}

	o.does(0, "terminal", "revoke", id)
	if n := o.call(key, "GET", segment.PathHeads, nil, &waits); n != 403 || waits.State != "left" {
		t.Fatalf("%d %+v", n, waits)
	}
	list := o.does(0, "shop", "list")
	if !strings.Contains(list, "09:00 to 22:30") || !strings.Contains(list, "Till 1") {
		t.Fatalf("%s", list)
	}
}
