package pages

import (
	"net/http"
	"time"

	"galla/internal/office/people"
)

// Me is who is signed in.
type Me struct {
	Name   string    `json:"name"`
	Role   string    `json:"role"`
	Office string    `json:"office"` // the chain's name
	At     time.Time `json:"at"`
}

// entry is an answer that begins a session, or ends one where it has no token.
type entry struct {
	Me
	token string
}

func (e *entry) cookie() *http.Cookie {
	c := &http.Cookie{
		Name:     cookie,
		Value:    e.token,
		Path:     "/",
		Secure:   true,
		HttpOnly: true,
		SameSite: http.SameSiteStrictMode,
		MaxAge:   int(people.Longest.Seconds()),
	}
	if e.token == "" {
		c.MaxAge = -1
	}
	return c
}

func (p *Pages) me(a *asked) (any, error) {
	o, err := p.o.Joining.Office(a.Context())
	return Me{a.who.Name, a.who.Role.String(), o.Name, p.o.Wall()}, err
}

func (p *Pages) signIn(a *asked) (any, error) {
	var b struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if err := a.body(&b); err != nil {
		return nil, err
	}
	token, s, err := p.o.People.SignIn(a.Context(), p.o.Client(a.Request), b.Name, b.Password)
	if err != nil {
		return nil, err
	}
	o, err := p.o.Joining.Office(a.Context())
	return &entry{Me{s.Name, s.Role.String(), o.Name, p.o.Wall()}, token}, err
}

func (p *Pages) signOut(a *asked) (any, error) {
	if a.token == "" {
		return &entry{}, nil
	}
	return &entry{}, p.o.People.SignOut(a.Context(), a.token)
}

// acting is who answers for what gives or changes power.
type acting struct {
	YourPassword string `json:"your_password"`
}

func (p *Pages) prove(a *asked, b acting) error {
	return p.o.People.Prove(a.Context(), p.o.Client(a.Request), a.who, b.YourPassword)
}

type personRow struct {
	Name  string    `json:"name"`
	Role  string    `json:"role"`
	Since time.Time `json:"since"`
	By    string    `json:"by"`
}

func (p *Pages) people(a *asked) (any, error) {
	all, err := p.o.People.List(a.Context())
	rows := []personRow{}
	for _, one := range all {
		rows = append(rows, personRow{one.Name, one.Role.String(), one.Since, one.By})
	}
	return map[string]any{"people": rows}, err
}

func (p *Pages) addPerson(a *asked) (any, error) {
	var b struct {
		Name     string `json:"name"`
		Role     string `json:"role"`
		Password string `json:"password"`
		acting
	}
	if err := a.body(&b); err != nil {
		return nil, err
	}
	role, err := people.ParseRole(b.Role)
	if err == nil {
		err = p.prove(a, b.acting)
	}
	if err == nil {
		err = p.o.People.Add(a.Context(), a.who.Name, b.Name, role, b.Password)
	}
	return done, err
}

func (p *Pages) setPassword(a *asked) (any, error) {
	var b struct {
		Name     string `json:"name"`
		Password string `json:"password"`
		acting
	}
	err := a.body(&b)
	if err == nil {
		err = p.prove(a, b.acting)
	}
	if err == nil {
		err = p.o.People.SetPassword(a.Context(), a.who.Name, b.Name, b.Password)
	}
	return done, err
}

func (p *Pages) removePerson(a *asked) (any, error) {
	var b struct {
		Name string `json:"name"`
		acting
	}
	err := a.body(&b)
	if err == nil {
		err = p.prove(a, b.acting)
	}
	if err == nil {
		err = p.o.People.Remove(a.Context(), a.who.Name, b.Name)
	}
	return done, err
}

var done = struct{}{}
