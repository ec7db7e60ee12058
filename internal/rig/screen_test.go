//go:build gpu

package rig

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/display"
	"galla/display/kiosk/kiosktest"
	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// screen is a customer's screen: the real galla-display on an X server of its own.
type screen struct {
	*box
	x *kiosktest.Server
}

var screenSize = image.Pt(1024, 600)

// screen starts a screen on the box, and waits until gallad knows of it.
func (b *box) screen() *screen {
	b.t.Helper()
	build := exec.Command("go", "build", "-o", bin, "galla/cmd/galla-display")
	if out, err := build.CombinedOutput(); err != nil {
		b.t.Fatalf("%v: %s", err, out)
	}
	x, err := kiosktest.Xvfb(screenSize)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(x.Stop)
	d := exec.Command(filepath.Join(bin, "galla-display"), "-socket", b.file("display"))
	d.Env = x.Env()
	d.Stderr = &b.log
	if err := d.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { d.Process.Kill(); d.Wait() })
	b.until(30*time.Second, "the display", func() bool {
		h, err := b.till.Health(b.t.Context())
		return err == nil && h.Display == "connected"
	})
	g := &screen{b, x}
	g.shows(
		"that it is ready",
		display.View{Screen: display.ScreenIdle},
	) // keys pressed before there is a window are nobody's
	return g
}

func (s *screen) grab() *image.RGBA {
	s.t.Helper()
	img, err := s.x.Grab(image.Rectangle{})
	if err != nil {
		s.t.Fatal(err)
	}
	return img
}

// scan reads the QR on the screen with zbar, as a phone's camera would; "" when there is none.
func (s *screen) scan() string {
	s.t.Helper()
	file := filepath.Join(s.t.TempDir(), "screen.png")
	f, err := os.Create(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := png.Encode(f, s.grab()); err != nil {
		s.t.Fatal(err)
	}
	f.Close()
	out, err := exec.Command("zbarimg", "-q", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", file).Output()
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 4 {
		return "" // zbarimg(1): no code found
	}
	if err != nil {
		s.t.Fatalf("zbarimg: %v (apt-get install zbar-tools)", err)
	}
	return strings.TrimSuffix(string(out), "\n")
}

// shows waits until the screen is, pixel by pixel, the picture of a View.
func (s *screen) shows(what string, v display.View) {
	s.t.Helper()
	s.until(20*time.Second, "the screen to show "+what, func() bool { return same(s.grab(), v) })
}

// press presses keys of the number pad plugged into this screen, as slowly as a hand.
func (s *screen) press(keys ...string) {
	s.t.Helper()
	s.xdotool(append([]string{"key", "--delay", "120"}, keys...)...)
}

func (s *screen) xdotool(args ...string) {
	s.t.Helper()
	cmd := exec.Command("xdotool", args...)
	cmd.Env = s.x.Env()
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("xdotool %q: %v %s (apt-get install xdotool)", args, err, out)
	}
}

// TestPairingByTheScreen: the owner asks for a code with the real galla; a phone reads the QR off the customer's
// screen, finds the box by it, holds the certificate against the fingerprint in it, and is paired; the code is gone
// then. The same by typing. The owner sees both by name and revokes one.
func TestPairingByTheScreen(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	address := b.listens("network", "")
	b.start()
	g := b.screen()
	pair := func() (code string) {
		out, err := exec.Command(filepath.Join(bin, "galla"), "--socket", b.file("api"), "device", "pair").
			CombinedOutput()
		if err != nil {
			t.Fatalf("galla device pair: %v %s", err, out)
		}
		if !strings.Contains(string(out), "https://"+address) || !strings.Contains(string(out), "fingerprint") {
			t.Errorf("galla device pair says\n%s", out)
		}
		_, rest, _ := strings.Cut(string(out), "pairing code  ")
		code, _, _ = strings.Cut(rest, "\n")
		return code
	}
	code := pair()
	var link *url.URL
	g.until(20*time.Second, "a QR on the screen", func() bool {
		var err error
		link, err = url.Parse(g.scan())
		return err == nil && link.Host != ""
	})
	if link.Host != address || link.Scheme != "https" || link.Path != "/" || link.RawQuery != "" {
		t.Errorf("the phone is sent to %s", link)
	}
	said, err := url.ParseQuery(link.Fragment)
	if err != nil || len(said.Get("pair")) < 26 || strings.Contains(link.Fragment, strings.ReplaceAll(code, "-", "")) {
		t.Errorf("the QR says %q, galla said %q: %v", link.Fragment, code, err)
	}
	// The phone trusts exactly the certificate whose fingerprint was on the screen.
	phone := &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(s tls.ConnectionState) error {
				sum := sha256.Sum256(s.PeerCertificates[0].Raw)
				if hex.EncodeToString(sum[:]) != said.Get("sha256") {
					return fmt.Errorf("another certificate than the one on the screen")
				}
				return nil
			}},
		},
	}
	defer phone.CloseIdleConnections()
	base := "https://" + link.Host
	anyone := client.NewHTTP(base, "", phone)
	byQR, err := anyone.Pair(t.Context(), client.Key(), wire.Pair{Code: said.Get("pair"), Name: "Asha's phone"})
	if err != nil {
		t.Fatalf("paired by the QR: %v", err)
	}
	g.shows("nothing of the code", display.View{Screen: display.ScreenIdle})
	if _, err := anyone.Pair(
		t.Context(),
		client.Key(),
		wire.Pair{Code: said.Get("pair"), Name: "a second"},
	); err == nil {
		t.Error("the code of the QR works twice")
	}
	byHand, err := anyone.Pair(t.Context(), client.Key(), wire.Pair{Code: pair(), Name: "PC at the back"})
	if err != nil {
		t.Fatalf("paired by typing: %v", err)
	}
	list, err := b.till.Devices(t.Context())
	if err != nil || len(list.Devices) != 2 || list.Devices[0].Name != "Asha's phone" ||
		list.Devices[1].Name != "PC at the back" {
		t.Errorf("devices: %+v, %v", list, err)
	}
	if err := b.till.Revoke(t.Context(), client.Key(), byQR.ID, wire.Acting{}); err != nil {
		t.Error(err)
	}
	me := func(token string) int {
		req, err := http.NewRequestWithContext(t.Context(), "GET", base+"/v1/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := phone.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if revoked, paired := me(byQR.Token), me(byHand.Token); revoked != 401 || paired != 200 {
		t.Errorf("the revoked phone gets %d, the PC %d", revoked, paired)
	}
	if log := b.log.String(); strings.Contains(log, said.Get("pair")) || strings.Contains(log, byQR.Token) ||
		strings.Contains(log, byHand.Token) {
		t.Error("the log has a code or a token")
	}
}

// TestNumberPadOnTheScreen: keys of X servers, through two real galla-displays, to the real gallad and back to the
// screen.
func TestNumberPadOnTheScreen(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	b.start()
	g, second := b.screen(), b.screen()
	sales := func() []wire.Sale { return b.all() }

	// The customer sees what is typed, the tape of a sum too; backspace and clear are two keys.
	g.press("KP_End", "KP_Insert", "KP_Insert", "KP_Insert", "KP_Add", "KP_Down", "KP_Begin", "KP_Insert")
	g.shows("the sum being typed", display.View{Screen: display.ScreenTyping, Entry: "250", Tape: []string{"1,000.00"}})
	second.shows(
		"the sum being typed",
		display.View{Screen: display.ScreenTyping, Entry: "250", Tape: []string{"1,000.00"}},
	)
	g.press("BackSpace")
	g.shows("a digit less", display.View{Screen: display.ScreenTyping, Entry: "25", Tape: []string{"1,000.00"}})
	g.press("KP_Delete", "KP_Begin")
	g.shows("paise", display.View{Screen: display.ScreenTyping, Entry: "25.5", Tape: []string{"1,000.00"}})

	// Enter is held down on one pad while the other's owner presses it three times: one sale.
	g.xdotool("keydown", "KP_Enter")
	second.press("KP_Enter", "KP_Enter", "KP_Enter")
	wait(t.Context(), 1500*time.Millisecond)
	g.xdotool("keyup", "KP_Enter")
	b.until(20*time.Second, "the QR", func() bool { s := sales(); return len(s) > 0 && s[0].QR != nil })
	if s := sales(); len(s) != 1 || s[0].AmountPaise != 1025_50 || s[0].By != "keypad" {
		t.Fatalf("one Enter held and three pressed made %+v", s)
	}
	first := sales()[0]
	for _, shown := range []*screen{g, second} {
		b.until(20*time.Second, "the QR on both screens", func() bool { return shown.scan() == first.QR.Payload })
	}
	// Digits on a pad while the customer pays are the next amount, kept; Enter does nothing; the money comes.
	second.press("KP_Home", "KP_Up", "KP_Enter")
	if _, err := b.sim.Phone().Pay(g.scan()); err != nil {
		t.Fatal(err)
	}
	b.until(30*time.Second, "the money", func() bool { return b.sale(first.ID).Phase == state.PhasePaid })
	if n := len(sales()); n != 1 {
		t.Fatalf("%d sales", n)
	}

	// The other pad takes the next one, and Esc on the first cancels it.
	second.press("KP_Home", "KP_Enter") // 78 was typed ahead, and now 7
	b.until(20*time.Second, "the second sale", func() bool { s := sales(); return len(s) == 2 && s[0].QR != nil })
	g.press("Escape")
	b.until(30*time.Second, "the cancelled sale", func() bool { return sales()[0].Phase == state.PhaseClosed })
	if s := sales()[0]; s.AmountPaise != 787_00 {
		t.Errorf("78 typed ahead and 7 made a sale over %s", s.AmountPaise)
	}

	// The last sales: the newest, the one before, its amount again, and taken.
	b.until(20*time.Second, "the screen to be free", func() bool {
		g.press("Escape", "KP_Multiply")
		wait(t.Context(), 500*time.Millisecond)
		return same(g.grab(), display.View{
			Screen: display.ScreenTyping,
			Entry:  "787.00",
			Tape:   []string{"Sale " + sales()[0].Name + " closed"},
		})
	})
	g.press("KP_Multiply")
	g.shows(
		"the sale before",
		display.View{Screen: display.ScreenTyping, Entry: "1,025.50", Tape: []string{"Sale " + first.Name + " paid"}},
	)
	g.press("KP_Divide")
	g.shows("its amount again", display.View{Screen: display.ScreenTyping, Entry: "1,025.50"})
	g.press("KP_Enter")
	b.until(
		20*time.Second,
		"the third sale",
		func() bool { s := sales(); return len(s) == 3 && s[0].AmountPaise == 1025_50 },
	)

	// gallad is killed with that sale open; the pads still own it.
	b.kill()
	b.start()
	b.until(30*time.Second, "the displays", func() bool {
		h, err := b.till.Health(t.Context())
		return err == nil && h.Display == "connected"
	})
	b.until(20*time.Second, "a key that arrives", func() bool {
		second.press("Escape")
		return sales()[0].Phase == state.PhaseClosed
	})
	if n := len(sales()); n != 3 {
		t.Errorf("%d sales", n)
	}
}

// same reports whether a picture is that of a View.
func same(img *image.RGBA, v display.View) bool {
	v.Shop, v.Languages = "Rig", []string{"en", "hi"}
	want := display.Draw(screenSize, nil, v, time.Now())
	for i := range img.Pix {
		if img.Pix[i] != want.Pix[i] {
			return false
		}
	}
	return true
}
