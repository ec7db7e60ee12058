package counter

import (
	"net/http"
	"net/netip"

	"galla/internal/counter/problem"
	"galla/internal/counter/wire"
	"galla/internal/people"
	"galla/internal/till"
)

// A browser's token is in a cookie that no script reads (HttpOnly) and that no other site's page sends
// (SameSite=Strict). Over TLS its name says so to the browser (RFC 6265bis, 4.1.3.2): "__Host-" cookies come from this
// host alone, and over TLS. A plain listener is on this machine only; there browsers take no such name.
const (
	hostCookie  = "__Host-galla"
	plainCookie = "galla"
	cookieDays  = 400 // it names the device; how long a person stays signed in there, people says
)

// setToken hands a browser its token.
func setToken(w http.ResponseWriter, r *http.Request, token string) {
	c := &http.Cookie{
		Name:     plainCookie,
		Value:    token,
		Path:     "/",
		HttpOnly: true,
		SameSite: http.SameSiteStrictMode,
		MaxAge:   cookieDays * 24 * 3600,
	}
	if overTLS(r) {
		c.Name, c.Secure = hostCookie, true
	}
	http.SetCookie(w, c)
}

// cookieToken is the token a browser sends. A device that was paired before the cookie had its present name has the
// earlier one over TLS: GET /v1/me alone takes it, and changes it for the present one. Anybody between phone and box
// can put a cookie of that name there, over plain HTTP: a token of a device that never had it is no token, or whoever
// signs in there would do so on the device of another.
func (c *Counter) cookieToken(r *http.Request) string {
	name := plainCookie
	if overTLS(r) {
		name = hostCookie
	}
	if k, err := r.Cookie(name); err == nil {
		return k.Value
	}
	if k, err := r.Cookie(plainCookie); err == nil && r.URL.Path == "/v1/me" && c.people.Devices.Earlier(k.Value) {
		return k.Value
	}
	return ""
}

// renewCookie gives a browser the cookie's present name.
func (c *Counter) renewCookie(w http.ResponseWriter, r *http.Request) {
	old, err := r.Cookie(plainCookie)
	if !overTLS(r) || err != nil {
		return
	}
	if _, err := r.Cookie(hostCookie); err != nil && c.people.Devices.Earlier(old.Value) {
		setToken(w, r, old.Value)
	}
	http.SetCookie(w, &http.Cookie{Name: plainCookie, Path: "/", MaxAge: -1,
		HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode})
}

// prove says who answers for what gives or changes power.
func (c *Counter) prove(who Caller, need Role, a wire.Acting) (Caller, error) {
	return c.people.Prove(who, need, a.You, a.YourPIN)
}

func (c *Counter) offerPairing(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.OfferPairing
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	if b.Service != "" {
		if err := people.CheckService(b.Service); err != nil {
			return err
		}
	}
	if b.LetIn && !who.Root {
		p := problem.New(problem.BadRequest, "only the box itself says that a device need not wait",
			"Leave let_in out, and let the device in when it has come.")
		p.Field = "let_in"
		return problem.Coded(p, "value", wire.Values{"field": "let_in"})
	}
	who, err := c.prove(who, Owner, b.Acting)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, c.offer(who.Name, b.Service, b.LetIn))
}

// Pair makes a pairing code, void after five minutes or one use, and shows it on the customer's screen where there is
// one. service is the role of a device that works without a person, or "": a code for software is for the one who
// asked, and is shown to nobody else.
func (c *Counter) Pair(by, service string) wire.Pairing { return c.offer(by, service, false) }

func (c *Counter) offer(by, service string, letIn bool) wire.Pairing {
	o := c.people.Devices.Offer(by, service, letIn)
	c.log.Info("pairing code offered", "by", by, "service", service, "let in", letIn)
	o.Fingerprint = c.fingerprint
	if c.address != nil {
		o.Address = c.address()
	}
	switch {
	case service != "":
		c.hideCode() // that of the offer before, which is void
	case c.showCode != nil:
		c.showCode(till.PairingCode{Code: o.Code, Link: o.Link(), Notes: o.Notes(), Until: o.Until})
	}
	return wire.Pairing{
		Code:        o.Code,
		Until:       o.Until.UTC(),
		Fingerprint: o.Fingerprint,
		Address:     o.Address,
		Link:        o.Link(),
		Refunds:     people.RefundPower(service),
	}
}

// PairFirst shows a pairing code on a till that was set up from its page and that no device and no person has come to
// since (see people.Directory.Unreached). begun says that such a setup has just ended.
func (c *Counter) PairFirst(begun bool) error {
	waits, err := c.people.Unreached(begun)
	if err != nil || !waits {
		return err
	}
	c.Pair("setup", "")
	return nil
}

// hideCode takes the code off the screen: it is used, or void.
func (c *Counter) hideCode() {
	if c.showCode != nil {
		c.showCode(till.PairingCode{})
	}
}

func (c *Counter) pairDevice(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.Pair
	key, err := c.write(w, r, who, &b)
	if err != nil {
		return err
	}
	from := source(r)
	d, token, err := c.people.Pair(people.Newcomer{Code: b.Code, Name: b.Name, Key: key, From: from})
	if err != nil {
		if !c.people.Devices.Offered() {
			c.hideCode()
		}
		return err
	}
	c.log.Info("device paired", "device", d.ID, "name", d.Name, "by", d.By, "from", d.From, "waits", d.Waiting)
	c.hideCode()
	made := wire.Paired{Device: c.wireDevice(d), Token: token}
	if b.Cookie {
		setToken(w, r, token)
		made.Token = ""
	}
	return answer(w, http.StatusCreated, made)
}

// source is the address a request comes from; the zero Addr for the Unix socket.
func source(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr()
}

func (c *Counter) wireDevice(d people.Device) wire.Device {
	out := wire.Device{
		ID:       d.ID,
		Name:     d.Name,
		Service:  d.Service,
		Person:   c.people.On(d.ID),
		PairedAt: d.Paired.UTC(),
		PairedBy: d.By,
		SeenAt:   d.Seen.UTC(),
		Refunds:  d.Refunds(),
		Waiting:  d.Waiting,
		From:     d.From,
		LetInBy:  d.LetInBy,
	}
	if d.Waiting {
		out.Check = d.Check()
	}
	return out
}

// letIn makes the token of a device that waits work. Software is let in by an owner.
func (c *Counter) letIn(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.Acting
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	need := Manager
	if d, ok := c.people.Devices.Get(r.PathValue("id")); ok && d.Service != "" {
		need = Owner
	}
	if !who.Role.May(need) {
		return people.NotAllowed(who, need)
	}
	who, err := c.prove(who, need, b)
	if err != nil {
		return err
	}
	if err := c.people.Devices.LetIn(r.PathValue("id"), who.Name); err != nil {
		return err
	}
	c.log.Info("device let in", "device", r.PathValue("id"), "by", who.Name)
	return c.listDevices(w, r, who)
}

func (c *Counter) listDevices(w http.ResponseWriter, r *http.Request, _ Caller) error {
	b := wire.Devices{Devices: []wire.Device{}}
	for _, d := range c.people.Devices.List() {
		b.Devices = append(b.Devices, c.wireDevice(d))
	}
	return answer(w, http.StatusOK, b)
}

func (c *Counter) revokeDevice(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.Acting
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	who, err := c.prove(who, Owner, b)
	if err != nil {
		return err
	}
	if err := c.people.Devices.Revoke(r.PathValue("id"), who.Name); err != nil {
		return err
	}
	c.log.Info("device revoked", "device", r.PathValue("id"), "by", who.Name)
	return c.listDevices(w, r, who)
}

func (c *Counter) listPeople(w http.ResponseWriter, r *http.Request, who Caller) error {
	b := wire.People{People: []wire.Person{}}
	for _, p := range c.people.Persons.List() {
		b.People = append(b.People, wire.Person{Name: p.Name, Role: p.Role.String()})
	}
	return c.answerKnown(w, r, who, b)
}

func (c *Counter) addPerson(w http.ResponseWriter, r *http.Request, who Caller) error {
	if err := c.people.MayAdd(who); err != nil {
		return err
	}
	var b wire.AddPerson
	key, err := c.write(w, r, who, &b)
	if err != nil {
		return err
	}
	if who, err = c.prove(who, Owner, b.Acting); err != nil {
		return err
	}
	p, err := c.people.AddPerson(who, b.Name, b.Role, b.PIN, key)
	if err != nil {
		return err
	}
	c.log.Info("person added", "person", p.Name, "role", p.Role.String(), "by", who.Name)
	return answer(w, http.StatusCreated, wire.Person{Name: p.Name, Role: p.Role.String()})
}

func (c *Counter) setPIN(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.SetPIN
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	who, err := c.prove(who, Owner, b.Acting)
	if err != nil {
		return err
	}
	if err := c.people.SetPIN(who, r.PathValue("name"), b.PIN); err != nil {
		return err
	}
	c.log.Info("PIN set", "person", r.PathValue("name"), "by", who.Name)
	return c.listPeople(w, r, who)
}

func (c *Counter) removePerson(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.Acting
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	who, err := c.prove(who, Owner, b)
	if err != nil {
		return err
	}
	if err := c.people.RemovePerson(who, r.PathValue("name")); err != nil {
		return err
	}
	c.log.Info("person removed", "person", r.PathValue("name"), "by", who.Name)
	return c.listPeople(w, r, who)
}

func (c *Counter) me(w http.ResponseWriter, r *http.Request, who Caller) error {
	c.renewCookie(w, r)
	b := wire.Me{Name: who.Name, Role: who.Role.String(),
		Setup: len(c.people.Persons.List()) == 0, Fingerprint: c.fingerprint}
	if who.Ended != "" {
		b.SignedOut = who.Person
	}
	if d, ok := c.people.Devices.Get(who.Device); ok {
		wd := c.wireDevice(d)
		b.Device = &wd
	}
	return answer(w, http.StatusOK, b)
}

func (c *Counter) signIn(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.SignIn
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	who, err := c.people.SignIn(who, b.Name, b.PIN)
	if err != nil {
		return err
	}
	c.log.Info("signed in", "by", who.Name, "device", who.Device)
	return c.me(w, r, who)
}

func (c *Counter) signOut(w http.ResponseWriter, r *http.Request, who Caller) error {
	if _, err := c.write(w, r, who, &wire.Nothing{}); err != nil {
		return err
	}
	who, err := c.people.SignOut(who)
	if err != nil {
		return err
	}
	return c.me(w, r, who)
}

// listGuesses is for the owner's page: who was guessed at, and where.
func (c *Counter) listGuesses(w http.ResponseWriter, _ *http.Request, _ Caller) error {
	b := wire.Guesses{Runs: []wire.GuessRun{}}
	for _, run := range c.people.Persons.WrongPINs() {
		out := wire.GuessRun{
			Person: run.Person,
			Device: run.Place,
			Name:   run.Label,
			Wrong:  run.Wrong,
			At:     run.Last.UTC(),
		}
		if !run.Until.IsZero() {
			until := run.Until.UTC()
			out.LockedTo = &until
		}
		b.Runs = append(b.Runs, out)
	}
	return answer(w, http.StatusOK, b)
}

// sendCertificate hands the certificate out, which is no secret: every connection shows it.
func (c *Counter) sendCertificate(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/x-x509-ca-cert")
	h.Set("Content-Disposition", `attachment; filename="galla.crt"`)
	w.Write(c.certificate)
}
