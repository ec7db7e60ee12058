package printer

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/internal/money"
	"galla/printer/escpos"
	"galla/printer/port"
	"galla/printer/printertest"
)

// TestPaper_1 is paper.md 1: a printer without GS ( H is found to have none, is asked by GS r, and without that counts
// as one that can't say; nothing of the asking comes out on paper, it is asked once, and the self-test says what was
// found.
func TestPaper_1(t *testing.T) {
	for _, link := range everyLine {
		for _, m := range []struct {
			what     string
			gsh, gsr bool
			letters  bool
			want     Status
			found    string
		}{
			{"T88IV", true, true, false, StatusPrinted, "GS ( H"},
			{"T88III", false, true, false, StatusPrinted, "GS r"},
			{"a clone that takes GS ( for letters", false, true, true, StatusPrinted, "GS r"},
			{"a clone that answers DLE EOT alone", false, false, true, StatusSent, "Does not confirm"},
		} {
			for _, name := range []string{"epson80", "tvs80", "epson-old"} {
				p := profile(t, name)
				p.Link = link
				if m.letters && p.QR == "native" {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", link, name, m.what), func(t *testing.T) {
					atCounter(
						t,
						p,
						func(v *printertest.Model) { v.GSH, v.GSr, v.Letters = m.gsh, m.gsr, m.letters },
						func(c *counter) {
							for i := range 3 {
								if r := c.print(
									fmt.Sprint("receipt-", i),
									receipt("en"),
									time.Minute,
								); r.Status != m.want {
									c.Errorf("%+v", r)
								}
							}
							r := c.clean()
							if n := count(r, "PAYMENT RECEIPT"); n != 3 || count(r, "(H") > 0 {
								c.Errorf("%d receipts in %q", n, r.Lines)
							}
							asked := strings.Count(string(r.Bytes), "\x1d(H\x06\x0000")
							if most := 1; !m.gsh && asked > most || m.gsh && asked != 4 {
								c.Errorf("GS ( H was sent %d times", asked)
							}
							if said := strings.Join(c.printer.State().Found(), "\n"); !strings.Contains(said, m.found) {
								c.Errorf("the self-test says %q", said)
							}
						},
					)
				})
			}
		}
	}

	// The sentence of a slip that isn't confirmed says what to do, and "then" only after something else to do.
	atCounter(t, profile(t, "epson80"), nil, func(c *counter) {
		got := c.background("receipt", receipt("en"), time.Minute)
		time.Sleep(300 * time.Millisecond)
		c.paper.Mute(true)
		if r := <-got; r.Status != StatusUnknown || strings.Contains(r.Detail, "slip. Then") ||
			!strings.Contains(r.Detail, "print again only if it isn't whole") {
			c.Errorf("%+v", r)
		}
	})
	for _, p := range Profiles() {
		if p.Ack == "gsh" || p.Ack == "gsr" {
			t.Errorf("%s claims an answer that not all its printers have", p.Name)
		}
	}
}

// TestPaper_2 is paper.md 2: a printer is switched off in mid-slip, and its line reads as 0x00, which has the form of
// an answer to GS r. The slip isn't called printed.
func TestPaper_2(t *testing.T) {
	for _, after := range []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, time.Second} {
		for _, noise := range [][]byte{{0}, {0, 0, 0, 0}, {0x01, 0x0F}} {
			atCounter(
				t,
				profile(t, "tvs80"),
				func(m *printertest.Model) { m.GSH, m.GSr = false, true },
				func(c *counter) {
					if c.printer.State().Confirms != "gsr" {
						c.Fatalf("%+v", c.printer.State())
					}
					got := c.background("receipt", receipt("en"), time.Minute)
					time.Sleep(after)
					c.paper.Power(false)
					for range 100 {
						c.paper.Noise(noise...)
						time.Sleep(50 * time.Millisecond)
					}
					if r := <-got; r.Status != StatusUnknown {
						c.Errorf("switched off after %v, % x on the line: %+v", after, noise, r)
					}
				},
			)
		}
	}
}

// TestPaper_3_Signals: a USB printer that answers nothing in ESC/POS says by its interface that its paper is out, and
// no slip is begun; with the roll back it comes out once.
func TestPaper_3_Signals(t *testing.T) {
	p := profile(t, "generic58")
	p.Link = port.USB
	atCounter(t, p, nil, func(c *counter) {
		c.paper.PaperLeft(0)
		time.Sleep(5 * time.Second)
		if s := c.printer.State(); s.Condition != ConditionPaperOut || s.Answers {
			c.Errorf("%+v", s)
		}
		got := c.background("receipt", receipt("en"), time.Hour)
		time.Sleep(time.Minute)
		if n := count(c.paper.Report(), "PAYMENT"); n != 0 {
			c.Error("it was begun without paper")
		}
		c.paper.Refill()
		if r := <-got; r.Status != StatusSent || !strings.Contains(r.Detail, "has taken it all") {
			c.Errorf("%+v", r)
		}
		c.paper.Cover(true)
		time.Sleep(5 * time.Second)
		if s := c.printer.State(); s.Condition != ConditionOffline {
			c.Errorf("not selected: %+v", s)
		}
		c.paper.Cover(false)
		if n := count(c.clean(), "PAYMENT RECEIPT"); n != 1 {
			c.Errorf("%d receipts", n)
		}
	})

	// The paper runs out in the middle: the bus holds the rest, the counter is told why, and the slip comes out whole.
	p.Buffer = 512
	atCounter(t, p, nil, func(c *counter) {
		c.paper.PaperLeft(100)
		got := c.background("receipt", receipt("hi"), time.Hour)
		time.Sleep(30 * time.Second)
		if s := c.printer.State(); s.Condition != ConditionPaperOut {
			c.Errorf("in mid-slip: %+v", s)
		}
		c.paper.Refill()
		if r := <-got; r.Status != StatusSent {
			c.Errorf("%+v", r)
		}
		if n := count(c.clean(), "Computer"); n > 1 {
			c.Errorf("%d receipts", n)
		}
	})
}

// TestPaper_3_Released: a network printer serves one host at a time, so the connection is let go when there is nothing
// to print, and is there again for the next slip.
func TestPaper_3_Released(t *testing.T) {
	p := profile(t, "epson80")
	p.Link = port.TCP
	atCounter(t, p, nil, func(c *counter) {
		open := func() int {
			n := 0
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, l := range *c.lines {
				if !l.Closed() {
					n++
				}
			}
			return n
		}
		if n := open(); n != 0 {
			c.Errorf("%d connections are held while there is nothing to print", n)
		}
		for i := range 3 {
			begun := time.Now()
			if r := c.print(fmt.Sprint("receipt-", i), receipt("en"), time.Minute); r.Status != StatusPrinted {
				c.Errorf("%+v", r)
			}
			if d := time.Since(begun); d > 3*time.Second {
				c.Errorf("a slip took %v", d)
			}
			time.Sleep(lingers + time.Second)
			if n := open(); n != 0 {
				c.Errorf("%d connections are held after a slip", n)
			}
		}
		if s := c.printer.State(); s.Condition != ConditionReady {
			c.Errorf("let go, it is %+v", s)
		}
		c.clean()
	})
}

// network prints on a printer of the test's own over a real connection of this machine.
func network(
	t *testing.T,
	name string,
	change func(*printertest.Model),
) (*Printer, *printertest.Printer, *printertest.Net, Profile) {
	t.Helper()
	p := profile(t, name)
	p.Link = port.TCP
	m := modelOf(p)
	m.DotTime, m.Feed = 100*time.Microsecond, 0
	if change != nil {
		change(&m)
	}
	v := printertest.New(m)
	n, err := v.Listen()
	if err != nil {
		t.Fatal(err)
	}
	q, err := New(Options{Port: "tcp:" + n.Address(), Profile: p})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go q.Run(ctx)
	t.Cleanup(func() {
		cancel()
		<-q.stopped
		n.Close()
		v.Close()
	})
	return q, v, n, p
}

// TestPaper_3_TCP goes through the kernel's TCP: a slip is confirmed; a window that shuts is shown and what was unsent
// never comes out; a connection that is reset in mid-slip leaves the slip unknown; and the next one prints.
func TestPaper_3_TCP(t *testing.T) {
	q, v, n, p := network(t, "epson80", nil)
	try := func(key string, d Document, limit time.Duration) Result {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		r, _ := q.Print(ctx, key, render(t, d, p))
		return r
	}
	if r := try("first", receipt("en"), 20*time.Second); r.Status != StatusPrinted {
		t.Fatalf("%+v", r)
	}

	// Stalled: it takes nothing. The picture is larger than what the kernels hold on both sides.
	long := Job{Kind: "long"}
	for range 20_000 {
		long.Segments = append(long.Segments, Segment{Bytes: []byte(strings.Repeat("x", 47) + "\n"), Dots: 26})
	}
	v.PaperLeft(200)
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
	defer cancel()
	r, _ := q.Print(ctx, "stalled", long)
	if r.Status != StatusUnknown {
		t.Errorf("stalled: %+v", r)
	}
	held := v.Received()
	v.Refill()
	if r := try("after the stall", receipt("en"), 30*time.Second); r.Status != StatusPrinted {
		t.Errorf("after the stall: %+v", r)
	}
	if got := v.Received() - held; got > 100_000 {
		t.Errorf("%d bytes came out after the job was given up", got)
	}

	// Reset in mid-slip.
	reset := make(chan Result, 1)
	before := v.Received()
	go func() { reset <- try("reset", report("hi"), 20*time.Second) }()
	for limit := time.Now().Add(10 * time.Second); v.Received()-before < 2000 && time.Now().Before(limit); {
		time.Sleep(time.Millisecond)
	}
	n.Reset()
	if r := <-reset; r.Status != StatusUnknown {
		t.Errorf("reset: %+v", r)
	}
	if r := try("after the reset", receipt("en"), 20*time.Second); r.Status != StatusPrinted {
		t.Errorf("after the reset: %+v", r)
	}
	if n.Served() < 2 {
		t.Errorf("%d connections", n.Served())
	}
}

// TestPaper_3_Busy: another host has the printer. The slip waits, nothing of it is sent into the queue of connections,
// where it would come out whenever that host lets go; then it is printed once.
func TestPaper_3_Busy(t *testing.T) {
	p := profile(t, "epson80")
	m := modelOf(p)
	m.DotTime, m.Feed = 100*time.Microsecond, 0
	v := printertest.New(m)
	n, err := v.Listen()
	if err != nil {
		t.Fatal(err)
	}
	other, err := net.Dial("tcp", n.Address())
	if err != nil {
		t.Fatal(err)
	}
	for n.Served() == 0 {
		time.Sleep(time.Millisecond)
	}
	q, err := New(Options{Port: "tcp:" + n.Address(), Profile: p})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	go q.Run(ctx)
	t.Cleanup(func() {
		cancel()
		<-q.stopped
		n.Close()
		v.Close()
	})
	end := make(chan Result, 1)
	go func() {
		r, _ := q.Print(ctx, "waits", render(t, receipt("en"), p))
		end <- r
	}()
	for limit := time.Now().Add(20 * time.Second); q.State().Condition != ConditionOffline &&
		time.Now().Before(limit); {
		time.Sleep(10 * time.Millisecond)
	}
	if s := q.State(); s.Condition != ConditionOffline || !strings.Contains(s.Detail, "another host") {
		t.Errorf("%+v", s)
	}
	if n := v.Received(); n > 0 {
		t.Errorf("%d bytes came past the other host", n)
	}
	other.Close()
	if r := <-end; r.Status != StatusPrinted {
		t.Errorf("%+v", r)
	}
	if n := count(v.Report(), "PAYMENT RECEIPT"); n != 1 {
		t.Errorf("%d receipts", n)
	}
}

// TestPaper_4 is paper.md 4: letters that no font here has are left out, and named; what stands beside them is printed.
func TestPaper_4(t *testing.T) {
	for _, p := range Profiles() {
		with, without := receipt("en"), receipt("en")
		with.Shop.Name, without.Shop.Name = "Sharma 🛒 Store", "Sharma  Store"
		with.Shop.Footer, without.Shop.Footer = []string{
			"Shukriya شکریہ",
			"धन्यवाद 🙏",
		}, []string{
			"Shukriya ",
			"धन्यवाद ",
		}
		a, b := render(t, with, p), render(t, without, p)
		if !slices.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: what can't be drawn leaves something on paper", p.Name)
		}
		left := with.Shop.LeftOut()
		for _, want := range "🛒شکریہ🙏" {
			if !strings.ContainsRune(left, want) {
				t.Errorf("%q is not said to be left out: %q", want, left)
			}
		}
		if without.Shop.LeftOut() != "" {
			t.Errorf("%q is said to be left out of a shop whose letters there are", without.Shop.LeftOut())
		}
	}
	test := selfTest("en")
	test.Shop.Footer = []string{"🙏"}
	text := decode(t, render(t, test, profile(t, "epson80")), profile(t, "epson80")).Text()
	if !strings.Contains(text, "U+1F64F") {
		t.Errorf("the self-test doesn't say so:\n%s", text)
	}
	// Marks stacked on letters: no box, and the letters stay.
	stacked := receipt("en")
	stacked.Shop.Header = []string{"Z̷a̴l̵g̶o̷"}
	if text := decode(
		t,
		render(t, stacked, profile(t, "epson80")),
		profile(t, "epson80"),
	).Text(); !strings.Contains(text, "Zalgo") &&
		stacked.Shop.LeftOut() != "" {
		t.Errorf("stacked marks:\n%s", text)
	}
}

// TestPaper_5 is paper.md 5: garbled, slow, mute and asleep are four things, and each is said as what it is.
func TestPaper_5(t *testing.T) {
	p := profile(t, "epson80")
	state := func(change func(*printertest.Model), do func(*counter)) (s State) {
		atCounter(t, p, change, func(c *counter) {
			do(c)
			time.Sleep(30 * time.Second)
			s = c.printer.State()
		})
		return s
	}
	none := func(*counter) {}
	for _, c := range []struct {
		what   string
		got    State
		want   Condition
		detail string
		ready  bool
	}{
		{"well", state(nil, none), ConditionReady, "", true},
		{"slow", state(func(m *printertest.Model) { m.Late = 2 * time.Second }, func(*counter) {
			time.Sleep(time.Minute)
		}), ConditionReady, "answers late, after 2.0 s", true},
		{"mute", state(func(m *printertest.Model) { m.Status = false }, none), ConditionMute,
			"doesn't answer at 38400 baud", true},
		{"garbled", state(nil, func(c *counter) {
			c.stop()
			c.paper.WrongBaud(true)
			c.printer, _ = New(c.printer.options)
			c.start()
		}), ConditionGarbled, "garbled at 38400 baud", false},
		{"asleep for good", state(nil, func(c *counter) { c.paper.Sleep() }), ConditionAsleep,
			"asleep or switched off", false},
		{"asleep until it is spoken to", state(func(m *printertest.Model) { m.Wakes = true }, func(c *counter) {
			c.paper.Sleep()
		}), ConditionReady, "", true},
	} {
		if c.got.Condition != c.want || !strings.Contains(c.got.Detail, c.detail) || c.got.ready() != c.ready {
			t.Errorf("%s: %+v", c.what, c.got)
		}
	}

	// A slip on a garbled line isn't begun, and says why. One on a slow printer is confirmed.
	atCounter(t, p, nil, func(c *counter) {
		c.stop()
		c.paper.WrongBaud(true)
		c.printer, _ = New(c.printer.options)
		c.start()
		if r := c.print("receipt", receipt("en"), time.Minute); r.Status != StatusFailed ||
			!strings.Contains(r.Detail, "garbled at 38400 baud") {
			c.Errorf("%+v", r)
		}
	})
	atCounter(t, p, func(m *printertest.Model) { m.Late = 2 * time.Second }, func(c *counter) {
		time.Sleep(time.Minute)
		if r := c.print("receipt", receipt("en"), 10*time.Minute); r.Status != StatusPrinted {
			c.Errorf("a slow one: %+v", r)
		}
	})
}

// TestPaper_6 is paper.md 6: ids stay whole, people have names, a document has one sign for rupees and no zero lines,
// and a receipt on 58 mm paper is 100 mm at most.
func TestPaper_6(t *testing.T) {
	for _, p := range Profiles() {
		for _, lang := range []string{"en", "hi"} {
			j := render(t, receipt(lang), p)
			text := decode(t, j, p).Text()
			if !strings.Contains(text, "ICI5f3c1a2b4d6e7f8091a2b3c4d5e6f708") {
				t.Errorf("%s %s: the UPI id is broken over lines:\n%s", p.Name, lang, text)
			}
			if mm := float64(j.Dots()) / 8; p.Name == "generic58" && lang == "en" && mm > 100 {
				t.Errorf("a receipt on generic58 is %.0f mm long", mm)
			}
			for _, d := range []Document{receipt(lang), fullReport(lang), reconciliation(lang),
				slip(lang), selfTest(lang)} {
				signs(t, d, p)
			}
		}
	}

	empty := DayReport{
		Shop:     shop("en"),
		From:     paidAt,
		To:       paidAt,
		At:       paidAt,
		Unpaid:   []ReportLine{{Label: "Cancelled"}, {Label: "Expired"}, {Label: "Failed"}},
		Sections: []ReportSection{{Title: "Sales", Lines: []ReportLine{{Label: "Opened"}, {Label: "Came late"}}}},
	}
	text := decode(t, render(t, empty, profile(t, "generic58")), profile(t, "generic58")).Text()
	if strings.Count(text, "(0)") != 1 || !strings.Contains(text, "NET") || strings.Contains(text, "Sales") {
		t.Errorf("a day without sales says more than that nothing was paid:\n%s", text)
	}

	// What is at the right ends in one column.
	p := profile(t, "generic58")
	for _, font := range []string{"a", "b"} {
		p.Font = font
		d := decode(t, render(t, fullReport("en"), p), p)
		edges := map[int]int{}
		for _, l := range d.Lines {
			if strings.Contains(l, "Rs.") && !strings.Contains(l, "{") {
				edges[len(strings.TrimRight(l, " "))]++
			}
		}
		if len(edges) > 2 { // the document's font, and the small one
			t.Errorf("font %s: amounts end in columns %v", font, edges)
		}
	}
}

// signs fails when a document has both signs for rupees, or the one its profile doesn't print.
func signs(t *testing.T, d Document, p Profile) {
	t.Helper()
	s := newSheet(p)
	if err := d.compose(s); err != nil {
		t.Fatal(err)
	}
	if p.Rupee == "text" && s.drawable("₹5") != "Rs.5" || p.Rupee == "glyph" && s.drawable("₹5") != "₹5" {
		t.Errorf("%s %s: drawn text has another sign for rupees than printed text", p.Name, d.kind())
	}
	text := decode(t, render(t, d, p), p).Text()
	if strings.Contains(text, "Rs.") && strings.Contains(text, "₹") {
		t.Errorf("%s %s has both signs:\n%s", p.Name, d.kind(), text)
	}
}

// TestPaper_7 is paper.md 7: blank paper moves at the feed's speed, and a chart doesn't fill a slow line.
func TestPaper_7(t *testing.T) {
	p := profile(t, "csn-a2")
	tail := Job{Segments: []Segment{{Bytes: escpos.FeedDots(90), Dots: 90, Blank: 90}}}
	if d := tail.Head(p); d > 300*time.Millisecond {
		t.Errorf("the tail is charged %v", d)
	}
	slipAndReceipt := render(t, slip("en"), p).Limit(p) + render(t, receipt("en"), p).Limit(p)
	if slipAndReceipt > 45*time.Second {
		t.Errorf("slip and receipt take %v at least", slipAndReceipt)
	}
	for _, p := range Profiles() {
		x := fullReport("en")
		x.Number, x.Anchor = 0, ""
		with := render(t, x, p)
		x.Chart = nil
		without := render(t, x, p)
		if cost := time.Duration(
			with.Len()-without.Len(),
		) * p.ByteTime(); cost > chartPatience+500*time.Millisecond { // and its words
			t.Errorf("%s: the chart takes %v of the line", p.Name, cost)
		}
		if p.Name == "generic58" && with.Len() > 4000 {
			t.Errorf("an X report has %d bytes", with.Len())
		}
	}
	// On a quick line the chart is as fine as the head.
	quick := profile(t, "generic58")
	quick.Link = port.USB
	if text := decode(t, render(t, fullReport("en"), quick), quick).Text(); !strings.Contains(text, "[raster 384x8") {
		t.Errorf("over USB:\n%s", text)
	}
	// And by columns it is text.
	by := profile(t, "qr203")
	if text := decode(t, render(t, fullReport("en"), by), by).Text(); !strings.Contains(text, "14 ") &&
		!strings.Contains(text, "####") {
		t.Errorf("by columns:\n%s", text)
	}

	// The pacer relies on both speeds and loses nothing, on a printer whose head needs all the time the profile says.
	for _, name := range []string{"csn-a2", "qr203", "qr204"} {
		atCounter(t, profile(t, name), nil, func(c *counter) {
			for i, d := range []Document{slip("en"), fullReport("hi"), receipt("hi")} {
				if r := c.print(fmt.Sprint(i), d, time.Hour); r.Status != StatusSent {
					c.Errorf("%s: %+v", name, r)
				}
			}
			c.clean()
		})
	}
}

// TestPaper_8 is paper.md 8: the drawer's pin and pulse, printers that must not be asked, a blank logo, pictures by
// columns.
func TestPaper_8(t *testing.T) {
	for _, d := range []struct {
		drawer Drawer
		want   string
	}{{Drawer{}, "\x1bp\x00\x32\xfa"}, {Drawer{Pin: 5}, "\x1bp\x01\x32\xfa"},
		{Drawer{Pin: 2, Pulse: 200 * time.Millisecond}, "\x1bp\x00\x64\xfa"}} {
		if got := string(d.drawer.Kick().Bytes()); got != d.want || d.drawer.Check() != nil {
			t.Errorf("%+v: % x, %v", d.drawer, got, d.drawer.Check())
		}
	}
	for _, bad := range []Drawer{{Pin: 3}, {Pin: -1}, {Pulse: time.Millisecond}, {Pulse: time.Second},
		{Pulse: -time.Second}} {
		if bad.Check() == nil {
			t.Errorf("%+v is allowed", bad)
		}
	}

	// Asked by nobody: neither while it serves, nor by a probe, nor at another speed.
	p := profile(t, "silent80")
	for _, link := range everyLine {
		p.Link = link
		atCounter(t, p, func(m *printertest.Model) { m.Status, m.GSH, m.GSr = true, true, true }, func(c *counter) {
			if r := c.print("receipt", receipt("en"), time.Minute); r.Status != StatusSent {
				c.Errorf("%+v", r)
			}
			time.Sleep(10 * time.Minute)
			unasked := c.clean().Bytes
			for _, question := range []string{"\x10\x04", "\x1dI", "\x1dr", "\x1d(H", "\x10\x14"} {
				if strings.Contains(string(unasked), question) {
					c.Errorf("%s: it was asked % x", link, question)
				}
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		v := printertest.New(printertest.Strict(576))
		defer v.Close()
		s, err := probeLine(t.Context(), p, func(int) (Line, error) { return v.Open(), nil })
		if err != nil || s.Answers || s.Condition != ConditionUnknown || v.Received() > 0 {
			t.Errorf("a probe: %+v, %v, %d bytes", s, err, v.Received())
		}
	})

	// By columns, everything reads as by rows.
	rows, columns := profile(t, "qr204"), profile(t, "qr203")
	for _, d := range []Document{slip("hi"), receipt("hi"), report("hi")} {
		a, b := decode(t, render(t, d, rows), rows), decode(t, render(t, d, columns), columns)
		if strings.Contains(b.Text(), "[raster") || !strings.Contains(b.Text(), "[columns") {
			t.Errorf("%s by columns:\n%s", d.kind(), b.Text())
		}
		if ink := a.Paper.Ink(); d.kind() == "receipt" &&
			(b.Paper.Ink() < ink*6/10 || b.Paper.Ink() > ink) { // its letters are smaller
			t.Errorf("%s: %d black dots by rows, %d by columns", d.kind(), ink, b.Paper.Ink())
		}
	}
	if got := zbarimg(t, decode(t, render(t, slip("en"), columns), columns).Paper.Image()); got != payload {
		t.Errorf("the QR by columns reads %q", got)
	}
}

// TestOneSign: the sign for money are one, whatever is asked.
func TestOneSign(t *testing.T) {
	d := fullReport("hi")
	d.Facts = append(d.Facts, ReportFact{"₹", money.Paise(5).String()})
	for _, p := range Profiles() {
		signs(t, d, p)
	}
}
