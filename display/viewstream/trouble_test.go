package viewstream

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"galla/display"
)

const rawHello = `{"kind":"hello","version":1,"info":{"role":"screen"}}`

// A display that misbehaves is hung up on in bounded time, gallad says why, and the good display beside it never
// notices.
func TestTroubledDisplays(t *testing.T) {
	tests := []struct {
		name   string
		act    func(h *house, r *raw)
		within time.Duration
		gone   string // empty: it was never served
	}{
		{"says nothing", func(h *house, r *raw) {}, helloLimit, ""},
		{"garbage first", func(h *house, r *raw) { r.c.Write([]byte("GET / HTTP/1.1\r\n")) }, 0, ""},
		{"no info", func(h *house, r *raw) { r.say(`{"kind":"hello","version":1}`); r.hear() }, 0, ""},
		{"other version", func(h *house, r *raw) {
			r.say(`{"kind":"hello","version":2,"info":{"role":"screen"}}`)
			if m := r.hear(); m["kind"] != "refused" || !strings.Contains(m["problem"].(string), "version 2") {
				h.t.Errorf("answered with %v", m)
			}
		}, 0, ""},
		{"oversized hello", func(h *house, r *raw) { r.c.Write([]byte(strings.Repeat("x", MaxLine+1))) }, 0, ""},
		{"huge info", func(h *house, r *raw) {
			r.say(`{"kind":"hello","version":1,"info":{"role":"` + strings.Repeat("x", maxText+1) + `"}}`)
		}, 0, ""},
		{"never reads", func(h *house, r *raw) { r.say(rawHello); r.hear() }, writeLimit, "i/o timeout"},
		{"silent afterwards", func(h *house, r *raw) { r.say(rawHello); r.drain() }, SilenceLimit, "i/o timeout"},
		{"hangs up", func(h *house, r *raw) { r.say(rawHello); r.hear(); r.hear(); r.c.Close() }, 0, "closed"},
		{"garbage afterwards", func(h *house, r *raw) { r.say(rawHello); r.drain(); r.say("}{") }, 0, "not a message"},
		{
			"oversized line",
			func(h *house, r *raw) { r.say(rawHello); r.drain(); r.c.Write([]byte(strings.Repeat("x", MaxLine+1))) },
			0,
			"longer than",
		},
		{
			"unknown key",
			func(h *house, r *raw) { r.say(rawHello); r.drain(); r.say(`{"kind":"key","key":"self_destruct"}`) },
			0,
			"unknown key",
		},
		{
			"hello without info",
			func(h *house, r *raw) { r.say(rawHello); r.drain(); r.say(`{"kind":"hello"}`) },
			0,
			"what the display is",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, func(h *house) {
				h.event() // hello of the good one
				r := h.rawDisplay()
				tt.act(h, r)
				if tt.gone != "" {
					if e, ok := h.event().(Hello); !ok || e.Display != 2 {
						t.Fatalf("got %#v", e)
					}
				}
				if tt.within > 0 {
					time.Sleep(tt.within - time.Millisecond)
					h.noEvent()
					time.Sleep(time.Millisecond)
				}
				if tt.gone != "" {
					if e := h.event().(Gone); e.Display != 2 || !strings.Contains(e.Why, tt.gone) {
						t.Errorf("got %#v, want %q", e, tt.gone)
					}
				}
				synctest.Wait()
				if _, err := r.c.Write([]byte("x")); err == nil {
					t.Error("still connected")
				}
				h.server.Publish(pay("s1"))
				h.shows(display.ScreenPay, "", "s1")
				h.noEvent()
			})
		})
	}
}

func (r *raw) drain() {
	go func() {
		for r.in.Scan() {
		}
	}()
}

func TestUnknownKindsAndFieldsArePassedOver(t *testing.T) {
	bubble(t, func(h *house) {
		h.event()
		r := h.rawDisplay()
		r.say(`{"kind":"hello","version":1,"colour":"green","info":{"role":"hologram","depth":3}}`)
		r.drain()
		h.event()
		r.say(`{"kind":"mood","mood":"good"}`)
		r.say(`{"kind":"shown","seq":1,"ok":true,"nits":400}`)
		if e := h.event().(Shown); e.Seq != 1 || !e.OK {
			t.Errorf("got %#v", e)
		}
	})
}

// A display that reads slowly skips Views and still ends with the newest one.
func TestSlowDisplayGetsTheNewest(t *testing.T) {
	bubble(t, func(h *house) {
		h.event()
		r := h.rawDisplay()
		r.say(rawHello)
		r.hear()
		got := 0
		for i := range 1000 {
			h.server.Publish(pay(fmt.Sprint("s", i))) // never blocks: this is the test
		}
		for {
			got++
			m := r.hear()
			if v, ok := m["view"].(map[string]any); ok && v["sale_id"] == "s999" {
				break
			}
		}
		if got > 4 {
			t.Errorf("%d lines for a display that could take one at a time, want the first, perhaps one "+
				"more, and the newest", got)
		}
	})
}

func TestStaleKeyChargesNobody(t *testing.T) {
	bubble(t, func(h *house) {
		h.event()
		r := h.rawDisplay()
		r.say(rawHello)
		r.drain()
		h.event()
		stamp := bubbleClock()
		for _, tt := range []struct {
			age  time.Duration
			want bool
		}{{0, true}, {keyFresh, true}, {keyFresh + time.Millisecond, false},
			{59 * time.Minute, false}, {-time.Hour, true}} {
			r.say(fmt.Sprintf(`{"kind":"key","key":"enter","sent_ms":%d}`, (stamp() - tt.age).Milliseconds()))
			if tt.want {
				pressed := time.Now().Add(-max(tt.age, 0))
				if e, ok := h.event().(Key); !ok || e.Display != 2 || e.Name != KeyEnter ||
					e.At.Sub(pressed).Abs() > time.Millisecond {
					t.Errorf("age %v: got %#v", tt.age, e)
				}
			}
			h.noEvent()
		}
	})
}

func TestTooManyDisplays(t *testing.T) {
	bubble(t, func(h *house) {
		for range maxDisplays - 1 {
			r := h.rawDisplay()
			r.say(rawHello)
			r.drain()
		}
		synctest.Wait()
		r := h.rawDisplay()
		r.say(rawHello)
		r.hear() // hello
		if m := r.hear(); m["kind"] != "refused" {
			t.Errorf("got %v", m)
		}
	})
}

// Whatever gallad says wrongly takes the QR off the screen at once: the display no longer knows what is true.
func TestTroubledServer(t *testing.T) {
	for _, tt := range []struct {
		name, line string
		want       display.Screen
	}{
		{"good beat", `{"kind":"beat","seq":3}`, display.ScreenPay},
		{"unknown kind", `{"kind":"mood"}`, display.ScreenPay},
		{"beat of another view", `{"kind":"beat","seq":4}`, display.ScreenOutOfService},
		{"garbage", `}{`, display.ScreenOutOfService},
		{"no kind", `{}`, display.ScreenOutOfService},
		{"oversized", strings.Repeat("x", MaxLine+1), display.ScreenOutOfService},
		{"unknown screen", `{"kind":"view","view":{"seq":4,"screen":"refunded"}}`, display.ScreenOutOfService},
		{"view without view", `{"kind":"view"}`, display.ScreenOutOfService},
		{"pay without QR", `{"kind":"view","view":{"seq":4,"screen":"pay","amount_paise":100}}`,
			display.ScreenOutOfService},
		{"negative time", `{"kind":"view","view":{"seq":4,"screen":"idle","valid_ms":-1}}`, display.ScreenOutOfService},
		{"endless time", `{"kind":"view","view":{"seq":4,"screen":"idle","valid_ms":9223372036854775807}}`,
			display.ScreenOutOfService},
		{"over at once", `{"kind":"view","view":{"seq":4,"screen":"paid","amount_paise":100,"valid_ms":0}}`,
			display.ScreenIdle},
	} {
		t.Run(tt.name, func(t *testing.T) {
			withRawServer(t, func(c *Client, next func() *raw) {
				r := next()
				r.say(`{"kind":"hello","version":1}`)
				r.say(
					`{"kind":"view","view":{"seq":3,"screen":"pay","sale_id":"s1","amount_paise":100,` +
						`"payload":"upi://pay?pa=a@b"}}`,
				)
				r.c.Write([]byte(tt.line + "\n"))
				synctest.Wait()
				if got := c.Latest().View; got.Screen != tt.want ||
					got.Screen != display.ScreenPay && got.SaleID != "" {
					t.Errorf("shows %+v, want %s", got, tt.want)
				}
				if tt.want == display.ScreenOutOfService { // and the display comes back for a better answer
					r = next()
					r.say(`{"kind":"hello","version":1}`)
					r.say(`{"kind":"view","view":{"seq":9,"screen":"idle"}}`)
					synctest.Wait()
					if got := c.Latest().View; got.Screen != display.ScreenIdle {
						t.Errorf("after the next connection it shows %+v", got)
					}
				}
			})
		})
	}
}
