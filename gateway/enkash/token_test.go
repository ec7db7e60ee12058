package enkash

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/gateway"
)

func TestTokenSingleFlight(t *testing.T) {
	f := newFake(t)
	c := f.client()
	f.orders = []*fakeOrder{{id: "ORD1", reference: "S1", status: "CREATED", amount: 100}}
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if _, err := c.Order(t.Context(), "ORD1"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := f.count("POST /api/v0/merchant/token"); n != 1 {
		t.Errorf("30 calls asked for %d tokens", n)
	}
}

func TestTokenRefreshedEarly(t *testing.T) {
	f := newFake(t)
	now := time.Now()
	c := f.client(func(cfg *Config) { cfg.Now = func() time.Time { return now } })
	f.orders = []*fakeOrder{{id: "ORD1", reference: "S1", status: "CREATED", amount: 100}}
	for _, step := range []struct {
		after  time.Duration
		tokens int
	}{{0, 1}, {40 * time.Minute, 1}, {5 * time.Minute, 2}, {60 * time.Minute, 3}} { // of an hour
		now = now.Add(step.after)
		if _, err := c.Order(t.Context(), "ORD1"); err != nil {
			t.Fatal(err)
		}
		c.tokens.settle()
		if n := f.count("POST /api/v0/merchant/token"); n != step.tokens {
			t.Errorf("after %s: %d tokens, want %d", step.after, n, step.tokens)
		}
	}
}

// settle waits for a renewal that goes on beside the calls.
func (t *tokens) settle() {
	t.mu.Lock()
	pending := t.pending
	t.mu.Unlock()
	if pending != nil {
		<-pending
	}
}

// TestRenewalBesideCalls: while the old token is good, nobody waits for the new one, and a failing renewal isn't
// hammered.
func TestRenewalBesideCalls(t *testing.T) {
	f := newFake(t)
	now := time.Now()
	c := f.client(func(cfg *Config) { cfg.Now = func() time.Time { return now } })
	f.orders = []*fakeOrder{{id: "ORD1", reference: "S1", status: "CREATED", amount: 100}}
	f.faults["POST /api/v0/merchant/token"] = []fault{"", errorBefore, errorBefore}
	now0 := now
	for i := range 10 {
		if _, err := c.Order(t.Context(), "ORD1"); err != nil {
			t.Fatal(err)
		}
		c.tokens.settle()
		now = now0.Add(45*time.Minute + time.Duration(i)*4*time.Second) // 36 s of failing renewals
	}
	if n := f.count("POST /api/v0/merchant/token"); n != 3 {
		t.Errorf("%d token requests, want the first and two tries 30 s apart", n)
	}
}

func TestTokenLife(t *testing.T) {
	now := time.Date(2026, 3, 17, 10, 0, 0, 0, time.UTC)
	c := newFake(t).client(func(cfg *Config) { cfg.Now = func() time.Time { return now } })
	for expiry, want := range map[string]time.Duration{
		fmt.Sprint(now.Add(time.Hour).UnixMilli()): 54 * time.Minute, // an instant
		"3600000":       54 * time.Minute, // a duration
		"1.8E6":         27 * time.Minute, // as a Java double prints
		"":              tokenFallback,
		"0":             tokenFallback,
		"-5":            tokenFallback,
		"soon":          tokenFallback,
		"1672531199000": tokenFallback, // the page's own sample: long past
		fmt.Sprint(now.AddDate(9, 0, 0).UnixMilli()): tokenMost,
		"99999999999999999999999":                    tokenFallback,
		"NaN":                                        tokenFallback,
	} {
		if got := c.tokenLife(expiry); got != want {
			t.Errorf("tokenLife(%q) = %s, want %s", expiry, got, want)
		}
	}
}

// TestTokenOnAWrongClock: a till an hour behind must not throw each token away, nor keep one for an hour too long.
func TestTokenOnAWrongClock(t *testing.T) {
	for _, wrong := range []time.Duration{-time.Hour, time.Hour, -25 * 365 * 24 * time.Hour} {
		f := newFake(t)
		start := time.Now()
		c := f.client(func(cfg *Config) { cfg.Now = func() time.Time { return time.Now().Add(wrong) } })
		f.orders = []*fakeOrder{{id: "ORD1", reference: "S1", status: "CREATED", amount: 100}}
		for range 3 {
			if _, err := c.Order(t.Context(), "ORD1"); err != nil {
				t.Fatal(err)
			}
		}
		if n := f.count("POST /api/v0/merchant/token"); n != 1 {
			t.Errorf("clock off by %s: %d tokens", wrong, n)
		}
		if left := c.tokens.current.expires.Sub(start.Add(wrong)); left < 50*time.Minute || left > time.Hour {
			t.Errorf("clock off by %s: the token is kept for %s", wrong, left)
		}
	}
}

// TestTrouble_C9_TokenRefused: one refresh, one switch of the prefix, then the keys are to blame.
func TestTrouble_C9_TokenRefused(t *testing.T) {
	for _, tc := range []struct {
		name   string
		bad    int
		raw    bool // what the server wants
		prefix string
		uses   int // of the order call
		class  gateway.Class
	}{
		{"good", 0, false, "", 1, ""},
		{"one refresh", 1, false, "", 2, ""},
		{"the server wants it raw", 0, true, "", 3, ""},
		{"configured raw", 0, true, "raw", 1, ""},
		{"configured raw, wanted Bearer", 0, false, "raw", 3, ""},
		{"never", 99, false, "", 3, gateway.ClassMisconfigured},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := newFake(t)
			var log bytes.Buffer
			c := f.client(func(cfg *Config) { cfg.TokenPrefix, cfg.Log = tc.prefix, quietLog(&log) })
			f.badTokens, f.rawToken = tc.bad, tc.raw
			f.orders = []*fakeOrder{{id: "ORD1", reference: "S1", status: "CREATED", amount: 100}}
			_, err := c.Order(t.Context(), "ORD1")
			if tc.class == "" && err != nil || tc.class != "" && gateway.ClassOf(err) != tc.class {
				t.Fatal(err)
			}
			if n := f.count("GET /api/v0/orders/ORD1"); n != tc.uses {
				t.Errorf("the call was sent %d times, want %d", n, tc.uses)
			}
			if tc.class == "" { // what was learnt stays
				before := f.count("")
				if _, err := c.Order(t.Context(), "ORD1"); err != nil || f.count("") != before+1 {
					t.Errorf("the next call took %d requests, %v", f.count("")-before, err)
				}
			} else if e, ok := errors.AsType[*gateway.Error](err); !ok || e.Code != "117" || e.Operator == "" ||
				e.Cashier != gateway.CashierSetup {
				t.Errorf("%#v", err)
			}
			for _, secret := range []string{secretKey, accessKey, apiKey, "tok-1"} {
				if strings.Contains(log.String(), secret) || err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("%s is in the log or error", secret)
				}
			}
		})
	}
}

// TestTokenRefusedWriteHappensOnce: a write refused for its token wasn't carried out, so sending it again is no repeat.
func TestTokenRefusedWriteHappensOnce(t *testing.T) {
	f := newFake(t)
	f.badTokens = 1
	if _, err := f.client().Open(t.Context(), charge(100)); err != nil || len(f.orders) != 1 {
		t.Errorf("%d orders, %v", len(f.orders), err)
	}
}

func TestWrongKeys(t *testing.T) {
	f := newFake(t)
	for name, spoil := range map[string]func(*Config){"secret": func(c *Config) {
		c.SecretKey = "wrong-key"
	}, "api key": func(c *Config) { c.APIKey = "" }} {
		_, err := f.client(spoil).Open(t.Context(), charge(100))
		e, ok := errors.AsType[*gateway.Error](err)
		if !ok || e.Class != gateway.ClassMisconfigured || !strings.Contains(e.Operator, "dashboard") ||
			strings.Contains(err.Error(), "wrong-key") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(f.orders) != 0 {
		t.Error("an order was made without a token")
	}
}

// TestTokenFailures: without a token nothing was sent, so even a write is certain.
func TestTokenFailures(t *testing.T) {
	for _, fa := range []fault{dropBefore, errorBefore, garbled, page, empty} {
		f := newFake(t)
		f.faults["POST /api/v0/merchant/token"] = []fault{fa}
		if _, err := f.client().Open(t.Context(), charge(100)); gateway.ClassOf(err) != gateway.ClassUnavailable {
			t.Errorf("%s: %v", fa, err)
		}
	}
	for _, body := range []string{`{"token":"","resultCode":200}`, `{"token":"a b","resultCode":200}`,
		`{"token":"a\r\nX: y","resultCode":200}`, `{"token":"` + strings.Repeat("x", maxToken+1) +
			`","resultCode":200}`,
		`{"token":{},"resultCode":200}`, `{"payload":{"token":[]},"resultCode":0}`} {
		f := newFake(t)
		f.answers["POST /api/v0/merchant/token"] = body
		if _, err := f.client().Open(t.Context(), charge(100)); gateway.ClassOf(err) != gateway.ClassUnavailable {
			t.Errorf("%.60s: %v", body, err)
		}
	}
	f := newFake(t)
	f.answers["POST /api/v0/merchant/token"] = `{"response_code":0,"payload":{"token":"tok-1","expiry":"3600000"}}`
	if _, err := f.client().Open(t.Context(), charge(100)); err != nil {
		t.Errorf("the token in payload: %v", err)
	}
}

func TestNew(t *testing.T) {
	good := Config{BaseURL: ProductionURL, AccessKey: "a", SecretKey: "s"}
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"good":       {func(*Config) {}, ""},
		"no key":     {func(c *Config) { c.AccessKey = "" }, "access key is missing"},
		"line end":   {func(c *Config) { c.SecretKey = "abc\n" }, "copy it again"},
		"prefix":     {func(c *Config) { c.TokenPrefix = "bearer" }, "Bearer or raw"},
		"mandates":   {func(c *Config) { c.MandatePaths = "old" }, "middle or newer"},
		"unit":       {func(c *Config) { c.MandateUnit = "rs" }, "paise or rupees"},
		"http":       {func(c *Config) { c.BaseURL = "http://olympus-pg.enkash.in" }, "not encrypted"},
		"path":       {func(c *Config) { c.Paths.SearchOrders = "search" }, "must begin with /"},
		"path {id}":  {func(c *Config) { c.Paths.OrderByReference = "/x" }, "must hold {id}"},
		"notify URL": {func(c *Config) { c.NotifyURL = "http://10.0.0.1/" }, "https://host/path"},
	} {
		cfg := good
		tc.change(&cfg)
		_, err := New(cfg)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), "abc") {
			t.Errorf("%s shows the key: %v", name, err)
		}
	}
	for base, test := range map[string]bool{ProductionURL: false, TestURL: true,
		"https://olympus-dev.enkash.in": true} {
		cfg := good
		cfg.BaseURL = base
		c, err := New(cfg)
		if err != nil || c.Name() != "enkash" {
			t.Fatal(err)
		}
		if c.test != test {
			t.Errorf("%s: test mode %v", base, c.test)
		}
	}
}
