package counter

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/people"
	"galla/internal/till"
)

// pairingBench is a bench with a screen that notes what code it shows, and an address.
func pairingBench(t *testing.T) (b *bench, shown *till.PairingCode) {
	b, shown = newBench(t), &till.PairingCode{}
	c, err := New(Options{
		Till:        b.till,
		Operations:  b.till.Operations(),
		Settings:    b.settings,
		PINCost:     people.Cost{Passes: 1, Memory: 64},
		Log:         slog.New(slog.NewTextHandler(b.log, nil)),
		Now:         func() time.Time { return b.clock() },
		ShowCode:    func(p till.PairingCode) { *shown = p },
		Address:     func() string { return "https://192.168.1.7:7417" },
		Fingerprint: strings.Repeat("AB:", 31) + "CD",
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Counter = c
	return b, shown
}

func TestTheScreenShowsAPairingCodeUntilItIsUsed(t *testing.T) {
	b, shown := pairingBench(t)
	p := b.Pair("owner:ravi", "")
	digits := strings.ReplaceAll(p.Code, "-", "")
	secret, _, _ := strings.Cut(strings.TrimPrefix(p.Link, "https://192.168.1.7:7417/#pair="), "&")
	want := "https://192.168.1.7:7417/#pair=" + secret + "&sha256=" + strings.Repeat("ab", 31) + "cd"
	if len(secret) < 26 || p.Link != want || shown.Link != want || shown.Code != p.Code {
		t.Errorf("the link is %q, on the screen %q with %q; want %q", p.Link, shown.Link, shown.Code, want)
	}
	if want := []string{
		"https://192.168.1.7:7417",
		"SHA-256 AB:AB:AB:AB:AB:AB:AB:AB…",
	}; !slices.Equal(shown.Notes, want) ||
		!shown.Until.Equal(p.Until) {
		t.Errorf("below it stands %q until %s", shown.Notes, shown.Until)
	}
	if w := b.call(network, "POST", "/v1/devices", fmt.Sprintf(`{"code":%q,"name":"phone"}`, digits)); w.Code != 201 {
		t.Fatalf("pair: %d %s", w.Code, w.Body)
	}
	if shown.Code != "" || shown.Link != "" {
		t.Errorf("a used code is still shown: %+v", *shown)
	}
	if strings.Contains(b.log.String(), digits) || strings.Contains(b.log.String(), secret) {
		t.Error("a pairing code is in the log")
	}
}
