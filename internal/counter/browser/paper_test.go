//go:build browser

package browser

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/printer/printertest"
)

// What TestKeyToPaper does. A machine that does nothing else holds "-paper.sales 20 -paper.phone 8s -paper.ours 1s",
// which is what "make bench" asks of it; the rest of the time it runs beside other tests.
var (
	paperSales = flag.Int("paper.sales", 4, "how many sales")
	paperPhone = flag.Duration("paper.phone", time.Second, "how long the pretend customer takes from the QR to the PIN")
	paperOurs  = flag.Duration("paper.ours", 4*time.Second, "the most of a sale that may be ours (p50)")
)

// counterBox is the real gallad between the simulator and a printer on a line of its own, with its console on loopback.
type counterBox struct {
	t       *testing.T
	dir     string
	sim     *gatewaytest.Sim
	printer *printertest.Printer
	till    *client.Client
	console string
}

func newCounterBox(t *testing.T) *counterBox {
	b := &counterBox{t: t, dir: t.TempDir(), sim: gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true})}
	if out, err := exec.Command("go", "build", "-o", b.file("gallad"),
		"galla/cmd/gallad").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	gatewaySim := httptest.NewServer(b.sim.Razorpay())
	t.Cleanup(gatewaySim.Close)

	m := printertest.Strict(576) // a usual 80 mm printer: 38,400 baud, 150 mm/s
	m.Baud, m.DotTime, m.Buffer = 38400, 830*time.Microsecond, 4096
	b.printer = printertest.New(m)
	tty, err := b.printer.Serve(b.file("printer"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close(); b.printer.Close() })
	line, err := filepath.EvalSymlinks(b.file("printer"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.console = "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}

	config := fmt.Sprintf("[shop]\nname = \"Asha General Stores\"\n[till]\nprint_receipt = true\ndatabase = %q\n"+
		"[listen]\nsocket = %q\ndisplay = %q\ntcp = %q\n[printer]\nport = %q\nprofile = \"epson80\"\nbaud = 38400\n"+
		"[[gateway]]\nprovider = \"razorpay\"\nbase_url = %q\n",
		b.file("sales.db"), b.file("api"), b.file("display"), strings.TrimPrefix(b.console, "http://"), line,
		gatewaySim.URL)
	keys := fmt.Sprintf("key_id = %q\nkey_secret = %q\n", gatewaytest.RazorpayKeyID, gatewaytest.RazorpayKeySecret)
	if err := errors.Join(
		os.WriteFile(b.file("gallad.toml"), []byte(config), 0o600),
		os.WriteFile(b.file("gateway-razorpay"), []byte(keys), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	b.start()
	return b
}

func (b *counterBox) file(name string) string { return filepath.Join(b.dir, name) }

// start starts gallad and its people.
func (b *counterBox) start() {
	b.t.Helper()
	log, err := os.Create(b.file("log"))
	if err != nil {
		b.t.Fatal(err)
	}
	daemon := exec.Command(b.file("gallad"), "--config", b.file("gallad.toml"), "--secrets", b.dir)
	daemon.Stderr = log
	if err := daemon.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		if err := daemon.Process.Signal(syscall.SIGTERM); err != nil {
			b.t.Error(err)
		}
		daemon.Wait()
		log.Close()
		if b.t.Failed() {
			said, _ := os.ReadFile(b.file("log"))
			b.t.Logf("gallad said: %s", said)
		}
	})

	b.till = client.New(b.file("api"))
	for late := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		h, err := b.till.Health(b.t.Context())
		if err == nil && h.Ready && h.Printer == "ready" {
			break
		}
		if time.Now().After(late) {
			b.t.Fatalf("gallad is not ready: %+v, %v", h, err)
		}
	}
	for _, p := range []wire.AddPerson{{Name: "Ravi", Role: "owner", PIN: "2580"},
		{Name: "Asha", Role: "cashier", PIN: "1379"}} {
		p.Acting = owner
		if _, err := b.till.AddPerson(b.t.Context(), client.Key(), p); err != nil {
			b.t.Fatal(err)
		}
	}
}

// slip is when the first bytes of a receipt were there, and when it was cut off.
type slip struct {
	First int64 `json:"first"` // Unix ms
	Last  int64 `json:"last"`
}

// slip waits for the nth receipt; since is how many bytes had come before its sale was paid. A few bytes are a question
// about the paper.
func (b *counterBox) slip(nth int, since int) slip {
	s := slip{}
	for b.printer.Received() < since+32 {
		time.Sleep(time.Millisecond)
	}
	s.First = time.Now().UnixMilli()
	b.printer.Until("[cut", nth)
	s.Last = time.Now().UnixMilli()
	return s
}

// control plays the customer, and whoever lets a device in.
func (b *counterBox) control() http.Handler {
	base := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		var out any = "done"
		var err error
		switch r.URL.Path {
		case "/code":
			var offer wire.Pairing
			offer, err = b.till.OfferPairing(ctx, client.Key(), wire.OfferPairing{Acting: owner})
			out = offer.Code
		case "/let-in":
			var all wire.Devices
			all, err = b.till.Devices(ctx)
			for _, d := range all.Devices {
				if d.Waiting {
					err = errors.Join(err, b.till.LetIn(ctx, client.Key(), d.ID, owner))
				}
			}
		case "/phone":
			began := time.Now()
			time.Sleep(*paperPhone)
			var page wire.Sales
			if page, err = b.till.Sales(ctx, url.Values{"open": {"true"}}); err == nil && len(page.Sales) != 1 ||
				page.Sales[0].QR == nil {
				err = fmt.Errorf("%d open sales", len(page.Sales))
			}
			if err == nil {
				base = b.printer.Received()
				_, err = b.sim.Phone().Pay(page.Sales[0].QR.Payload)
			}
			out = map[string]int64{"took": time.Since(began).Milliseconds(), "at": time.Now().UnixMilli()}
		case "/slip":
			nth, _ := strconv.Atoi(r.FormValue("nth"))
			out = b.slip(nth, base)
		}
		if err != nil {
			b.t.Errorf("%s: %v", r.URL.Path, err)
		}
		json.NewEncoder(w).Encode(out)
	})
}

// TestKeyToPaper takes sales by touch and by keyboard with the real gallad, a gateway and a printer at its real speed:
// from the first key to the last byte no more than 14 s, and what is left of it without the phone and the printer is
// ours.
func TestKeyToPaper(t *testing.T) {
	for _, size := range []string{"phone", "desktop"} {
		t.Run(size, func(t *testing.T) {
			b := newCounterBox(t)
			srv := httptest.NewServer(b.control())
			defer srv.Close()
			run(t, "", "paper.mjs", b.console, srv.URL, size, shots(t), strconv.Itoa(*paperSales),
				strconv.FormatInt(paperOurs.Milliseconds(), 10))
			if n := len(b.sim.Ledger().Payments); n != *paperSales {
				t.Errorf("%d payments", n)
			}
		})
	}
}
