package membership

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"galla/internal/uplink"
)

// Sort is what a refusal is about.
type Sort int

// The sorts of refusals.
const (
	BadValue Sort = iota + 1 // a value can't be used; Refusal.Field names it
	NotNow                   // not as things stand
	TooOften                 // too many tries; Refusal.Wait is how long the next has to wait
	Away                     // the office did not answer
)

// Refusal is what a caller is told: what is wrong, and what to do next. It holds neither key nor code.
type Refusal struct {
	Sort   Sort
	Code   string // office_code, office_away, … ; of the catalogue, behind "problem_"
	Field  string // of the request
	Why    string
	Next   string
	Wait   time.Duration
	Values map[string]any
}

// Error is the reason.
func (r *Refusal) Error() string { return r.Why }

func refuse(code string, sort Sort, field, why, next string) *Refusal {
	return &Refusal{Code: code, Sort: sort, Field: field, Why: why, Next: next}
}

// with gives the values of the catalogue's sentence.
func (r *Refusal) with(v map[string]any) *Refusal {
	r.Values = v
	return r
}

// refusal says why an office's entry did nothing.
func refusal(host string, err error) *Refusal {
	v := map[string]any{"office": host}
	no, answered := errors.AsType[*uplink.EntryError](err)
	switch {
	case !answered && errors.Is(err, uplink.ErrTrust):
		v["why"] = err.Error()
		return refuse("office_trust", NotNow, "fingerprint",
			fmt.Sprintf("this box does not trust the certificate of %s: %v", host, err),
			`Give the fingerprint that the office's page "Add a box" shows (--fingerprint).`).with(v)
	case !answered:
		v["why"] = err.Error()
		return refuse("office_away", Away, "", fmt.Sprintf("the head office %s could not be asked: %v", host, err),
			"Look at the address and at the shop's line, and try again.").with(v)
	case no.Status == http.StatusNotFound || no.Status == http.StatusGone:
		return refuse("office_code", NotNow, "code",
			fmt.Sprintf("%s does not know this code: it is used, its time is over, or it is mistyped", host),
			`Make a new code on the office's page "Add a box"; it is good for a quarter of an hour.`).with(v)
	case no.Status == http.StatusTooManyRequests:
		r := refuse("office_tries", TooOften, "", fmt.Sprintf("%s has seen too many tries from here", host),
			"Wait, then try again.").with(v)
		r.Wait = max(no.Wait, time.Second)
		return r
	}
	v["why"] = err.Error()
	return refuse("office_refused", NotNow, "", fmt.Sprintf("%s refuses this box: %v", host, err),
		"Ask whoever runs the office.").with(v)
}
