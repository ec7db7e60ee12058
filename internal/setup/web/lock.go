package web

import (
	"crypto/rand"
	"crypto/subtle"
	"math/big"
	"sync"
	"time"
)

const (
	codeLife  = 10 * time.Minute
	tokenLife = time.Hour
	wrongMost = 5 // then a new code is shown
)

// lock is the code on the screen and the token it was changed for.
type lock struct {
	mu    sync.Mutex
	now   func() time.Time
	show  func(code string, until time.Time)
	code  string
	until time.Time
	wrong int
	token string
	ends  time.Time
}

// renew shows a new code when there is none that holds. It answers when to look again.
func (l *lock) renew() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if l.token != "" && now.Before(l.ends) {
		return l.ends.Sub(now)
	}
	if l.code == "" || !now.Before(l.until) {
		l.fresh()
	}
	return l.until.Sub(now)
}

func (l *lock) fresh() {
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil { // crypto/rand doesn't fail (Go 1.24)
		panic(err)
	}
	digits := n.Text(10)
	for len(digits) < 8 {
		digits = "0" + digits
	}
	l.code, l.until, l.wrong, l.token = digits[:4]+"-"+digits[4:], l.now().Add(codeLife), 0, ""
	l.show(l.code, l.until)
}

// open changes the code for a token; false: it is not the code, or void.
func (l *lock) open(code string) (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.code == "" || !l.now().Before(l.until) {
		return "", false
	}
	if subtle.ConstantTimeCompare([]byte(digitsOf(code)), []byte(digitsOf(l.code))) != 1 {
		if l.wrong++; l.wrong >= wrongMost {
			l.fresh()
		}
		return "", false
	}
	l.code, l.token, l.ends = "", rand.Text(), l.now().Add(tokenLife)
	l.show("", time.Time{})
	return l.token, true
}

func (l *lock) holds(token string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.token != "" && l.now().Before(l.ends) && subtle.ConstantTimeCompare([]byte(token), []byte(l.token)) == 1
}

func digitsOf(s string) string {
	var out []rune
	for _, r := range s {
		if r >= '0' && r <= '9' {
			out = append(out, r)
		}
	}
	return string(out)
}
