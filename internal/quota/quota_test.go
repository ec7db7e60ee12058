package quota

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose callers come from addresses of one's choice.
type pipes struct {
	ch   chan net.Conn
	done chan struct{}
}

type piped struct {
	net.Conn
	from net.Addr
}

func (c piped) RemoteAddr() net.Addr { return c.from }

func newPipes() *pipes { return &pipes{ch: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.ch:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// dial connects from an address; the caller's end of it.
func (p *pipes) dial(from string) net.Conn {
	near, far := net.Pipe()
	p.ch <- piped{far, net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))}
	return near
}

func closed(c net.Conn) bool {
	c.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := c.Read(make([]byte, 1))
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// TestListener: strangers of one address have so many connections, and the oldest that rests makes room; others are not
// touched.
func TestListener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		l := NewListener(p, Limits{
			Most:      10,
			Strangers: 6,
			PerSource: 3,
			Rest:      10 * time.Second,
			Proxy:     netip.MustParseAddr("10.0.0.9"),
		})
		var in []net.Conn
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				in = append(in, c)
			}
		}()
		dial := func(from string) net.Conn {
			c := p.dial(from)
			synctest.Wait()
			return c
		}

		a := []net.Conn{dial("10.0.0.1:1"), dial("10.0.0.1:2"), dial("10.0.0.1:3")}
		other := dial("10.0.0.2:1")
		l.State(in[0], http.StateActive) // the oldest asks something
		fourth := dial("10.0.0.1:4")
		if closed(a[0]) || !closed(a[1]) || closed(a[2]) || closed(other) || closed(fourth) {
			t.Error("the oldest that rested was not the one that had to go")
		}

		// One who is known makes room for strangers, and his connection may rest.
		if !Known(Context(context.Background(), in[0]), "device:a", 1) {
			t.Error("the first connection of a caller")
		}
		l.State(in[0], http.StateIdle)
		l.State(in[2], http.StateActive)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if closed(a[0]) || closed(a[2]) || !closed(other) || !closed(fourth) {
			t.Error("after 11 s a stranger rests on, or somebody else does not")
		}

		// His second one costs the first its place; while that is in use, there is none.
		b := dial("10.0.0.1:5")
		ctx := Context(context.Background(), in[len(in)-1])
		l.State(in[0], http.StateActive)
		if Known(ctx, "device:a", 1) {
			t.Error("a second connection beside one in use")
		}
		l.State(in[0], http.StateIdle)
		if !Known(ctx, "device:a", 1) || !closed(a[0]) || closed(b) {
			t.Error("a second connection beside one that rests")
		}

		// None rests: the new one is closed. The proxy is many people; a /64 is one.
		from := len(in)
		var busy []net.Conn
		for i := range 3 {
			busy = append(busy, dial(fmt.Sprintf("[2001:db8::%d]:1", i+1)))
			l.State(in[from+i], http.StateActive)
		}
		if c := dial("[2001:db8::99]:1"); !closed(c) || closed(busy[0]) {
			t.Error("a fourth connection of one network, all in use")
		}
		before := len(in)
		for i := range 2 {
			if closed(dial(fmt.Sprintf("10.0.0.9:%d", i+1))) {
				t.Error("the proxy's connection was closed")
			}
			l.State(in[before+i], http.StateActive)
		}
		// All is in use: whoever has most of it gives one to a source that has less, and nobody gives one to a source
		// that has as much.
		gone := func() (n int) {
			for _, c := range busy {
				if closed(c) {
					n++
				}
			}
			return n
		}
		third := dial("10.0.0.3:1")
		if closed(third) || gone() != 1 {
			t.Errorf("a seventh stranger: let in %v, and %d of three of one network are closed", !closed(third), gone())
		}
		l.State(in[len(in)-1], http.StateActive)
		if c := dial("10.0.0.3:2"); !closed(c) || closed(third) || gone() != 1 {
			t.Errorf("his second costs one of a network that has two: %d are closed", gone())
		}

		l.Close()
		for _, c := range in {
			c.Close()
		}
		synctest.Wait()
		if !l.Empty() || len(l.sources) != 0 || len(l.callers) != 0 || l.strangers != 0 {
			t.Errorf("something is left: %v %v %d", l.sources, l.callers, l.strangers)
		}
	})
}

// TestListenerFull: where all is taken, one that rests makes room, and where none rests, the next waits.
func TestListenerFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		l := NewListener(p, Limits{Most: 2, Strangers: 2, PerSource: 2, Rest: time.Hour})
		var in []net.Conn
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				in = append(in, c)
				Known(Context(context.Background(), c), "owner", 5)
			}
		}()
		for i := range 2 {
			p.dial(fmt.Sprintf("10.0.0.1:%d", i+1))
			synctest.Wait()
			l.State(in[i], http.StateActive)
		}
		third := p.dial("10.0.0.2:1")
		synctest.Wait()
		if len(in) != 2 || closed(third) {
			t.Fatalf("%d are in", len(in))
		}
		l.State(in[0], http.StateIdle)
		in[1].Close()
		synctest.Wait()
		if len(in) != 3 || closed(third) {
			t.Errorf("%d are in after one left", len(in))
		}
		l.Close()
		synctest.Wait()
	})
}

func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRate(60)
		taken := func(who string) (n int) {
			for r.Take(who) == 0 {
				n++
			}
			return n
		}
		if n := taken("a"); n != 10 {
			t.Errorf("%d at once, want 10", n)
		}
		if w := r.Take("a"); w != time.Second {
			t.Errorf("then a wait of %s", w)
		}
		if n := taken("b"); n != 10 {
			t.Errorf("another: %d at once", n)
		}
		time.Sleep(3 * time.Second)
		if n := taken("a"); n != 3 {
			t.Errorf("after 3 s %d more", n)
		}
		time.Sleep(time.Hour)
		if n := taken("b"); n != 10 {
			t.Errorf("after an hour %d", n)
		}
		for i := range 10_000 {
			r.Take(fmt.Sprint(i))
			time.Sleep(time.Second)
		}
		if len(r.full) > 100 {
			t.Errorf("%d callers are kept", len(r.full))
		}
		time.Sleep(time.Minute)
		if n := func() (n int) {
			for range 600 {
				n += taken("a")
				time.Sleep(100 * time.Millisecond)
			}
			return n
		}(); n < 65 || n > 71 {
			t.Errorf("%d in a minute", n)
		}
	})
}

// TestField: what RateLimit says is what Take does: so many pass, then none until the time it names.
func TestField(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, minute := range []int{1, 6, 60, 100, 6000} {
			r := NewRate(minute)
			var most, window int
			if _, err := fmt.Sscanf(r.Policy("sales"), `"sales";q=%d;w=%d`, &most, &window); err != nil {
				t.Fatal(r.Policy("sales"), err)
			}
			if got := r.Left("sales", "a"); got != fmt.Sprintf(`"sales";r=%d`, most) {
				t.Errorf("%d a minute: untouched, %s of %s", minute, got, r.Policy("sales"))
			}
			for step := range 300 {
				var left, more int
				if n, _ := fmt.Sscanf(r.Left("sales", "a"), `"sales";r=%d;t=%d`, &left, &more); n == 0 {
					t.Fatal(r.Left("sales", "a"))
				}
				passed := 0
				for r.Take("a") == 0 {
					passed++
				}
				if passed != left {
					t.Fatalf("%d a minute, step %d: %d pass where %d were promised", minute, step, passed, left)
				}
				if wait := r.Take("a"); r.Left("sales", "a") != None("sales", wait) {
					t.Fatalf("%d a minute: a wait of %s, and %s", minute, wait, r.Left("sales", "a"))
				}
				time.Sleep(time.Duration(step*37) * time.Millisecond)
			}
			if time.Sleep(time.Duration(window) * time.Second); r.Left("sales", "a") != fmt.Sprintf(
				`"sales";r=%d`, most,
			) {
				t.Errorf("%d a minute: after w=%d s not all is there: %s", minute, window, r.Left("sales", "a"))
			}
		}
	})
	var c Count
	leave, _ := c.Take("a", 2)
	if c.Left("feeds", "a", 2) != `"feeds";r=1` || c.Left("feeds", "b", 2) != `"feeds";r=2` ||
		c.Left("feeds", "a", 0) != `"feeds";r=0` {
		t.Error(c.Left("feeds", "a", 2), c.Left("feeds", "b", 2))
	}
	if leave(); c.Left("feeds", "a", 2) != `"feeds";r=2` {
		t.Error(c.Left("feeds", "a", 2))
	}
}

func TestCount(t *testing.T) {
	var c Count
	first, ok := c.Take("a", 2)
	_, second := c.Take("a", 2)
	_, third := c.Take("a", 2)
	_, other := c.Take("b", 2)
	if !ok || !second || third || !other {
		t.Errorf("%v %v %v %v", ok, second, third, other)
	}
	first()
	first()
	if _, ok := c.Take("a", 2); !ok {
		t.Error("none after one was given back")
	}
	if _, ok := c.Take("a", 2); ok {
		t.Error("given back twice")
	}
}

// TestLines: a stranger is counted, a caller is quoted so often; once a minute the rest is said.
func TestLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := NewLines(slog.New(slog.NewTextHandler(&out, nil)))
		quoted := 0
		for range 100_000 {
			if l.Say("", "who-are-you") {
				t.Fatal("a stranger is quoted")
			}
			if l.Say("cashier:asha", "no-sale") {
				quoted++
			}
		}
		if quoted != linesEach || out.Len() > 0 {
			t.Errorf("%d lines were quoted, and %q said", quoted, &out)
		}
		for i := range 1000 {
			l.Say("", fmt.Sprint("kind", i))
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := out.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "who-are-you 100000") ||
			!strings.Contains(s, "no-sale 99970") || !strings.Contains(s, "cashier:asha") || len(s) > 2000 {
			t.Errorf("%q", s)
		}
		out.Reset()
		time.Sleep(time.Hour)
		synctest.Wait()
		if out.Len() > 0 || !l.Say("cashier:asha", "no-sale") {
			t.Errorf("after an hour of nothing: %q", &out)
		}
		time.Sleep(time.Minute)
	})
}

func TestPath(t *testing.T) {
	long := "/v1/" + strings.Repeat("क", 1000)
	if got := Path(long); len(got) > 150 || !strings.HasSuffix(got, "(3004 bytes)") ||
		strings.ContainsRune(got, '\ufffd') {
		t.Errorf("%q", got)
	}
	if got := Path("/v1/sales"); got != "/v1/sales" {
		t.Errorf("%q", got)
	}
}

// TestDoor_4_Many: strangers of several addresses who come again and again, each with as many connections as it may
// have, do not cost somebody with one connection that one, although it rests longest.
func TestDoor_4_Many(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPipes()
		l := NewListener(p, Limits{Most: 30, Strangers: 12, PerSource: 6, Rest: 10 * time.Second})
		go func() {
			for {
				if _, err := l.Accept(); err != nil {
					return
				}
			}
		}()
		cashier := p.dial("10.0.0.50:1")
		synctest.Wait()
		for i := range 60 {
			p.dial(fmt.Sprintf("10.0.0.%d:%d", 100+i%3, i+1))
			synctest.Wait()
		}
		if closed(cashier) {
			t.Error("the cashier's connection was closed, and three addresses have all")
		}
		l.Close()
	})
}

// TestTurns: a caller does so much at a time; its others wait until a turn ends or they give up, and nobody else does.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := NewTurns(2)
		wait := func(caller string, patience time.Duration) (func(), error) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			return turns.Wait(ctx, caller)
		}
		first, err := wait("a", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		second, err := wait("a", time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := wait("a", time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a third at once: %v", err)
		}
		if done, err := wait("b", time.Second); err != nil {
			t.Errorf("another caller: %v", err)
		} else {
			done()
		}
		got := make(chan error)
		go func() {
			done, err := wait("a", time.Minute)
			if err == nil {
				done()
			}
			got <- err
		}()
		synctest.Wait()
		first()
		first() // once is enough
		if err := <-got; err != nil {
			t.Errorf("after a turn has ended: %v", err)
		}
		second()
		if len(turns.lines) != 0 {
			t.Errorf("%d callers are remembered, who do nothing", len(turns.lines))
		}
	})
}
