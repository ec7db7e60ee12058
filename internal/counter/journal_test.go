package counter

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"galla/state"
)

// TestJournal: every change to people, devices and days is in the chain with who made it, and no PIN or token is.
func TestJournal(t *testing.T) {
	b := newEither(t)
	p := b.pairPhone(t, "")
	b.staff(t)
	p.want(t, 200, "POST", "/v1/session", `{"name":"Meena","pin":"8642"}`)
	p.want(t, 200, "POST", "/v1/session/end", ``)
	b.call(trusted, "POST", "/v1/people/asha/pin", `{"pin":"9713","you":"ravi","your_pin":"2580"}`)
	b.call(trusted, "POST", "/v1/people/asha/remove", `{"you":"ravi","your_pin":"2580"}`)
	b.call(
		trusted,
		"POST",
		"/v1/people/nobody/remove",
		`{"you":"ravi","your_pin":"2580"}`,
	) // refused before anything is written
	z := b.call(trusted, "POST", "/v1/reports/z", `{}`)
	b.call(trusted, "GET", "/v1/export?format=jsonl&from=2026-11-01", "")
	b.call(trusted, "POST", "/v1/devices/"+b.people.Devices.List()[0].ID+"/revoke", `{"you":"ravi","your_pin":"2580"}`)

	ops, err := b.operations().List("", 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	all := ""
	for i := range ops {
		o := ops[len(ops)-1-i]
		line := fmt.Sprintf("%s %s by %s: %s %s", o.Kind, o.Target, o.By, o.Request, o.Status)
		all += line + "\n"
		if strings.HasPrefix(o.Kind, "device.") || strings.HasPrefix(o.Kind, "session.") {
			line = strings.Replace(line, o.Target, "D", 1)
		}
		got = append(got, line)
	}
	kept, _ := b.books.Z(1)
	if !strings.Contains(z.Body.String(), string(kept.Stored)) {
		t.Errorf("answered was %s, kept is %s", z.Body, kept.Stored)
	}
	if kept.Report.Seq == 0 {
		t.Errorf("the Z report ends at event 0, and %d acts are in the book", len(ops))
	}
	sum := sha256.Sum256(kept.Stored)
	want := []string{
		`device.pair D by owner:ravi: {"name":"phone"} done`,
		`person.add ravi by owner:loopback: {"role":"owner"} done`,
		`person.add meena by owner:ravi: {"role":"manager"} done`,
		`person.add asha by owner:ravi: {"role":"cashier"} done`,
		`session.begin D by manager:meena: {"name":"phone","person":"meena"} done`,
		`session.end D by manager:meena: {"name":"phone","person":"meena"} done`,
		`person.pin asha by owner:ravi: {} done`,
		`person.remove asha by owner:ravi: {"role":"cashier"} done`,
		`day.close Z1 by owner:loopback: {"day":"2026-11-22","sha256":"` + hex.EncodeToString(
			sum[:],
		) + `","net_paise":0,"seq":` + fmt.Sprint(kept.Report.Seq) + `} done`,
		`export.make jsonl by owner:loopback: {"format":"jsonl","from":"2026-11-01"} done`,
		`device.revoke D by owner:ravi: {"name":"phone"} done`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the journal is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, secret := range []string{"8642", "9713", "1379", p.token, hashToken(p.token)} {
		if strings.Contains(all, secret) {
			t.Errorf("the journal has a secret: %s", all)
		}
	}
}

// TestJournalFirst: what can't be written down is not done.
func TestJournalFirst(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	b.till.Refuse(errors.New("the disk is full"))
	for _, w := range []struct {
		path, body string
	}{{"/v1/people", `{"name":"new","role":"cashier","pin":"4592","you":"ravi","your_pin":"2580"}`},
		{"/v1/people/asha/remove", `{"you":"ravi","your_pin":"2580"}`},
		{"/v1/reports/z", "{}"}, {"/v1/devices/" + b.people.Devices.List()[0].ID + "/revoke",
			`{"you":"ravi","your_pin":"2580"}`}} {
		if a := b.call(trusted, "POST", w.path, w.body); a.Code != 500 {
			t.Errorf("%s: %d %s", w.path, a.Code, a.Body)
		}
	}
	if w := b.call(trusted, "GET", "/v1/export", ""); w.Code != 500 || strings.Contains(w.Body.String(), "day,") {
		t.Errorf("the export: %d %s", w.Code, w.Body)
	}
	b.till.Refuse(nil)
	b.restart(t)
	if n := len(b.people.Persons.List()); n != 3 || len(b.people.Devices.List()) != 1 || len(b.books.List()) != 0 {
		t.Errorf("%d people, %d devices, %d Z reports", n, len(b.people.Devices.List()), len(b.books.List()))
	}
	p.want(t, 200, "GET", "/v1/me", "")
}

// TestUnknownActIsShown: what a later version wrote down is still a line of the list.
func TestUnknownActIsShown(t *testing.T) {
	b := newEither(t)
	if err := b.operations().
		Audit(state.Act{Kind: "roof.repair", By: "owner:ravi"}, func() error {
			return errors.New("it rains")
		}); err == nil {
		t.Fatal("what do returns got lost")
	}
	w := b.call(trusted, "GET", "/v1/operations", "")
	if !strings.Contains(w.Body.String(), `"kind":"roof.repair"`) ||
		!strings.Contains(w.Body.String(), string(state.OperationRefused)) {
		t.Errorf("%s", w.Body)
	}
}
