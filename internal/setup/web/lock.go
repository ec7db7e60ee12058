package web

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"net/netip"
	"sync"
	"time"

	"galla/internal/people"
)

const (
	codeLife  = 10 * time.Minute
	tokenLife = time.Hour
)

// lock is the code on the screen and the token it was changed for. Wrong codes change neither: they are counted for the
// address they come from, so that a stranger keeps nobody out.
type lock struct {
	now   func() time.Time
	show  func(code, secret string, until time.Time)
	wrong people.Sources

	mu     sync.Mutex
	code   string // eight digits, for who types; "": none is shown
	secret string // 128 bits, for who scans
	until  time.Time
	token  string
	ends   time.Time
}

// renew shows a new code when there is none that holds, and nobody is in. It answers when to look again.
func (l *lock) renew() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if l.token != "" && now.Before(l.ends) {
		return l.ends.Sub(now)
	}
	l.ensure(now)
	return l.until.Sub(now)
}

// ask shows whoever stands at the till a code, also while somebody is in, who stays until it is used: the owner who
// lost the page has no other way back. A code that stands there already is not changed, or a stranger could change it
// under the owner's fingers.
func (l *lock) ask() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ensure(l.now())
}

// ensure shows a new code when there is none that holds. The caller holds mu.
func (l *lock) ensure(now time.Time) {
	if l.code != "" && now.Before(l.until) {
		return
	}
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil { // crypto/rand doesn't fail (Go 1.24)
		panic(err)
	}
	digits := fmt.Sprintf("%08d", n)
	l.code, l.secret, l.until = digits[:4]+"-"+digits[4:], rand.Text(), now.Add(codeLife)
	l.show(l.code, l.secret, l.until)
}

// open changes the code for a token; "": it is not the code, or void. wait is how long the next try from the address
// has to wait, and tries how many were wrong.
func (l *lock) open(code string, from netip.Addr) (token string, wait time.Duration, tries int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	valid := l.code != "" && now.Before(l.until)
	scanned := valid && same(code, l.secret)
	if wait := l.wrong.Wait(from, now); wait > 0 && !scanned {
		return "", wait, 0
	}
	if !scanned && !(valid && same(digitsOf(code), digitsOf(l.code))) {
		tries := l.wrong.Wrong(from, now)
		return "", l.wrong.Wait(from, now), tries
	}
	l.wrong.Right(from)
	l.code, l.secret, l.token, l.ends = "", "", rand.Text(), now.Add(tokenLife)
	l.show("", "", time.Time{})
	return l.token, 0, 0
}

func (l *lock) holds(token string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.token != "" && l.now().Before(l.ends) && same(token, l.token)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func digitsOf(s string) string {
	var out []rune
	for _, r := range s {
		if r >= '0' && r <= '9' {
			out = append(out, r)
		}
	}
	return string(out)
}
