package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/config"
	"galla/printer"
	"galla/printer/port"
	"galla/printer/printertest"
)

// told collects what the counter is told of the printer.
type told struct {
	mu  sync.Mutex
	all []string
}

func (n *told) notify(s printer.State) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := condition(s); len(n.all) == 0 || n.all[len(n.all)-1] != c {
		n.all = append(n.all, c)
	}
}

func (n *told) last() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.all) == 0 {
		return ""
	}
	return n.all[len(n.all)-1]
}

// atPrinter runs f beside a virtual Epson, in a time of its own.
func atPrinter(t *testing.T, f func(v *printertest.Printer, p *paper, n *told)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		profile, err := printer.ProfileByName("epson80")
		if err != nil {
			t.Fatal(err)
		}
		m := printertest.Strict(576)
		m.DotTime, m.Baud = time.Millisecond, profile.Baud
		v, n := printertest.New(m), &told{}
		q, err := printer.New(printer.Options{
			Profile: profile,
			Notify:  n.notify,
			Open:    func() (printer.Line, error) { return v.Open(), nil },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() { q.Run(ctx) })
		time.Sleep(10 * time.Second)
		f(v, &paper{p: q, profile: profile, port: "memory", shop: printer.Shop{Name: "Asha"}, terminal: "T1"}, n)
		cancel()
		wg.Wait()
		v.Close()
	})
}

func slip() printer.OrderSlip {
	return printer.OrderSlip{Shop: printer.Shop{Name: "Asha"}, Terminal: "T1", Number: 1, SaleID: "S1", Amount: 25000,
		Payload: "upi://pay?pa=asha@bank&am=250.00&cu=INR", At: time.Date(2026, 11, 22, 10, 30, 0, 0, time.UTC)}
}

// TestConditionIsToldAtOnce: each thing that can be wrong with the printer reaches the counter as a sentence within
// seconds.
func TestConditionIsToldAtOnce(t *testing.T) {
	atPrinter(t, func(v *printertest.Printer, _ *paper, n *told) {
		for _, c := range []struct {
			what string
			do   func()
			want string
		}{
			{"ready", func() {}, "ready"},
			{"cover", func() { v.Cover(true) }, "The printer's cover is open. Close it."},
			{"closed", func() { v.Cover(false) }, "ready"},
			{"paper out", func() {
				v.PaperLeft(0)
			}, "The printer is out of paper. Put in a new roll and close the cover."},
			{"refilled", func() { v.Refill() }, "ready"},
			{"near end", func() { v.NearEnd(true) }, "The printer's roll is nearly used up. Keep a new one at hand."},
			{"new roll", func() { v.Refill() }, "ready"},
			{"switched off", func() {
				v.Power(false)
			}, "The printer has stopped answering: it is asleep or switched off."},
			{"switched on", func() { v.Power(true) }, "ready"},
			{"unplugged and plugged", func() { v.Unplug() }, "ready"},
		} {
			c.do()
			time.Sleep(12 * time.Second)
			if got := n.last(); !strings.HasPrefix(got, c.want) {
				t.Errorf("%s: the counter is told %q, want %q", c.what, got, c.want)
			}
		}
		n.mu.Lock()
		defer n.mu.Unlock()
		if !strings.HasPrefix(n.all[len(n.all)-2], "The printer is not connected. Check its cable and its switch.") {
			t.Errorf("unplugging was told as %q", n.all[len(n.all)-2])
		}
	})
}

// TestSlipIsGivenUp: a slip whose printer has no paper is failed after a minute and more, and doesn't come out of the
// new roll.
func TestSlipIsGivenUp(t *testing.T) {
	atPrinter(t, func(v *printertest.Printer, p *paper, _ *told) {
		v.PaperLeft(0)
		time.Sleep(12 * time.Second)
		begin := time.Now()
		status, detail := p.PrintOrderSlip(context.Background(), "k1", slip(), nil)
		if took := time.Since(begin); status != printer.StatusFailed || took < time.Minute || took > 70*time.Second {
			t.Errorf("ended %s after %v: %s", status, took, detail)
		}
		if !strings.HasPrefix(detail, "Nothing was printed. The printer is out of paper.") ||
			!strings.Contains(detail, "The slip was given up after 6") {
			t.Errorf("the cashier reads %q", detail)
		}
		v.Refill()
		time.Sleep(time.Hour)
		if lines := v.Report().Lines; len(lines) > 0 {
			t.Errorf("after the refill came out %q", lines)
		}
		if status, detail := p.PrintOrderSlip(
			context.Background(),
			"k1",
			slip(),
			nil,
		); status != printer.StatusPrinted {
			t.Errorf("printed again: %s %s", status, detail)
		}
	})
}

// TestMoney_19: a slip that waited for paper, or for its printer to be plugged in, asks whether it is still wanted when
// the printer is ready, and not before.
func TestMoney_19(t *testing.T) {
	trouble := map[string]struct{ begin, end func(*printertest.Printer) }{
		"paper":  {func(v *printertest.Printer) { v.PaperLeft(0) }, func(v *printertest.Printer) { v.Refill() }},
		"switch": {func(v *printertest.Printer) { v.Power(false) }, func(v *printertest.Printer) { v.Power(true) }},
	}
	for name, c := range trouble {
		for _, paid := range []bool{false, true} {
			t.Run(fmt.Sprint(name, " paid ", paid), func(t *testing.T) {
				atPrinter(t, func(v *printertest.Printer, p *paper, _ *told) {
					c.begin(v)
					time.Sleep(12 * time.Second)
					asked, why := 0, ""
					var status printer.Status
					var detail string
					done := make(chan struct{})
					go func() {
						defer close(done)
						status, detail = p.PrintOrderSlip(
							context.Background(),
							"k1",
							slip(),
							func() string { asked++; return why },
						)
					}()
					time.Sleep(20 * time.Second)
					if asked != 0 {
						t.Errorf("asked %d times before the printer was ready", asked)
					}
					if paid {
						why = "sale 1 is paid"
					}
					c.end(v)
					<-done
					lines := v.Report().Lines
					switch {
					case paid && (status != printer.StatusFailed || detail != "Nothing was printed: sale 1 is paid." ||
						len(lines) > 0):
						t.Errorf("%s, %q; on paper %q", status, detail, lines)
					case !paid && (status != printer.StatusPrinted || len(lines) == 0):
						t.Errorf("%s, %q; %d lines on paper", status, detail, len(lines))
					case asked != 1:
						t.Errorf("asked %d times", asked)
					}
				})
			})
		}
	}
}

// TestDrawer: the five bytes once per key, and never late.
func TestDrawer(t *testing.T) {
	atPrinter(t, func(v *printertest.Printer, p *paper, _ *told) {
		kicks := func() int { return strings.Count(string(v.Report().Bytes), "\x1bp\x00") }
		for range 2 {
			if status, detail := p.Kick(context.Background(), "drawer-S1"); status != printer.StatusPrinted {
				t.Errorf("%s %s", status, detail)
			}
		}
		if kicks() != 1 {
			t.Errorf("kicked %d times", kicks())
		}
		v.Cover(true)
		time.Sleep(12 * time.Second)
		if status, _ := p.Kick(context.Background(), "drawer-S2"); status != printer.StatusFailed {
			t.Errorf("kicked with the cover open: %s", status)
		}
		v.Cover(false)
		time.Sleep(time.Hour)
		if kicks() != 1 {
			t.Errorf("kicked late: %d times", kicks())
		}
	})
}

func TestCustomProfile(t *testing.T) {
	parse := func(section string) (*config.Config, error) {
		return config.Parse(
			"gallad.toml",
			[]byte(
				"[shop]\nname = \"Asha\"\n[[gateway]]\nprovider = \"razorpay\"\n[printer]\nport = \"/dev/ttyUSB0\"\n"+
					section,
			),
		)
	}
	c, err := parse(
		"profile = \"csn-a2\"\nlanguage = \"hi\"\nbaud = 9600\n[printer.custom]\nfont = \"b\"\ntail_dots = 0\n" +
			"[printer.custom.heat]\ntime = 90\n",
	)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Printer.Chosen()
	if err != nil {
		t.Fatal(err)
	}
	want, _ := printer.ProfileByName("csn-a2")
	want.Font, want.TailDots, want.Heat.Time, want.Baud = "b", 0, 90, 9600
	want.Link = port.Serial
	if *got.Heat != *want.Heat {
		t.Errorf("heat %+v, want %+v", *got.Heat, *want.Heat)
	}
	got.Heat, want.Heat = nil, nil
	if got != want {
		t.Errorf("profile %+v, want %+v", got, want)
	}
	if fresh, _ := printer.ProfileByName("csn-a2"); fresh.Heat.Time != 120 {
		t.Error("the table itself was changed")
	}
	if d := c.Shop.Document(c.Printer.Language); d.Language != "hi" {
		t.Errorf("slips are in %q", d.Language)
	}
	if c, err := parse("[printer.custom]\nflow = \"rtscts\"\n"); err != nil ||
		c.Printer.Custom.Flow != port.FlowRTSCTS || c.Printer.Custom.Name != "generic58" {
		t.Errorf("%+v %v", c, err)
	}
	for section, want := range map[string]string{
		"[printer.custom]\nfnt = \"b\"\n": `there is no key "printer.custom.fnt"; did you ` +
			`mean "printer.custom.font"?`,
		"[printer.custom]\nfont = \"c\"\n":    `font = "c": use one of a, b`,
		"[printer.custom]\ndots = 5000\n":     "dots is 5000, outside 128 to 1024",
		"[printer.custom]\ndots = \"many\"\n": "gallad.toml:8:8",
		"profile = \"epson\"\n[printer.custom]\nfont = \"b\"\n": `printer profile "epson" is not known: use one of ` +
			`generic58`,
		"drawer = \"always\"\n": `printer.drawer "always": give "never"`,
		"language = \"ta\"\n":   `printer.language "ta": slips are in "en" or "hi"`,
	} {
		if _, err := parse(section); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", section, err)
		}
	}
}
