package viewstream

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
)

func TestEveryFieldCrosses(t *testing.T) {
	now := time.Now()
	full := display.View{
		Seq:        7,
		Screen:     display.ScreenPay,
		SaleID:     "s1",
		Name:       "1129-12",
		Number:     12,
		Amount:     25050,
		Shop:       "शर्मा स्टोर",
		Payee:      "Sharma",
		PayeeVPA:   "sharma@bank",
		Payload:    "upi://pay?pa=sharma@bank",
		Reason:     display.ReasonExpired,
		RRN:        "1234",
		Entry:      "25",
		Tape:       []string{"10", "+15"},
		Code:       "4711",
		Link:       "https://192.168.1.7:7417/#pair=4711",
		Notes:      []string{"https://192.168.1.7:7417"},
		Languages:  []string{"hi", "en"},
		Demo:       true,
		Since:      now.Add(-3 * time.Second),
		ValidUntil: now.Add(90 * time.Second),
	}
	for f, v := range reflect.ValueOf(full).Fields() {
		if v.IsZero() {
			t.Errorf("View.%s is not set in this test: add it here and to wireView", f.Name)
		}
	}
	line, err := encode(message{Kind: kindView, View: toWire(full, now)})
	if err != nil {
		t.Fatal(err)
	}
	m, err := decode(line)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.View.check(); err != nil {
		t.Fatal(err)
	}
	if got := m.View.view(now); !reflect.DeepEqual(got, full) {
		t.Errorf("crossed as\n%+v, want\n%+v", got, full)
	}
}

func TestStartingUntilPublished(t *testing.T) {
	bubble(t, func(h *house) {
		h.shows(display.ScreenOutOfService, display.ReasonStarting, "")
		time.Sleep(time.Minute) // gallad beats, so this is no lost connection
		h.shows(display.ScreenOutOfService, display.ReasonStarting, "")
		if e, ok := h.event().(Hello); !ok ||
			e.Info != (Info{Role: RoleScreen, Width: 1024, Height: 600, Monitor: "HDMI-1"}) {
			t.Errorf("the first event is %#v", e)
		}
		h.server.Publish(pay("s1"))
		v := h.shows(display.ScreenPay, "", "s1")
		if v.Payload != pay("s1").Payload || v.Amount != 25000 {
			t.Errorf("the view arrived as %+v", v)
		}
	})
}

func TestConnectionLostAtStart(t *testing.T) {
	withRawServer(t, func(c *Client, next func() *raw) {
		next() // never answers the hello
		time.Sleep(SilenceLimit - time.Millisecond)
		if v := c.Latest().View; v.Reason != display.ReasonStarting {
			t.Errorf("before the limit: %+v", v)
		}
		time.Sleep(time.Millisecond)
		if v := c.Latest().View; v.Reason != display.ReasonConnectionLost {
			t.Errorf("at the limit: %+v", v)
		}
	})
}

func TestSilenceWithdrawsTheQR(t *testing.T) {
	bubble(t, func(h *house) {
		h.server.Publish(pay("s1"))
		h.shows(display.ScreenPay, "", "s1")
		h.stop() // gallad is gone
		for len(h.wakes) > 0 {
			<-h.wakes
		}
		time.Sleep(SilenceLimit - time.Millisecond)
		h.shows(display.ScreenPay, "", "s1")
		if len(h.wakes) != 0 {
			t.Error("woken while nothing changed")
		}
		time.Sleep(time.Millisecond)
		v := h.shows(display.ScreenOutOfService, display.ReasonConnectionLost, "")
		if len(h.wakes) == 0 {
			t.Error("nobody was woken to take the QR off the screen")
		}
		if want := (display.View{Screen: v.Screen, Reason: v.Reason,
			Shop: "Sharma Store", Languages: []string{"en", "hi"}}); !reflect.DeepEqual(v, want) {
			t.Errorf("something of the customer stays: %+v", v)
		}
		// gallad is back: what it says counts, and its first word is that it is starting.
		h.serve()
		time.Sleep(2 * lastRetry)
		h.shows(display.ScreenOutOfService, display.ReasonStarting, "")
	})
}

// A server that accepts, greets, shows a QR and then hangs must not keep the QR up: neither by an open socket nor by
// answering hellos for ever after.
func TestHalfDeadServer(t *testing.T) {
	withRawServer(t, func(c *Client, next func() *raw) {
		r := next()
		r.say(`{"kind":"hello","version":1}`)
		r.say(`{"kind":"view","view":{"seq":3,"screen":"pay","amount_paise":100,"payload":"upi://pay?pa=a@b"}}`)
		synctest.Wait()
		if v := c.Latest().View; v.Screen != display.ScreenPay {
			t.Fatalf("shows %+v", v)
		}
		time.Sleep(SilenceLimit)
		for range 5 {
			if v := c.Latest().View; v.Reason != display.ReasonConnectionLost {
				t.Fatalf("shows %+v after a hello without a view", v)
			}
			r := next()
			r.say(`{"kind":"hello","version":1}`)
			time.Sleep(SilenceLimit / 3)
			r.c.Close()
		}
	})
}

func TestBeatsKeepAViewAndValidUntilEndsIt(t *testing.T) {
	bubble(t, func(h *house) {
		v := pay("s1")
		v.ValidUntil = time.Now().Add(3 * time.Minute)
		h.server.Publish(v)
		time.Sleep(3*time.Minute - time.Millisecond)
		h.shows(display.ScreenPay, "", "s1")
		for len(h.wakes) > 0 {
			<-h.wakes
		}
		time.Sleep(time.Millisecond)
		h.shows(display.ScreenUnpaid, display.ReasonExpired, "")
		if len(h.wakes) != 1 {
			t.Errorf("woken %d times at the end of the view, want once", len(h.wakes))
		}
		time.Sleep(time.Hour)
		h.shows(display.ScreenUnpaid, display.ReasonExpired, "")
		h.stop()
		time.Sleep(SilenceLimit)
		h.shows(display.ScreenOutOfService, display.ReasonConnectionLost, "")
	})
}

// late is a connection whose reader sees every line only after a while, as a display that was stopped does.
type late struct {
	net.Conn
	by time.Duration
}

func (l late) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	time.Sleep(l.by)
	return n, err
}

func TestTimeInTheSocketIsCounted(t *testing.T) {
	for _, tt := range []struct {
		late, valid time.Duration
		want        display.Screen
	}{
		{0, 8 * time.Second, display.ScreenPay},
		{4 * time.Second, 8 * time.Second, display.ScreenPay},
		{4 * time.Second, 3 * time.Second, display.ScreenUnpaid},
		{SilenceLimit - time.Second, time.Hour, display.ScreenPay},
		{SilenceLimit, time.Hour, display.ScreenOutOfService},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newPipes()
			s := New(Options{})
			s.clock = bubbleClock()
			v := pay("s1")
			v.ValidUntil = time.Now().Add(tt.valid)
			s.Publish(v)
			ctx, cancel := context.WithCancel(t.Context())
			go s.Serve(ctx, p)
			c := NewClient(
				ClientOptions{Info: Info{Role: RoleScreen}, Dial: func(ctx context.Context) (net.Conn, error) {
					conn, err := p.dial(ctx)
					// The hello is read at once, the View late.
					return &lateSecond{Conn: conn, by: tt.late}, err
				}},
			)
			c.clock = bubbleClock()
			go c.Run(ctx)
			time.Sleep(tt.late)
			synctest.Wait()
			if got := c.Latest().View.Screen; got != tt.want {
				t.Errorf("a view valid for %v that lay %v in the socket shows %s, want %s",
					tt.valid, tt.late, got, tt.want)
			}
			cancel()
			time.Sleep(time.Minute) // until the sleeping reader has noticed
		})
	}
}

// lateSecond delays every Read after the first.
type lateSecond struct {
	net.Conn
	by   time.Duration
	seen int
}

func (l *lateSecond) Read(b []byte) (int, error) {
	l.seen++
	if l.seen == 1 {
		return l.Conn.Read(b)
	}
	return late{l.Conn, l.by}.Read(b)
}

func TestShownAnswersItsOwnConnection(t *testing.T) {
	bubble(t, func(h *house) {
		h.event() // hello
		seq := h.server.Publish(pay("s1"))
		h.shows(display.ScreenPay, "", "s1")
		m := h.client.Latest()
		at := time.Now()
		time.Sleep(70 * time.Millisecond) // reading back and decoding
		if !h.client.Shown(m, at, "") ||
			!h.client.Shown(m, time.Now(), "the picture is not readable "+strings.Repeat("ठ", 300)) {
			t.Fatal("Shown took nothing")
		}
		if e := h.event(); e != (Shown{Display: 1, Seq: seq, SaleID: "s1", At: at, OK: true}) {
			t.Errorf("got %#v", e)
		}
		if e := h.event().(Shown); e.OK || !strings.HasPrefix(e.Problem, "the picture is not readable ठ") ||
			len(e.Problem) > maxText {
			t.Errorf("got %#v", e)
		}
		h.stop()
		synctest.Wait()
		if h.client.Shown(m, at, "") {
			t.Error("Shown spoke into a connection that has ended")
		}
		h.serve()
		time.Sleep(time.Second)
		if h.client.Shown(m, at, "") {
			t.Error("a frame of the old gallad was confirmed to the new one")
		}
		h.shows(display.ScreenOutOfService, display.ReasonStarting, "")
		if _, ok := h.event().(Hello); !ok {
			t.Error("the display did not introduce itself again")
		}
		h.noEvent()
	})
}

func TestKeys(t *testing.T) {
	bubble(t, func(h *house) {
		h.event() // hello
		typed := []KeyName{Digit(2), Digit(5), Key00, KeyEnter}
		for _, k := range typed {
			if !h.client.Key(k) {
				t.Fatalf("key %s was not taken", k)
			}
		}
		at := time.Now()
		synctest.Wait()
		time.Sleep(2 * time.Second) // who reads the events is busy: the keys keep their moments
		for _, k := range typed {
			if e, ok := h.event().(Key); !ok || e.Display != 1 || e.Name != k || e.At.Sub(at).Abs() > time.Millisecond {
				t.Errorf("got %#v, want %s at %v", e, k, at)
			}
		}
		h.stop()
		synctest.Wait()
		if h.client.Key(KeyEnter) {
			t.Error("an Enter was taken without a connection")
		}
		h.serve()
		time.Sleep(time.Second)
		h.event() // hello
		h.noEvent()
	})
}

func TestDescribeAgain(t *testing.T) {
	bubble(t, func(h *house) {
		h.event()
		i := Info{Role: RoleScreen, Width: 720, Height: 1280, Problem: "monitor HDMI-2 is not connected"}
		h.client.Describe(i)
		h.client.Describe(i)
		if e := h.event(); e != (Hello{Display: 1, Info: i}) {
			t.Errorf("got %#v", e)
		}
		h.noEvent()
		h.stop()
		h.serve()
		time.Sleep(time.Second)
		if e := h.event(); e != (Hello{Display: 1, Info: i}) {
			t.Errorf("after a new connection: %#v", e)
		}
	})
}

// TestPairs is the stream's half of the pair test (display.md §2.2): two Views 0 to 40 ms apart, and the second is
// always what is shown.
func TestPairs(t *testing.T) {
	bubble(t, func(h *house) {
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range 1000 {
			h.server.Publish(pay(fmt.Sprint("first-", i)))
			time.Sleep(time.Duration(rng.IntN(41)) * time.Millisecond)
			second := fmt.Sprint("second-", i)
			h.server.Publish(pay(second))
			time.Sleep(time.Millisecond)
			h.shows(display.ScreenPay, "", second)
		}
	})
}

func TestPublishDoesNotAliasOrKeepNonsense(t *testing.T) {
	bubble(t, func(h *house) {
		v := display.View{Screen: display.ScreenTyping, Tape: []string{"10"}, Entry: "5"}
		a := h.server.Publish(v)
		v.Tape[0] = "99"
		if got := h.shows(display.ScreenTyping, "", ""); got.Tape[0] != "10" {
			t.Errorf("the tape changed to %q after Publish", got.Tape)
		}
		h.server.Publish(pay("s1"))
		for _, bad := range []display.View{
			{Screen: "hologram"},
			{Screen: display.ScreenPay, Amount: 100},
			{Screen: display.ScreenPay, Payload: "upi://pay"},
			{Screen: display.ScreenIdle, Payload: "upi://pay"},
			{Screen: display.ScreenIdle, Shop: strings.Repeat("x", maxText+1)},
			{Screen: display.ScreenIdle, Shop: "\xff"},
			{Screen: display.ScreenTyping, Tape: make([]string, maxTape+1)},
			{Screen: display.ScreenTyping, Amount: -1},
		} {
			b := h.server.Publish(bad)
			if b <= a {
				t.Errorf("seq %d after %d", b, a)
			}
			a = b
			h.shows(display.ScreenOutOfService, display.ReasonQRUnreadable, "")
		}
	})
}

func TestUnixSocketAsksTheKernel(t *testing.T) {
	for _, tt := range []struct {
		name  string
		allow func(uint32) bool
		want  string // of the client's reason; empty: connected
	}{
		{"everybody", nil, ""},
		{"me", func(uid uint32) bool { return uid == uint32(os.Getuid()) }, ""},
		{"somebody else", func(uid uint32) bool { return uid == uint32(os.Getuid())+1 }, "may not be a display"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			s := New(Options{Allow: tt.allow})
			s.Publish(pay("s1"))
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error)
			go func() { served <- s.Serve(ctx, l) }()
			woken := make(chan struct{}, 10)
			c := NewClient(
				ClientOptions{Dial: Dialer(path), Info: Info{Role: RoleScreen}, Wake: func() { woken <- struct{}{} }},
			)
			if tt.want != "" {
				if err := c.session(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("session ended with %v, want %q", err, tt.want)
				}
			} else {
				go c.Run(ctx)
				<-woken
				if v := c.Latest().View; v.SaleID != "s1" {
					t.Errorf("shows %+v", v)
				}
				if e := (<-s.Events()).(Hello); e.UID != uint32(os.Getuid()) {
					t.Errorf("the kernel says uid %d", e.UID)
				}
			}
			cancel()
			if err := <-served; err != nil {
				t.Errorf("Serve returned %v", err)
			}
		})
	}
}

// TestPaidIsToldToSound: a payment reaches every sound process, whatever is on the screen, and no screen. Who doesn't
// read holds up nobody, and who comes later hears nothing of it.
func TestPaidIsToldToSound(t *testing.T) {
	bubble(t, func(h *house) {
		ctx, cancel := context.WithCancel(h.t.Context())
		var ran sync.WaitGroup
		defer func() { cancel(); ran.Wait() }()
		heard := map[Role][]display.View{}
		listen := func(r Role) {
			c := NewClient(ClientOptions{
				Dial: h.pipes.Load().dial,
				Info: Info{Role: r},
				Paid: func(v display.View) { heard[r] = append(heard[r], v) },
			})
			c.clock = bubbleClock()
			ran.Go(func() { c.Run(ctx) })
			synctest.Wait()
		}
		listen(RoleScreen)
		listen(RoleSound)
		h.server.Publish(pay("shown"))
		paid := display.View{
			Screen:    display.ScreenPaid,
			SaleID:    "slip",
			Number:    7,
			Amount:    25000,
			Languages: []string{"hi"},
			Demo:      true,
			Since:     time.Now(),
		}
		h.server.Paid(paid)
		h.shows(display.ScreenPay, "", "shown")
		if got := heard[RoleSound]; len(got) != 1 || got[0].SaleID != "slip" || got[0].Amount != 25000 ||
			!got[0].Demo ||
			got[0].Languages[0] != "hi" ||
			!got[0].Since.Equal(paid.Since) {
			h.t.Errorf("sound heard %+v", got)
		}
		paid.Amount = -1
		h.server.Paid(paid)
		paid.Amount = 25000
		for range 3 * maxPaid {
			h.server.Paid(paid)
		}
		synctest.Wait()
		if got := len(heard[RoleSound]); got < 1+maxPaid || heard[RoleScreen] != nil {
			h.t.Errorf("sound heard %d payments, the screen %+v", got, heard[RoleScreen])
		}
		h.shows(display.ScreenPay, "", "shown")
	})
}
