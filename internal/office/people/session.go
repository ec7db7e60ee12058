package people

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"time"
)

// How long a session lasts.
const (
	Idle    = 12 * time.Hour // after its last use
	Longest = 7 * 24 * time.Hour

	seenEvery = time.Minute // a write per request would be one too many
)

const (
	freeTries   = 4 // wrong ones of a name at a place that cost nothing
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
	triesEnd    = 24 * time.Hour // after the last one they are forgotten

	placeTries  = 20 // of a place at once, whatever the names; then one more each placeRefill
	placeRefill = 3 * time.Minute

	runLength = 3 // wrong passwords one after the other that are written down
)

// TokenHash is what is stored of a session's token.
type TokenHash [sha256.Size]byte

func hashToken(token string) TokenHash { return sha256.Sum256([]byte("galla session\x00" + token)) }

// place is who is counted as one: an address, of IPv6 its network of one customer.
func place(a netip.Addr) string {
	if a = a.Unmap(); a.Is6() {
		if p, err := a.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// SignIn answers a right name and password with the token of a new session.
func (p *People) SignIn(
	ctx context.Context,
	from netip.Addr,
	name, password string,
) (token string, s Session, err error) {
	r, err := p.prove(ctx, from, name, password)
	if err != nil {
		return "", Session{}, err
	}
	token = rand.Text()
	now := p.wall()
	s = Session{Name: r.Name, Role: r.Role, Began: now, Used: now}
	err = p.store.Change(ctx, func(tx Tx) error {
		is, found, err := tx.Person(r.Folded)
		if err != nil {
			return err
		}
		if !found || is.Hash != r.Hash { // removed, or given another password, since
			return wrong()
		}
		if err := tx.ForgetSessions(now.Add(-Longest), now.Add(-Idle)); err != nil {
			return err
		}
		if err := tx.PutSession(hashToken(token), s); err != nil {
			return err
		}
		return tx.AddAct(p.act(r.Name, ActSignIn, "", map[string]any{"from": place(from)}))
	})
	return token, s, err
}

// Prove says that whoever is signed in has the password that came with the request.
func (p *People) Prove(ctx context.Context, from netip.Addr, s Session, password string) error {
	_, err := p.prove(ctx, from, s.Name, password)
	return err
}

// prove counts a try and compares. Of a name that nobody has, another hash is compared, for the time that it takes.
func (p *People) prove(ctx context.Context, from netip.Addr, name, password string) (r Record, err error) {
	folded, at := fold(name), place(from)
	if len(folded) > 200 || len(password) > maxPassword {
		return r, wrong()
	}
	now := p.wall()
	var wait time.Duration
	var counted Tries
	err = p.store.Try(ctx, at, folded, func(n, l Tries) (Tries, Tries, bool) {
		n, l = n.at(now), l.at(now)
		if wait = max(n.wait(now), l.full(now)); wait > 0 {
			return n, l, false
		}
		n, l = n.wrong(now), l.filled(now)
		counted = n
		return n, l, true
	})
	switch {
	case err != nil:
		return r, err
	case wait > 0:
		e := refuse(TooOften, fmt.Sprintf("too many wrong tries: the next is possible in %s", wait.Round(time.Second)),
			"Wait, or ask an owner to set a new password.")
		e.Wait = wait
		return r, e
	}

	found := false
	err = p.store.View(ctx, func(tx Tx) error {
		r, found, err = tx.Person(folded)
		return err
	})
	if err != nil {
		return r, err
	}
	hash := r.Hash
	if !found {
		hash = p.dummy
	}
	if right := matches(password, hash); right && found {
		return r, p.store.Right(ctx, at, folded)
	}
	if counted.Wrong == runLength || counted.Wrong > freeTries {
		who := r.Name
		if !found {
			who = "?" // it may be a password that was typed in the wrong field
		}
		detail := map[string]any{"from": at, "wrong": counted.Wrong}
		if err := p.Record(ctx, who, ActWrong, who, detail); err != nil {
			return r, err
		}
	}
	return Record{}, wrong()
}

func wrong() *Refusal {
	return refuse(Wrong, "name or password is wrong", "Try again, or ask an owner to set a new password.")
}

// By is who is signed in with a token. Use says that the person did something, which a page that asks by itself did
// not.
func (p *People) By(ctx context.Context, token string, use bool) (s Session, err error) {
	over := refuse(SignedOut, "nobody is signed in here, or the sign-in has ended by its age", "Sign in.")
	if len(token) < 20 || len(token) > 64 {
		return s, over
	}
	hash, found := hashToken(token), false
	err = p.store.View(ctx, func(tx Tx) error {
		s, found, err = tx.Session(hash)
		return err
	})
	now := p.wall()
	switch {
	case err != nil:
		return s, err
	case !found || now.Sub(s.Began) > Longest || now.Sub(s.Used) > Idle || s.Began.Sub(now) > Idle:
		return Session{}, over
	case use && now.Sub(s.Used) > seenEvery:
		return s, p.store.Seen(ctx, hash, now)
	}
	return s, nil
}

// SignOut ends the session of a token.
func (p *People) SignOut(ctx context.Context, token string) error {
	return p.store.Change(ctx, func(tx Tx) error { return tx.EndSession(hashToken(token)) })
}

// at is what is left of tries at an instant.
func (t Tries) at(now time.Time) Tries {
	if now.Sub(t.Last) > triesEnd {
		return Tries{}
	}
	return t
}

// wait is how long the next try of a name has to wait. A clock that jumped back locks nobody out for longer than the
// longest wait.
func (t Tries) wait(now time.Time) time.Duration { return min(max(0, t.Until.Sub(now)), longestWait) }

func (t Tries) wrong(now time.Time) Tries {
	t.Wrong++
	t.Last = now
	if n := t.Wrong - freeTries; n > 0 {
		t.Until = now.Add(min(firstWait<<min(n-1, 10), longestWait))
	}
	return t
}

// full and filled are of a place, whose Until is the instant at which all its tries have come back: each one moves it
// by placeRefill.
func (t Tries) full(now time.Time) time.Duration {
	return min(max(0, t.Until.Add(-(placeTries-1)*placeRefill).Sub(now)), placeRefill)
}

func (t Tries) filled(now time.Time) Tries {
	if t.Until.Before(now) {
		t.Until = now
	}
	t.Until, t.Last = t.Until.Add(placeRefill), now
	t.Wrong++
	return t
}

// Back is a place's tries after a right password: it gives back what it took.
func (t Tries) Back() Tries {
	t.Until = t.Until.Add(-placeRefill)
	t.Wrong = max(0, t.Wrong-1)
	return t
}
