package doctor

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"galla/gateway"
	"galla/gateway/enkash"
	"galla/gateway/gatewaytest"
	"galla/gateway/razorpay"
	"galla/internal/counter/wire"
	"galla/internal/counter/wire/catalogue"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// noon is the moment of every test but those of the clock.
var noon = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

// names is a name service; a name that isn't there is answered so.
type names map[string]error

func (n names) LookupHost(_ context.Context, host string) ([]string, error) {
	if err, told := n[host]; told {
		return nil, err
	}
	return []string{"192.0.2.1"}, nil
}

// card is a disk.
type card struct {
	free     uint64
	size     uint64 // 0: 29 GB
	readOnly bool
	room     error
	write    error
}

func (c card) Room(string) (free, size uint64, readOnly bool, err error) {
	return c.free, cmp.Or(c.size, 29<<30), c.readOnly, c.room
}
func (c card) Write(string) error { return c.write }

// box is a till in good order, which each test harms.
type box struct {
	t    *testing.T
	o    Options
	root string
	now  time.Time
	sim  *gatewaytest.Sim
	ca   *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newBox(t *testing.T) *box {
	b := &box{
		t:    t,
		root: t.TempDir(),
		now:  noon,
		sim:  gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true, Now: func() time.Time { return noon }}),
	}
	b.key, b.ca = b.authority()
	b.file(
		"proc/self/net/route",
		"Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"+
			"eth0\t00000000\t0100A8C0\t0003\t0\t0\t100\t00000000\n",
	)
	b.nic("eth0", "up", false)
	b.file("run/systemd/timesync/synchronized", "")
	b.o = Options{
		Root:     b.root,
		Resolver: names{},
		Disk:     card{free: 20 << 30},
		Now:      func() time.Time { return b.now },
		Built:    time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		Printer: func() wire.Printer {
			return wire.Printer{
				Condition: "ready",
				Port:      "/dev/serial/by-id/usb-tvs",
				Model:     "TVS RP3230",
				Answers:   true,
			}
		},
		Display: func() string { return "connected" },
		Places:  []Place{{What: "the sales file", Dir: "/var/lib/galla"}},
	}
	b.o.Accounts = []Account{b.razorpay("api.razorpay.test", gatewaytest.RazorpayKeyID)}
	b.o.Roots = x509.NewCertPool()
	b.o.Roots.AddCert(b.ca)
	b.serve("api.razorpay.test", noon.Add(-time.Hour), noon.Add(90*24*time.Hour), "api.razorpay.test")
	return b
}

func (b *box) file(name, text string) {
	b.t.Helper()
	path := filepath.Join(b.root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) remove(name string) {
	b.t.Helper()
	if err := os.RemoveAll(filepath.Join(b.root, name)); err != nil {
		b.t.Fatal(err)
	}
}

// nic is a network interface of the box; one without a route.
func (b *box) nic(name, state string, air bool) {
	b.file("sys/class/net/"+name+"/operstate", state+"\n")
	b.file("sys/class/net/"+name+"/device/uevent", "")
	if air {
		b.file("sys/class/net/"+name+"/wireless/status", "")
	}
}

func (b *box) authority() (*ecdsa.PrivateKey, *x509.Certificate) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.t.Fatal(err)
	}
	return key, b.sign(
		&x509.Certificate{
			SerialNumber:          big.NewInt(1),
			NotBefore:             noon.AddDate(-40, 0, 0),
			NotAfter:              noon.AddDate(40, 0, 0),
			IsCA:                  true,
			BasicConstraintsValid: true,
		},
		nil,
		key,
		key,
	)
}

func (b *box) sign(template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) *x509.Certificate {
	b.t.Helper()
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		b.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		b.t.Fatal(err)
	}
	return cert
}

// serve answers every dial with a TLS server whose certificate is for name from one moment to another.
func (b *box) serve(name string, from, to time.Time, names ...string) {
	b.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.t.Fatal(err)
	}
	cert := b.sign(
		&x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: names, NotBefore: from, NotAfter: to},
		b.ca,
		key,
		b.key,
	)
	b.o.Dial = b.listen(
		&tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}},
		http.NotFoundHandler(),
	)
}

func (b *box) listen(c *tls.Config, h http.Handler) func(context.Context, string, string) (net.Conn, error) {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = c
	s.StartTLS()
	b.t.Cleanup(s.Close)
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
}

// refuse fails every dial.
func refuse(err error) func(context.Context, string, string) (net.Conn, error) {
	return func(_ context.Context, network, address string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", err)}
	}
}

// direct hands requests to a simulator without a line between.
type direct struct{ h http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if r.Body == nil {
		r.Body = http.NoBody
	}
	d.h.ServeHTTP(w, r)
	w.Header().Set("Date", noon.Format(http.TimeFormat))
	return w.Result(), nil
}

func (b *box) razorpay(host, id string) Account {
	b.t.Helper()
	secret := gatewaytest.RazorpayKeySecret
	if id == gatewaytest.RazorpayTestKeyID {
		secret = gatewaytest.RazorpayTestKeySecret
	}
	c, err := razorpay.New(razorpay.Config{
		Name:      "razorpay",
		BaseURL:   "https://" + host,
		KeyID:     id,
		KeySecret: secret,
		Transport: direct{b.sim.Razorpay()},
		Now:       func() time.Time { return b.now },
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return Account{Name: "razorpay", BaseURL: "https://" + host, Examine: c.Examine}
}

func (b *box) enkash() Account {
	b.t.Helper()
	c, err := enkash.New(enkash.Config{
		Name:      "enkash",
		BaseURL:   "https://api.enkash.test",
		AccessKey: gatewaytest.EnKashAccessKey,
		SecretKey: gatewaytest.EnKashSecretKey,
		Transport: direct{b.sim.EnKash()},
		Now:       func() time.Time { return b.now },
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return Account{Name: "enkash", BaseURL: "https://api.enkash.test", Examine: c.Examine}
}

// onImage makes the box one of the card image, with what it wrote down of its stick; "": nothing.
func (b *box) onImage(note string) {
	b.t.Helper()
	b.file("usr/lib/galla/image-version", "1\n")
	if note != "" {
		b.file(stickNote, note)
	}
}

// skew is how far the gateway's clock is ahead of the box's.
func (b *box) skew(off time.Duration) {
	b.now = noon.Add(-off)
	b.o.Accounts[0].Skew = func() (time.Duration, bool) { return off, true }
}

func (b *box) knobs(change func(*gatewaytest.Knobs)) {
	k := b.sim.Knobs()
	change(&k)
	b.sim.SetKnobs(k)
}

func (b *box) printer(p wire.Printer) {
	p.Port = "/dev/serial/by-id/usb-tvs"
	b.o.Printer = func() wire.Printer { return p }
}

// faults are everything the doctor can find, each brought about.
var faults = []struct {
	name  string
	cause string // the check of the root cause; empty: none
	harm  func(*box)
}{
	{"all well", "", func(*box) {}},
	{"two gateways, well", "", func(b *box) {
		b.o.Accounts = append(b.o.Accounts, b.enkash())
		b.serve("", noon.Add(-time.Hour), noon.Add(90*24*time.Hour), "api.razorpay.test", "api.enkash.test")
	}},
	{"gateways on this machine", "", func(b *box) {
		s := httptest.NewServer(http.NotFoundHandler())
		b.t.Cleanup(s.Close)
		b.o.Dial = nil
		b.o.Accounts[0].BaseURL = s.URL
		b.remove("proc")
	}},

	{"gallad is out of service", "gallad", func(b *box) {
		b.o.Self = func() wire.Check { return Gallad("the sales file failed, and gallad restarts: input/output error") }
	}},
	{"gallad is not running", "gallad", func(b *box) {
		b.o.Self = func() wire.Check { return Away("there is no socket /run/galla/gallad.sock") }
		b.o.Printer, b.o.Display = nil, nil
		b.o.NoPrinter, b.o.NoDisplay = "only gallad may open the port; run sudo galla doctor",
			"only gallad knows its screens"
		b.o.Accounts[0].Examine, b.o.Accounts[0].WhyNot = nil, "the keys are for root only; run sudo galla doctor"
	}},
	{"gallad's configuration is wrong", "gallad", func(b *box) {
		b.o.Self = func() wire.Check { return Misconfigured("/etc/galla/gallad.toml:3: there is no key \"till.live\"") }
		b.o.Accounts, b.o.Places = nil, nil
	}},

	{"cable out", "link", func(b *box) { b.remove("proc"); b.nic("eth0", "down", false) }},
	{"cable out, route left", "link", func(b *box) { b.nic("eth0", "down", false) }},
	{"cable out, wi-fi left", "link", func(b *box) {
		b.remove("proc")
		b.nic("eth0", "down", false)
		b.nic("wlan0", "dormant", true)
	}},
	{"wi-fi left", "link", func(b *box) { b.remove("proc"); b.remove("sys"); b.nic("wlan0", "down", true) }},
	{"no route", "link", func(b *box) { b.remove("proc") }},
	{"no interface", "link", func(b *box) { b.remove("proc"); b.remove("sys") }},
	{"ipv6 only", "", func(b *box) {
		b.remove("proc")
		zero := strings.Repeat("0", 32)
		b.file("proc/self/net/ipv6_route", zero+" 00 "+zero+" 00 "+zero+" ffffffff 00000001 00000000 00200200 lo\n"+
			zero+" 00 "+zero+" 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 eth0\n")
	}},

	{"NXDOMAIN", "dns", func(b *box) { b.o.Resolver = b.nxdomain() }},
	{"no name service", "dns", func(b *box) {
		b.o.Resolver = names{
			"api.razorpay.test": &net.DNSError{
				Err:       "i/o timeout",
				Name:      "api.razorpay.test",
				Server:    "192.168.0.1:53",
				IsTimeout: true,
			},
		}
	}},
	{"name service fails", "dns", func(b *box) {
		b.o.Resolver = names{
			"api.razorpay.test": &net.DNSError{
				Err:    "server misbehaving",
				Name:   "api.razorpay.test",
				Server: "192.168.0.1:53",
			},
		}
	}},

	{"connection refused", "tls", func(b *box) { b.o.Dial = refuse(syscall.ECONNREFUSED) }},
	{"network unreachable", "tls", func(b *box) { b.o.Dial = refuse(syscall.ENETUNREACH) }},
	{"firewall", "tls", func(b *box) { b.o.Dial = refuse(syscall.ETIMEDOUT) }},
	{"connection reset", "tls", func(b *box) { b.o.Dial = refuse(syscall.ECONNRESET) }},
	{"certificate ran out", "tls", func(b *box) {
		b.serve("", noon.Add(-90*24*time.Hour), noon.Add(-24*time.Hour), "api.razorpay.test")
	}},
	{"certificate ran out, or the clock is ahead", "tls", func(b *box) {
		b.remove("run")
		b.now = noon.AddDate(1, 0, 0)
	}},
	{"clock behind the certificate", "tls", func(b *box) {
		b.remove("run")
		b.now = noon.Add(-5 * 24 * time.Hour)
	}},
	{"clock unset", "tls", func(b *box) {
		b.remove("run")
		b.now = time.Date(1970, 1, 1, 0, 1, 0, 0, time.UTC)
	}},
	{"login page of a wi-fi", "tls", func(b *box) { b.o.Roots = x509.NewCertPool() }},
	{"another name's certificate", "tls", func(b *box) {
		b.serve("", noon.Add(-time.Hour), noon.Add(time.Hour), "login.hotspot.test")
	}},
	{"no TLS behind the port", "tls", func(b *box) {
		s := httptest.NewServer(http.NotFoundHandler())
		b.t.Cleanup(s.Close)
		b.o.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
		}
	}},

	{"gateway out of order, keys unread", "gateway", func(b *box) {
		key, cert := b.key, b.sign(
			&x509.Certificate{
				SerialNumber: big.NewInt(3),
				DNSNames:     []string{"api.razorpay.test"},
				NotBefore:    noon.Add(-time.Hour),
				NotAfter:     noon.Add(time.Hour),
			},
			b.ca,
			b.key,
			b.key,
		)
		b.o.Dial = b.listen(
			&tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{cert.Raw}, PrivateKey: key}}},
			http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }),
		)
		b.o.Accounts[0].Examine, b.o.Accounts[0].WhyNot = nil, "the keys are for root only; run sudo galla doctor"
	}},
	{"keys refused (401)", "keys", func(b *box) { b.knobs(func(k *gatewaytest.Knobs) { k.KeysRefused = true }) }},
	{"keys refused by EnKash", "keys", func(b *box) {
		b.knobs(func(k *gatewaytest.Knobs) { k.KeysRefused = true })
		b.o.Accounts = []Account{b.enkash()}
		b.serve("", noon.Add(-time.Hour), noon.Add(time.Hour), "api.enkash.test")
	}},
	{"test keys", "keys", func(b *box) {
		b.o.Accounts = []Account{b.razorpay("api.razorpay.test", gatewaytest.RazorpayTestKeyID)}
	}},
	{"feature off", "feature", func(b *box) { b.knobs(func(k *gatewaytest.Knobs) { k.FeatureOff = true }) }},
	{"one gateway of two", "keys", func(b *box) {
		b.o.Accounts = append(b.o.Accounts, b.enkash())
		b.serve("", noon.Add(-time.Hour), noon.Add(90*24*time.Hour), "api.razorpay.test", "api.enkash.test")
		b.o.Accounts[0].Examine = func(context.Context) []gateway.Finding {
			return []gateway.Finding{
				{
					Check: "reach",
					Level: gateway.LevelOK,
					Says:  "api.razorpay.test answers over TLS, with a certificate that is good",
				},
				{
					Check: "keys",
					Level: gateway.LevelBad,
					Says:  "the gateway refused the keys",
					Next:  "Make a new pair in Razorpay's dashboard.",
				},
			}
		}
	}},
	{"a sale's call failed since", "gateway", func(b *box) {
		b.o.Accounts[0].Live = func() (bool, string, time.Time) {
			return false, "The payment service does not answer. Wait a moment and try again.", noon.Add(time.Minute)
		}
	}},

	{"printer unplugged", "printer", func(b *box) {
		b.printer(wire.Printer{
			Condition: "gone",
			Detail:    "The printer's cable is out (/dev/serial/by-id/usb-tvs). Plug it in.",
		})
	}},
	{"printer switched off", "printer", func(b *box) {
		b.printer(wire.Printer{
			Condition: "offline",
			Detail: "The printer doesn't answer at 38400 baud. Check that it is on and the cable is in; if " +
				"slips are garbled, set the baud rate its self-test slip names.",
		})
	}},
	{"printer not ready", "printer", func(b *box) { b.printer(wire.Printer{Condition: "error"}) }},
	{"paper out", "paper", func(b *box) {
		b.printer(wire.Printer{
			Condition: "paper_out",
			Detail:    "The printer is out of paper. Put in a new roll and close the cover.",
		})
	}},
	{"cover open", "paper", func(b *box) {
		b.printer(wire.Printer{Condition: "cover_open", Detail: "The printer's cover is open. Close it."})
	}},
	{"paper nearly used up", "", func(b *box) { b.printer(wire.Printer{Condition: "ready", NearEnd: true}) }},
	{"printer never answers", "", func(b *box) { b.printer(wire.Printer{Condition: "unknown"}) }},
	{"printer does not answer", "", func(b *box) {
		b.printer(wire.Printer{
			Condition: "unknown",
			Detail: "The printer's answers are garbled at 9600 baud. Set the baud rate to what its self-test " +
				"slip says (hold FEED while switching it on).",
		})
	}},
	{"no printer", "", func(b *box) { b.o.Printer = nil }},

	{"display presented", "", func(b *box) {
		b.o.Presenter = func() string { return "x11: OpenGL ES 2.0 by V3D 2.6 is too old" }
	}},
	{"display absent", "", func(b *box) { b.o.Display = func() string { return "none" } }},
	{
		"display lost",
		"display",
		func(b *box) { b.o.Display = func() string { return "no display is connected: it closed the line" } },
	},

	{
		"display of the demo that no browser shows",
		"display",
		func(b *box) {
			b.o.Display = func() string { return "no browser shows the customer's screen; open its page" }
		},
	},
	{"disk nearly full", "", func(b *box) { b.o.Disk = card{free: 200 << 20} }},
	{"disk full", "disk", func(b *box) { b.o.Disk = card{free: 512 << 10} }},
	{"disk full, by its store", "disk", func(b *box) {
		b.o.Disk = card{free: 3 << 20}
		b.o.Places[0].Tight = func() bool { return true }
	}},
	{
		"little room on a small disk (corners.md 13)",
		"",
		func(b *box) { b.o.Disk = card{free: 7 << 20, size: 12 << 20} },
	},
	{
		"half of the image's first partition (box.md 2)",
		"",
		func(b *box) { b.o.Disk = card{free: 250 << 20, size: 512 << 20} },
	},
	{"disk full when written to", "disk", func(b *box) { b.o.Disk = card{free: 300 << 20, write: syscall.ENOSPC} }},
	{"store met a full disk", "disk", func(b *box) { b.o.Places[0].Tight = func() bool { return true } }},
	{"store writes slowly", "", func(b *box) { b.o.Places[0].Slow = func() time.Duration { return 5 * time.Second } }},
	{"store writes quickly", "", func(b *box) { b.o.Places[0].Slow = func() time.Duration { return 0 } }},
	{"disk read-only", "disk", func(b *box) { b.o.Disk = card{free: 1 << 30, readOnly: true} }},
	{"disk turned read-only", "disk", func(b *box) { b.o.Disk = card{free: 1 << 30, write: syscall.EROFS} }},
	{"writes fail", "disk", func(b *box) { b.o.Disk = card{free: 1 << 30, write: syscall.EIO} }},
	{"disk can't be asked", "disk", func(b *box) { b.o.Disk = card{room: syscall.EIO} }},
	{"writes not allowed", "", func(b *box) { b.o.Disk = card{free: 1 << 30, write: syscall.EACCES} }},
	{"disk missing", "disk", func(b *box) { b.o.Disk = nil; b.o.Places[0].Dir = "/nowhere/galla" }},
	{"backup missing", "", func(b *box) { b.o.Backup = &Backup{Path: "/nowhere/galla.db"} }},
	{"backup old", "", func(b *box) {
		b.file("backup.db", "")
		path := filepath.Join(b.root, "backup.db")
		if err := os.Chtimes(path, noon, noon.Add(-50*time.Hour)); err != nil {
			b.t.Fatal(err)
		}
		b.o.Backup = &Backup{Path: path}
	}},

	{"clock not confirmed", "", func(b *box) {
		b.remove("run")
		b.o.Accounts[0].Examine = func(context.Context) []gateway.Finding { return nil }
	}},
	{"clock confirmed by the gateway", "", func(b *box) { b.remove("run") }},
	{"clock off", "", func(b *box) { b.now = noon.Add(20 * time.Minute) }},
	{"clock two hours off", "clock", func(b *box) { b.now = noon.Add(2 * time.Hour) }},
	{"clock a week behind (corners.md 14)", "clock", func(b *box) {
		b.skew(7 * 24 * time.Hour)
		b.serve("", noon.AddDate(0, 0, -30), noon.AddDate(0, 0, 30), "api.razorpay.test")
	}},
	{"clock a week behind, no network time (box.md 8)", "clock", func(b *box) {
		b.skew(7 * 24 * time.Hour)
		b.serve("", noon.AddDate(0, 0, -30), noon.AddDate(0, 0, 30), "api.razorpay.test")
		b.remove("run/systemd/timesync/synchronized")
	}},
	{"a clock leads before a printer", "clock", func(b *box) {
		b.skew(-61 * time.Minute)
		b.printer(wire.Printer{Condition: "gone", Detail: "The printer's cable is out (x). Plug it in."})
	}},
	{"one gateway's clock of two", "", func(b *box) {
		b.o.Accounts = append(b.o.Accounts, b.enkash())
		b.serve("", noon.AddDate(0, 0, -30), noon.AddDate(0, 0, 30), "api.razorpay.test", "api.enkash.test")
		b.skew(3 * time.Hour)
		b.o.Accounts[1].Skew = func() (time.Duration, bool) { return time.Second, true }
	}},
	{"no network time, though the internet works (box.md 8)", "", func(b *box) {
		b.remove("run/systemd/timesync/synchronized")
		b.o.Accounts[0].Examine = func(context.Context) []gateway.Finding { return nil }
	}},

	{
		"a gateway that is gone (box.md 6)",
		"gateway",
		func(b *box) { b.o.Gone = func() []string { return []string{"enkash"} } },
	},
	{"two monitors (box.md 8)", "", func(b *box) {
		b.file("sys/class/drm/card0-HDMI-A-1/status", "connected\n")
		b.file("sys/class/drm/card0-HDMI-A-2/status", "connected\n")
		b.file("sys/class/drm/card1-DSI-1/status", "disconnected\n")
	}},
	{"one monitor", "", func(b *box) {
		b.file("sys/class/drm/card0-HDMI-A-1/status", "connected\n")
		b.file("sys/class/drm/card0-HDMI-A-2/status", "disconnected\n")
	}},
	{
		"no memory is counted (box.md 7)",
		"",
		func(b *box) { b.file("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io pids\n") },
	},
	{
		"memory is counted",
		"",
		func(b *box) { b.file("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n") },
	},
	{"too little voltage, by hwmon", "power", func(b *box) {
		b.file("sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
		b.file("sys/class/hwmon/hwmon0/in1_lcrit_alarm", "1\n")
		b.file("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
		b.file("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
	}},
	{"too little voltage, by Raspberry Pi's kernel", "power", func(b *box) {
		b.file("sys/devices/platform/soc/soc:firmware/get_throttled", "50005\n")
	}},
	{"too little voltage before", "", func(b *box) {
		b.file("sys/devices/platform/soc/soc:firmware/get_throttled", "0x50000\n")
	}},
	{"enough voltage", "", func(b *box) {
		b.file("sys/class/hwmon/hwmon1/name", "cpu_thermal\n")
		b.file("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
		b.file("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n")
	}},

	{"the image without a stick (box.md 2)", "", func(b *box) { b.onImage("") }},
	{"the image with a stick", "", func(b *box) { b.onImage(`{"at":"2026-11-22T06:00:00Z"}`) }},
	{"the image with an old copy", "", func(b *box) { b.onImage(`{"at":"2026-11-20T06:00:00Z"}`) }},
	{"the image with a note that was cut", "", func(b *box) { b.onImage(`{"at":"2026-1`) }},
	{
		"the image with another till's stick",
		"",
		func(b *box) { b.onImage(`{"at":"2026-11-22T06:00:00Z","trouble":"other","says":"x"}`) },
	},
	{"the image with a full stick", "", func(b *box) { b.onImage(`{"trouble":"room"}`) }},
	{"the image with a broken stick", "", func(b *box) { b.onImage(`{"trouble":"broken"}`) }},
	{"the image whose card spoils copies", "", func(b *box) { b.onImage(`{"trouble":"unfit"}`) }},
	{"clock unset, gateways on this machine", "clock", func(b *box) {
		s := httptest.NewServer(http.NotFoundHandler())
		b.t.Cleanup(s.Close)
		b.o.Dial, b.now = nil, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		b.o.Accounts[0].BaseURL, b.o.Accounts[0].Examine, b.o.Accounts[0].WhyNot = s.URL, nil, "no keys in this test"
	}},
}

// nxdomain is a real name service on this machine that knows no name.
func (b *box) nxdomain() Resolver {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { pc.Close() })
	go func() {
		q := make([]byte, 512)
		for {
			n, from, err := pc.ReadFrom(q)
			if err != nil {
				return
			}
			a := bytes.Clone(q[:n])
			a[2], a[3] = 0x81, 0x83 // an answer, with the code NXDOMAIN (RFC 1035 4.1.1)
			a[10], a[11] = 0, 0     // and without the question's additional record,
			end := 12 + bytes.IndexByte(a[12:], 0) + 5
			pc.WriteTo(a[:end], from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

var port = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// TestFaults brings every fault about, and holds what is said against a golden text, the root cause first.
func TestFaults(t *testing.T) {
	var all strings.Builder
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			b := newBox(t)
			f.harm(b)
			d := New(b.o)
			up := d.Look(t.Context())
			if up.OK != (f.cause == "") {
				t.Errorf("ok is %v", up.OK)
			}
			if f.cause != "" {
				first := firstBad(up)
				if first.Check != f.cause || !strings.Contains(up.Says, first.Says) || up.Next == "" ||
					up.Next != first.Next {
					t.Errorf("the root cause is %q: %+v", up.Says, first)
				}
			}
			for _, c := range up.Checks {
				if c.Level == wire.LevelBad && c.Next == "" || c.Level == wire.LevelNote && c.Next == "" {
					t.Errorf("%+v has no next step", c)
				}
				if c.Says == "" || c.At.IsZero() {
					t.Errorf("%+v says nothing", c)
				}
			}
			var text bytes.Buffer
			Print(&text, up)
			fmt.Fprintf(&all, "== %s\n%s", f.name, strings.ReplaceAll(text.String(), b.root, "ROOT"))
			fmt.Fprintln(&all)
		})
	}
	text := port.ReplaceAllString(all.String(), "127.0.0.1:PORT")
	for _, secret := range []string{gatewaytest.EnKashSecretKey, gatewaytest.RazorpayKeySecret,
		gatewaytest.RazorpayKeyID} {
		if strings.Contains(text, secret) {
			t.Errorf("the doctor tells the key %s", secret)
		}
	}
	const golden = "testdata/faults.golden"
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(golden, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("what is said has changed; look at it, then run with -update:\n%s", text)
	}
}

// firstBad is the bad check that the whole begins with.
func firstBad(up wire.Checkup) wire.Check {
	for _, c := range up.Checks {
		if c.Level == wire.LevelBad && strings.Contains(up.Says, c.Says) {
			return c
		}
	}
	return wire.Check{}
}

// TestScreen_13: letters of the shop's name that the screen leaves out are a note, and no fault of the screen.
func TestScreen_13(t *testing.T) {
	o := Options{Display: func() string { return "connected" }, LeftOut: "☕★", Disk: RealDisk{}, Root: t.TempDir()}
	c := New(o).display()
	if c.Level != wire.LevelNote || !strings.Contains(c.Says, "☕★") || c.Next == "" {
		t.Errorf("%+v", c)
	}
	o.LeftOut = ""
	if c := New(o).display(); c.Level != wire.LevelOK {
		t.Errorf("%+v", c)
	}
}

// TestOffice: a head office that is away is a note for a day, then somebody has to do something; it never keeps a till
// from selling, and a box in no chain hears nothing of it.
func TestOffice(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	away := wire.Office{Joined: true, Office: "Asha Stores"}
	away.Trouble("office_away", wire.Values{"office": "office.example", "why": "no answer"})
	for name, c := range map[string]struct {
		office wire.Office
		since  time.Duration
		want   string
	}{
		"none":           {wire.Office{}, 0, ""},
		"well":           {wire.Office{Joined: true, Office: "Asha Stores"}, 0, wire.LevelOK},
		"away":           {away, time.Minute, wire.LevelNote},
		"away for a day": {away, 24 * time.Hour, wire.LevelBad},
	} {
		d := New(Options{Root: t.TempDir(), Disk: RealDisk{}, Now: func() time.Time { return now },
			Office: func() wire.Office { c.office.AwaySince = now.Add(-c.since); return c.office }})
		got := ""
		for _, k := range d.office() {
			got += k.Level
			if k.Says == "" || strings.HasSuffix(k.Says, ".") || (k.Next == "") != (k.Level == wire.LevelOK) {
				t.Errorf("%s: %+v", name, k)
			}
		}
		if got != c.want {
			t.Errorf("%s is %q, want %q", name, got, c.want)
		}
		w := &walk{now: now}
		w.add(d.office()...)
		if up := w.checkup(); !up.Sells {
			t.Errorf("%s keeps the till from selling: %s", name, up.Says)
		}
	}
}

// login are the words of a next step that takes a login.
var login = regexp.MustCompile(`\bsudo\b|systemctl|journalctl|\bapt\b|gallad\.toml|/etc/|/boot/|usermod|timedatectl`)

// TestBox_8_NoLogin: on the card image, which has no login, no fault is answered with what takes one; every other box
// is told as before.
func TestBox_8_NoLogin(t *testing.T) {
	told := 0
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			b := newBox(t)
			f.harm(b)
			if up := New(b.o).Snapshot(); up.NextCode != "" && !New(b.o).image() {
				t.Errorf("a box with a login is told %s", up.NextCode)
			}
			b.onImage(`{"at":"2026-11-22T06:00:00Z"}`)
			up := New(b.o).Look(t.Context())
			if login.MatchString(up.Next) {
				t.Errorf("first of all: %q", up.Next)
			}
			for _, c := range up.Checks {
				// A gateway's own advice in its own words is for its account, not for the box.
				if login.MatchString(c.Next) && c.SaysCode != "doctor_feature_note" {
					t.Errorf("%s: %q", c.SaysCode, c.Next)
				}
				if c.NextCode != "" {
					told++
					if next, _ := wire.Say(c.NextCode, nil); next != c.Next {
						t.Errorf("%s: %q is not %s", c.SaysCode, c.Next, c.NextCode)
					}
				}
			}
		})
	}
	if told < 30 {
		t.Errorf("%d next steps are of the image", told)
	}
}

// TestPowerStays: a dip that the kernel shows for two seconds is told for as long as gallad runs.
func TestPowerStays(t *testing.T) {
	b := newBox(t)
	b.file("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
	b.file("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "1\n")
	d := New(b.o)
	if c := d.power(); len(c) != 1 || c[0].SaysCode != "doctor_power_low" {
		t.Errorf("%+v", c)
	}
	b.file("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")
	if c := d.power(); len(c) != 1 || c[0].SaysCode != "doctor_power_was" {
		t.Errorf("%+v", c)
	}
}

// TestCorners_14: nobody is told to type a fixed date of the past.
func TestCorners_14(t *testing.T) {
	for code := range cures {
		if _, next := wire.Say(code, nil); regexp.MustCompile(`20\d\d-\d\d-\d\d`).MatchString(next) {
			t.Errorf("%s: %q", code, next)
		}
	}
}

// TestCardHasNoLogin: on the card image no next step takes a login, or leads back to the doctor that says it.
func TestCardHasNoLogin(t *testing.T) {
	login := regexp.MustCompile(`sudo|journalctl|systemctl|gallad\.toml|/etc/|/boot/|\bapt\b|galla doctor`)
	looked := 0
	for _, area := range catalogue.Areas {
		for _, s := range area.Sentences {
			if area.Name != "Doctor" || !login.MatchString(s.Next) {
				continue
			}
			looked++
			cure, there := cures[s.Code]
			if next, _ := wire.Say(cure, nil); !there || next == "" || login.MatchString(next) {
				t.Errorf("%s on the card: %q, which is cured by %q", s.Code, s.Next, next)
			}
		}
	}
	if looked < 20 {
		t.Errorf("%d sentences take a login", looked)
	}
}
