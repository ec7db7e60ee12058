package viewstream

import (
	"bytes"
	"net"
	"testing"
	"time"

	"galla/display"
)

var fuzzSeeds = []string{
	`{"kind":"hello","version":1}`,
	`{"kind":"hello","version":1}` + "\n" + `{"kind":"view","view":{"seq":3,"screen":"pay","amount_paise":100,` +
		`"payload":"upi://pay?pa=a@b","valid_ms":1000,"since_ms":5}}` + "\n" + `{"kind":"beat","seq":3}`,
	`{"kind":"hello","version":1}` + "\n" + `{"kind":"view","view":{"seq":18446744073709551615,"screen":"typing",` +
		`"tape":["1","+2"],"entry":"3","languages":["en","hi"]}}`,
	`{"kind":"hello","version":1,"info":{"role":"screen","width":1024,"height":600}}` + "\n" +
		`{"kind":"key","key":"enter","sent_ms":5}` + "\n" + `{"kind":"shown","seq":1,"ok":true}`,
	`{"kind":"hello","version":1}` + "\n" + `{"kind":"paid","view":{"seq":3,"screen":"paid","sale_id":"s",` +
		`"amount_paise":100,"since_ms":0}}` + "\n" + `{"kind":"paid"}`,
	`{"kind":"refused","problem":"no"}`,
	"{}\n[]\nnull\n\x00",
	`{"kind":"view","view":{"seq":1e3,"screen":"paid"}}`,
}

// canned is a connection that says what the fuzzer says and swallows every answer.
type canned struct {
	net.Conn
	r *bytes.Reader
}

func (c canned) Read(b []byte) (int, error)       { return c.r.Read(b) }
func (c canned) Write(b []byte) (int, error)      { return len(b), nil }
func (c canned) Close() error                     { return nil }
func (c canned) SetDeadline(time.Time) error      { return nil }
func (c canned) SetReadDeadline(time.Time) error  { return nil }
func (c canned) SetWriteDeadline(time.Time) error { return nil }
func (c canned) LocalAddr() net.Addr              { return &net.UnixAddr{} }

// FuzzClient: whatever gallad's socket says, the display never shows a pay screen without a QR string and an amount,
// and nothing of a customer once it has stopped understanding.
func FuzzClient(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := NewClient(ClientOptions{Info: Info{Role: RoleScreen}})
		l := &link{
			conn:  canned{r: bytes.NewReader(b)},
			clock: boottime,
			out:   make(chan message, 32),
			done:  make(chan struct{}),
		}
		err := c.read(l, lines(l.conn))
		if err == nil {
			t.Fatal("the connection ended without a reason")
		}
		_, nonsense := err.(errNonsense)
		c.drop(l, nonsense)
		v := c.Latest().View
		if v.Screen == display.ScreenPay && (v.Payload == "" || v.Amount <= 0) {
			t.Errorf("shows %+v", v)
		}
		if nonsense && (v.Screen != display.ScreenOutOfService || v.SaleID != "" || v.Amount != 0 || v.Payload != "") {
			t.Errorf("after %v it still shows %+v", err, v)
		}
		c.timerStop()
	})
}

// FuzzConn: whatever a display says, gallad's side ends in an error and passes on only known keys.
func FuzzConn(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := New(Options{})
		s.events = make(chan Event, len(b)+8)
		s.serve(t.Context(), canned{r: bytes.NewReader(b)})
		close(s.events)
		for e := range s.events {
			if k, ok := e.(Key); ok && !k.Name.Known() {
				t.Errorf("passed on the key %q", k.Name)
			}
		}
		if len(s.displays) != 0 {
			t.Error("a display that is gone is still counted")
		}
	})
}

func (c *Client) timerStop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.timer != nil {
		c.timer.Stop()
	}
}
