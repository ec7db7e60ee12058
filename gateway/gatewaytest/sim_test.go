package gatewaytest

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// story asks a misbehaving simulator the same things and writes down what it answered.
func story(seed uint64, order []int) []string {
	k := Misbehaving()
	k.Delay, k.Slow = 0, 0 // this test has no bubble to wait in
	s := NewSim(Options{Seed: seed, Knobs: &k, Now: standing})
	n := NewNetwork()
	n.Serve(razorpayAddr, s.Razorpay())
	defer n.Close()
	said := make([]string, len(order))
	for _, i := range order {
		for range 10 { // the same request again and again
			said[i] += post(n, razorpayAddr, "/v1/payments/qr_codes", fmt.Sprintf(
				`{"type":"upi_qr","usage":"single_use","fixed_amount":true,"payment_amount":%d,"name":"N%d"}`, 1000+i,
				i)) + "\n"
		}
	}
	return said
}

// TestRepeats: the same seed gives the same answers, whatever the order in which different sales ask; another seed does
// not.
func TestRepeats(t *testing.T) {
	one, other := story(11, []int{0, 1, 2, 3, 4}), story(11, []int{3, 1, 4, 0, 2})
	if !slices.Equal(one, other) {
		t.Errorf("seed 11 does not repeat:\n%q\n%q", one, other)
	}
	if slices.Equal(one, story(12, []int{0, 1, 2, 3, 4})) {
		t.Errorf("seeds 11 and 12 say the same")
	}
	if whole := strings.Join(one, ""); !strings.Contains(whole, " 50") || !strings.Contains(whole, "EOF") ||
		strings.Count(whole, " 200 ") < 25 {
		t.Errorf("50 requests met no 5xx or no cut connection, or hardly an answer:\n%s", whole)
	}
}

// TestOneKnobLeavesTheOthersAlone: draws are named, so switching one off does not move the rest.
func TestOneKnobLeavesTheOthersAlone(t *testing.T) {
	d := dice{5, "razorpay create N1 1"}
	if d.hit(0, "x") || !d.hit(100, "x") {
		t.Errorf("0 and 100 per cent are never and always")
	}
	hits := 0
	for i := range 10000 {
		if (dice{5, fmt.Sprint(i)}).hit(30, "x") {
			hits++
		}
	}
	if hits < 2800 || hits > 3200 {
		t.Errorf("30 per cent of 10000 draws are %d", hits)
	}
}

func TestCalmIsCalm(t *testing.T) {
	v := reflect.ValueOf(Calm())
	for i := range v.NumField() {
		if p, ok := v.Field(i).Interface().(Percent); ok && p != 0 {
			t.Errorf("knob %s is %d in a calm simulator", knobName(i), p)
		}
	}
	if Calm().Delay != 0 || Calm().Check() != nil || Misbehaving().Check() != nil {
		t.Errorf("calm knobs delay or do not check: %v, %v", Calm().Check(), Misbehaving().Check())
	}
}

// TestKnobsAreDocumented: every knob has a name in JSON, a help text, and a line in the README.
func TestKnobsAreDocumented(t *testing.T) {
	readme := readFile(t, "README.md")
	if len(knobHelp) != len(knobNames()) {
		t.Errorf("%d knobs have a help text, and there are %d", len(knobHelp), len(knobNames()))
	}
	for _, name := range knobNames() {
		if help := knobHelp[name]; name == "" || help == "" || !strings.Contains(readme, "`"+name+"`") {
			t.Errorf("knob %q (%q) is not in README.md", name, help)
		}
	}
	for api, list := range ops {
		for _, op := range list {
			if !strings.Contains(readme, "`"+op+"`") {
				t.Errorf("operation %s %q is not in README.md", api, op)
			}
		}
	}
}

// TestClock: what is planned happens in order, each thing at its own moment, and never twice.
func TestClock(t *testing.T) {
	s := NewSim(Options{Now: standing, Calm: true})
	var log []string
	note := func(name string) func() {
		return func() { log = append(log, fmt.Sprintf("%s at %s", name, s.now().Sub(noon))) }
	}
	s.mu.Lock()
	s.at(noon.Add(3*time.Second), note("c"))
	s.at(noon.Add(time.Second), note("a"))
	s.at(noon.Add(time.Second), note("b"))
	s.at(noon.Add(time.Hour), note("later"))
	s.mu.Unlock()
	s.Clock().Advance(-time.Hour)
	s.Clock().Advance(2 * time.Second)
	s.Clock().Advance(2 * time.Second)
	if got, want := strings.Join(log, ", "), "a at 1s, b at 1s, c at 3s"; got != want {
		t.Errorf("happened: %s, want %s", got, want)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// post sends one request over a network and says in a line what came back.
func post(n *Network, addr, path, body string) string {
	r, err := http.NewRequest("POST", "http://"+addr+path, strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	r.SetBasicAuth(RazorpayKeyID, RazorpayKeySecret)
	r.GetBody = nil // sent once: net/http must not try again by itself
	res, err := n.Transport().RoundTrip(r)
	if err != nil {
		return "error " + err.Error()
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Sprintf(" %d cut: %v", res.StatusCode, err)
	}
	return fmt.Sprintf(" %d %s", res.StatusCode, b)
}
