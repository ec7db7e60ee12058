package pages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"galla/internal/office/owner"
	"galla/internal/office/people"
)

const (
	cookie  = "__Host-galla-office"
	maxBody = 16 << 10
	idle    = "idle=1" // in the address of what a page asks by itself
)

// asked is one request, and who makes it.
type asked struct {
	*http.Request
	who   people.Session
	query url.Values
	token string
}

// call is what answers one.
type call func(a *asked) (any, error)

// get adds a call that reads. known are the values that its address may have.
func (p *Pages) get(path string, need people.Role, do call, known ...string) {
	p.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		a, err := p.asks(r, need)
		if err == nil {
			a.query, err = query(r, known)
		}
		var out any
		if err == nil {
			out, err = do(a)
		}
		p.reply(w, r, out, err)
	})
}

// post adds a call that writes.
func (p *Pages) post(path string, need people.Role, do call) {
	p.mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var out any
		err := p.ours(r)
		var a *asked
		if err == nil {
			a, err = p.asks(r, need)
		}
		if err == nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			out, err = do(a)
		}
		p.reply(w, r, out, err)
	})
}

// ours refuses a write that does not come from a page of this office.
func (p *Pages) ours(r *http.Request) error {
	foreign := refuse(http.StatusForbidden, "office_foreign", "the request comes from a page of somewhere else",
		"Open the office's own page.")
	if p.cross.Check(r) != nil || r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") != "same-origin" {
		return foreign
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return refuse(http.StatusUnsupportedMediaType, "office_json", "the body is no JSON", "Send application/json.")
	}
	return nil
}

// asks says who asks, and refuses whose role does not cover it. Nobody is a need that anybody fits.
func (p *Pages) asks(r *http.Request, need people.Role) (*asked, error) {
	a := &asked{Request: r}
	if site := r.Header.Get("Sec-Fetch-Site"); site == "cross-site" {
		return nil, refuse(http.StatusForbidden, "office_foreign", "the request comes from a page of somewhere else",
			"Open the office's own page.")
	}
	if c, err := r.Cookie(cookie); err == nil {
		a.token = c.Value
	}
	if need == people.Nobody {
		return a, nil
	}
	var err error
	// What a page asks by itself, as long as it is open, is no use of it.
	if a.who, err = p.o.People.By(r.Context(), a.token, !strings.Contains(r.URL.RawQuery, idle)); err != nil {
		return nil, err
	}
	if !a.who.Role.May(need) {
		return nil, &people.Refusal{
			Code: people.NotAllowed,
			Says: fmt.Sprintf("this takes the role %s, and %s is %s", need, a.who.Name, a.who.Role),
			Next: "Ask an owner.",
		}
	}
	return a, nil
}

// query reads the address's values, each known and at most once.
func query(r *http.Request, known []string) (url.Values, error) {
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || len(r.URL.RawQuery) > 4000 {
		return nil, refuse(http.StatusBadRequest, "office_query", "the part of the address after ? can't be read", "")
	}
	for name, values := range v {
		if name == "idle" {
			continue
		}
		if !slices.Contains(known, name) || len(values) > 1 {
			return nil, refuse(http.StatusBadRequest, "office_query",
				fmt.Sprintf("the value %.40q in the address is not known here, or comes twice", name),
				"It takes "+strings.Join(known, ", ")+".")
		}
	}
	return v, nil
}

// limit reads how many rows a page has.
func (a *asked) limit() (int, error) {
	text := a.query.Get("limit")
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > owner.MaxPage {
		return 0, refuse(http.StatusBadRequest, "office_query",
			fmt.Sprintf("limit is %.20q: a page has 1 to %d rows", text, owner.MaxPage), "")
	}
	return n, nil
}

// page reads where a page begins, and how long it is.
func (a *asked) page(name string) (m owner.Mark, limit int, err error) {
	if limit, err = a.limit(); err == nil {
		m, err = owner.ReadMark(a.query.Get(name))
	}
	return m, limit, err
}

// body reads one JSON object with known fields.
func (a *asked) body(into any) error {
	d := json.NewDecoder(a.Body)
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("something follows the object")
		}
	}
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(http.StatusRequestEntityTooLarge, "office_json", "the body is too large", "")
	}
	return refuse(http.StatusBadRequest, "office_json", "the body can't be read: one JSON object with known fields", "")
}

// reply writes an answer.
func (p *Pages) reply(w http.ResponseWriter, r *http.Request, out any, err error) {
	if err != nil {
		p.answer(w, r, err)
		return
	}
	if in, ok := out.(*entry); ok {
		http.SetCookie(w, in.cookie())
		out = in.Me
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(out) // the caller may be gone
}

// note writes down what a person did, before it is done.
func (p *Pages) note(ctx context.Context, a *asked, kind, target string, detail any) error {
	return p.o.People.Record(ctx, a.who.Name, kind, target, detail)
}
