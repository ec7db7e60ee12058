package printer

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"galla/printer/printertest"
)

// TestEveryProfilePrints prints a slip and a receipt in both languages with every profile: nothing unknown, nothing
// lost, and the best result that the profile can give.
func TestEveryProfilePrints(t *testing.T) {
	for _, p := range Profiles() {
		for _, lang := range []string{"en", "hi"} {
			t.Run(p.Name+"-"+lang, func(t *testing.T) {
				want := StatusSent
				if p.Ack != "none" {
					want = StatusPrinted
				}
				atEveryCounter(t, p, nil, func(c *counter) {
					for key, d := range map[string]Document{"slip-1": slip(lang), "receipt-1": receipt(lang),
						"report-1": report(lang)} {
						if r := c.print(key, d, 10*time.Minute); r.Status != want {
							t.Errorf("%s: %+v, want %s", key, r, want)
						}
					}
					if r := c.clean(); count(r, "Rs.1,249.50")+count(r, "₹1,249.50") != 1 {
						t.Errorf("the amount isn't on paper once:\n%q", r.Lines)
					}
				})
			})
		}
	}
}

// TestOnAPty goes through go.bug.st/serial, the companion descriptor and the kernel's tty, in real time.
func TestOnAPty(t *testing.T) {
	for _, name := range []string{"generic58", "epson80"} {
		p := profile(t, name)
		p.Baud = 115200 // only so that the test is quick; a pty has no speed of its own
		m := modelOf(p)
		m.DotTime = 50 * time.Microsecond
		v := printertest.New(m)
		link := filepath.Join(t.TempDir(), "by-id", "usb-printer")
		tty, err := v.Serve(link)
		if err != nil {
			t.Fatal(err)
		}
		q, err := New(Options{Port: link, Profile: p})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go q.Run(ctx)
		for key, d := range map[string]Document{"slip-17": slip("en"), "receipt-17": receipt("en")} {
			j, err := Render(d, p)
			if err != nil {
				t.Fatal(err)
			}
			limited, done := context.WithTimeout(ctx, 20*time.Second)
			r, err := q.Print(limited, key, j)
			done()
			if want := map[string]Status{"none": StatusSent, "auto": StatusPrinted}[p.Ack]; err != nil ||
				r.Status != want {
				t.Errorf("%s on %s: %+v, %v; want %s", key, name, r, err, want)
			}
		}
		v.Until(map[string]string{"none": "[feed 120]", "gsv66": "[cut]"}[p.Cut], 2)
		if r := v.Report(); len(r.Unknown) > 0 || r.Overrun > 0 || count(r, "PAYMENT RECEIPT") != 1 ||
			count(r, "PAY BY UPI") != 1 {
			t.Errorf("%s: %+v", name, r)
		}
		if got := zbarimg(t, v.Paper()); got != payload {
			t.Errorf("%s: the slip on the pty reads %q", name, got)
		}
		begun := time.Now()
		cancel()
		<-q.stopped
		if d := time.Since(begun); d > time.Second {
			t.Errorf("%s: stopping took %v", name, d)
		}
		tty.Close()
		v.Close()
	}
}
