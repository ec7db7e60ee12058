package counter

import (
	"fmt"
	"log/slog"
	"net/http/httptest"
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
	c, err := New(Options{Till: b.till, Operations: b.till.Operations(), Vault: b.vault, PINCost: people.Cost{Passes: 1, Memory: 64}, Log: slog.New(slog.NewTextHandler(b.log, nil)), Now: func() time.Time { return b.clock() },
		ShowCode: func(p till.PairingCode) { *shown = p }, Address: func() string { return "https://192.168.1.7:7417" }, Fingerprint: strings.Repeat("AB:", 31) + "CD"})
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
	if want := "https://192.168.1.7:7417/#pair=" + digits + "&sha256=" + strings.Repeat("ab", 31) + "cd"; p.Link != want || shown.Link != want || shown.Code != p.Code {
		t.Errorf("the link is %q, on the screen %q with %q; want %q", p.Link, shown.Link, shown.Code, want)
	}
	if want := []string{"https://192.168.1.7:7417", "SHA-256 AB:AB:AB:AB:AB:AB:AB:AB…"}; !slices.Equal(shown.Notes, want) || !shown.Until.Equal(p.Until) {
		t.Errorf("below it stands %q until %s", shown.Notes, shown.Until)
	}
	if w := b.call(network, "POST", "/v1/devices", fmt.Sprintf(`{"code":%q,"name":"phone"}`, digits)); w.Code != 201 {
		t.Fatalf("pair: %d %s", w.Code, w.Body)
	}
	if shown.Code != "" || shown.Link != "" {
		t.Errorf("a used code is still shown: %+v", *shown)
	}
	if p := b.Pair("owner:ravi", "cashier"); p.Link != "" || shown.Link != "" || shown.Code == "" {
		t.Errorf("a code for software has the link %q; the screen shows %+v", p.Link, *shown)
	}
	if strings.Contains(b.log.String(), digits) {
		t.Error("a pairing code is in the log")
	}
}

func TestWrongGuessesTakeThePairingCodeAway(t *testing.T) {
	b, shown := pairingBench(t)
	code := b.Pair("owner:ravi", "").Code
	past := b.clock
	const tries = 5 // what a code bears
	var w *httptest.ResponseRecorder
	for i := range tries {
		b.clock = func() time.Time { return past().Add(time.Duration(i) * time.Second * 50) } // slowly enough for the wait between guesses
		w = b.call(network, "POST", "/v1/devices", fmt.Sprintf(`{"code":"%08d","name":"x"}`, i))
		if left := shown.Code != ""; left != (i < tries-1) {
			t.Errorf("after %d wrong codes the screen shows %q", i+1, shown.Code)
		}
	}
	if w.Code != 403 {
		t.Errorf("the last guess: %d %s", w.Code, w.Body)
	}
	b.clock = func() time.Time { return past().Add(270 * time.Second) } // within the code's five minutes
	if w := b.call(network, "POST", "/v1/devices", fmt.Sprintf(`{"code":%q,"name":"x"}`, code)); w.Code != 403 {
		t.Errorf("the code survived %d wrong guesses: %d", tries, w.Code)
	}
}
