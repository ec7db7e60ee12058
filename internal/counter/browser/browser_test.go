//go:build browser

package browser

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"galla/display/kiosk/kiosktest"
	"galla/internal/counter"
	"galla/internal/counter/client"
	"galla/internal/counter/countertest"
	"galla/internal/counter/wire"
	"galla/internal/people"
	"galla/internal/till"
	"galla/state"
)

// noStands is a shop without standing QRs.
type noStands struct{ counter.Standing }

func (noStands) List() []wire.StandingQR { return nil }

// chainOffice is a head office that takes whoever has an address and a code, and waits for its owner then.
type chainOffice struct {
	mu sync.Mutex
	is wire.Office
}

func (o *chainOffice) Status() wire.Office {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.is
}

func (o *chainOffice) Look(_ context.Context, b wire.LookAtOffice) (wire.OfficePlace, error) {
	return wire.OfficePlace{Address: b.Address, Office: "Asha", Shop: "Meena", Counter: "PC",
		Here: "Asha General Stores", ExpiresAt: time.Now().Add(time.Minute)}, nil
}

func (o *chainOffice) Join(ctx context.Context, by string, b wire.JoinOffice) (wire.Office, error) {
	p, err := o.Look(ctx, b.LookAtOffice)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.is = wire.Office{Joined: true, Address: p.Address, Office: p.Office, Shop: p.Shop, Counter: p.Counter,
		Terminal: "abcdefghijklmnop", JoinedAt: time.Now(), JoinedBy: by, Behind: 1200, AwaySince: time.Now()}
	o.is.Trouble("office_waiting", wire.Values{"office": "192.168.1.20"})
	return o.is, err
}

func (o *chainOffice) Export(context.Context, io.Writer) error {
	return errors.New("no page asks for it")
}

func (o *chainOffice) Leave(context.Context, string) (wire.Office, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.is = wire.Office{}
	return o.is, nil
}

// shop is a counter on loopback that takes tokens only, over a till for tests, with a second address on which the
// script plays the customer and pulls the plug.
type shop struct {
	t        testing.TB
	till     *countertest.Till
	settings *countertest.Settings
	addr     string
	tls      *tls.Certificate // nil: plain HTTP, as on loopback

	skew atomic.Int64 // how far the counter's clock is ahead, in ns

	mu      sync.Mutex
	counter *counter.Counter
	stop    context.CancelFunc
	done    chan error
}

func (s *shop) start() {
	l, err := net.Listen("tcp", s.addr)
	for i := 0; err != nil && i < 50; i++ { // the port may still be closing
		time.Sleep(20 * time.Millisecond)
		l, err = net.Listen("tcp", s.addr)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr = l.Addr().String()
	o := counter.Options{
		Standing:     noStands{},
		Office:       &chainOffice{},
		OpenSales:    1000,
		SalesAMinute: 6000,
		Till:         s.till,
		Operations:   s.till.Operations(),
		Settings:     s.settings,
		Log:          slog.New(slog.NewTextHandler(s.t.Output(), nil)),
		Version:      "test",
		Heartbeat:    2 * time.Second,
		Address:      func() string { return s.base() },
		Now:          func() time.Time { return time.Now().Add(time.Duration(s.skew.Load())) },
	}
	var listener counter.Listener
	if s.tls != nil {
		o.Fingerprint, o.Certificate = people.Fingerprint(*s.tls), s.tls.Certificate[0]
		listener.TLS = &tls.Config{Certificates: []tls.Certificate{*s.tls}, MinVersion: tls.VersionTLS12}
	}
	c, err := counter.New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.counter, s.stop, s.done = c, cancel, make(chan error, 1)
	go func() { s.done <- c.Serve(ctx, l, listener) }()
}

// base is where the console is.
func (s *shop) base() string {
	if s.tls != nil {
		return "https://" + s.addr
	}
	return "http://" + s.addr
}

func (s *shop) halt() {
	if s.stop != nil {
		s.stop()
		if err := <-s.done; err != nil {
			s.t.Error(err)
		}
		s.stop = nil
	}
}

// owner answers for what takes an owner's PIN.
var owner = wire.Acting{You: "Ravi", YourPIN: "2580"}

// letIn lets the devices in that wait.
func (s *shop) letIn(ctx context.Context) {
	srv := httptest.NewServer(s.counter.Handler(counter.Listener{Trust: counter.Owner}))
	defer srv.Close()
	c := client.NewHTTP(srv.URL, "", srv.Client())
	all, err := c.Devices(ctx)
	if err != nil {
		s.t.Error(err)
	}
	for _, d := range all.Devices {
		if !d.Waiting {
			continue
		}
		if err := c.LetIn(ctx, client.Key(), d.ID, owner); err != nil {
			s.t.Error(err)
		}
	}
}

// staff adds people through the API, as the owner would at the box.
func (s *shop) staff() {
	srv := httptest.NewServer(s.counter.Handler(counter.Listener{Trust: counter.Owner}))
	defer srv.Close()
	c := client.NewHTTP(srv.URL, "", srv.Client())
	for _, p := range []wire.AddPerson{{Name: "Ravi", Role: "owner", PIN: "2580"},
		{Name: "Meena", Role: "manager", PIN: "8642"}, {Name: "Asha", Role: "cashier", PIN: "1379"}} {
		p.Acting = owner
		if _, err := c.AddPerson(s.t.Context(), client.Key(), p); err != nil {
			s.t.Fatal(err)
		}
	}
}

// control answers the script: what the customer does, and what happens to the box.
func (s *shop) control(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sale := r.FormValue("sale")
	var out any = "done"
	switch r.URL.Path {
	case "/code":
		out = s.counter.Pair("owner:Ravi", "").Code
	case "/offer":
		out = s.counter.Pair("owner:Ravi", "")
	case "/forgive":
		srv := httptest.NewServer(s.counter.Handler(counter.Listener{Trust: counter.Owner}))
		defer srv.Close()
		if err := client.NewHTTP(srv.URL, "", srv.Client()).
			SetPIN(r.Context(), client.Key(), "Meena", wire.SetPIN{PIN: "8642", Acting: owner}); err != nil {
			s.t.Error(err)
		}
	case "/later":
		s.skew.Add(int64(16 * time.Minute))
	case "/phone":
		h := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
		made, err := client.NewHTTP(s.base(), "", h).
			Pair(r.Context(), client.Key(), wire.Pair{Code: r.FormValue("code"), Name: "A second phone"})
		if err != nil {
			s.t.Error(err)
		}
		h.CloseIdleConnections()
		out = made
	case "/let-in":
		s.letIn(r.Context())
	case "/pay":
		out = s.till.Pay(sale, 0)
	case "/health": // how the box is from now on
		h := till.Health{
			Ready:    r.FormValue("problem") == "",
			Problem:  r.FormValue("problem"),
			Code:     r.FormValue("code"),
			Printer:  r.FormValue("printer"),
			Display:  r.FormValue("display"),
			Gateways: []till.GatewayHealth{{Name: "enkash", OK: true}},
		}
		s.till.SetHealth(h)
	case "/begin":
		out = s.till.Start(sale)
	case "/finish":
		s.till.Finish(sale, r.FormValue("payment"))
	case "/expire":
		s.till.Expire(sale)
	case "/halt":
		s.halt()
	case "/start":
		s.start()
	case "/sales":
		sales, err := s.till.Sales(r.Context(), till.Query{Limit: 1000})
		if err != nil {
			s.t.Error(err)
		}
		out = sales
	case "/typed":
		out = s.till.Typed()
	case "/revoke":
		srv := httptest.NewServer(s.counter.Handler(counter.Listener{Trust: counter.Owner}))
		defer srv.Close()
		c := client.NewHTTP(srv.URL, "", srv.Client())
		d, err := c.Devices(r.Context())
		if err != nil {
			s.t.Error(err)
		}
		for _, x := range d.Devices {
			if err := c.Revoke(r.Context(), client.Key(), x.ID, owner); err != nil {
				s.t.Error(err)
			}
		}
	default:
		http.NotFound(w, r)
		return
	}
	json.NewEncoder(w).Encode(out)
}

func run(t testing.TB, home, script string, args ...string) {
	t.Helper()
	for _, name := range []string{"playwright-core", "axe-core", "ws"} {
		if _, err := os.Stat("node_modules/" + name); err != nil {
			t.Fatalf("%s is not installed: run npm ci --prefix internal/counter/browser", name)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", append([]string{script}, args...)...)
	if home != "" {
		cmd.Env = append(os.Environ(), "HOME="+home)
	}
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Errorf("%s %q: %v", script, args, err)
	}
}

// open starts a shop with its people and its control.
func open(t testing.TB, crt *tls.Certificate) (s *shop, control string) {
	t.Helper()
	s = &shop{t: t, till: countertest.New(), settings: countertest.NewSettings(), addr: "127.0.0.1:0", tls: crt}
	s.till.SetHealth(till.Health{
		Ready:    true,
		Printer:  "none",
		Display:  "connected",
		Gateways: []till.GatewayHealth{{Name: "enkash", OK: true}},
	})
	s.start()
	s.staff()
	t.Cleanup(s.halt)
	srv := httptest.NewServer(http.HandlerFunc(s.control))
	t.Cleanup(srv.Close)
	return s, srv.URL
}

// shots is where the pictures of a test are left.
func shots(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("shots")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestLogic tries what the console decides without a browser.
func TestLogic(t *testing.T) {
	page := t.TempDir()
	if err := os.CopyFS(page, os.DirFS("../console/page")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(
		filepath.Join(page, "package.json"),
		[]byte(`{"type":"module"}`),
		0o644,
	); err != nil { // or Node takes the scripts for another kind
		t.Fatal(err)
	}
	run(t, "", "logic.mjs", page)
}

// TestWords looks at every page and state in every language.
func TestWords(t *testing.T) {
	for _, size := range []string{"phone", "desktop"} {
		t.Run(size, func(t *testing.T) {
			t.Parallel() // a shop and a browser of its own
			s, control := open(t, nil)
			run(t, "", "words.mjs", s.base(), control, size, shots(t))
		})
	}
}

// BenchmarkConsole prints what the console weighs and how soon it can be used, as a cheap phone has it.
func BenchmarkConsole(b *testing.B) {
	for range b.N {
		s, control := open(b, nil)
		run(b, "", "figures.mjs", s.base(), control, shots(b))
	}
}

// TestHand walks every state at the size of a phone, of a phone on its side, of a PC at 200 % and of a PC, in English
// and in Hindi, and fails on a control that is covered or too small, on text that is cut, and on what axe finds.
// GALLA_PICTURES is where its pictures go.
func TestHand(t *testing.T) {
	to := os.Getenv("GALLA_PICTURES")
	if to == "" {
		to = shots(t) + "/hand"
	}
	for _, language := range []string{"en", "hi"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel() // a shop and a browser of its own
			s, control := open(t, nil)
			run(t, "", "hand.mjs", s.base(), control, language, to)
		})
	}
}

// TestKeys tries every dialog with real keys: Escape closes it and nothing else, a scanner answers nothing, + and * do
// nothing behind it.
func TestKeys(t *testing.T) {
	s, control := open(t, nil)
	run(t, "", "keys.mjs", s.base(), control, "desktop", shots(t))
}

// TestTwenty makes twenty sales by touch and twenty by keyboard, and counts keys and milliseconds.
func TestTwenty(t *testing.T) {
	for _, size := range []string{"phone", "desktop"} {
		t.Run(size, func(t *testing.T) {
			s, control := open(t, nil)
			run(t, "", "twenty.mjs", s.base(), control, size, shots(t))
			sales, err := s.till.Sales(t.Context(), till.Query{Limit: 1000})
			if err != nil || len(sales) != 20 {
				t.Errorf("%d sales were made, %v", len(sales), err)
			}
		})
	}
}

// TestQR reads the QR on the cashier's device from a picture of its screen, with a reader that is not ours.
func TestQR(t *testing.T) {
	s, control := open(t, nil)
	to := shots(t) + "/qr"
	run(t, "", "qr.mjs", s.base(), control, "phone", to)
	sales, err := s.till.Sales(t.Context(), till.Query{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, x := range sales {
		want[x.ID] = x.Attempts[0].Quote.Payload
	}
	pictures, err := filepath.Glob(to + "/*-read-S*.png")
	if err != nil || len(pictures) != 6 {
		t.Fatalf("%d pictures: %v", len(pictures), err)
	}
	for _, p := range pictures {
		id := regexp.MustCompile(`S\d{6}`).FindString(filepath.Base(p))
		got, err := exec.Command("zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", p).Output()
		if err != nil || strings.TrimSpace(string(got)) != want[id] || want[id] == "" {
			t.Errorf("%s is read as %q, %v; the gateway gave %q", filepath.Base(p), got, err, want[id])
		}
	}
}

// TestInstall pairs a phone by the link of the QR and takes the console for an app, with the box's certificate trusted
// as a CA (Debian's libnss3-tools puts it where Chromium looks) and without.
func TestInstall(t *testing.T) {
	settings := countertest.NewSettings()
	crt, _, err := people.Certificate(settings, settings, []string{"galla.local", "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"trusted", "stranger"} {
		t.Run(how, func(t *testing.T) {
			s, control := open(t, &crt)
			home := t.TempDir()
			if how == "trusted" {
				trust(t, home, crt)
			}
			run(t, home, "install.mjs", s.base(), control, how, shots(t))
		})
	}
}

// trust puts a certificate among the CAs of the user whose home it is.
func trust(t *testing.T, home string, crt tls.Certificate) {
	t.Helper()
	db := filepath.Join(home, ".pki", "nssdb")
	if err := os.MkdirAll(db, 0o700); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(home, "galla.crt")
	if err := os.WriteFile(file, crt.Certificate[0], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-N", "--empty-password"}, {"-A", "-n", "galla", "-t", "C,,", "-i", file}} {
		out, err := exec.Command("certutil", append([]string{"-d", "sql:" + db}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("certutil %q: %v %s (apt-get install libnss3-tools)", args, err, out)
		}
	}
}

// TestOtherEngines is a cashier's day in Firefox, and at the size of a phone in WebKit too, whose window needs an X
// server.
func TestOtherEngines(t *testing.T) {
	x, err := kiosktest.Xvfb(image.Pt(1400, 1000))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Stop)
	t.Setenv("DISPLAY", x.Name)
	for _, c := range []struct {
		engine, size string
	}{{"firefox", "phone"}, {"firefox", "desktop"}, {"webkit", "phone"}} {
		t.Run(c.engine+" "+c.size, func(t *testing.T) {
			s, control := open(t, nil)
			run(t, "", "other.mjs", s.base(), control, c.engine, c.size, shots(t)+"/others")
		})
	}
}

func TestDay(t *testing.T) {
	for _, size := range []string{"phone", "desktop"} {
		t.Run(size, func(t *testing.T) {
			t.Parallel() // a shop and a browser of its own
			s, control := open(t, nil)
			run(t, "", "day.mjs", s.base(), control, size, shots(t))
			sales, err := s.till.Sales(t.Context(), till.Query{Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range sales {
				if x.By != "cashier:Asha" || !x.Phase.Final() {
					t.Errorf("sale %d by %q is %s", x.Number, x.By, x.Phase)
				}
				for _, f := range x.Refunds {
					if f.Approver != "manager:Meena" ||
						f.Status != state.RefundProcessed && f.Status != state.RefundAsked {
						t.Errorf("refund of sale %d: %s by approval of %q", x.Number, f.Status, f.Approver)
					}
				}
			}
			fmt.Fprintf(os.Stderr, "%s: %d sales\n", size, len(sales))
		})
	}
}
