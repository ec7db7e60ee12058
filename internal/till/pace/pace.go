package pace

import (
	crypto "crypto/rand"
	"math/rand/v2"
	"time"

	"galla/state"
)

// Looks are no effects, but what Backoff knows them by.
const Look, Watch state.Do = "look", "watch"

// Dice draws what must differ from till to till: references, and the jitter of waits.
type Dice struct{ *rand.Rand }

// Most customers scan and type their PIN within some seconds. In that time the sale on the screen is looked at more
// often where few others wait: customer and cashier stand there until the money is seen, half of the interval at the
// median.
const (
	soonest    = 2500 * time.Millisecond // nobody pays sooner
	usual      = 16 * time.Second
	screenLook = 1100 * time.Millisecond
)

// New draws from src; nil means from what the system gives, by a generator nobody can foresee.
func New(src rand.Source) Dice {
	if src == nil {
		var seed [32]byte
		crypto.Read(seed[:]) // never fails (crypto/rand, since Go 1.24)
		src = rand.NewChaCha8(seed)
	}
	return Dice{rand.New(src)}
}

// Token makes n random characters that a person can read out: no vowels, no look-alikes.
func (c Dice) Token(n int) string {
	const letters = "0123456789BCDFGHJKMNPQRSTVWXYZ"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[c.IntN(len(letters))]
	}
	return string(b)
}

// UpTo draws a time from 0 up to d.
func (c Dice) UpTo(d time.Duration) time.Duration { return time.Duration(c.Int64N(int64(d))) }

// Interval is the time between two looks at a sale's order: quick while the customer is likely to pay, slower later and
// when many sales wait, so that all of them together stay within what a gateway gives one shop.
func (c Dice) Interval(age time.Duration, waiting, closing int, onScreen bool) time.Duration {
	var d time.Duration
	switch {
	case age < time.Second: // the first: nobody scans and pays at once
		d = time.Second
	case age < time.Minute:
		d = 2 * time.Second
	case age < 3*time.Minute:
		d = 3 * time.Second
	default:
		d = 5 * time.Second
	}
	if onScreen && waiting <= 2 && closing <= 1 && age >= soonest && age < usual {
		d = screenLook
	}
	switch {
	case !onScreen && waiting > 4: // the one on the screen is never slowed by the others
		d = d * time.Duration(waiting) / 4
	case onScreen && closing > 4: // but by many that end: each of its looks is the close of another
		if d = max(d, 2900*time.Millisecond); age < time.Second {
			d = 5 * time.Second
		}
	}
	return d*9/10 + c.UpTo(d/5)
}

// Debit is the time between two looks at a debit that has no end yet: of most it comes within minutes, and of some the
// next day.
func (c Dice) Debit(age time.Duration) time.Duration {
	d := 30 * time.Minute
	switch {
	case age < 2*time.Minute:
		d = 10 * time.Second
	case age < time.Hour:
		d = 2 * time.Minute
	}
	return d*9/10 + c.UpTo(d/5)
}

// Backoff is the wait before an effect's next try, with full jitter above its floor.
func (c Dice) Backoff(do state.Do, fails int) time.Duration {
	floor, top := time.Second, 30*time.Second
	switch do {
	case state.DoFollow: // a refund takes days
		floor, top = time.Minute, time.Hour
	case Watch: // nobody waits for it, and it may be true for days of many sales
		top = 15 * time.Minute
	case state.DoRefund:
		floor, top = 2*time.Second, 5*time.Minute
	}
	d := min(top, floor<<min(fails-1, 12))
	return floor/2 + c.UpTo(d)
}

const (
	// payingGrace: paying customers get this long beyond the sale's life: banks are first asked 90 s after the start
	// (gateways.md §3.4).
	payingGrace = 2 * time.Minute
	// ProcessingGrace is the same while the gateway says that the bank has the payment: a second person may have to
	// approve it (upi-rules.md, UPI Circle and joint accounts).
	ProcessingGrace = 15 * time.Minute
)

// Life is how long a sale that is on offer goes on, as it stands.
func Life(s *state.Sale) time.Duration {
	if s.Kind == state.KindMandate || s.Phase != state.PhasePaying {
		return s.Life
	}
	for _, p := range s.Payments {
		if p.Status == state.PaymentProcessing {
			return s.Life + ProcessingGrace
		}
	}
	return s.Life + payingGrace
}
