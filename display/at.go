package display

import "time"

// At returns what may be shown of v at now: v itself until its ValidUntil, and after that a View without QR or name
// that claims nothing about the money. The till, too, ends a sale at this moment, and says so a little later (it asks
// the gateway first); "the time is over" is therefore drawn here as the till will say it, with amount and number, so
// that nothing jumps when it does. It stays no longer than the till is heard.
func At(v View, now time.Time) View {
	if v.ValidUntil.IsZero() || now.Before(v.ValidUntil) {
		return v
	}
	old := View{Seq: v.Seq, Shop: v.Shop, Languages: v.Languages, Demo: v.Demo}
	switch v.Screen {
	case ScreenPay:
		old.Screen, old.Reason, old.Name, old.Number, old.Amount = ScreenUnpaid, ReasonExpired, v.Name, v.Number,
			v.Amount
	case ScreenPaid, ScreenUnpaid, ScreenLate, ScreenTyping, ScreenPairing:
		old.Screen = ScreenIdle // said long enough; the next customer sees nothing of this one
	default:
		// Opening, paying and idle are renewed by gallad: their time is over only when nothing is heard from it.
		old.Screen, old.Reason = ScreenOutOfService, ReasonConnectionLost
	}
	return old
}

// refused is what stands where a QR can't be drawn readably.
func refused(v View) View {
	return View{
		Seq:       v.Seq,
		Shop:      v.Shop,
		Languages: v.Languages,
		Demo:      v.Demo,
		Screen:    ScreenOutOfService,
		Reason:    ReasonQRUnreadable,
	}
}

// step is how often the time left is worth moving. Over a minute nobody can act on less than ten seconds, and each
// move costs the box a redraw; in the last ten seconds each one counts.
func step(left time.Duration) time.Duration {
	switch {
	case left > time.Minute:
		return 10 * time.Second
	case left > 10*time.Second:
		return 5 * time.Second
	default:
		return time.Second
	}
}

// shownLeft is left as the screen says it: rounded down, so that it never promises time that isn't there.
func shownLeft(left time.Duration) time.Duration {
	if left <= 0 {
		return 0
	}
	return left.Truncate(step(left))
}

// shownElapsed is how long the customer has waited, in steps of ten seconds.
func shownElapsed(since, now time.Time) time.Duration {
	if since.IsZero() || now.Before(since) {
		return 0
	}
	return now.Sub(since).Truncate(10 * time.Second)
}

// clockSet reports whether now can be the true time. A Pi without a clock chip starts in 1970 or at its image's date.
func clockSet(now time.Time) bool { return now.Year() >= 2025 }
