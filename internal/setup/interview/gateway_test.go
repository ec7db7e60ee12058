package interview

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"galla/gateway/gatewaytest"
	"galla/internal/setup"
)

// TestAPIKey: of an account with an API key, entering the keys anew keeps it; another one, or none, can be given.
func TestAPIKey(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	for _, tc := range []struct {
		stored, says, want string
	}{{"", "", ""}, {"", "new", "new"}, {"old", "", "old"}, {"old", "new", "new"}, {"old", "-", ""}} {
		dir := t.TempDir()
		p := setup.At(filepath.Join(dir, "gallad.toml"), dir)
		was := setup.Answers{Shop: "Asha", Gateways: []setup.Gateway{
			{Provider: "enkash", BaseURL: "http://127.0.0.1:1", AccessKey: "ak", SecretKey: "sk", APIKey: tc.stored},
		}}
		plan, err := p.Plan(was)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write(plan); err != nil {
			t.Fatal(err)
		}
		person, screen, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(person, strings.Join([]string{"enkash", "no", "", "yes", "ak2", "sk2", tc.says,
			"no", "no"}, "\n")+"\n"); err != nil {
			t.Fatal(err)
		}
		x, err := setup.From(p.Config)
		if err != nil {
			t.Fatal(err)
		}
		err = askGateways(New(t.Context(), screen, io.Discard), &x, p)
		if err != nil || len(x.Gateways) != 1 || x.Gateways[0].AccessKey != "ak2" || x.Gateways[0].SecretKey != "sk2" ||
			x.Gateways[0].APIKey != tc.want {
			t.Errorf("stored %q, said %q: %v, %d gateways, want %q", tc.stored, tc.says, err, len(x.Gateways), tc.want)
		}
		if err := errors.Join(person.Close(), screen.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestCorners_15: refused test keys are refused as such; nobody is told that a till is in demo mode that isn't.
func TestCorners_15(t *testing.T) {
	sim := gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true})
	gatewaySim := httptest.NewServer(sim.Razorpay())
	defer gatewaySim.Close()
	out := &strings.Builder{}
	term := New(t.Context(), nil, out)
	practice, good, err := tried(term, setup.Gateway{
		Provider: "razorpay", BaseURL: gatewaySim.URL,
		KeyID: gatewaytest.RazorpayTestKeyID, KeySecret: gatewaytest.RazorpayTestKeySecret,
	}, false)
	if !practice || good || err != nil || strings.Contains(out.String(), "demo") ||
		!strings.Contains(out.String(), "! These are test keys: no customer can pay") {
		t.Errorf("practice %v, good %v, %v: %s", practice, good, err, out)
	}
}

// TestBox_9: an address at which nothing answers is said before any key is asked for, and can be typed again.
func TestBox_9(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	defer server.Close()
	if err := unreached(t.Context(), server.URL); err != nil {
		t.Errorf("an answer of 404 is one: %v", err)
	}
	term, out := terminal(t, gone.URL+"\nno\n")
	demo := false
	err := askKeys(term, &setup.Gateway{Provider: "enkash"}, &demo, "")
	said := out.String()
	first, again := strings.Index(said, "! Nothing answers at "+gone.URL),
		strings.LastIndex(said, "Address EnKash gave you")
	if !errors.Is(err, ErrLeft) || first < 0 || again < first || strings.Contains(said, "Access key") {
		t.Errorf("%v\n%s", err, said)
	}
}
