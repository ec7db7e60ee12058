package people

import "time"

// Code is why something is refused. The pages say it in the language in use.
type Code string

// The codes.
const (
	BadName     Code = "people_name"      // it can't be used
	BadRole     Code = "people_role"      // it is none
	BadPassword Code = "people_password"  // of one that is chosen: too short, too long, or guessed first
	NameTaken   Code = "people_taken"     // somebody has it, or one that looks like it
	OwnerFirst  Code = "people_first"     // the first person must be an owner
	OnlyOwner   Code = "people_only"      // the only owner can't be removed
	Missing     Code = "people_missing"   // nobody has that name
	Wrong       Code = "people_wrong"     // name or password is wrong
	TooOften    Code = "people_tries"     // too many wrong tries: Wait
	SignedOut   Code = "people_signedout" // there is no such session, or it has ended
	NotAllowed  Code = "people_forbidden" // the role does not cover it
)

// Refusal is an error of the caller's.
type Refusal struct {
	Code Code
	Says string        // in English: what is wrong, with the offending value
	Next string        // and what to do
	Wait time.Duration // of TooOften
}

func (r *Refusal) Error() string { return r.Says }

func refuse(code Code, says, next string) *Refusal {
	return &Refusal{Code: code, Says: says, Next: next}
}
