//go:build browser

package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/internal/money"
	"galla/state"
)

// console gives a box a console on loopback, its people, and what its script asks for beside; it starts the box.
func (b *box) console() (base string, control *http.ServeMux) {
	t := b.t
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	config, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write(
		"gallad.toml",
		strings.Replace(string(config), "[listen]\n", fmt.Sprintf("[listen]\ntcp = %q\n", address), 1),
	)
	b.start()
	owner := wire.Acting{You: "Ravi", YourPIN: "2580"}
	for _, p := range []wire.AddPerson{
		{Name: "Ravi", Role: "owner", PIN: "2580"},
		{Name: "Meena", Role: "manager", PIN: "8642"},
		{Name: "Asha", Role: "cashier", PIN: "1379"},
	} {
		p.Acting = owner
		if _, err := b.till.AddPerson(t.Context(), client.Key(), p); err != nil {
			t.Fatal(err)
		}
	}

	control = http.NewServeMux()
	control.HandleFunc("/code", func(w http.ResponseWriter, r *http.Request) {
		offer, err := b.till.OfferPairing(r.Context(), client.Key(), wire.OfferPairing{Acting: owner})
		answers(t, w, offer.Code, err)
	})
	control.HandleFunc("/let-in", func(w http.ResponseWriter, r *http.Request) {
		all, err := b.till.Devices(r.Context())
		for _, d := range all.Devices {
			if d.Waiting {
				err = b.till.LetIn(r.Context(), client.Key(), d.ID, owner)
			}
		}
		answers(t, w, "done", err)
	})
	return "http://" + address, control
}

// answers writes what the script asked for.
func answers(t *testing.T, w http.ResponseWriter, out any, err error) {
	if err != nil {
		t.Error(err)
	}
	if err := json.NewEncoder(w).Encode(out); err != nil {
		t.Error(err)
	}
}

// browse runs a script of internal/counter/browser.
func browse(t *testing.T, script, base string, control http.Handler) {
	t.Helper()
	dir, err := filepath.Abs("../counter/browser")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(control)
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", script, base, srv.URL, "desktop", filepath.Join(dir, "shots"))
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}

// TestMilkRoundInTheBrowser is a month of a dairy with three customers, by an owner's clicks on the console of the real
// gallad, at the real galla-sim: mandates are made, approved, told of and debited; a debit fails, one customer pauses,
// one is revoked. Each day that brought money has it in its X and its Z.
func TestMilkRoundInTheBrowser(t *testing.T) {
	s := newSimulator(t)
	b := s.box(gatewaytest.EnKash)
	program, err := clocked()
	if err != nil {
		t.Fatal(err)
	}
	b.program = program
	config, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("gallad.toml", string(config)+"mandate_unit = \"paise\"\n")
	s.script("knob notice_ahead 24h")
	first, err := day.Start(day.Business(time.Now().AddDate(0, 0, 1), 0), 0)
	if err != nil {
		t.Fatal(err)
	}
	var ahead time.Duration
	at := func(n int, clock time.Duration) {
		now := time.Until(first.AddDate(0, 0, n).Add(clock))
		s.advance(now - ahead)
		ahead = now
		b.env = []string{"GALLA_RIG_CLOCK=" + ahead.String()}
	}
	at(0, 10*time.Hour)
	base, control := b.console()
	control.HandleFunc("/at", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.FormValue("day"))
		clock, bad := time.ParseDuration(r.FormValue("clock"))
		b.kill()
		at(n, clock)
		b.start()
		when := first.AddDate(0, 0, n)
		weekday := (int(when.In(day.IST).Weekday())+6)%7 + 1
		if err == nil {
			err = bad
		}
		answers(t, w, map[string]any{"day": day.Business(when, 0), "weekday": weekday}, err)
	})
	control.HandleFunc("/script", func(w http.ResponseWriter, r *http.Request) {
		s.script(r.FormValue("line"))
		answers(t, w, "done", nil)
	})
	control.HandleFunc("/mandates", func(w http.ResponseWriter, r *http.Request) {
		all, err := b.till.Mandates(r.Context())
		answers(t, w, all.Mandates, err)
	})
	browse(t, "milk.mjs", base, control)

	var took, kept, closed money.Paise
	for _, p := range s.ledger().Payments {
		if p.Captured {
			took += p.Amount
		}
	}
	paid := map[string]int{}
	for _, sale := range b.all() {
		kept += sale.KeptPaise
		if sale.Kind != state.KindMandate || len(sale.Attention) > 0 || !sale.Phase.Final() {
			t.Errorf("sale %s is %s with %+v", sale.Name, sale.Phase, sale.Attention)
		}
		paid[sale.Debit.Payer+" "+string(sale.Phase)]++
	}
	if paid["Rahul paid"] != 3 || paid["Usha paid"] != 3 || paid["Usha closed"] != 1 || paid["Asha paid"] != 3 ||
		len(paid) != 4 {
		t.Errorf("debits: %v", paid)
	}
	for n := range 4 {
		z, err := b.till.Z(t.Context(), n+1)
		if err != nil {
			t.Fatal(err)
		}
		closed += z.UPI.Paise
	}
	if took != kept || closed != kept {
		t.Errorf("the gateway took %s, the sales keep %s, and the Z reports have %s", took, kept, closed)
	}
}

// TestStandInTheBrowser makes a standing QR on the console of the real gallad, and twenty phones pay it within a
// minute, at the real galla-sim. Each payment is a tile on the page, most within 3 s of the money; the voice says each,
// in the order in which they were paid, and has said all a minute after the last.
func TestStandInTheBrowser(t *testing.T) {
	s := newSimulator(t)
	b := s.box(gatewaytest.Razorpay)
	config, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	second := fmt.Sprintf("[[gateway]]\nprovider = \"enkash\"\nbase_url = %q\n", s.EnKash)
	b.write("gallad.toml", string(config)+second)
	b.write("gateway-enkash", "access_key = \"GALLASIMACCESSKEY\"\nsecret_key = \"galla-sim-secret\"\n")
	base, control := b.console()
	a := b.watched()
	control.HandleFunc("/pay", func(w http.ResponseWriter, r *http.Request) {
		all, err := b.till.Standing(r.Context())
		if err != nil || len(all.QRs) != 1 {
			t.Errorf("%+v, %v", all, err)
			return
		}
		amount, err := strconv.Atoi(r.FormValue("amount"))
		qrs := s.ledger().Orders
		i := slices.IndexFunc(qrs, func(o gatewaytest.LedgerOrder) bool { return o.ID == all.QRs[0].ID })
		if i < 0 {
			t.Errorf("the gateway has no QR %s", all.QRs[0].ID)
			return
		}
		s.ask(
			"/pay",
			map[string]any{"payload": qrs[i].Payloads[0], "action": gatewaytest.PayAmount, "amount_paise": amount},
			nil,
		)
		answers(t, w, "done", err)
	})
	browse(t, "stand.mjs", base, control)
	last := time.Now()

	const phones = 20
	b.until(time.Minute, "the voice to have said each", func() bool { spoken, _ := a.heard(); return spoken >= phones })
	t.Logf("the last word %v after the last tile", time.Since(last).Round(time.Millisecond))
	var said []money.Paise
	a.mu.Lock()
	for _, v := range a.spoken {
		said = append(said, v.Amount)
	}
	a.mu.Unlock()
	var paid []money.Paise
	for _, p := range s.ledger().Payments {
		paid = append(paid, p.Amount)
	}
	if !slices.Equal(said, paid) || len(paid) != phones {
		t.Errorf("said %v, paid %v", said, paid)
	}
	if sales := b.all(); len(sales) != phones {
		t.Errorf("%d sales", len(sales))
	}
}
