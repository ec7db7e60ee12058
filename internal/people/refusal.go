package people

import (
	"fmt"
	"time"
)

// Code is the sort of a refusal.
type Code int

const (
	Unacceptable Code = iota + 1 // a value can't be used; Refusal.Field names it
	Unidentified                 // nobody knows who calls
	Forbidden                    // the role does not cover it, or a secret was wrong
	Missing                      // there is no such person or device
	Conflict                     // not possible as things stand
	TooOften                     // too many wrong tries; Refusal.Wait is how long the next has to wait
	SignedOut                    // the sign-in on this device has ended by its age; Refusal.Person enters the PIN again
	NeedsPIN                     // the acting person's own PIN is missing
	NotLetIn                     // the device is paired, and nobody has let it in yet
)

// Refusal is what a caller is told: what is wrong, and what to do next. It holds no secret.
type Refusal struct {
	Code   Code
	Field  string // of the request: "name", "role", "pin", "service"; "" where it is about no single one
	Detail string
	Next   string
	Wait   time.Duration

	Reason string // what exactly: wrong_pin, wrong_pairing_code, … ; "" where the sort says it all
	Person string // whom the reason is about
	Role   string // what it takes
	Check  string // four digits by which the owner knows the device
}

// Error is the detail.
func (r *Refusal) Error() string { return r.Detail }

func refuse(code Code, detail, next string) *Refusal {
	return &Refusal{Code: code, Detail: detail, Next: next}
}

func unacceptable(field, detail, next string) *Refusal {
	return &Refusal{Code: Unacceptable, Field: field, Detail: detail, Next: next}
}

// as names the refusal's reason.
func (r *Refusal) as(reason string) *Refusal {
	r.Reason = reason
	return r
}

// of names whom the reason is about.
func (r *Refusal) of(person string) *Refusal {
	r.Person = person
	return r
}

// tooManyGuesses says how long to wait; next is what to do then.
func tooManyGuesses(wait time.Duration, next string) *Refusal {
	r := refuse(
		TooOften,
		fmt.Sprintf("there were too many wrong tries: the next is possible in %s", wait.Round(time.Second)),
		next,
	).as("too_many_guesses")
	r.Wait = wait
	return r
}

// NotAllowed refuses a caller what takes a higher role.
func NotAllowed(who Caller, need Role) *Refusal {
	if who.Ended != "" {
		return sessionOver(who)
	}
	if who.Role == Nobody && who.Device != "" {
		return refuse(
			Unidentified,
			"nobody is signed in on this device",
			"Sign in with your name and PIN.",
		).as("not_signed_in")
	}
	r := refuse(
		Forbidden,
		fmt.Sprintf("%s may not do this: it takes %s", who.Name, need.one()),
		fmt.Sprintf("Ask %s.", need.one()),
	).as("role_too_low").
		of(who.Name)
	r.Role = need.String()
	return r
}
