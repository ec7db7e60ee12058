package alerts

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/office"
	"galla/internal/webhook"
)

var at = time.Date(2026, 12, 1, 4, 30, 0, 0, time.UTC)

func silent(n int, what string) Alert {
	a := Alert{
		ID:       fmt.Sprint("ipmuourvjkuepsfq/", n),
		What:     what,
		Kind:     office.FindingSilent,
		Terminal: "ipmuourvjkuepsfq",
		Shop:     "एमजी रोड",
		Counter:  "Till 1",
		Values:   map[string]string{"heard_at": "2026-12-01T04:27:00Z"},
		First:    at,
	}
	if what == Ended {
		a.Ended = at.Add(time.Hour)
	}
	return a
}

// memory is a store of one way. It is strict.
type memory struct {
	t *testing.T

	mu     sync.Mutex
	begun  bool
	queue  []Alert
	told   []string
	forget bool // the commit after a message fails, once
	held   bool
}

func (m *memory) Begin(ctx context.Context, way string, now time.Time) error {
	if way != "webhook" || now.IsZero() {
		m.t.Errorf("%q begins at %s", way, now)
	}
	m.begun = true
	return ctx.Err()
}

func (m *memory) add(all ...Alert) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queue = append(m.queue, all...)
}

func (m *memory) Tell(ctx context.Context, _ string, oldest, now time.Time, do func(context.Context, []Alert) error) (
	int, error) {
	m.mu.Lock()
	if !m.begun || m.held || now.Sub(oldest) != Keep {
		m.t.Errorf("begun %v, held %v, oldest %s", m.begun, m.held, oldest)
	}
	all := slices.Clone(m.queue[:min(Most, len(m.queue))])
	m.held = true
	m.mu.Unlock()
	var err error
	if len(all) > 0 {
		err = do(ctx, all)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.held = false
	if err == nil && m.forget {
		m.forget, err = false, errors.New("the database stopped")
	}
	if err != nil {
		return 0, err
	}
	m.queue = m.queue[len(all):]
	for _, a := range all {
		m.told = append(m.told, a.ID+" "+a.What)
	}
	return len(all), nil
}

// way is the other side.
type way struct {
	mu    sync.Mutex
	got   []string
	calls []time.Time
	err   error
	asks  time.Duration
	takes bool // with err: it has the message all the same
}

func (w *way) Send(ctx context.Context, all []Alert) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, time.Now())
	if w.err == nil || w.takes {
		for _, a := range all {
			w.got = append(w.got, a.ID+" "+a.What)
		}
	}
	return w.err
}

// set changes what it does.
func (w *way) set(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *way) Wait(error) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asks
}

func running(t *testing.T, do func(m *memory, w *way)) {
	synctest.Test(t, func(t *testing.T) {
		m, w := &memory{t: t}, &way{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			Teller{Name: "webhook", Way: w, Store: m, Log: slog.New(slog.DiscardHandler)}.Run(ctx)
			close(done)
		}()
		do(m, w)
		cancel()
		<-done
	})
}

// TestOrder: each alert once, in the order they happened, in messages of a bounded size, soon.
func TestOrder(t *testing.T) {
	running(t, func(m *memory, w *way) {
		var want []string
		for n := range 120 {
			m.add(silent(n, Began))
			want = append(want, fmt.Sprintf("ipmuourvjkuepsfq/%d began", n))
		}
		time.Sleep(every + time.Second)
		synctest.Wait()
		if !slices.Equal(w.got, want) || len(w.calls) != 3 {
			t.Errorf("%d messages: %q", len(w.calls), w.got)
		}
		m.add(silent(5, Ended))
		time.Sleep(every + time.Second)
		synctest.Wait()
		if w.got[len(w.got)-1] != "ipmuourvjkuepsfq/5 ended" {
			t.Errorf("%q", w.got)
		}
	})
}

// TestAway: a receiver that is away costs one call a back-off, and gets all of it when it is back. One that asks to be
// left alone is.
func TestAway(t *testing.T) {
	running(t, func(m *memory, w *way) {
		w.set(func() { w.err = errors.New("connection refused") })
		for n := range 3 {
			m.add(silent(n, Began))
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := len(w.calls); n < 280 || n > 300 {
			t.Errorf("%d calls in a day", n)
		}
		w.set(func() { w.err = nil })
		time.Sleep(longWait + time.Second)
		synctest.Wait()
		if len(w.got) != 3 || len(m.told) != 3 {
			t.Errorf("%q", w.got)
		}

		before := len(w.calls)
		w.set(func() { w.err, w.asks = errors.New("busy"), time.Hour })
		m.add(silent(9, Began))
		time.Sleep(59 * time.Minute)
		synctest.Wait()
		if n := len(w.calls) - before; n != 1 {
			t.Errorf("%d calls within the hour", n)
		}
	})
}

// TestAtLeastOnce: who dies between the message and the store tells it again, and loses none; the same where the
// receiver has it and its answer is lost.
func TestAtLeastOnce(t *testing.T) {
	running(t, func(m *memory, w *way) {
		m.forget = true
		m.add(silent(1, Began))
		time.Sleep(time.Minute)
		synctest.Wait()
		if !slices.Equal(w.got, []string{"ipmuourvjkuepsfq/1 began", "ipmuourvjkuepsfq/1 began"}) || len(m.told) != 1 {
			t.Errorf("%q %q", w.got, m.told)
		}
		w.set(func() { w.err, w.takes = errors.New("reset"), true })
		m.add(silent(2, Began))
		time.Sleep(time.Minute)
		synctest.Wait()
		w.set(func() { w.err = nil })
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(m.told) != 2 || len(w.got) < 4 {
			t.Errorf("%q %q", w.got, m.told)
		}
	})
}

// TestHook: the message and its signature, which the test computes by itself.
func TestHook(t *testing.T) {
	const secret = "0123456789abcdef"
	var got []byte
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		got, _ = io.ReadAll(r.Body)
		var stamp, v1 string
		header := strings.ReplaceAll(r.Header.Get("Galla-Signature"), ",", " ")
		if _, err := fmt.Sscanf(header, "t=%s v1=%s", &stamp, &v1); err != nil {
			t.Error(err)
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(stamp + "." + string(got)))
		if v1 != hex.EncodeToString(mac.Sum(nil)) {
			t.Errorf("%q does not sign %s", r.Header.Get("Galla-Signature"), got)
		}
	}))
	defer srv.Close()
	h, err := NewHook(webhook.Sending{URL: srv.URL, Secrets: []byte(secret)})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Send(t.Context(), []Alert{silent(1, Began), silent(1, Ended)}); err != nil {
		t.Fatal(err)
	}
	want := `{"alerts":[{"id":"ipmuourvjkuepsfq/1","what":"began","kind":"silent","terminal":"ipmuourvjkuepsfq",` +
		`"shop":"एमजी रोड","counter":"Till 1","values":{"heard_at":"2026-12-01T04:27:00Z"},` +
		`"first":"2026-12-01T04:30:00Z"},{"id":"ipmuourvjkuepsfq/1","what":"ended","kind":"silent",` +
		`"terminal":"ipmuourvjkuepsfq","shop":"एमजी रोड","counter":"Till 1",` +
		`"values":{"heard_at":"2026-12-01T04:27:00Z"},"first":"2026-12-01T04:30:00Z","ended":"2026-12-01T05:30:00Z"}]}`
	if string(got) != want {
		t.Errorf("%s", got)
	}
	if _, err := NewHook(webhook.Sending{URL: "http://billing.example/", Secrets: []byte(secret)}); err == nil {
		t.Error("an address without TLS was taken")
	}
}

// received is what the mail server says of a mail.
type received struct {
	From string   `json:"from"`
	To   []string `json:"to"`
	TLS  bool     `json:"tls"`
	User string   `json:"user"`
	Mail string   `json:"mail"`
}

// server starts Debian's aiosmtpd, and returns its address, its authority and the mails it takes.
func server(t *testing.T, mode string) (address string, ca []byte, mails <-chan received) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "mail"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	ca = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	crt, pair := filepath.Join(folder, "crt"), filepath.Join(folder, "key")
	if err := errors.Join(os.WriteFile(crt, ca, 0o600),
		os.WriteFile(pair, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/usr/bin/python3", "testdata/smtpd.py", crt, pair, mode) // Debian's, which has aiosmtpd
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		t.Fatal("the mail server did not start: packaging/setup/apt.sh python3-aiosmtpd")
	}
	port := lines.Text()
	all := make(chan received, 10)
	go func() {
		for lines.Scan() {
			var r received
			if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
				t.Error(err)
			}
			all <- r
		}
	}()
	return "127.0.0.1:" + port, ca, all
}

func sending(address string, ca []byte) Sending {
	return Sending{
		Server:   address,
		From:     "Galla <office@chain.example>",
		To:       []string{"owner@chain.example", "Meena <meena@chain.example>"},
		User:     "galla",
		Password: "secret-of-mail",
		CA:       ca,
		Address:  "https://office.example",
		Now:      func() time.Time { return at },
	}
}

// TestMail: a mail server that we didn't write takes the mail, after STARTTLS or in TLS, and a mail reader that isn't
// ours in the way reads it.
func TestMail(t *testing.T) {
	for _, mode := range []string{"starttls", "implicit", "plain"} {
		t.Run(mode, func(t *testing.T) {
			address, ca, mails := server(t, mode)
			o := sending(address, ca)
			o.Implicit = mode == "implicit"
			if mode == "plain" {
				o.Plain, o.User, o.Password = true, "", ""
			}
			m, err := NewMail(o)
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Send(t.Context(), []Alert{silent(1, Began), silent(1, Ended)}); err != nil {
				t.Fatal(err)
			}
			got := <-mails
			to := []string{"owner@chain.example", "meena@chain.example"}
			if got.From != "office@chain.example" || !slices.Equal(got.To, to) ||
				got.TLS != (mode != "plain") || mode != "plain" && got.User != "galla" {
				t.Errorf("%+v", got)
			}
			read, err := mail.ReadMessage(strings.NewReader(got.Mail))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
			const says = "एमजी रोड, Till 1 has not been heard since 1 Dec 09:57 IST, and the shop is open"
			if err != nil || subject != "Galla: "+says+", and 1 more" {
				t.Errorf("%q %v", subject, err)
			}
			if date, err := read.Header.Date(); err != nil || !date.Equal(at) {
				t.Errorf("%s %v", date, err)
			}
			text, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, read.Body))
			want := "1 Dec 10:00 IST  " + says + "\n1 Dec 11:00 IST  Over: " + says + "\n\nhttps://office.example\n"
			if err != nil || string(text) != want {
				t.Errorf("%s %v", text, err)
			}
			for line := range strings.Lines(got.Mail) {
				if len(line) > 998 {
					t.Errorf("a line of %d bytes", len(line))
				}
			}
			again, err := NewMail(o)
			one := []Alert{silent(1, Began)}
			if err != nil || string(again.message(one)) != string(m.message(one)) {
				t.Errorf("the same alerts make another mail: %v", err)
			}
		})
	}
}

// TestMailRefuses: nothing goes out where the server is not who it must be, and no password reaches an error.
func TestMailRefuses(t *testing.T) {
	address, ca, mails := server(t, "starttls")
	plain, _, _ := server(t, "plain")
	refuses, ca2, _ := server(t, "refuse")
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := free.Addr().String()
	free.Close()
	for name, c := range map[string]struct {
		change func(*Sending)
		says   string
	}{
		"another authority": {func(o *Sending) { o.CA = ca2 }, "certificate"},
		"no such machine":   {func(o *Sending) { o.Server = gone }, "can't be reached"},
		"a wrong password":  {func(o *Sending) { o.Password = "not-the-secret" }, "the log-in of \"galla\""},
		"no TLS there":      {func(o *Sending) { o.Server = plain }, "no STARTTLS"},
		"TLS at once":       {func(o *Sending) { o.Implicit = true }, ""},
		"takes nothing":     {func(o *Sending) { o.Server, o.CA, o.User = refuses, ca2, "" }, "451"},
	} {
		o := sending(address, ca)
		c.change(&o)
		m, err := NewMail(o)
		if err == nil {
			err = m.Send(t.Context(), []Alert{silent(1, Began)})
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), o.Password) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
	if len(mails) > 0 {
		t.Error("a mail was taken")
	}
	for name, change := range map[string]func(*Sending){
		"no port":            func(o *Sending) { o.Server = "smtp.example" },
		"plain, elsewhere":   func(o *Sending) { o.Server, o.Plain = "smtp.example:25", true },
		"no sender":          func(o *Sending) { o.From = "" },
		"no recipient":       func(o *Sending) { o.To = nil },
		"a bad recipient":    func(o *Sending) { o.To = []string{"a@b\r\nBcc: c@d"} },
		"no password":        func(o *Sending) { o.Password = "" },
		"an authority: none": func(o *Sending) { o.CA = []byte("junk") },
	} {
		o := sending("127.0.0.1:25", nil)
		change(&o)
		if _, err := NewMail(o); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestSentences: every kind of finding has one, which names nothing that the kind has not.
func TestSentences(t *testing.T) {
	for kind, values := range office.Kinds {
		if sentences[kind] == "" {
			t.Errorf("%s has no sentence", kind)
		}
		a := Alert{Kind: kind, What: Began, Terminal: "ipmuourvjkuepsfq", Values: map[string]string{}}
		for _, v := range values {
			a.Values[v] = "9"
		}
		if text := Sentence(a); strings.ContainsAny(text, "{}?") {
			t.Errorf("%s: %s", kind, text)
		}
	}
	if len(sentences) != len(office.Kinds) {
		t.Errorf("%d sentences for %d kinds", len(sentences), len(office.Kinds))
	}
	a := Alert{Kind: office.FindingClock, Terminal: "x", Values: map[string]string{"seconds": "-400"}}
	if got := Sentence(a); got != "Terminal x has a clock that is -6 minutes off" {
		t.Error(got)
	}
}
