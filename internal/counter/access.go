package counter

import (
	"net/http"
	"strings"

	"galla/internal/counter/wire"
	"galla/internal/till"
)

// tokenCookie carries a browser's token: HttpOnly, so that no script reads it, and SameSite=Strict, so that no other
// site's page sends it.
const tokenCookie = "galla"

func (c *Counter) offerPairing(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.OfferPairing
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	if b.Service != "" {
		if role, err := ParseRole(b.Service); err != nil || role == Owner {
			p := problem(badRequest, "a service is a cashier or a manager", `Give "cashier" or "manager".`)
			p.Field = "service"
			return p
		}
	}
	return answer(w, http.StatusCreated, c.Pair(who.Name, b.Service))
}

// Pair makes a pairing code, void after five minutes or one use, and shows it on the customer's screen where there is one.
// service is the role of a device that works without a person, or "".
func (c *Counter) Pair(by, service string) wire.Pairing {
	code, until := c.devices.offer(by, service)
	c.log.Info("pairing code offered", "by", by, "service", service)
	p := wire.Pairing{Code: code, Until: until.UTC(), Fingerprint: c.fingerprint}
	if c.address != nil {
		p.Address = c.address()
	}
	if p.Address != "" && service == "" { // software has no camera
		p.Link = pairingLink(p.Address, code, c.fingerprint)
	}
	if c.showCode != nil {
		c.showCode(till.PairingCode{Code: code, Link: p.Link, Notes: pairingNotes(p), Until: until})
	}
	return p
}

// PairFirst shows a pairing code on a till that was set up from its page and that no device and no person has come to since:
// where nobody can log in, nobody else could ask for one. begun says that such a setup has just ended. That is on disk
// before the code is shown: when the five minutes were missed, or the plug was pulled, the next start shows another.
func (c *Counter) PairFirst(begun bool) error {
	if begun {
		if err := c.vault.Put(firstKey, []byte("setup page")); err != nil {
			return err
		}
	}
	_, waits, err := c.vault.Get(firstKey)
	if err != nil || !waits {
		return err
	}
	if len(c.devices.list()) > 0 || len(c.people.list()) > 0 {
		return c.vault.Delete(firstKey)
	}
	c.Pair("setup", "")
	return nil
}

// pairingLink is what a phone's camera reads off the screen: the console, with the code and the certificate's
// fingerprint behind the "#", where a browser keeps them to itself: no log and no Referer ever has them.
func pairingLink(address, code, fingerprint string) string {
	link := address + "/#pair=" + strings.ReplaceAll(code, "-", "")
	if fingerprint != "" {
		link += "&sha256=" + strings.ToLower(strings.ReplaceAll(fingerprint, ":", ""))
	}
	return link
}

// pairingNotes are for who types instead: the address, and the beginning of the fingerprint, as browsers write it.
func pairingNotes(p wire.Pairing) []string {
	var notes []string
	if p.Address != "" {
		notes = append(notes, p.Address)
		if p.Fingerprint != "" {
			notes = append(notes, "SHA-256 "+p.Fingerprint[:23]+"…") // eight bytes: nobody makes another key that begins so
		}
	}
	return notes
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
	if err := goodName(b.Name, "name"); err != nil {
		return err
	}
	d, token, err := c.devices.pair(b.Code, b.Name, key)
	if err != nil {
		if !c.devices.offered() {
			c.hideCode()
		}
		return err
	}
	c.log.Info("device paired", "device", d.ID, "name", d.Name, "by", d.By)
	c.hideCode()
	http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil, MaxAge: 400 * 24 * 3600})
	return answer(w, http.StatusCreated, wire.Paired{Device: wireDevice(d), Token: token})
}

func wireDevice(d deviceRecord) wire.Device {
	return wire.Device{ID: d.ID, Name: d.Name, Service: d.Service, Person: d.Person, PairedAt: d.Paired.UTC(), PairedBy: d.By, SeenAt: d.Seen.UTC()}
}

func (c *Counter) listDevices(w http.ResponseWriter, r *http.Request, _ Caller) error {
	b := wire.Devices{Devices: []wire.Device{}}
	for _, d := range c.devices.list() {
		b.Devices = append(b.Devices, wireDevice(d))
	}
	return answer(w, http.StatusOK, b)
}

func (c *Counter) revokeDevice(w http.ResponseWriter, r *http.Request, who Caller) error {
	if _, err := c.write(w, r, who, &wire.Nothing{}); err != nil {
		return err
	}
	if err := c.devices.revoke(r.PathValue("id"), who.Name); err != nil {
		return err
	}
	c.log.Info("device revoked", "device", r.PathValue("id"), "by", who.Name)
	return c.listDevices(w, r, who)
}

func (c *Counter) listPeople(w http.ResponseWriter, r *http.Request, _ Caller) error {
	b := wire.People{People: []wire.Person{}}
	for _, p := range c.people.list() {
		b.People = append(b.People, wire.Person{Name: p.Name, Role: p.Role.String()})
	}
	return answer(w, http.StatusOK, b)
}

// addPerson takes an owner; but the very first person may be added by a device that was just paired, because its code
// came from the box.
func (c *Counter) addPerson(w http.ResponseWriter, r *http.Request, who Caller) error {
	if !who.Role.may(Owner) && (who.Device == "" || len(c.people.list()) > 0) {
		return notAllowed(who, Owner)
	}
	var b wire.AddPerson
	key, err := c.write(w, r, who, &b)
	if err != nil {
		return err
	}
	if err := goodName(b.Name, "name"); err != nil {
		return err
	}
	role, err := ParseRole(b.Role)
	if err != nil {
		p := problem(badRequest, err.Error(), "Give the role.")
		p.Field = "role"
		return p
	}
	p, err := c.people.add(b.Name, role, b.PIN, who.Name, key)
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
	if err := c.people.setPIN(r.PathValue("name"), b.PIN, who.Name); err != nil {
		return err
	}
	c.log.Info("PIN set", "person", r.PathValue("name"), "by", who.Name)
	return c.listPeople(w, r, who)
}

func (c *Counter) removePerson(w http.ResponseWriter, r *http.Request, who Caller) error {
	if _, err := c.write(w, r, who, &wire.Nothing{}); err != nil {
		return err
	}
	if err := c.people.remove(r.PathValue("name"), who.Name); err != nil {
		return err
	}
	c.log.Info("person removed", "person", r.PathValue("name"), "by", who.Name)
	return c.listPeople(w, r, who)
}

func (c *Counter) me(w http.ResponseWriter, r *http.Request, who Caller) error {
	b := wire.Me{Name: who.Name, Role: who.Role.String(), Setup: len(c.people.list()) == 0, Fingerprint: c.fingerprint}
	for _, d := range c.devices.list() {
		if d.ID == who.Device && who.Device != "" {
			wd := wireDevice(d)
			b.Device = &wd
		}
	}
	return answer(w, http.StatusOK, b)
}

func (c *Counter) signIn(w http.ResponseWriter, r *http.Request, who Caller) error {
	var b wire.SignIn
	if _, err := c.write(w, r, who, &b); err != nil {
		return err
	}
	if who.Device == "" || who.Service {
		return problem(refusedNow, "people sign in on a paired console; this caller is known already", "Just call.")
	}
	p, err := c.people.verify(b.Name, b.PIN)
	if err != nil {
		return err
	}
	if err := c.devices.signIn(who.Device, p, p.Role.String()+":"+p.Name); err != nil {
		return err
	}
	c.log.Info("signed in", "person", p.Name, "device", who.Device)
	who.Role, who.Name = p.Role, p.Role.String()+":"+p.Name
	return c.me(w, r, who)
}

func (c *Counter) signOut(w http.ResponseWriter, r *http.Request, who Caller) error {
	if _, err := c.write(w, r, who, &wire.Nothing{}); err != nil {
		return err
	}
	if who.Device == "" {
		return problem(refusedNow, "nobody is signed in here", "Just call.")
	}
	if err := c.devices.signIn(who.Device, Person{}, who.Name); err != nil {
		return err
	}
	who.Role, who.Name = Nobody, "device:"+who.Device
	return c.me(w, r, who)
}
