package people_test

import (
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/office/people"
	"galla/internal/office/people/peopletest"
)

func TestMemory(t *testing.T) {
	peopletest.Contract(t, func(testing.TB) people.Store { return peopletest.NewMemory() })
}

var cheap = people.Cost{Passes: 1, Memory: 8}

const secret = "stone lamp river nine"

type bench struct {
	*testing.T
	m   *peopletest.Memory
	p   *people.People
	now time.Time
}

func open(t *testing.T) *bench {
	b := &bench{T: t, m: peopletest.NewMemory(), now: time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)}
	b.p = people.New(b.m, cheap, func() time.Time { return b.now })
	b.must(b.p.Add(t.Context(), "root", "Ravi", people.Owner, secret))
	return b
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) refused(err error, code people.Code) *people.Refusal {
	b.Helper()
	r, ok := errors.AsType[*people.Refusal](err)
	if !ok || r.Code != code || r.Says == "" || r.Next == "" || strings.Contains(r.Says, secret) {
		b.Fatalf("%v (%+v), not %s", err, r, code)
	}
	return r
}

var here = netip.MustParseAddr("192.0.2.7")

func (b *bench) in(name, password string, from netip.Addr) (string, error) {
	token, _, err := b.p.SignIn(b.Context(), from, name, password)
	return token, err
}

func TestPeople(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	b.refused(b.p.Add(ctx, "Ravi", "Ravi.", people.Viewer, secret), people.NameTaken)
	b.refused(b.p.Add(ctx, "Ravi", "Rаvi", people.Viewer, secret), people.BadName) // a Cyrillic а in one word
	b.refused(b.p.Add(ctx, "Ravi", "=cmd", people.Viewer, secret), people.BadName)
	b.refused(b.p.Add(ctx, "Ravi", "Asha", people.Nobody, secret), people.BadRole)
	for _, weak := range []string{"", "short", "1234567890", "aaaaaaaaaaaaaaa", "abcdefghijkl", "ashaasha12",
		strings.Repeat("x1y2z", 30)} {
		b.refused(b.p.Add(ctx, "Ravi", "Asha", people.Viewer, weak), people.BadPassword)
	}
	b.must(b.p.Add(ctx, "Ravi", "Asha", people.Accountant, secret))
	b.refused(b.p.Remove(ctx, "Ravi", "ravi"), people.OnlyOwner)
	b.refused(b.p.Remove(ctx, "Ravi", "Meena"), people.Missing)

	token, err := b.in("ASHA ", secret, here)
	b.must(err)
	s, err := b.p.By(ctx, token, true)
	if err != nil || s.Name != "Asha" || s.Role != people.Accountant {
		t.Fatalf("%+v, %v", s, err)
	}
	b.must(b.p.SetPassword(ctx, "Ravi", "asha", "another "+secret))
	_, err = b.p.By(ctx, token, true)
	b.refused(err, people.SignedOut)
	if _, err = b.in("Asha", secret, here); err == nil {
		t.Error("the old password works")
	}
	token, err = b.in("Asha", "another "+secret, here)
	b.must(err)
	b.must(b.p.Prove(ctx, here, s, "another "+secret))
	b.refused(b.p.Prove(ctx, here, s, secret), people.Wrong)
	b.must(b.p.Remove(ctx, "Ravi", "Asha"))
	_, err = b.p.By(ctx, token, true)
	b.refused(err, people.SignedOut)

	acts, err := b.p.Acts(ctx, 0, 100)
	b.must(err)
	var kinds []string
	for _, a := range acts {
		kinds = append(kinds, a.By+" "+a.Kind+" "+a.Target)
	}
	want := "Ravi person.remove Asha, Asha session.begin , Ravi person.password Asha, Asha session.begin , " +
		"Ravi person.add Asha, root person.add Ravi"
	if got := strings.Join(kinds, ", "); got != want {
		t.Errorf("the audit has %s\nnot %s", got, want)
	}
	if dump := b.m.Dump(); strings.Contains(dump, secret) || strings.Contains(dump, token) {
		t.Error("a password or a token is kept as it is")
	}
}

func TestFirst(t *testing.T) {
	b := &bench{T: t, m: peopletest.NewMemory()}
	b.p = people.New(b.m, cheap, nil)
	b.refused(b.p.Add(t.Context(), "root", "Asha", people.Viewer, secret), people.OwnerFirst)
}

func TestSessionEnds(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	token, err := b.in("Ravi", secret, here)
	b.must(err)
	for range 13 { // used every twelve hours
		b.now = b.now.Add(people.Idle)
		_, err = b.p.By(ctx, token, true)
		b.must(err)
	}
	b.now = b.now.Add(people.Idle).Add(time.Second)
	_, err = b.p.By(ctx, token, true)
	b.refused(err, people.SignedOut) // seven days after it began

	token, err = b.in("Ravi", secret, here)
	b.must(err)
	b.now = b.now.Add(people.Idle / 2)
	_, err = b.p.By(ctx, token, false) // what a page asks by itself
	b.must(err)
	b.now = b.now.Add(people.Idle/2 + time.Second)
	_, err = b.p.By(ctx, token, true)
	b.refused(err, people.SignedOut)

	token, err = b.in("Ravi", secret, here)
	b.must(err)
	b.must(b.p.SignOut(ctx, token))
	_, err = b.p.By(ctx, token, true)
	b.refused(err, people.SignedOut)
	_, err = b.p.By(ctx, strings.Repeat("x", 1<<20), true)
	b.refused(err, people.SignedOut)
}

func TestTries(t *testing.T) {
	for _, name := range []string{"Ravi", "Nobody"} { // an unknown name is slowed the same, and reads the same
		b := open(t)
		var said []string
		waits := 0
		for i := range 8 {
			_, err := b.in(name, "wrong "+secret, here)
			r, _ := errors.AsType[*people.Refusal](err)
			switch {
			case r == nil:
				t.Fatal(err)
			case r.Code == people.TooOften:
				waits++
				if want := 30 * time.Second << (waits - 1); r.Wait != want {
					t.Errorf("%s, try %d: a wait of %s, not %s", name, i, r.Wait, want)
				}
				b.now = b.now.Add(r.Wait)
				_, err = b.in(name, "wrong "+secret, here)
				b.refused(err, people.Wrong)
			default:
				said = append(said, r.Says)
			}
		}
		if waits != 3 || len(said) != 5 {
			t.Errorf("%s: %d waits, %d answers", name, waits, len(said))
		}
		b.now = b.now.Add(time.Hour)
		_, err := b.in("Ravi", secret, here)
		b.must(err)
		if dump := b.m.Dump(); strings.Contains(dump, "nobody") &&
			strings.Contains(dump, `Kind:password.wrong Target:nobody`) {
			t.Error("what somebody typed that is no name stands in the audit")
		}
	}
}

// TestPlace: an address has so many tries, whatever the names; another one is not made to wait.
func TestPlace(t *testing.T) {
	b := open(t)
	wrong := 0
	for i := range 40 {
		_, err := b.in("name"+string(rune('a'+i)), secret, here)
		if r, _ := errors.AsType[*people.Refusal](err); r.Code == people.Wrong {
			wrong++
		}
	}
	if wrong != 20 {
		t.Errorf("%d tries, not 20", wrong)
	}
	_, err := b.in("Ravi", secret, here)
	b.refused(err, people.TooOften)
	_, err = b.in("Ravi", secret, netip.MustParseAddr("2001:db8::1"))
	b.must(err)
	b.now = b.now.Add(3 * time.Minute)
	_, err = b.in("Ravi", secret, here)
	b.must(err)
}

// TestStorm: a hundred tries at once are counted one by one, before any is compared.
func TestStorm(t *testing.T) {
	b := open(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	wrong := 0
	for range 100 {
		all.Go(func() {
			_, err := b.in("Ravi", "guess "+secret, here)
			if r, _ := errors.AsType[*people.Refusal](err); r != nil && r.Code == people.Wrong {
				mu.Lock()
				wrong++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if wrong != 5 {
		t.Errorf("%d of a hundred were compared, not 5", wrong)
	}
}

// TestCommitFails: what was not written did not happen, and what was written though the answer got lost, did.
func TestCommitFails(t *testing.T) {
	b := open(t)
	ctx := t.Context()
	lost := errors.New("the line broke")
	for _, after := range []bool{false, true} {
		b.m.Fail, b.m.After = lost, after
		if err := b.p.Add(ctx, "Ravi", "Asha", people.Viewer, secret); !errors.Is(err, lost) {
			t.Fatal(err)
		}
		_, err := b.in("Asha", secret, here)
		if after {
			b.must(err)
		} else {
			b.refused(err, people.Wrong)
		}
	}
}
