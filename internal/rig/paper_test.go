package rig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/printer/printertest"
	"galla/state"
)

// printing starts gallad with a printer on a line of its own.
func (b *box) printing() *printertest.Printer {
	b.t.Helper()
	m := printertest.Strict(576)
	m.DotTime = 10 * time.Microsecond
	p := printertest.New(m)
	tty, err := p.Serve(b.file("printer"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { tty.Close(); p.Close() })
	line, err := filepath.EvalSymlinks(b.file("printer"))
	if err != nil {
		b.t.Fatal(err)
	}
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.write("gallad.toml", string(raw)+"[printer]\nport = \""+line+"\"\nprofile = \"epson80\"\n")
	b.start()
	b.until(20*time.Second, "the printer", func() bool {
		h, err := b.till.Health(b.t.Context())
		return err == nil && h.Printer == "ready"
	})
	return p
}

// TestMoney_19 is money.md 19 with the real gallad and a printer on a line of its own: the roll is empty while two
// order slips are asked for, and refilled after one of the sales was paid. The other's slip comes out, and no second
// QR.
func TestMoney_19(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	p := b.printing()

	p.PaperLeft(0)
	b.until(20*time.Second, "the counter to hear of the empty roll", func() bool {
		h, err := b.till.Health(t.Context())
		return err == nil && h.Printer != "ready"
	})
	var sales []wire.Sale
	for range 2 {
		s, err := b.till.Open(t.Context(), client.Key(), wire.OpenSale{AmountPaise: 25000, Print: true})
		if err != nil {
			t.Fatal(err)
		}
		b.until(
			20*time.Second,
			"the slip to be asked for",
			func() bool { s = b.sale(s.ID); return s.Phase == state.PhaseAwaiting && len(s.Prints) == 1 },
		)
		sales = append(sales, s)
	}
	if _, err := b.sim.Phone().Pay(sales[0].QR.Payload); err != nil {
		t.Fatal(err)
	}
	b.until(20*time.Second, "the money", func() bool { return b.sale(sales[0].ID).Phase == state.PhasePaid })
	p.Refill()
	b.until(30*time.Second, "both slips to end", func() bool {
		return b.sale(sales[0].ID).Prints[0].Status != "" && b.sale(sales[1].ID).Prints[0].Status != ""
	})

	if got := b.sale(sales[0].ID).Prints[0]; got.Status != "failed" {
		t.Errorf("the paid sale's slip ended %+v", got)
	}
	if got := b.sale(sales[1].ID).Prints[0]; got.Status != "printed" {
		t.Errorf("the waiting sale's slip ended %+v", got)
	}
	p.Idle(5 * time.Second)
	slips := 0
	for _, l := range p.Report().Lines {
		if strings.Contains(l, sales[0].ID) {
			t.Error("the paid sale's slip is on paper")
		}
		if strings.Contains(l, sales[1].ID) {
			slips++
		}
	}
	if slips != 1 {
		t.Errorf("on paper: %q", p.Report().Lines)
	}
}

// TestReceiptOnPaper: a receipt printed after a part of the money went back says so on paper, and names its sale once.
func TestReceiptOnPaper(t *testing.T) {
	t.Parallel()
	b := newBox(t, gatewaytest.Razorpay)
	p := b.printing()
	w := b.take("250")
	b.pays(w)
	b.done("refund", w.Name, "--amount", "100")
	b.stands(w.ID, "the refund", func(w wire.Sale) bool { return w.Refunds[0].Status == state.RefundProcessed })
	b.done("print", w.Name)
	b.stands(
		w.ID,
		"the receipt",
		func(w wire.Sale) bool { return len(w.Prints) == 1 && w.Prints[0].Status == "printed" },
	)

	p.Idle(5 * time.Second)
	paper := strings.Join(p.Report().Lines, "\n")
	for what, want := range map[string]int{"Sale ": 1, w.Name: 1, "ID ": 1, w.ID: 1, "Refund ": 1, "₹100.00": 1,
		"sent back": 1, "Net paid": 1, "₹150.00": 1} {
		if got := strings.Count(paper, what); got != want {
			t.Errorf("%q stands %d times on the paper, want %d", what, got, want)
		}
	}
	if t.Failed() {
		t.Log(paper)
	}
}

// TestPaper_3 is paper.md 3 with the real gallad and a printer on the network: a slip comes out on it and is confirmed,
// the connection is let go, and while somebody has the printer reset the till goes on and says so.
func TestPaper_3(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	m := printertest.Strict(576)
	m.DotTime = 10 * time.Microsecond
	m.Maker, m.Name = "EPSON", "TM-T82III"
	p := printertest.New(m)
	n, err := p.Listen()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write("gallad.toml", string(raw)+"[printer]\nport = \"tcp:"+n.Address()+"\"\nprofile = \"epson80\"\n")
	b.start()
	b.until(20*time.Second, "the printer", func() bool {
		w, err := b.till.Printer(t.Context())
		return err == nil && w.Condition == "ready" && w.Confirms == "gsh" && w.Model == "EPSON TM-T82III"
	})

	for i := range 2 {
		s, err := b.till.Open(t.Context(), client.Key(), wire.OpenSale{AmountPaise: 25000, Print: true})
		if err != nil {
			t.Fatal(err)
		}
		b.until(20*time.Second, "the slip", func() bool {
			s = b.sale(s.ID)
			return len(s.Prints) == 1 && s.Prints[0].Status != ""
		})
		if got := s.Prints[0]; got.Status != "printed" {
			t.Errorf("slip %d ended %+v", i, got)
		}
		time.Sleep(4 * time.Second) // let go, and taken again for the next
	}
	if n.Served() < 2 {
		t.Errorf("the connection was held: %d were served", n.Served())
	}

	// Switched off: the sale goes on, and the slip says that nothing was printed.
	n.Close()
	s, err := b.till.Open(t.Context(), client.Key(), wire.OpenSale{AmountPaise: 25000, Print: true})
	if err != nil {
		t.Fatal(err)
	}
	b.until(20*time.Second, "the QR", func() bool { return b.sale(s.ID).Phase == state.PhaseAwaiting })
	b.until(20*time.Second, "the counter to hear of it", func() bool {
		w, err := b.till.Printer(t.Context())
		return err == nil && w.Condition == "gone" && strings.Contains(w.Detail, "one host at a time")
	})
}
