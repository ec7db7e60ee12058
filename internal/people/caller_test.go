package people

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRoles(t *testing.T) {
	for r := Anyone; r <= Owner; r++ {
		for need := Anyone; need <= Owner; need++ {
			if r.May(need) != (r >= need) {
				t.Errorf("%s may what takes %s: %v", r, need, r.May(need))
			}
		}
		if got, err := ParseRole(r.String()); (err == nil) != (r >= Cashier) || err == nil && got != r {
			t.Errorf("%s is read as %v, %v", r, got, err)
		}
	}
	if _, err := ParseRole("boss"); err == nil || !strings.Contains(err.Error(), `"boss"`) {
		t.Errorf("%v", err)
	}
	for role, ok := range map[string]bool{"cashier": true, "manager": true, "owner": false,
		"": false, "nobody": false} {
		if err := CheckService(role); (err == nil) != ok || !ok && refusal(err) != Unacceptable {
			t.Errorf("software as %q: %v", role, err)
		}
	}
}

func TestCallers(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	me := uint32(os.Geteuid())
	if who := b.ByUser(me); who.Role != Owner || !who.Local || !who.Root || who.User != fmt.Sprintf("uid:%d", me) {
		t.Errorf("gallad's own user: %+v", who)
	}
	if who := b.ByUser(4242); who != (Caller{Name: "manager:asha", Role: Manager, Local: true, User: "uid:4242"}) {
		t.Errorf("a user of the book: %+v", who)
	}
	if who := b.ByUser(4244); who != (Caller{Name: "uid:4244", Role: Cashier, Local: true, User: "uid:4244"}) {
		t.Errorf("a user whom the box doesn't know: %+v", who)
	}
	if who := Trusted(Cashier); who != (Caller{Name: "cashier:loopback", Role: Cashier}) {
		t.Errorf("the loopback: %+v", who)
	}
	for _, token := range []string{"", "galla_x"} {
		if _, err := b.ByToken(token); refusal(err) != Unidentified {
			t.Errorf("token %q: %v", token, err)
		}
	}
	if who, _ := b.phone(t, "manager"); who.Name != "service:phone" || who.Role != Manager || !who.Service {
		t.Errorf("software: %+v", who)
	}
}

// TestASignInIsOfOnePersonAndOnePIN: it ends with the person, with the PIN, and with the device, and a restart ends
// none.
func TestASignInIsOfOnePersonAndOnePIN(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	phone, token := b.phone(t, "")
	signIn := func(name, pin string) Caller {
		t.Helper()
		who, err := b.SignIn(phone, name, pin)
		if err != nil {
			t.Fatal(err)
		}
		if now, err := b.ByToken(token); err != nil || now != who || !b.Still(who, who.Role) {
			t.Errorf("signed in as %+v, who calls is %+v %v", who, now, err)
		}
		b.restart(t)
		if now, err := b.ByToken(token); err != nil || now != who {
			t.Errorf("after a restart %+v %v", now, err)
		}
		return who
	}
	nobody := func(why string, was Caller) {
		t.Helper()
		now, err := b.ByToken(token)
		if err != nil || now != phone || b.Still(was, Cashier) {
			t.Errorf("%s: who calls is %+v %v", why, now, err)
		}
		if err := NotAllowed(now, Cashier); refusal(err) != Unidentified {
			t.Errorf("%s: %v", why, err)
		}
	}
	nobody("before", phone)

	asha := signIn("Asha", "1379")
	if err := NotAllowed(asha, Owner); refusal(err) != Forbidden {
		t.Error(err)
	}
	if _, err := b.SignIn(phone, "meena", "0000"); refusal(err) != Forbidden {
		t.Errorf("a wrong PIN: %v", err)
	}
	if now, _ := b.ByToken(token); now != asha {
		t.Errorf("a wrong PIN made it %+v", now)
	}
	if out, err := b.SignOut(asha); err != nil || out != phone {
		t.Errorf("signed out: %+v %v", out, err)
	}
	nobody("signed out", asha)

	signIn("asha", "1379")
	if err := b.Persons.SetPIN("asha", "2468", "test"); err != nil {
		t.Fatal(err)
	}
	nobody("a new PIN", asha)

	signIn("asha", "2468")
	if err := b.Persons.Remove("asha", "test"); err != nil {
		t.Fatal(err)
	}
	nobody("removed", asha)
	if _, err := b.Persons.Add("asha", "owner", "9753", "test", "another request"); err != nil {
		t.Fatal(err)
	}
	nobody("another asha", asha)

	was := signIn("asha", "9753")
	if err := b.Devices.Revoke(phone.Device, "test"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ByToken(token); refusal(err) != Unidentified || b.Still(was, Nobody) {
		t.Errorf("revoked: %v", err)
	}
	if _, err := b.SignOut(was); refusal(err) != Missing {
		t.Errorf("signed out of no device: %v", err)
	}
	for _, who := range []Caller{Trusted(Owner), {Device: "d", Service: true}} {
		if _, err := b.SignIn(who, "asha", "9753"); refusal(err) != Conflict {
			t.Errorf("%+v signs in: %v", who, err)
		}
	}
	if _, err := b.SignOut(Trusted(Owner)); refusal(err) != Conflict {
		t.Errorf("nobody is signed in there: %v", err)
	}
	kept := b.dump() + strings.Join(b.acts, "\n")
	for _, secret := range []string{token, "2580", "8642", "1379", "2468", "9753"} {
		if strings.Contains(kept, secret) {
			t.Errorf("the secret %q is kept", secret)
		}
	}
}

func TestApprove(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	at, _ := b.phone(t, "")
	phone, err := b.SignIn(at, "meena", "8642")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		who           Caller
		approver, pin string
		want          string
		code          Code
	}{
		"the kernel vouches": {b.ByUser(4242), "", "", "manager:asha", 0},
		"a cashier's shell":  {b.ByUser(4243), "", "", "", Forbidden},
		"a manager's software": {Caller{Name: "service:till", Role: Manager, Device: "d1", Service: true}, "",
			"", "service:till", 0},
		"a phone on the counter":      {phone, "", "", "", Forbidden},
		"a manager's PIN":             {phone, "Meena", "8642", "manager:meena", 0},
		"an owner's PIN on a shell":   {b.ByUser(4243), "ravi", "2580", "owner:ravi", 0},
		"a cashier's PIN":             {phone, "asha", "1379", "", Forbidden},
		"somebody else's PIN":         {phone, "meena", "2580", "", Forbidden},
		"a PIN where none was needed": {b.ByUser(4242), "asha", "1379", "", Forbidden},
	} {
		if got, err := b.Approve(c.who, c.approver, c.pin); got != c.want || refusal(err) != c.code ||
			c.code == 0 && err != nil {
			t.Errorf("%s: %q %v, want %q", name, got, err, c.want)
		}
	}
}

func TestWhoMayAddTheFirst(t *testing.T) {
	b := newBench(t)
	phone, _ := b.phone(t, "")
	if b.MayAdd(phone) != nil || b.MayAdd(Trusted(Owner)) != nil || refusal(b.MayAdd(Trusted(Manager))) != Forbidden {
		t.Error("the first person comes from a paired device or the owner")
	}
	b.staff(t)
	if b.MayAdd(Trusted(Owner)) != nil || refusal(b.MayAdd(phone)) != Unidentified {
		t.Error("the next takes the owner")
	}
}

// TestUnreached: a box that was set up from its page asks for a device at each start, until somebody came.
func TestUnreached(t *testing.T) {
	b := newBench(t)
	want := func(begun, want bool) {
		t.Helper()
		if got, err := b.Unreached(begun); err != nil || got != want {
			t.Errorf("unreached: %v %v, want %v", got, err, want)
		}
		b.restart(t)
	}
	want(false, false)
	for _, fail := range []*bool{&b.settings.refuse, &b.settings.pretend} {
		*fail = true
		if _, err := b.Unreached(true); err == nil {
			t.Error("the settings' error got lost")
		}
		*fail = false
	}
	want(false, true) // what was applied although it failed is only asked once more
	want(true, true)
	want(false, true)
	b.phone(t, "")
	want(false, false)
	if len(b.settings.data["first/device"]) != 0 {
		t.Error("the note is still there")
	}
	want(false, false)
}

// TestPeer: the kernel names the other end of a Unix socket, and of nothing else.
func TestPeer(t *testing.T) {
	for _, network := range []string{"unix", "tcp"} {
		at := "127.0.0.1:0"
		if network == "unix" {
			at = filepath.Join(t.TempDir(), "s")
		}
		l, err := net.Listen(network, at)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c, err := net.Dial(network, l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		s, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if uid, ok := Peer(s); ok != (network == "unix") || ok && int(uid) != os.Getuid() {
			t.Errorf("%s: %d %v", network, uid, ok)
		}
	}
}
