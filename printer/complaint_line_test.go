package printer

// The complaints of printer.md §7 that are about the line, the buffer and the paper: a printer and a virtual one, in
// fake time.

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/printer/port"
	"galla/printer/printertest"
)

// 1: BoboTiG/thermalprinter#9, rows missing at 115200: 256 bytes of buffer and 30 ms per row lose nothing at any speed.
func TestComplaint01_SlowHeadAnySpeed(t *testing.T) {
	for _, baud := range []int{9600, 19200, 38400, 115200} {
		p := profile(t, "csn-a2")
		p.Baud = baud
		atEveryCounter(t, p, nil, func(c *counter) {
			c.print("slip", slip("en"), time.Hour)
			c.print("receipt", receipt("hi"), time.Hour)
			if r := c.clean(); count(r, "Rs.1,249.50") != 1 || r.MaxBuffer > 256 {
				c.Errorf("%d baud: %d bytes held, %q", baud, r.MaxBuffer, r.Lines)
			}
		})
	}
}

// 2: ESC-POS-.NET#227, bytes are dropped and the rest is printed as text: no profile at any speed overruns its buffer.
func TestComplaint02_NoOverrun(t *testing.T) {
	for _, p := range Profiles() {
		for _, baud := range []int{9600, 115200} {
			p.Baud = baud
			atEveryCounter(t, p, nil, func(c *counter) {
				for i := range 3 {
					c.print(fmt.Sprint("receipt-", i), receipt("hi"), time.Hour)
				}
				c.clean()
			})
		}
	}
}

// 4: flutter_thermal_printer#8, the next job is garbled after one that was cut short inside a picture.
func TestComplaint04_CutShortInsidePicture(t *testing.T) {
	for _, name := range []string{"generic58", "epson80", "tvs80", "csn-a2"} {
		for _, after := range []time.Duration{400 * time.Millisecond, 1500 * time.Millisecond, 3 * time.Second} {
			atEveryCounter(t, profile(t, name), nil, func(c *counter) {
				r := c.print("cut short", receipt("hi"), after)
				if quick := c.profile.held() && c.profile.Buffer >= 4096; r.Status != StatusUnknown &&
					r.Status != StatusFailed && !quick {
					c.Errorf("%s after %v: %+v", name, after, r)
				} else if quick &&
					r.Status != StatusUnknown { // so quick a line has given it all: it comes out whole
					c.print("another", slip("en"), time.Hour)
					c.clean()
					return
				}
				if r := c.print("next", receipt("en"), time.Hour); r.Status != StatusPrinted && r.Status != StatusSent {
					c.Errorf("%s after %v: next: %+v", name, after, r)
				}
				if r := c.clean(); count(r, "PAYMENT RECEIPT") != 1 || count(r, "632612345678") < 1 {
					c.Errorf("%s after %v: next job garbled:\n%s", name, after, strings.Join(r.Lines, "\n"))
				}
			})
		}
	}
}

// 4 again: the process was killed inside a picture, and the next process finds the printer waiting for dots.
func TestComplaint04_KilledInsidePicture(t *testing.T) {
	for _, name := range []string{"generic58", "epson80"} {
		atEveryCounter(t, profile(t, name), nil, func(c *counter) {
			c.stop()
			l := c.paper.Open()
			l.Write([]byte("\x1dv0\x00\x30\x00\x40\x00 half a picture"))
			time.Sleep(time.Second)
			var err error
			if c.printer, err = New(c.printer.options); err != nil {
				t.Fatal(err)
			}
			c.start()
			c.print("next", receipt("en"), time.Hour)
			if r := c.clean(); count(r, "PAYMENT RECEIPT") != 1 {
				c.Errorf("%s: %q", name, r.Lines)
			}
		})
	}
}

// 9: escpos-php#1327, the library refuses a QR on a capable printer: any value of a profile may be replaced, and the
// printer says who it is.
func TestComplaint09_Override(t *testing.T) {
	p := profile(t, "generic58")
	p.QR, p.Status, p.Ack = "native", "dle", "gsr"
	atEveryCounter(t, p, nil, func(c *counter) {
		if r := c.print("slip", slip("en"), time.Minute); r.Status != StatusPrinted {
			c.Errorf("%+v", r)
		}
		if count(c.clean(), "[qr ") != 1 || c.printer.State().Model != "EPSON TM-T82" {
			c.Errorf("state %+v", c.printer.State())
		}
	})
}

// 14: node-thermal-printer#78, many duplicates after the paper was refilled: exactly one copy.
func TestComplaint14_OneCopyAfterRefill(t *testing.T) {
	for _, name := range []string{"epson80", "tvs80"} {
		atEveryCounter(t, profile(t, name), nil, func(c *counter) {
			c.paper.PaperLeft(400)
			got := c.background("receipt", receipt("en"), time.Hour)
			time.Sleep(30 * time.Second)
			if s := c.printer.State(); s.Condition != ConditionPaperOut || !strings.Contains(s.Detail, "new roll") {
				c.Errorf("%s: out of paper in mid-receipt, the counter shows %+v", name, s)
			}
			c.paper.Refill()
			if r := <-got; r.Status != StatusPrinted {
				c.Errorf("%s: %+v", name, r)
			}
			again := c.print("receipt", receipt("en"), time.Minute)
			if r := c.clean(); again.Status != StatusPrinted || count(r, "PAYMENT RECEIPT") != 1 ||
				count(r, "632612345678") != 1 {
				c.Errorf("%s: %+v\n%s", name, again, strings.Join(r.Lines, "\n"))
			}
		})
	}
}

// 15: escpos-php#411, esc_pos_utils#43, old jobs come out after the refill though success was reported.
func TestComplaint15_NothingOldAfterGivingUp(t *testing.T) {
	atEveryCounter(t, profile(t, "epson80"), nil, func(c *counter) {
		c.paper.PaperLeft(400)
		if r := c.print("receipt", receipt("en"), 30*time.Second); r.Status != StatusUnknown ||
			!strings.Contains(r.Detail, "out of paper") {
			c.Errorf("gave up with %+v", r)
		}
		time.Sleep(10 * time.Second)
		before := c.paper.Report()
		c.paper.Refill()
		time.Sleep(time.Minute)
		if after := c.paper.Report(); len(after.Lines) != len(before.Lines) {
			c.Errorf("after the refill this came out by itself:\n%s",
				strings.Join(after.Lines[len(before.Lines):], "\n"))
		}
		d := receipt("en")
		d.Copy = 1
		if r := c.print("receipt-copy-1", d, time.Minute); r.Status != StatusPrinted {
			c.Errorf("reprint: %+v", r)
		}
		if r := c.clean(); count(r, "DUPLICATE") != 1 {
			c.Errorf("the reprint isn't marked:\n%s", strings.Join(r.Lines, "\n"))
		}
	})
}

// 16: node-thermal-printer PR#181, a call never returns when the paper is out. 17: react-native-bluetooth-escpos#52, a
// promise never resolves. Whatever is wrong, Print is back within a second of its deadline.
func TestComplaint16And17_EveryCallEnds(t *testing.T) {
	for name, wrong := range map[string]func(v *printertest.Printer){
		"paper out": func(v *printertest.Printer) { v.PaperLeft(0) }, "paper out soon": func(v *printertest.Printer) {
			v.PaperLeft(100)
		},
		"cover open": func(v *printertest.Printer) { v.Cover(true) }, "stuck": func(v *printertest.Printer) {
			v.Stuck(true)
		},
		"mute": func(v *printertest.Printer) { v.Mute(true) }, "switched off": func(v *printertest.Printer) {
			v.Power(false)
		},
		"unplugged": func(v *printertest.Printer) { v.Unplug() }, "wrong baud": func(v *printertest.Printer) {
			v.WrongBaud(true)
		},
	} {
		for _, p := range Profiles() {
			atEveryCounter(t, p, nil, func(c *counter) {
				wrong(c.paper)
				begun := time.Now()
				c.print("hindi", receipt("hi"), 20*time.Second)
				if d := time.Since(begun); d > 21*time.Second {
					c.Errorf("%s, %s: Print was back after %v", p.Name, name, d)
				}
				c.paper.Power(true)
				c.paper.PaperLeft(-1)
				begun = time.Now()
				c.stop()
				if d := time.Since(begun); d > time.Second {
					c.Errorf("%s, %s: stopping took %v", p.Name, name, d)
				}
			})
		}
	}
}

// 18: esc_pos_printer#198, always "Success": a printer that answers nothing has been sent a slip, not printed one.
func TestComplaint18_MuteIsNotPrinted(t *testing.T) {
	for _, name := range []string{"epson80", "tvs80", "generic58"} {
		atEveryCounter(
			t,
			profile(t, name),
			func(m *printertest.Model) { m.Status, m.GSH, m.GSr, m.Clear = false, false, false, false },
			func(c *counter) {
				r := c.print("receipt", receipt("en"), time.Minute)
				if c.profile.Link == port.TCP &&
					// another host may have it: the slip would come out whenever that lets go
					c.profile.Status == "dle" {
					if r.Status != StatusFailed || !strings.Contains(r.Detail, "another host") {
						c.Errorf("%s: %+v", name, r)
					}
				} else if r.Status != StatusSent ||
					!strings.Contains(r.Detail, "can't") {
					c.Errorf("%s: %+v", name, r)
				}
			},
		)
	}
	// One that answered before and falls silent in mid-job may have been switched off.
	atEveryCounter(t, profile(t, "epson80"), nil, func(c *counter) {
		got := c.background("receipt", receipt("en"), time.Minute)
		time.Sleep(200 * time.Millisecond)
		c.paper.Mute(true)
		if r := <-got; r.Status != StatusUnknown {
			c.Errorf("silent in mid-job: %+v", r)
		}
	})
}

// 20: escpos-rs#18, the status is the answer to the previous request.
func TestComplaint20_StaleAnswers(t *testing.T) {
	atEveryCounter(t, profile(t, "epson80"), nil, func(c *counter) {
		c.paper.Say(0x1A, 0x32, 0x7E, 0x16) // offline, paper stop, paper out, cover open: all of them old
		time.Sleep(3 * pollEvery)
		if s := c.printer.State(); s.Condition != ConditionReady {
			c.Errorf("stale bytes made it %+v", s)
		}
	})
}

// 21: python-escpos#407, a second of sleep per status.
func TestComplaint21_QuickStatus(t *testing.T) {
	p := profile(t, "epson80")
	p.Baud = 115200
	atEveryCounter(t, p, nil, func(c *counter) {
		begun := time.Now()
		ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
		defer cancel()
		r, err := c.printer.Print(ctx, "kick", Drawer{}.Kick())
		if d := time.Since(begun); err != nil || r.Status != StatusPrinted || d > 100*time.Millisecond {
			c.Errorf("status, kick and acknowledgement took %v: %+v, %v", d, r, err)
		}
	})
}

// 22: python-escpos#143, reading the status blocks until the cable is pulled.
func TestComplaint22_StatusDeadline(t *testing.T) {
	atEveryCounter(t, profile(t, "epson80"), nil, func(c *counter) {
		c.paper.Mute(true)
		time.Sleep(noticed(c.profile))
		if s := c.printer.State(); s.Condition != ConditionAsleep || !strings.Contains(s.Detail, "stopped answering") {
			c.Errorf("%+v", s)
		}
		c.paper.Mute(false)
		time.Sleep(noticed(c.profile))
		if s := c.printer.State(); s.Condition != ConditionReady {
			c.Errorf("afterwards %+v", s)
		}
	})
}

// noticed is how long it may take until what happened to an idle printer is known: a network printer is let go
// meanwhile.
func noticed(p Profile) time.Duration {
	if p.Link == port.TCP {
		return lookEvery + 10*time.Second
	}
	return 10 * time.Second
}

// 24: ESC-POS-.NET#184, the program ends before the receipt is out.
func TestComplaint24_SentMeansLeft(t *testing.T) {
	atEveryCounter(t, profile(t, "generic58"), nil, func(c *counter) {
		before := c.paper.Report().Received
		j := render(t, receipt("en"), c.profile)
		c.print("receipt", receipt("en"), time.Minute)
		synctest.Wait()
		if got := c.paper.Report().Received - before; got < j.Len() {
			c.Errorf("Print was back when %d of %d bytes had arrived", got, j.Len())
		}
	})
}

// 28: DantSu#512, odoo PR#244031 and others: two jobs interleave. A hundred at once come out whole, one after the
// other.
func TestComplaint28_HundredAtOnce(t *testing.T) {
	atEveryCounter(t, profile(t, "epson80"), nil, func(c *counter) {
		results := make(chan Result)
		for i := range 100 {
			go func() {
				d := receipt("en")
				d.Number = 1000 + i
				results <- c.print(fmt.Sprint("receipt-", i), d, time.Hour)
			}()
		}
		for range 100 {
			if r := <-results; r.Status != StatusPrinted {
				c.Errorf("%+v", r)
			}
		}
		all := strings.Join(c.clean().Lines, "\n")
		slips := strings.Split(strings.TrimSuffix(all, "\n[cut]"), "\n[cut]\n")
		whole := decode(t, render(t, receipt("en"), c.profile), c.profile).Text()
		seen := map[string]bool{}
		for _, s := range slips {
			if strings.Count(s, "\n")+2 != strings.Count(whole, "\n") {
				c.Errorf("a slip isn't whole:\n%s", s)
			}
			seen[s] = true
		}
		if len(slips) != 100 || len(seen) != 100 {
			c.Errorf("%d slips, %d different", len(slips), len(seen))
		}
	})
}

// 29: Adafruit Python#49, garbage in a text of many lines: 256 bytes of buffer, a receipt of 22 lines.
func TestComplaint29_LongTextSmallBuffer(t *testing.T) {
	for _, name := range []string{"csn-a2", "qr204"} {
		atEveryCounter(t, profile(t, name), nil, func(c *counter) {
			c.print("receipt", receipt("en"), time.Hour)
			want := decode(t, render(t, receipt("en"), c.profile), c.profile).Lines
			if r := c.clean(); strings.Join(r.Lines, "\n") != strings.Join(want, "\n") {
				c.Errorf("%s:\n%s", name, strings.Join(r.Lines, "\n"))
			}
		})
	}
}

// 30: python-escpos#41, #16, Adafruit Python#31: a wrong baud rate prints garbage, and nobody says why.
func TestComplaint30_WrongBaud(t *testing.T) {
	p := profile(t, "epson80")
	synctest.Test(t, func(t *testing.T) {
		v := printertest.New(modelOf(p))
		v.WrongBaud(true)
		q, err := New(Options{Profile: p, Open: func() (Line, error) { return v.Open(), nil }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		go q.Run(ctx)
		time.Sleep(10 * time.Second)
		if s := q.State(); !strings.Contains(s.Detail, "baud") || !strings.Contains(s.Detail, "38400") {
			t.Errorf("%+v", s)
		}
		cancel()
		<-q.stopped
		v.Close()
	})
}

// 36: pyserial#36 and others: after a replug the device has another number, because the old one was still held open.
func TestComplaint36_ClosedBeforeReopening(t *testing.T) {
	atEveryCounter(t, profile(t, "generic58"), nil, func(c *counter) {
		for i := range 3 {
			c.unplug()
			time.Sleep(20*time.Second + noticed(c.profile))
			if s := c.printer.State(); s.Condition != ConditionGone || !strings.Contains(s.Detail, "cable") {
				c.Errorf("unplugged: %+v", s)
			}
			c.mu.Lock()
			for n, l := range *c.lines {
				if !l.Closed() {
					c.Errorf("line %d is still open while the device is gone", n)
				}
			}
			c.mu.Unlock()
			c.plug()
			time.Sleep(30 * time.Second)
			if r := c.print(fmt.Sprint("receipt-", i), receipt("en"), time.Minute); r.Status != StatusSent {
				c.Errorf("after replug %d: %+v", i, r)
			}
		}
		c.clean()
	})
}

// 19: node-escpos#58, #100, "no way to detect paper out". 23: node-thermal-printer#256, getStatus is undefined on a
// serial line. 25: node-escpos#183, closing takes long. All three on a pty, through the kernel and the serial library.
func TestComplaint19And23And25_StatusAndCloseOnAPty(t *testing.T) {
	p := profile(t, "epson80")
	p.Baud = 115200
	v := printertest.New(modelOf(p))
	link := filepath.Join(t.TempDir(), "printer")
	tty, err := v.Serve(link)
	if err != nil {
		t.Fatal(err)
	}
	states := make(chan State, 100)
	q, err := New(Options{Port: link, Profile: p, Notify: func(s State) { states <- s }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go q.Run(ctx)
	until := func(want Condition) {
		t.Helper()
		limit := time.After(10 * time.Second)
		for {
			select {
			case s := <-states:
				if s.Condition == want {
					return
				}
			case <-limit:
				t.Fatalf("never %s: %+v", want, q.State())
			}
		}
	}
	until(ConditionReady)
	v.PaperLeft(0)
	until(ConditionPaperOut)
	v.Refill()
	v.Cover(true)
	until(ConditionCoverOpen)
	v.Cover(false)
	until(ConditionReady)
	v.Stuck(true)
	j := render(t, report("hi"), p)
	go q.Print(ctx, "stuck", j)
	until(ConditionAsleep) // a pty takes some 20 KB before it blocks: what is seen first is that it answers no more
	begun := time.Now()
	cancel()
	<-q.stopped
	if d := time.Since(begun); d > time.Second {
		t.Errorf("closing a stuck line took %v", d)
	}
	tty.Close()
	v.Close()
}
