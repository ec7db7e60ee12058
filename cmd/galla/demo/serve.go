package demo

import (
	"context"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
)

// Service is a box for who writes software: the API behind a token, a webhook, pretend gateways, a phone that pays, and
// the customer's screen in a browser.
type Service struct {
	// folder for the programs' log and for what a shell of the integrator reads; made if it isn't there
	Out      string
	Says     io.Writer     // where a person reads how it goes
	Patience int           // by which every time limit is multiplied: 1 to 20
	Pay      time.Duration // until the phone pays a QR; 0: it never does
	Hook     string        // where the webhook goes
	Listen   string        // IP address that all of it is reached at; loopback: from this machine alone
}

// The one who answers for what a cashier's token may not do alone.
const (
	owner    = "Ravi"
	ownerPIN = "2580"
)

// Where the box is reached, as the guide has it; on loopback at another port where something else listens there.
const (
	plainPort  = "8086"
	securePort = "7417"
	phonePort  = "8803"
	screenPort = "8088"
)

// Run serves until the context ends.
func (d Service) Run(ctx context.Context) error {
	hook, err := url.Parse(d.Hook)
	if err != nil || hook.Hostname() == "" {
		return fmt.Errorf("--hook %q is no address; write it like http://127.0.0.1:9000/", d.Hook)
	}
	ip := net.ParseIP(d.Listen)
	if ip == nil {
		return fmt.Errorf("--listen %q is no IP address; 127.0.0.1 is this machine alone, 0.0.0.0 whoever reaches it",
			d.Listen)
	}
	if d.Pay < 0 {
		return fmt.Errorf("--pay %s: nobody pays before the QR is there; give 0 or more", d.Pay)
	}
	if err := os.MkdirAll(d.Out, 0o755); err != nil {
		return fmt.Errorf("the log has no place: %w; give another folder with --out", err)
	}

	dir, err := os.MkdirTemp("", "galla-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	w := &world{
		dir:      dir,
		out:      d.Out,
		says:     d.Says,
		log:      filepath.Join(d.Out, "log.txt"),
		patience: min(max(d.Patience, 1), 20),
	}

	defer w.stop()

	shell := filepath.Join(d.Out, "env")
	defer os.Remove(shell) // its token opens nothing any more
	ctx, end := context.WithCancel(ctx)
	listeners := listeners{ip: ip, failed: make(chan error, 1)}
	defer listeners.close() // after end: what serves them has ended then
	defer end()
	if err := d.start(ctx, w, &listeners, hook, shell); err != nil {
		if ctx.Err() != nil { // Ctrl-C
			return nil
		}
		return fmt.Errorf("%w; what the programs said is in %s", err, w.log)
	}

	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-listeners.failed:
			return fmt.Errorf("%w; what the programs said is in %s", err, w.log)
		case <-time.After(time.Second):
		}
		if err := w.gone(); err != nil {
			return fmt.Errorf("%w; what it said is in %s", err, w.log)
		}
	}
}

// start brings the box up, pairs the integrator's software, and says where everything is.
func (d Service) start(ctx context.Context, w *world, listeners *listeners, hook *url.URL, shell string) (err error) {
	if w.logfile, err = os.Create(w.log); err != nil {
		return err
	}
	phone, err := listeners.address(phonePort)
	if err != nil {
		return err
	}
	more := []string{"-manage", phone}
	if d.Pay > 0 {
		more = append(more, "-autopay", d.Pay.String())
	}
	if !listeners.ip.IsLoopback() {
		more = append(more, "-expose")
	}

	if err := w.simulator(more...); err != nil {
		return err
	}
	secure, err := listeners.address(securePort)
	if err != nil {
		return err
	}
	plain, err := listeners.address(plainPort)
	if err != nil {
		return err
	}
	if w.tcp = plain; !listeners.ip.IsLoopback() { // gallad serves plain HTTP on loopback only
		if w.tcp, err = freeAddress("127.0.0.1:0"); err != nil {
			return err
		}
		if err := listeners.relay(plain, w.tcp); err != nil {
			return err
		}
	}

	screen, err := listeners.screen(ctx, w)
	if err != nil {
		return err
	}
	secret := strings.ToLower(rand.Text())
	if err := os.WriteFile(filepath.Join(w.dir, "hook-secret"), []byte(secret+"\n"), 0o600); err != nil {
		return err
	}
	if err := w.daemonOf(d.config(w, secure)); err != nil {
		return err
	}
	err = within(ctx, w.limit(30*time.Second), "gallad", func() (bool, error) {
		h, err := w.till.Health(ctx)
		return err == nil && h.Ready, w.gone()
	})
	if err != nil {
		return err
	}

	if _, err := w.till.AddPerson(ctx, client.Key(), wire.AddPerson{Name: owner, Role: "owner",
		PIN: ownerPIN}); err != nil {
		return err
	}
	offer, err := w.till.OfferPairing(ctx, client.Key(), wire.OfferPairing{Service: "cashier", LetIn: true})
	if err != nil {
		return err
	}
	outside := client.NewHTTP("http://"+w.tcp, "", http.DefaultClient)
	paired, err := outside.Pair(ctx, client.Key(), wire.Pair{Code: offer.Code, Name: "demo"})
	if err != nil {
		return err
	}
	console, err := w.till.OfferPairing(ctx, client.Key(), wire.OfferPairing{LetIn: true})
	if err != nil {
		return err
	}

	ca, err := w.certificate(ctx)
	if err != nil {
		return err
	}

	_, port, _ := net.SplitHostPort(hook.Host)
	plain, secure, phone, screen = called(plain), called(secure), called(phone), called(screen)
	text := fmt.Sprintf("export GALLA=http://%s TOKEN=%s SECRET=%s PORT=%s\n", plain, paired.Token, secret, port) +
		fmt.Sprintf("export GALLA_TLS=https://%s GALLA_CA=%s GALLA_SOCKET=%s GALLA_PHONE=http://%s\n", secure,
			ca, w.socket(), phone)
	if err := os.WriteFile(shell, []byte(text), 0o600); err != nil {
		return err
	}
	fmt.Fprintf(d.Says, `A box for your software. No real money; all of it is gone after Ctrl-C.

  screen         http://%s
                 what the customer sees, as a live picture
  console        http://%s
                 code %s, for five minutes; then %s, PIN %s
  API            http://%s
  and over TLS   https://%s
    certificate  %s
    SHA-256      %s
  token          %s
    role         cashier; what takes more takes "approver":"%s","pin":"%s"
  webhook        goes to %s
    secret       %s
  phone          http://%s
    it           %s
  document       http://%s/v1/openapi.json
  log            %s

In another terminal, here:
  . %s
  curl -H "Authorization: Bearer $TOKEN" $GALLA/v1/health
Ctrl-C ends it.
`, screen, plain, console.Code, owner, ownerPIN, plain, secure, ca, offer.Fingerprint, paired.Token, owner, ownerPIN,
		hook, secret, phone, d.habit(), plain, w.log, sourced(shell))

	return nil
}

// habit is what the phone does.
func (d Service) habit() string {
	if d.Pay == 0 {
		return "waits for you: open its page, and pay there"
	}
	return fmt.Sprintf("pays each QR after %s; --pay 0 leaves that to you", d.Pay)
}

// sourced is a file's name as a shell's "." takes it for a path.
func sourced(name string) string {
	if strings.Contains(name, "/") {
		return name
	}
	return "./" + name
}

func (d Service) config(w *world, secure string) string {
	secureHost, _, _ := net.SplitHostPort(called(secure)) // its certificate is for it
	return fmt.Sprintf(`[shop]
name = "Asha General Stores"
address = ["12 Gandhi Road", "Pune 411001"]
gstin = "27AAPFU0939F1ZV"
[till]
terminal = "DEMO-1"
database = %q
demo = true
[listen]
socket = %q
display = %q
tcp = %q
network = %q
hosts = [%q]
[[hook]]
url = %q
[[gateway]]
provider = "razorpay"
base_url = %q
[[gateway]]
provider = "enkash"
base_url = %q
cancel_orders = true
mandate_unit = "paise"
`, filepath.Join(w.dir, "sales.db"), w.socket(), w.displaySocket(), w.tcp, secure, secureHost, d.Hook,
		w.addresses.Razorpay, w.addresses.EnKash)
}

// certificate keeps the box's certificate where curl and others find it as the authority that it is for itself.
func (w *world) certificate(ctx context.Context) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+w.tcp+"/galla.crt", nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	der, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil || resp.StatusCode != http.StatusOK {
		return "", errors.Join(fmt.Errorf("the box's certificate: %s", resp.Status), err)
	}
	path := filepath.Join(w.dir, "galla.pem")
	return path, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
}
