package printer

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/printer/escpos"
	"galla/printer/port"
	"galla/printer/printertest"
)

// TestUnpluggedInMidJob: nothing of the job on paper, and it is printed after the replug; some of it, and it is unknown
// and never repeated by itself.
func TestUnpluggedInMidJob(t *testing.T) {
	for _, name := range []string{"generic58", "epson80", "csn-a2"} {
		for _, after := range []time.Duration{0, time.Millisecond, 100 * time.Millisecond,
			700 * time.Millisecond, 2 * time.Second} {
			atEveryCounter(t, profile(t, name), nil, func(c *counter) {
				if after == 0 {
					c.unplug()
				}
				got := c.background("receipt", receipt("en"), time.Hour)
				if after > 0 {
					time.Sleep(after)
					c.unplug()
				}
				time.Sleep(10 * time.Second)
				c.plug()
				r := <-got
				time.Sleep(time.Minute)
				again := c.print("receipt", receipt("en"), time.Hour)
				report := c.clean()
				whole := count(report, "632612345678")
				switch r.Status {
				case StatusPrinted, StatusSent:
					if whole != 1 || again.Status != r.Status {
						c.Errorf("%s after %v: %+v, again %+v, %d on paper", name, after, r, again, whole)
					}
				case StatusUnknown:
					if whole > 1 || again.Status != StatusUnknown || after == 0 {
						c.Errorf("%s after %v: %+v, again %+v, %d on paper", name, after, r, again, whole)
					}
				default:
					c.Errorf("%s after %v: %+v", name, after, r)
				}
				if r := c.print("next", receipt("en"), time.Hour); r.Status != StatusPrinted && r.Status != StatusSent {
					c.Errorf("%s after %v: next %+v", name, after, r)
				}
				if n := count(c.clean(), "632612345678"); n != whole+1 {
					c.Errorf("%s after %v: the next receipt came out %d times", name, after, n-whole)
				}
			})
		}
	}
}

// TestKeys: a key is printed once, whoever asks and how often; a failed one may be tried again.
func TestKeys(t *testing.T) {
	atEveryCounter(t, profile(t, "epson80"), nil, func(c *counter) {
		c.paper.Cover(true)
		if r := c.print("key", receipt("en"), 5*time.Second); r.Status != StatusFailed ||
			!strings.Contains(r.Detail, "Nothing was printed") || !strings.Contains(r.Detail, "cover is open") {
			c.Errorf("with the cover open: %+v", r)
		}
		c.paper.Cover(false)
		one, two := c.background("key", receipt("en"), time.Minute), c.background("key", receipt("en"), time.Minute)
		if a, b := <-one, <-two; a.Status != StatusPrinted || a != b {
			c.Errorf("two at once: %+v and %+v", a, b)
		}
		if r := c.print("key", receipt("hi"), time.Minute); r.Status != StatusPrinted {
			c.Errorf("again: %+v", r)
		}
		if n := count(c.clean(), "PAYMENT RECEIPT"); n != 1 {
			c.Errorf("%d receipts", n)
		}
		ctx, cancel := context.WithCancel(c.Context())
		cancel()
		if r, err := c.printer.Print(ctx, "late", render(t, receipt("en"), c.profile)); r.Status != StatusFailed ||
			err == nil {
			c.Errorf("with a context that has ended: %+v, %v", r, err)
		}
		if _, err := c.printer.Print(c.Context(), "", render(t, receipt("en"), c.profile)); err == nil {
			c.Error("a job without a key was taken")
		}
		if _, err := c.printer.Print(c.Context(), "empty", Job{}); err == nil {
			c.Error("an empty job was taken")
		}
	})
}

// TestAfterRun: a printer that has been stopped prints nothing and says so.
func TestAfterRun(t *testing.T) {
	atCounter(t, profile(t, "generic58"), nil, func(c *counter) {
		c.cancel()
		<-c.printer.stopped
		if r := c.print("key", receipt("en"), time.Minute); r.Status != StatusFailed ||
			!strings.Contains(r.Detail, "stopping") {
			c.Errorf("%+v", r)
		}
	})
}

// TestForgetting: memory for keys is bounded, and the newest are kept.
func TestForgetting(t *testing.T) {
	p, err := New(Options{Profile: profile(t, "generic58"), Open: func() (Line, error) { return nil, errNoDevice }})
	if err != nil {
		t.Fatal(err)
	}
	close(p.stopped)
	for i := range rememberedKeys + 500 {
		r := &request{key: fmt.Sprint(i), done: make(chan struct{})}
		close(r.done)
		p.jobs[r.key], p.order = r, append(p.order, r.key)
		p.forget()
	}
	if len(p.jobs) != rememberedKeys || p.jobs["0"] != nil || p.jobs["10499"] == nil {
		t.Errorf("%d keys are remembered", len(p.jobs))
	}
}

// TestStates: what is wrong is on the counter within the poll's two seconds, and gone when it is mended.
func TestStates(t *testing.T) {
	atEveryCounter(t, profile(t, "epson80"), nil, func(c *counter) {
		for _, step := range []struct {
			do   func()
			want Condition
			near bool
			text string
		}{
			{func() {}, ConditionReady, false, ""},
			{func() { c.paper.NearEnd(true) }, ConditionReady, true, "nearly used up"},
			{func() { c.paper.PaperLeft(0) }, ConditionPaperOut, true, "Put in a new roll"},
			{func() { c.paper.Cover(true) }, ConditionCoverOpen, true, "Close it"},
			{func() { c.paper.Refill(); c.paper.Cover(false) }, ConditionReady, false, ""},
			{func() { c.paper.Power(false) }, ConditionAsleep, false, "asleep or switched off"},
			{func() { c.paper.Power(true) }, ConditionReady, false, ""},
			{func() { c.unplug() }, ConditionGone, false, "not connected"},
			{func() { c.plug(); time.Sleep(lastBackoff) }, ConditionReady, false, ""},
		} {
			step.do()
			time.Sleep(noticed(c.profile))
			s := c.printer.State()
			if s.Condition != step.want || s.NearEnd != step.near || !strings.Contains(s.Detail, step.text) {
				c.Errorf("want %s with %q: %+v", step.want, step.text, s)
			}
		}
	})
}

// TestGoneOnTheNetwork: a connection that the other end closes is no loose plug, and what closes it may be no printer
// at all.
func TestGoneOnTheNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // a web server: it answers the first bytes that it can't read, and closes
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 1))
			c.Write([]byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
			c.Close()
		}
	}()

	said := make(chan State, 64)
	p, err := New(Options{Port: "tcp:" + l.Addr().String(), Profile: profile(t, "epson80"), Notify: func(s State) {
		select {
		case said <- s:
		default:
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	for gone := false; !gone; {
		select {
		case s := <-said:
			if gone = s.Condition == ConditionGone; gone &&
				(!strings.Contains(s.Detail, "ended the connection") ||
					!strings.Contains(s.Detail, "another device has its address")) {
				t.Errorf("the counter is told %q", s.Detail)
			}
		case <-ctx.Done():
			t.Error("nothing was said of a connection that was closed")
			gone = true
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestReading covers the conditions the virtual printer doesn't get into.
func TestReading(t *testing.T) {
	for _, tc := range []struct {
		in   escpos.Condition
		want Condition
		text string
	}{
		{escpos.Condition{Cutter: true}, ConditionError, "cutter"},
		{escpos.Condition{Unrecoverable: true}, ConditionError, "repaired"},
		{escpos.Condition{Recoverable: true, Offline: true}, ConditionError, "Wait a minute"},
		{escpos.Condition{Offline: true}, ConditionOffline, "FEED"},
		{escpos.Condition{CoverOpen: true, PaperOut: true, Offline: true}, ConditionCoverOpen, "cover"},
		{escpos.Condition{DrawerHigh: true}, ConditionReady, ""},
	} {
		if got, text := read(tc.in); got != tc.want || !strings.Contains(text, tc.text) {
			t.Errorf("%+v: %s, %q", tc.in, got, text)
		}
	}
	found := strings.Join(
		State{
			Condition: ConditionReady,
			Model:     "EPSON TM-T82",
			Device:    "/dev/ttyACM0",
			Answers:   true,
			NearEnd:   true,
			Detail:    "d.",
		}.Found(),
		"; ",
	)
	if found != "Condition: ready; Device: /dev/ttyACM0; Model: EPSON TM-T82; Status: answered; Paper: "+
		"nearly used up; d." {
		t.Error(found)
	}
}

// TestFlowControl: a buffer of 300 bytes before a slow head, held by XON/XOFF or by CTS, loses nothing.
func TestFlowControl(t *testing.T) {
	for _, flow := range []port.Flow{port.FlowXonXoff, port.FlowRTSCTS} {
		p := profile(t, "qr204")
		p.Flow, p.Buffer = flow, 512
		atCounter(
			t,
			p,
			func(m *printertest.Model) { m.DotTime *= 2 },
			func(c *counter) { // slower than the profile says
				for i := range 2 {
					if r := c.print(fmt.Sprint("receipt-", i), receipt("hi"), time.Hour); r.Status != StatusSent {
						c.Errorf("%s: %+v", flow, r)
					}
				}
				if r := c.clean(); count(r, "632612345678") != 2 {
					c.Errorf("%s: %q", flow, r.Lines)
				}
			},
		)
	}
}

// TestHeldLine: a line that takes nothing is shown, and the job ends with its caller.
func TestHeldLine(t *testing.T) {
	atEveryCounter(t, profile(t, "generic58"), nil, func(c *counter) {
		c.paper.Stuck(true)
		want := StatusUnknown
		if c.profile.Link == port.USB {
			// only the first transfer was handed over, which sets up and prints nothing, and it died with the line
			want = StatusFailed
		}
		if r := c.print("report", report("hi"), time.Minute); r.Status != want {
			c.Errorf("%+v", r)
		}
		if !c.saw(ConditionOffline) {
			c.Error("the counter didn't see that the printer takes no data")
		}
		c.paper.Stuck(false)
		time.Sleep(time.Minute)
		if r := c.print("receipt", receipt("en"), time.Minute); r.Status != StatusSent {
			c.Errorf("afterwards: %+v", r)
		}
		if n := count(c.clean(), "PAYMENT RECEIPT"); n != 1 {
			c.Errorf("%d receipts", n)
		}
	})
}

// TestConversation is what an Epson and the driver say to each other from the first byte to "printed".
func TestConversation(t *testing.T) {
	p := profile(t, "epson80")
	j := Drawer{}.Kick()
	ask := func(q byte, answer byte) []printertest.Turn {
		return []printertest.Turn{{Host: []byte{0x10, 0x04, q}}, {Printer: []byte{answer}}}
	}
	look := func() (out []printertest.Turn) {
		for q := byte(1); q <= 4; q++ {
			out = append(out, ask(q, map[byte]byte{1: 0x16, 2: 0x12, 3: 0x12, 4: 0x12}[q])...)
		}
		return out
	}
	turns := append(
		look(),
		printertest.Turn{Host: []byte{0x1D, 'I', 66}},
		printertest.Turn{Printer: []byte("_EPSON\x00")},
		printertest.Turn{Host: []byte{0x1D, 'I', 67}},
		printertest.Turn{Printer: []byte("_TM-T82\x00")},
	)
	turns = append(turns, look()...)
	turns = append(
		turns,
		printertest.Turn{Host: escpos.ClearBuffers()},
		printertest.Turn{Printer: []byte{0x37, 0x25, 0}},
	)
	turns = append(turns, look()...) // after clearing
	turns = append(
		turns,
		printertest.Turn{Host: escpos.ProcessID([4]byte{'0', '0', '0', '1'})},
		printertest.Turn{Printer: []byte("\x37\x220001\x00")},
	) // how it confirms
	turns = append(turns, look()...) // before the job
	turns = append(
		turns,
		printertest.Turn{Host: j.Bytes()},
		printertest.Turn{Host: escpos.ProcessID([4]byte{'0', '0', '0', '2'})},
		printertest.Turn{Printer: []byte("\x37\x220002\x00")},
	)
	synctest.Test(t, func(t *testing.T) {
		line := printertest.NewPlayback(turns...)
		q, err := New(Options{Profile: p, Open: func() (Line, error) { return line, nil }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		go q.Run(ctx)
		if r, err := q.Print(ctx, "kick", j); err != nil || r.Status != StatusPrinted {
			t.Errorf("%+v, %v", r, err)
		}
		cancel()
		<-q.stopped
		if err := line.Done(); err != nil {
			t.Error(err)
		}
	})
}

// TestProbe finds the speed a printer answers at.
func TestProbe(t *testing.T) {
	p := profile(t, "generic58")
	synctest.Test(t, func(t *testing.T) {
		v := printertest.New(printertest.Strict(384))
		open := func(baud int) (Line, error) {
			v.WrongBaud(baud != 38400)
			return v.Open(), nil
		}
		s, err := probeLine(t.Context(), p, open)
		if err != nil || !s.Answers || !strings.Contains(s.Detail, "set baud = 38400") {
			t.Errorf("%+v, %v", s, err)
		}
		p.Baud = 38400
		if s, err = probeLine(t.Context(), p, open); err != nil || s.Condition != ConditionReady || s.Detail != "" {
			t.Errorf("%+v, %v", s, err)
		}
		v.Mute(true)
		if s, err = probeLine(t.Context(), p, open); err != nil || s.Answers || s.Condition != ConditionMute {
			t.Errorf("mute: %+v, %v", s, err)
		}
		v.Close()
		if _, err = probeLine(t.Context(), p, func(int) (Line, error) { return nil, errNoDevice }); err != errNoDevice {
			t.Errorf("no port: %v", err)
		}
	})
}
