package people

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestPairingCode(t *testing.T) {
	b := newBench(t)
	pair := func(code, key string) (Device, string, Code) {
		d, token, err := b.Pair(Newcomer{Code: code, Name: "x", Key: key, From: shop})
		if err != nil && refusal(err) == 0 {
			t.Fatal(err)
		}
		return d, token, refusal(err)
	}
	if _, _, code := pair("12345678", "k0"); code != Forbidden || b.Devices.Offered() {
		t.Errorf("no code was offered: %d", code)
	}
	old, offer := b.Devices.Offer("test", "", false), b.Devices.Offer("test", "", false)
	if _, _, code := pair(old.Code, "k1"); code != Forbidden && old.Code != offer.Code {
		t.Errorf("the code before: %d", code)
	}
	_, _, err := b.Pair(Newcomer{Code: offer.Code, Name: "a:b", Key: "k2", From: shop})
	if refusal(err) != Unacceptable || !b.Devices.Offered() {
		t.Errorf("a bad name: %v", err)
	}
	first, lost, _ := pair(strings.ReplaceAll(offer.Code, "-", " "), "k2")
	again, token, _ := pair(offer.Code, "k2") // the answer got lost
	if first.ID == "" || again.ID != first.ID || token == lost || len(b.Devices.List()) != 1 || b.Devices.Offered() {
		t.Errorf("first %v, again %v", first, again)
	}
	if _, err := b.ByToken(lost); refusal(err) != Unidentified {
		t.Errorf("the lost token still works: %v", err)
	}
	if who, err := b.ByToken(token); err != nil || who.Device != first.ID || who.Role != Nobody {
		t.Errorf("%+v %v", who, err)
	}
	if _, _, code := pair(offer.Code, "k3"); code != Forbidden {
		t.Errorf("a used code: %d", code)
	}
	if err := b.Devices.Revoke(first.ID, "test"); err != nil {
		t.Fatal(err)
	}
	if _, _, code := pair(offer.Code, "k2"); code != Forbidden {
		t.Errorf("the request that paired a device which was revoked since pairs it anew: %d", code)
	}
	if err := b.Devices.Revoke(first.ID, "test"); refusal(err) != Missing {
		t.Errorf("revoked twice: %v", err)
	}
	late := b.Devices.Offer("test", "", false)
	b.now = b.now.Add(5*time.Minute + 1)
	if _, _, code := pair(late.Code, "k4"); code != Forbidden || b.Devices.Offered() {
		t.Errorf("an old code: %d", code)
	}
}

func TestOffer(t *testing.T) {
	o := Offer{
		Code:        "1234-5678",
		Secret:      "SECRET",
		Address:     "https://192.168.1.7:7417",
		Fingerprint: strings.Repeat("AB:", 31) + "CD",
	}
	if want := "https://192.168.1.7:7417/#pair=SECRET&sha256=" + strings.Repeat("ab", 31) + "cd"; o.Link() != want {
		t.Errorf("the link is %q, want %q", o.Link(), want)
	}
	if got := strings.Join(o.Notes(), "|"); got != "https://192.168.1.7:7417|SHA-256 AB:AB:AB:AB:AB:AB:AB:AB…" {
		t.Errorf("the notes are %q", got)
	}
	o.Fingerprint = ""
	if o.Link() != "https://192.168.1.7:7417/#pair=SECRET" || len(o.Notes()) != 1 {
		t.Errorf("without a certificate: %q %q", o.Link(), o.Notes())
	}
	if o.Service = "cashier"; o.Link() != "" || len(o.Notes()) != 1 {
		t.Errorf("for software: %q %q", o.Link(), o.Notes())
	}
	if o.Service, o.Address = "", ""; o.Link() != "" || o.Notes() != nil {
		t.Errorf("without an address: %q %q", o.Link(), o.Notes())
	}
}

// TestDevicesFailing: what can't be written down is not done; what the settings refused has not happened; and a token
// that was not handed out opens nothing, also where the settings wrote its device although it said no.
func TestDevicesFailing(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	who, token := b.phone(t, "")
	who, err := b.SignIn(who, "meena", "8642")
	if err != nil {
		t.Fatal(err)
	}
	code := b.Devices.Offer("test", "", false).Code
	change := map[string]func() error{
		"pair": func() error {
			_, _, err := b.Pair(Newcomer{Code: code, Name: "second", Key: "k", From: shop})
			return err
		},
		"sign in":  func() error { _, err := b.SignIn(who, "asha", "1379"); return err },
		"sign out": func() error { _, err := b.SignOut(who); return err },
		"revoke":   func() error { return b.Devices.Revoke(who.Device, "test") },
	}
	before := b.dump()
	for _, fail := range []*bool{&b.full, &b.settings.refuse} {
		*fail = true
		for name, do := range change {
			if err := do(); err == nil || refusal(err) != 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
		*fail = false
	}
	if now, err := b.ByToken(token); err != nil || now != who || b.dump() != before || !b.Devices.Offered() {
		t.Errorf("something happened: %+v %v\n%s", now, err, b.dump())
	}

	b.settings.pretend = true
	for _, name := range []string{"pair", "sign in"} {
		if err := change[name](); err == nil {
			t.Errorf("%s: the settings' error got lost", name)
		}
	}
	if now, err := b.ByToken(token); err != nil || now != who {
		t.Errorf("before the start: %+v %v", now, err)
	}
	b.settings.pretend = false
	if _, _, err := b.Pair(Newcomer{Code: code, Name: "second", Key: "k", From: shop}); err != nil {
		t.Errorf("the code is lost: %v", err)
	}
	b.settings.pretend = true
	if err := change["revoke"](); err == nil {
		t.Error("revoke: the settings' error got lost")
	}
	b.settings.pretend = false
	b.restart(t)
	if _, err := b.ByToken(token); refusal(err) != Unidentified {
		t.Errorf("a revoked device is back: %v", err)
	}
}

// TestARepairThatFails: the request that paired a device comes again, and its new token can't be written: the device
// stays.
func TestARepairThatFails(t *testing.T) {
	b := newBench(t)
	code := b.Devices.Offer("test", "", false).Code
	d, token, err := b.Pair(Newcomer{Code: code, Name: "phone", Key: "k", From: shop})
	if err != nil {
		t.Fatal(err)
	}
	b.settings.refuse = true
	if _, _, err := b.Pair(Newcomer{Code: code, Name: "phone", Key: "k", From: shop}); err == nil || refusal(err) != 0 {
		t.Errorf("again: %v", err)
	}
	if who, err := b.ByToken(token); err != nil || who.Device != d.ID {
		t.Errorf("the device is gone: %+v %v", who, err)
	}
}

// TestSeenToTheHour: a request writes when a device was seen at most once an hour, and a write that fails turns nobody
// away.
func TestSeenToTheHour(t *testing.T) {
	b := newBench(t)
	_, token := b.phone(t, "cashier")
	before := b.dump()
	b.now = b.now.Add(time.Hour)
	if _, err := b.ByToken(token); err != nil || b.dump() != before {
		t.Errorf("within the hour: %v", err)
	}
	b.now = b.now.Add(time.Second)
	b.settings.refuse = true
	if _, err := b.ByToken(token); err != nil {
		t.Error(err)
	}
	b.settings.refuse = false
	if _, err := b.ByToken(token); err != nil || b.dump() == before || !b.Devices.List()[0].Seen.Equal(b.now) {
		t.Errorf("after the hour: %v, seen %s", err, b.Devices.List()[0].Seen)
	}
}

// TestAStoredDevice: a record as shops have it, from before the package was split, is read and found again.
func TestAStoredDevice(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	p, _ := b.Persons.get("asha")
	b.settings.data["device/dABC"] = []byte(
		fmt.Sprintf(
			`{"id":"dABC","name":"phone","hash":%q,"person":"asha","login":%q,"paired_at":"2026-11-01T05:00:00Z",`+
				`"by":"owner:ravi","seen_at":"2026-11-22T05:00:00Z","later":1}`,
			hash("galla_token"),
			p.login,
		),
	)
	b.restart(t)
	// It is from before sign-ins ended: the person enters the PIN once.
	if who, err := b.ByToken("galla_token"); err != nil ||
		who != (Caller{Name: "device:dABC", Device: "dABC", Person: "asha", Ended: EndedOld}) {
		t.Errorf("%+v %v", who, err)
	}
	if d, ok := b.Devices.Get("dABC"); !ok || d.By != "owner:ravi" || d.Paired.Day() != 1 {
		t.Errorf("%+v", d)
	}
}
