package people

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

// The tests of doors.md that a directory can show by itself are here; each has the number of its finding.

// from is a caller's place in a test.
func from(device string) From {
	return From{Place: device, Label: "phone " + device, By: "device:" + device}
}

// TestDoor_1_Prove: an owner's phone that lies about gives nobody power: what gives it takes the owner's own PIN in
// that request.
func TestDoor_1_Prove(t *testing.T) {
	b := newBench(t)
	phone, _ := b.phone(t, "")
	if _, err := b.Prove(phone, Owner, "", ""); err != nil {
		t.Errorf("while nobody has a PIN: %v", err)
	}
	b.staff(t)
	software, _ := b.phone(t, "manager")
	owner, err := b.SignIn(phone, "ravi", "2580")
	if err != nil {
		t.Fatal(err)
	}
	local := b.ByUser(4243)
	root := b.ByUser(0)
	as, err := b.As(local, "ravi", "2580")
	if err != nil || as.Name != "owner:ravi" || as.User != "uid:4243" || as.Root {
		t.Fatalf("%+v %v", as, err)
	}
	for name, c := range map[string]struct {
		who       Caller
		need      Role
		name, pin string
		want      string
		code      Code
	}{
		"the phone lies about": {owner, Owner, "", "", "", NeedsPIN},
		"somebody's guess":     {owner, Owner, "", "1357", "", Forbidden},
		"the owner":            {owner, Owner, "", "2580", "owner:ravi", 0},
		// the name is that of who is signed in
		"another person's PIN, by name":   {owner, Owner, "meena", "8642", "", Forbidden},
		"software has nobody":             {software, Manager, "", "8642", "", NeedsPIN},
		"a page on the box":               {Trusted(Owner), Owner, "", "", "", NeedsPIN},
		"a page on the box, by name":      {Trusted(Owner), Owner, "ravi", "2580", "owner:ravi", 0},
		"a manager for what takes owners": {Trusted(Owner), Owner, "meena", "8642", "", Forbidden},
		"root":                            {root, Owner, "", "", "login:root", 0},
		"a login":                         {local, Owner, "", "", "", NeedsPIN},
		"a login, as an owner":            {as, Owner, "", "", "owner:ravi", 0},
	} {
		b.now = b.now.Add(time.Minute)
		got, err := b.Prove(c.who, c.need, c.name, c.pin)
		if refusal(err) != c.code || c.code == 0 && (err != nil || got.Name != c.want) {
			t.Errorf("%s: %q %v, want %q", name, got.Name, err, c.want)
		}
	}
	if _, err := b.As(local, "ravi", "1111"); refusal(err) != Forbidden {
		t.Errorf("as somebody with another PIN: %v", err)
	}
}

// TestDoor_1_InFlight: whoever loses their power while their PIN is compared does not use it once more.
func TestDoor_1_InFlight(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(b *bench, phone Caller) error
		want      Code
	}{
		"nothing happens":    {func(*bench, Caller) error { return nil }, 0},
		"another is removed": {func(b *bench, _ Caller) error { return b.Persons.Remove("asha", "owner:ravi") }, 0},
		"they are removed": {func(b *bench, _ Caller) error {
			return b.Persons.Remove("meena", "owner:ravi")
		}, Forbidden},
		"their phone is lost": {func(b *bench, phone Caller) error {
			return b.Devices.Revoke(phone.Device, "owner:ravi")
		}, Unidentified},
	} {
		b := newBench(t)
		b.staff(t)
		phone, _ := b.phone(t, "")
		manager, err := b.SignIn(phone, "meena", "8642")
		if err != nil {
			t.Fatal(err)
		}
		hashing <- struct{}{}
		hashing <- struct{}{}
		proved := make(chan error)
		go func() {
			_, err := b.Prove(manager, Manager, "", "8642")
			proved <- err
		}()
		tries := b.Persons.tries
		tries.mu.Lock()
		turn := tries.place(phone.Device).turn
		tries.mu.Unlock()
		for len(turn) == 0 {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(5 * time.Millisecond) // it has read the record, and waits to compare
		if err := c.meanwhile(b, phone); err != nil {
			t.Fatal(err)
		}
		<-hashing
		<-hashing
		if err := <-proved; refusal(err) != c.want || c.want == 0 && err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDoor_1_Ages: a sign-in ends by its age, and what the console asks by itself keeps nobody signed in.
func TestDoor_1_Ages(t *testing.T) {
	for _, c := range []struct {
		name, pin string
		idle      time.Duration
	}{{"ravi", "2580", 15 * time.Minute}, {"meena", "8642", 15 * time.Minute}, {"asha", "1379", 16 * time.Hour}} {
		b := newBench(t)
		b.staff(t)
		phone, token := b.phone(t, "")
		who, err := b.SignIn(phone, c.name, c.pin)
		if err != nil {
			t.Fatal(err)
		}
		b.now = b.now.Add(c.idle)
		if now, err := b.ByToken(token); err != nil || now != who {
			t.Errorf("%s after %s: %+v %v", c.name, c.idle, now, err)
		}
		b.Used(who)
		b.now = b.now.Add(c.idle)
		b.ByToken(token) // without its being used
		b.now = b.now.Add(time.Second)
		now, err := b.ByToken(token)
		if err != nil || now.Role != Nobody || now.Ended != EndedIdle || now.Person != c.name || b.Still(who, Cashier) {
			t.Errorf("%s, idle for longer than %s: %+v %v", c.name, c.idle, now, err)
		}
		b.Used(now)
		if again, _ := b.ByToken(token); again != now {
			t.Errorf("%s: a refused request begins the sign-in anew: %+v", c.name, again)
		}
		if err := NotAllowed(now, Cashier); err.Code != SignedOut || err.Person != c.name {
			t.Errorf("%s is told %+v", c.name, err)
		}
		if now, err = b.SignIn(now, c.name, c.pin); err != nil || now != who {
			t.Errorf("%s again: %+v %v", c.name, now, err)
		}
		for range int(longestSession / (10 * time.Minute)) {
			b.now = b.now.Add(10 * time.Minute)
			b.Used(who)
		}
		if now, _ := b.ByToken(token); now != who {
			t.Errorf("%s, busy for 30 days: %+v", c.name, now)
		}
		b.now = b.now.Add(time.Second)
		if now, _ := b.ByToken(token); now.Ended != EndedOld || now.Role != Nobody {
			t.Errorf("%s, busy for longer than 30 days: %+v", c.name, now)
		}
	}
}

// TestDoor_1_Restart: a restart never makes a sign-in last longer.
func TestDoor_1_Restart(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	phone, token := b.phone(t, "")
	who, err := b.SignIn(phone, "meena", "8642")
	if err != nil {
		t.Fatal(err)
	}
	b.now = b.now.Add(10 * time.Minute)
	b.Used(who)
	b.now = b.now.Add(10 * time.Minute)
	if now, _ := b.ByToken(token); now != who {
		t.Fatalf("%+v", now)
	}
	b.restart(t)
	if now, _ := b.ByToken(token); now.Ended != EndedIdle {
		t.Errorf("after a restart the stored moment counts: %+v", now)
	}
}

// TestDoor_1_Past: a box that starts in the past, because it has no clock of its own and was unplugged, gives whoever
// has a phone no more time, and lets nobody wait longer for the next try.
func TestDoor_1_Past(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	for name, pin := range map[string]string{"meena": "8642", "asha": "1379"} {
		phone, token := b.phone(t, "")
		who, err := b.SignIn(phone, name, pin)
		if err != nil {
			t.Fatal(err)
		}
		then := b.now
		b.now = then.Add(-10 * time.Minute)
		b.restart(t)
		if now, _ := b.ByToken(token); now != who {
			t.Errorf("%s, ten minutes in the past: %+v", name, now)
		}
		b.now = then.AddDate(0, -1, 0)
		b.restart(t)
		if now, _ := b.ByToken(token); now.Ended != EndedIdle || now.Role != Nobody {
			t.Errorf("%s, a month in the past: %+v", name, now)
		}
		b.now = then
	}

	for range freeGuesses + 1 {
		b.Persons.Verify(from("d1"), "asha", "0000")
	}
	b.now = b.now.AddDate(0, -1, 0)
	b.restart(t)
	b.now = b.now.Add(longestWait)
	if _, err := b.Persons.Verify(from("d1"), "asha", "1379"); err != nil {
		t.Errorf("a month in the past, after the longest wait: %v", err)
	}
}

// TestDoor_3: a lock holds for a device and a person, never for the person everywhere; a right PIN takes back what was
// counted on its own device only; runs and locks stand in the book with the name and the device.
func TestDoor_3(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	b.acts = nil
	wrong := func(device, name string) Code {
		t.Helper()
		_, err := b.Persons.Verify(from(device), name, "0000")
		return refusal(err)
	}
	for range freeGuesses {
		wrong("d1", "meena")
	}
	if _, err := b.Persons.Verify(from("d2"), "meena", "8642"); err != nil { // she enters it elsewhere
		t.Error(err)
	}
	if wrong("d1", "meena"); wrong("d1", "meena") != TooOften {
		t.Error("a right PIN on another device gave the cashier fresh guesses")
	}
	if _, err := b.Persons.Verify(from("d1"), "meena", "8642"); refusal(err) != TooOften {
		t.Errorf("the locked device: %v", err)
	}
	if _, err := b.Persons.Verify(from("d2"), "meena", "8642"); err != nil {
		t.Errorf("a cashier keeps refunds impossible: on her own phone %v", err)
	}
	if _, err := b.Persons.Verify(from("d1"), "ravi", "2580"); err != nil {
		t.Errorf("another person on the locked device: %v", err)
	}
	want := "pin.wrong meena by device:d1; pin.wrong meena by device:d1"
	if got := strings.Join(b.acts, "; "); got != want {
		t.Errorf("in the book is %q, want %q", got, want)
	}

	b.restart(t)
	if _, err := b.Persons.Verify(from("d1"), "meena", "8642"); refusal(err) != TooOften {
		t.Errorf("a restart ends the lock: %v", err)
	}
	runs := b.Persons.WrongPINs()
	if len(runs) != 1 || runs[0].Person != "meena" || runs[0].Label != "phone d1" || runs[0].Wrong != 5 ||
		!runs[0].Until.Equal(b.now.Add(firstWait)) {
		t.Errorf("the owner's page has %+v", runs)
	}
	b.now = b.now.Add(firstWait)
	if runs := b.Persons.WrongPINs(); len(runs) != 1 || !runs[0].Until.IsZero() {
		t.Errorf("after the wait the owner's page has %+v", runs)
	}
	if _, err := b.Persons.Verify(from("d1"), "meena", "8642"); err != nil {
		t.Error(err)
	}
	for range 2 {
		if wrong("d1", "meena") != Forbidden {
			t.Error("the right PIN on its own device gave no fresh guesses")
		}
	}
	for _, secret := range []string{"0000", "8642"} {
		if strings.Contains(b.dump(), `"`+secret+`"`) {
			t.Errorf("what was typed is kept: %s", secret)
		}
	}
	if err := b.Persons.SetPIN("meena", "9753", "owner:ravi"); err != nil || strings.Contains(b.dump(), "tries/") {
		t.Errorf("a new PIN leaves counts: %v\n%s", err, b.dump())
	}
	for range freeGuesses + 1 {
		wrong("d1", "meena")
	}
	if runs := b.Persons.WrongPINs(); runs[0].Until.IsZero() {
		t.Errorf("under a lock the owner's page has %+v", runs)
	}
	if err := b.Persons.SetPIN("meena", "8642", "owner:ravi"); err != nil {
		t.Fatal(err)
	}
	if runs := b.Persons.WrongPINs(); !runs[0].Until.IsZero() {
		t.Errorf("after a new PIN the owner's page has %+v", runs)
	}
}

// TestDoor_3_Unknown: a name that nobody has is slowed like any other, and trying many names from one device ends too.
func TestDoor_3_Unknown(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	codes := func(name string) (got []Code) {
		for range 7 {
			_, err := b.Persons.Verify(from("d of "+name), name, "0000")
			got = append(got, refusal(err))
		}
		return got
	}
	if known, unknown := codes("asha"), codes("nobody"); fmt.Sprint(known) != fmt.Sprint(unknown) ||
		known[6] != TooOften {
		t.Errorf("a known name: %v, an unknown one: %v", known, unknown)
	}
	if got := b.Persons.WrongPINs(); len(got) != 2 || got[0].Person != "nobody" {
		t.Errorf("the owner's page has %+v", got)
	}
	tries := 0
	for ; tries < 1000; tries++ {
		if _, err := b.Persons.Verify(from("d9"), fmt.Sprintf("name %d", tries), "0000"); refusal(err) == TooOften {
			break
		}
	}
	if tries != placeTries {
		t.Errorf("one device tries %d names at once", tries)
	}
	if _, err := b.Persons.Verify(from("d8"), "asha", "1379"); err != nil {
		t.Errorf("another device waits too: %v", err)
	}
	b.now = b.now.Add(placeRefill)
	if _, err := b.Persons.Verify(from("d9"), "asha", "1379"); err != nil {
		t.Errorf("three minutes later: %v", err)
	}
	if n := strings.Count(b.dump(), "tries/"); n != 1 {
		t.Errorf("%d counts are kept on disk, which unknown names must not fill", n)
	}
}

// TestDoor_5: while a hundred wrong PINs are being compared, who calls from a paired device is told at once, and no
// more than two are hashed at a time.
func TestDoor_5(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	_, token := b.phone(t, "cashier")
	hashing <- struct{}{} // both places are taken, for as long as this test wants
	hashing <- struct{}{}
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() { b.Persons.Verify(from(fmt.Sprint("d", i%5)), fmt.Sprint("nobody ", i), "0000") })
	}
	all.Go(func() { b.Persons.SetPIN("asha", "9753", "owner:ravi") })
	all.Go(func() { b.Persons.Add("new", "cashier", "4826", "owner:ravi", "k") })
	done := make(chan error)
	go func() {
		_, err := b.ByToken(token)
		b.Persons.List()
		b.Devices.Offer("owner:ravi", "", false)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("a caller waits for hashes of PINs")
	}
	if cap(hashing) != 2 {
		t.Errorf("%d PINs are hashed at a time", cap(hashing))
	}
	<-hashing
	<-hashing
	all.Wait()
}

// TestDoor_7: a stranger neither locks pairing nor uses an offer up; the wait is his own; scanning always works; a
// fresh offer ends every wait; and the device does nothing until somebody lets it in.
func TestDoor_7(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	stranger, other := netip.MustParseAddr("192.168.1.66"), netip.MustParseAddr("fe80::1%wlan0")
	pair := func(code string, from netip.Addr) (Device, string, Code) {
		t.Helper()
		d, token, err := b.Pair(Newcomer{Code: code, Name: "phone", Key: fmt.Sprint("key of ", from), From: from})
		return d, token, refusal(err)
	}
	offer := b.Devices.Offer("owner:ravi", "", false)
	wrong, last := 0, Code(0)
	for range 1000 {
		if _, _, last = pair("00000000", stranger); last == Forbidden {
			wrong++
		}
	}
	if wrong != freeGuesses+1 || last != TooOften || !b.Devices.Offered() {
		t.Errorf("a stranger has %d tries, then %v; the offer stands: %v", wrong, last, b.Devices.Offered())
	}
	if _, _, code := pair(offer.Code, stranger); code != TooOften {
		t.Errorf("his right guess: %v", code)
	}
	if _, _, code := pair("11111111", other); code != Forbidden {
		t.Errorf("somebody else is refused with %v", code)
	}
	d, token, code := pair(offer.Secret, stranger) // whoever scans has nothing to guess
	if code != 0 || !d.Waiting || d.From != "192.168.1.66" || len(d.Check()) != 4 {
		t.Fatalf("scanned: %+v %v", d, code)
	}
	if len(offer.Secret) < 26 || strings.Contains(offer.Link(), offer.Code[:4]) {
		t.Errorf("the secret %q is not of 128 bits, or the link has the digits", offer.Secret)
	}

	var r *Refusal
	if _, err := b.ByToken(token); refusal(err) != NotLetIn {
		t.Errorf("before it is let in: %v", err)
	} else if r = err.(*Refusal); r.Check != d.Check() {
		t.Errorf("it is told the number %q", r.Check)
	}
	if b.Still(Caller{Device: d.ID}, Nobody) {
		t.Error("it listens before it is let in")
	}
	b.settings.refuse = true
	if err := b.Devices.LetIn(d.ID, "owner:ravi"); err == nil {
		t.Error("let in without its being written")
	}
	b.settings.refuse = false
	if _, err := b.ByToken(token); refusal(err) != NotLetIn {
		t.Errorf("what the settings refused has happened: %v", err)
	}
	for range 2 { // the second is the same request again
		if err := b.Devices.LetIn(d.ID, "owner:ravi"); err != nil {
			t.Fatal(err)
		}
	}
	if who, err := b.ByToken(token); err != nil || who.Device != d.ID || b.Devices.List()[0].LetInBy != "owner:ravi" {
		t.Errorf("let in: %+v %v", who, err)
	}
	if err := b.Devices.LetIn("d0", "owner:ravi"); refusal(err) != Missing {
		t.Error(err)
	}

	for range freeGuesses + 1 {
		pair("00000000", other)
	}
	fresh := b.Devices.Offer("owner:ravi", "", false)
	late, _, code := pair(fresh.Code, other)
	if code != 0 {
		t.Errorf("after a fresh offer: %v", code)
	}
	b.now = b.now.Add(waitingTime + time.Second)
	b.Devices.Offer("owner:ravi", "", true)
	if _, there := b.Devices.Get(late.ID); there {
		t.Error("a device that nobody let in stays for ever")
	}
}

// TestDoor_7_Replay: who saw code and key of a pairing gets no token of its device from another address, nor of one
// that was let in.
func TestDoor_7_Replay(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	phone, other := netip.MustParseAddr("192.168.1.20"), netip.MustParseAddr("192.168.1.66")
	pair := func(code string, from netip.Addr) (Device, string, Code) {
		d, token, err := b.Pair(Newcomer{Code: code, Name: "billing", Key: "1", From: from})
		return d, token, refusal(err)
	}
	offer := b.Devices.Offer("owner:ravi", "manager", false)
	d, _, _ := pair(offer.Code, phone)
	for _, code := range []string{offer.Code, offer.Secret} {
		if _, _, refused := pair(code, other); refused != Forbidden {
			t.Errorf("another address takes the device over: %v", refused)
		}
	}
	again, token, code := pair(offer.Code, phone)
	if code != 0 || again.ID != d.ID {
		t.Fatalf("the same request again: %+v %v", again, code)
	}
	if err := b.Devices.LetIn(d.ID, "owner:ravi"); err != nil {
		t.Fatal(err)
	}
	for _, from := range []netip.Addr{phone, other} {
		if _, _, code := pair(offer.Secret, from); code != Forbidden {
			t.Errorf("a token of a device that was let in, for %s: %v", from, code)
		}
	}
	if who, err := b.ByToken(token); err != nil || who.Role != Manager {
		t.Errorf("the device itself: %+v %v", who, err)
	}
}

// TestDoor_7_Sources: what is remembered of addresses is bounded, and one network of IPv6 is one address.
func TestDoor_7_Sources(t *testing.T) {
	var s Sources
	now := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	for i := range 3 * maxSources {
		s.Wrong(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if len(s.by) > maxSources {
		t.Errorf("%d addresses are remembered", len(s.by))
	}
	s.Clear()
	for i := range freeGuesses + 1 {
		s.Wrong(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i)), now)
	}
	if s.Wait(netip.MustParseAddr("2001:db8::ffff"), now) == 0 ||
		s.Wait(netip.MustParseAddr("2001:db8:1::1"), now) != 0 {
		t.Error("IPv6 addresses of one network are counted one by one, or all networks as one")
	}
	if s.Wait(netip.MustParseAddr("::ffff:10.0.0.1"), now) != 0 {
		t.Error("an IPv4 address waits for nothing")
	}
	s.Right(netip.MustParseAddr("2001:db8::1"))
	if s.Wait(netip.MustParseAddr("2001:db8::1"), now) != 0 {
		t.Error("a right code takes nothing back")
	}
}

// TestDoor_17: who acts on the box's socket has the name of the login, and each login its own.
func TestDoor_17(t *testing.T) {
	b := newBench(t)
	d, err := Load(Options{Settings: b.settings, Record: b.record})
	if err != nil {
		t.Fatal(err)
	}
	if who := d.ByUser(0); who.Name != "login:root" || who.Role != Owner || !who.Root {
		t.Errorf("the box's own list of users: %+v", who)
	}
	asha, meena := b.ByUser(4242), b.ByUser(4243)
	if meena.Name != "login:meena" || asha.Name == meena.Name || meena.Role != Cashier || meena.Root {
		t.Errorf("%+v and %+v", asha, meena)
	}
	b.staff(t)
	for range freeGuesses + 1 {
		b.As(meena, "ravi", "0000")
	}
	if _, err := b.As(meena, "ravi", "2580"); refusal(err) != TooOften {
		t.Errorf("PINs can be guessed over the socket: %v", err)
	}
	if who, err := b.As(asha, "ravi", "2580"); err != nil || who.Name != "owner:ravi" {
		t.Errorf("another login: %+v %v", who, err)
	}
}

// TestDoor_1_Meanwhile: who proved their power and lost it before the change had its turn makes no change; and nobody
// comes second as the first.
func TestDoor_1_Meanwhile(t *testing.T) {
	b := newBench(t)
	mine, _ := b.phone(t, "")
	strange, _ := b.phone(t, "")
	stranger, err := b.Prove(strange, Owner, "", "")
	if err != nil || b.MayAdd(strange) != nil {
		t.Fatalf("before anybody works here: %v", err)
	}
	if _, err := b.AddPerson(mine, "ravi", "owner", "2580", "k1"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.AddPerson(stranger, "evil", "owner", "1357", "k2"); refusal(err) != NeedsPIN {
		t.Errorf("a second one comes first as well: %v", err)
	}

	for name, c := range map[string]struct {
		meanwhile func(b *bench) error
		want      Code
	}{
		"nothing happens": {func(*bench) error { return nil }, 0},
		"removed":         {func(b *bench) error { return b.Persons.Remove("evil", "owner:ravi") }, Forbidden},
		"a new PIN":       {func(b *bench) error { return b.Persons.SetPIN("evil", "9517", "owner:ravi") }, Forbidden},
		"removed, and back as a cashier": {func(b *bench) error {
			if err := b.Persons.Remove("evil", "owner:ravi"); err != nil {
				return err
			}
			_, err := b.Persons.Add("evil", "cashier", "1357", "owner:ravi", "k4")
			return err
		}, Forbidden},
	} {
		b := newBench(t)
		b.staff(t)
		if _, err := b.Persons.Add("evil", "owner", "1357", "owner:ravi", "k1"); err != nil {
			t.Fatal(err)
		}
		phone, _ := b.phone(t, "")
		evil, err := b.SignIn(phone, "evil", "1357")
		if err == nil {
			evil, err = b.Prove(evil, Owner, "", "1357")
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := c.meanwhile(b); err != nil {
			t.Fatal(err)
		}
		_, added := b.AddPerson(evil, "eve", "owner", "7531", "k2")
		reset := b.SetPIN(evil, "asha", "4826")
		removed := b.RemovePerson(evil, "asha")
		for what, err := range map[string]error{"adds": added, "sets a PIN": reset, "removes": removed} {
			if refusal(err) != c.want || c.want == 0 && err != nil {
				t.Errorf("%s: an owner who was proved before it %s: %v", name, what, err)
			}
		}
	}
}

// TestDoor_8_Acts: what changes nothing stands in no book, or whoever holds a paired phone fills it: signing out where
// nobody is signed in, and the request that used a code, sent on and on.
func TestDoor_8_Acts(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	phone, _ := b.phone(t, "")
	asha, err := b.SignIn(phone, "asha", "1379")
	if err != nil {
		t.Fatal(err)
	}
	b.acts = nil
	for range 100 {
		if now, err := b.SignOut(asha); err != nil || now != phone {
			t.Fatalf("%+v %v", now, err)
		}
	}
	if len(b.acts) != 1 {
		t.Errorf("a hundred times out of one sign-in: %d acts", len(b.acts))
	}

	offer := b.Devices.Offer("owner:ravi", "", false)
	b.acts = nil
	last := error(nil)
	for range 100 {
		n := Newcomer{Code: offer.Secret, Name: "stranger", Key: "k", From: netip.MustParseAddr("192.168.1.66")}
		_, _, last = b.Pair(n)
	}
	if len(b.acts) != 1+repeatsMost || refusal(last) != Forbidden {
		t.Errorf("the same pairing a hundred times: %d acts, the last %v", len(b.acts), last)
	}
}
