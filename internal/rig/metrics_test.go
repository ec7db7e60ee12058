package rig

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/state"
)

// scrape reads /metrics over the socket.
func (b *box) scrape() string {
	b.t.Helper()
	c := &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives: true,
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", b.file("api"))
			},
		},
	}
	resp, err := c.Get("http://galla/metrics")
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%d %s: %v", resp.StatusCode, text, err)
	}
	return string(text)
}

var (
	helpLine = regexp.MustCompile(`(?m)^# TYPE (\S+) (\S+)$`)
	series   = regexp.MustCompile(`(?m)^galla_[^ ]+`)
	named    = regexp.MustCompile(`\b(?:galla|process|go)_[a-z_]+\b`)
)

// TestMetrics scrapes a gallad that has taken and cancelled sales: Prometheus's lint has nothing to say, the figures
// are true, no secret is in it, more trade makes no more series, and what alerts and dashboard name is there.
func TestMetrics(t *testing.T) {
	b := newBox(t, gatewaytest.Razorpay)
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	// A printer that isn't there and a backup that is.
	b.write("gallad.toml", strings.Replace(string(raw), "[till]\n", "[till]\nbackup = \""+b.file("copy.db")+"\"\n", 1)+
		"[printer]\nport = \"/dev/serial/by-id/none\"\n[hook]\nurl = \"http://127.0.0.1:9/\"\n")
	b.write("hook-secret", "the-secret-of-the-metrics\n")
	b.start()
	b.write("copy.db", "") // after the start: a copy without a sales file is refused
	trade := func(n int) {
		for i := range n {
			s := b.open(client.Key(), 100+i)
			b.until(20*time.Second, "the QR", func() bool { return b.sale(s.ID).Phase == state.PhaseAwaiting })
			if i%2 == 0 {
				if _, err := b.sim.Phone().Pay(b.sale(s.ID).QR.Payload); err != nil {
					t.Fatal(err)
				}
				b.until(20*time.Second, "the money", func() bool { return b.sale(s.ID).Phase == state.PhasePaid })
			} else {
				if _, err := b.till.Cancel(t.Context(), client.Key(), s.ID,
					wire.CancelSale{Reason: state.CloseCancelled}); err != nil {
					t.Fatal(err)
				}
				b.until(20*time.Second, "the end", func() bool { return b.sale(s.ID).Phase == state.PhaseClosed })
			}
		}
	}
	trade(4)
	text := ""
	b.until(5*time.Second, "the sales to be counted", func() bool {
		text = b.scrape()
		return strings.Contains(text, `galla_sales_total{gateway="razorpay",outcome="paid",terminal="T1"} 2`) &&
			strings.Contains(text, `galla_sales_total{gateway="razorpay",outcome="cancelled",terminal="T1"} 2`)
	})
	for _, want := range []string{"galla_ready{terminal=\"T1\"} 1\n",
		"galla_sale_time_to_paid_seconds_count{gateway=\"razorpay\",terminal=\"T1\"} 2\n",
		"galla_gateway_up{gateway=\"razorpay\",terminal=\"T1\"} 1\n",
		`galla_printer_condition{condition="gone",terminal="T1"} 1`, "galla_display_connected{terminal=\"T1\"} 0\n",
		`operation="create_QR_code",`, "galla_sales_open{terminal=\"T1\"} 0\n",
		`galla_disk_free_bytes{disk="sales",terminal="T1"}`} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q", want)
		}
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	for _, secret := range []string{gatewaytest.RazorpayKeyID, gatewaytest.RazorpayKeySecret, "upi://", "@"} {
		if strings.Contains(text, secret) {
			t.Errorf("the metrics tell %q", secret)
		}
	}

	before := len(series.FindAllString(text, -1))
	trade(4)
	// a call of a new kind has twelve buckets, sum and count
	if after := len(series.FindAllString(b.scrape(), -1)); after > before+60 {
		t.Errorf("%d series became %d by more trade of the same kind", before, after)
	}

	known := map[string]bool{ // shown by a box that has joined a head office: internal/metrics, TestOffice
		"galla_office_behind_events":                true,
		"galla_office_away_since_timestamp_seconds": true,
	}
	for _, m := range helpLine.FindAllStringSubmatch(text, -1) {
		known[m[1]] = true
		if m[2] == "histogram" {
			for _, s := range []string{"_bucket", "_sum", "_count"} {
				known[m[1]+s] = true
			}
		}
	}
	for _, file := range []string{"alerts.yml", "dashboard.json", "README.md"} {
		raw, err := os.ReadFile("../../packaging/metrics/" + file)
		if err != nil {
			t.Fatal(err)
		}
		names := named.FindAllString(string(raw), -1)
		if len(names) < 10 {
			t.Errorf("%s names %d metrics", file, len(names))
		}
		slices.Sort(names)
		for _, n := range slices.Compact(names) {
			if !known[n] && n != "go_version" && n != "go_" && n != "process_" {
				t.Errorf("%s names %q, which gallad doesn't show", file, n)
			}
		}
	}
}
