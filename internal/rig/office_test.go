package rig

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/wire"
	"galla/internal/uplink/uplinktest"
)

// office reads how the box stands to its head office.
func (b *box) office() (o wire.Office) {
	b.t.Helper()
	said, _ := b.galla("office", "status", "--json") // it ends with 75 while there is a problem
	if err := json.Unmarshal([]byte(said), &o); err != nil {
		b.t.Fatalf("galla office status: %v: %s", err, said)
	}
	return o
}

// reports waits until the office has all that the box has.
func (b *box) reports(o *uplinktest.Office, terminal string) {
	b.t.Helper()
	b.until(90*time.Second, "the office to have everything", func() bool {
		h, err := b.till.Health(b.t.Context())
		has, _, _ := o.Has(terminal)
		return err == nil && h.Head != nil && has.Seq == h.Head.Seq && hex.EncodeToString(has.Hash[:]) == h.Head.Hash
	})
}

// TestOffice: a real gallad joins a head office, waits for its owner, sends all it has and what it sells, over a kill;
// a file of sales without the key beside it reports to nobody; and it leaves with the office away.
func TestOffice(t *testing.T) {
	o := uplinktest.New()
	defer o.Close()
	b := newBox(t, gatewaytest.Razorpay)
	b.start()
	b.pays(b.take("250"))
	if s := b.office(); s.Joined {
		t.Fatalf("a new box stands as %+v", s)
	}

	said, err := b.galla("office", "join", o.URL(), "1234-5678", "--yes")
	if err == nil || !strings.Contains(said, "--fingerprint") {
		t.Errorf("without the fingerprint: %v\n%s", err, said)
	}
	said, err = b.galla("office", "join", o.URL(), "8765-4321", "--yes", "--fingerprint", o.Fingerprint())
	if err == nil || !strings.Contains(said, "does not know this code") {
		t.Errorf("with a wrong code: %v\n%s", err, said)
	}
	if said, err := b.galla("office", "join", o.URL(), "1234-5678", "--fingerprint", o.Fingerprint()); err == nil {
		t.Errorf("joined without a yes: %s", said)
	}
	t.Log(b.done("office", "join", o.URL(), "1234-5678", "--yes", "--fingerprint", o.Fingerprint()))
	key := b.file("office.join")
	if is, err := os.Stat(key); err != nil || is.Mode().Perm() != 0o600 {
		t.Errorf("the join file: %v %v", is, err)
	}
	b.until(time.Minute, "the uplink to wait", func() bool { return b.office().ProblemCode == "office_waiting" })
	terminal := b.office().Terminal
	o.Confirm()
	b.reports(o, terminal)

	b.pays(b.take("100"))
	b.reports(o, terminal)
	b.done("report", "z")
	b.kill() // a start's first heartbeat comes within ten seconds
	b.start()
	b.pays(b.take("75.50"))
	b.reports(o, terminal)
	b.until(150*time.Second, "the Z report to be at the office", func() bool { return len(o.Zs(terminal)) == 1 })
	if z := string(o.Zs(terminal)[0]); !strings.Contains(z, `"number":1`) {
		t.Errorf("the Z report is %s", z)
	}
	t.Log(b.done("office"))
	if _, _, branches := o.Has(terminal); branches != 1 || len(o.Faults()) > 0 {
		t.Errorf("%d branches, %v", branches, o.Faults())
	}

	operations := b.done("operation", "list")
	if !strings.Contains(operations, "office.join") || !strings.Contains(operations, terminal) {
		t.Errorf("the list of acts:\n%s", operations)
	}
	scrape := b.scrape()
	for name, want := range map[string]string{
		"joined":                       "1",
		"behind_events":                `\d`,
		"away_since_timestamp_seconds": "0",
	} {
		line := regexp.MustCompile(`(?m)^galla_office_` + name + `(\{[^}]*\})? ` + want + `$`)
		if !line.MatchString(scrape) {
			t.Errorf("the metrics lack %s", line)
		}
	}
	doctor, _ := b.galla("doctor")
	if !strings.Contains(doctor, "the head office Asha Stores takes what happens here") {
		t.Errorf("the doctor says:\n%s", doctor)
	}

	// The sales file alone, as a copy is put back: it has no key.
	moved := newBox(t, gatewaytest.Razorpay)
	if _, err := b.stop(); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(b.file("sales.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(moved.file("sales.db"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	moved.start()
	if s := moved.office(); s.Joined {
		t.Errorf("a copy of the sales stands as %+v", s)
	}
	moved.kill()

	o.Be(uplinktest.Absent)
	b.start()
	b.until(time.Minute, "the office to be away", func() bool { return b.office().ProblemCode == "office_away" })
	b.pays(b.take("33"))
	if h, err := b.till.Health(t.Context()); err != nil || !h.Ready {
		t.Errorf("with the office away: %+v %v", h, err)
	}
	t.Log(b.galla("office"))
	said = b.done("office", "leave")
	_, err = os.Stat(key)
	if !os.IsNotExist(err) || !strings.Contains(said, "could not be told") || b.office().Joined {
		t.Errorf("leaving: %s, the file: %v", said, err)
	}

	for _, secret := range []string{"1234-5678", uplinktest.Code} {
		if strings.Contains(b.log.String(), secret) {
			t.Errorf("gallad's log has the code")
		}
	}
	out := filepath.Join(b.dir, "events")
	b.kill()
	if said, err := exec.Command(filepath.Join(bin, "galla"), "audit", "export", b.file("sales.db"), out).
		CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, said)
	}
	all, err := os.ReadFile(out)
	if err != nil || !strings.Contains(string(all), `"office.leave"`) ||
		strings.Contains(string(all), uplinktest.Code) {
		t.Errorf("the audit lacks the leaving, or has the code: %v", err)
	}
}
