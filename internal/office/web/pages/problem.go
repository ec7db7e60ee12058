package pages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"galla/internal/office/joining"
	"galla/internal/office/owner"
	"galla/internal/office/people"
)

// problem is an error as a caller gets it (RFC 9457).
type problem struct {
	Type   string            `json:"type"`
	Status int               `json:"status"`
	Detail string            `json:"detail"` // English
	Next   string            `json:"next,omitempty"`
	Code   string            `json:"detail_code"`
	Values map[string]string `json:"detail_values,omitempty"`

	wait int // seconds
}

func (p *problem) Error() string { return p.Detail }

func refuse(status int, code, detail, next string) *problem {
	return &problem{Status: status, Code: code, Detail: detail, Next: next}
}

var statuses = map[people.Code]int{
	people.Missing:    http.StatusNotFound,
	people.Wrong:      http.StatusForbidden,
	people.TooOften:   http.StatusTooManyRequests,
	people.SignedOut:  http.StatusUnauthorized,
	people.NotAllowed: http.StatusForbidden,
	people.NameTaken:  http.StatusConflict,
	people.OnlyOwner:  http.StatusConflict,
	people.OwnerFirst: http.StatusConflict,
}

// of makes a problem of an error.
func of(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	if r, ok := errors.AsType[*people.Refusal](err); ok {
		p := refuse(http.StatusUnprocessableEntity, string(r.Code), r.Says, r.Next)
		if status := statuses[r.Code]; status > 0 {
			p.Status = status
		}
		if r.Wait > 0 {
			p.wait = int(math.Ceil(r.Wait.Seconds()))
			p.Values = map[string]string{"seconds": strconv.Itoa(p.wait)}
		}
		return p
	}
	if a, ok := errors.AsType[*owner.Asked](err); ok {
		return refuse(http.StatusBadRequest, a.Code, a.Says, a.Next)
	}
	if j, ok := errors.AsType[*joining.Problem](err); ok {
		p := refuse(http.StatusConflict, "joining_"+string(j.Reason), j.Says, "")
		p.Values = map[string]string{"value": j.Value}
		return p
	}
	return nil
}

// answer writes a problem. What is none of the caller's doing is told to the log, and to nobody else.
func (p *Pages) answer(w http.ResponseWriter, r *http.Request, err error) {
	d := of(err)
	if d == nil {
		if !errors.Is(err, context.Canceled) {
			p.o.Log.Error("office page", "path", r.URL.Path, "error", err)
		}
		d = refuse(
			http.StatusServiceUnavailable,
			"office_failed",
			"the office can't answer now",
			"Try again in a minute.",
		)
		d.wait = 10
	}
	d.Type = "/problems/" + strings.ReplaceAll(d.Code, "_", "-")
	h := w.Header()
	if d.wait > 0 {
		h.Set("Retry-After", strconv.Itoa(d.wait))
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(d.Status)
	json.NewEncoder(w).Encode(d) // the caller may be gone
}

func notFound(what string) *problem {
	return refuse(http.StatusNotFound, "office_none", fmt.Sprintf("there is no %.60s here", what), "Look at the list.")
}
