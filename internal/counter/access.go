package counter

import (
	"net/http"

	"galla/internal/counter/wire"
	"galla/internal/people"
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
		if err := people.CheckService(b.Service); err != nil {
			return err
		}
	}
	return answer(w, http.StatusCreated, c.Pair(who.Name, b.Service))
}

// Pair makes a pairing code, void after five minutes or one use, and shows it on the customer's screen where there is one.
// service is the role of a device that works without a person, or "".
func (c *Counter) Pair(by, service string) wire.Pairing {
	o := c.people.Devices.Offer(by, service)
	c.log.Info("pairing code offered", "by", by, "service", service)
	o.Fingerprint = c.fingerprint
	if c.address != nil {
		o.Address = c.address()
	}
	if c.showCode != nil {
		c.showCode(till.PairingCode{Code: o.Code, Link: o.Link(), Notes: o.Notes(), Until: o.Until})
	}
	return wire.Pairing{Code: o.Code, Until: o.Until.UTC(), Fingerprint: o.Fingerprint, Address: o.Address, Link: o.Link()}
}

// PairFirst shows a pairing code on a till that was set up from its page and that no device and no person has come to since
// (see people.Directory.Unreached). begun says that such a setup has just ended.
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
	d, token, err := c.people.Devices.Pair(b.Code, b.Name, key)
	if err != nil {
		if !c.people.Devices.Offered() {
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

func wireDevice(d people.Device) wire.Device {
	return wire.Device{ID: d.ID, Name: d.Name, Service: d.Service, Person: d.Person, PairedAt: d.Paired.UTC(), PairedBy: d.By, SeenAt: d.Seen.UTC()}
}

func (c *Counter) listDevices(w http.ResponseWriter, r *http.Request, _ Caller) error {
	b := wire.Devices{Devices: []wire.Device{}}
	for _, d := range c.people.Devices.List() {
		b.Devices = append(b.Devices, wireDevice(d))
	}
	return answer(w, http.StatusOK, b)
}

func (c *Counter) revokeDevice(w http.ResponseWriter, r *http.Request, who Caller) error {
	if _, err := c.write(w, r, who, &wire.Nothing{}); err != nil {
		return err
	}
	if err := c.people.Devices.Revoke(r.PathValue("id"), who.Name); err != nil {
		return err
	}
	c.log.Info("device revoked", "device", r.PathValue("id"), "by", who.Name)
	return c.listDevices(w, r, who)
}

func (c *Counter) listPeople(w http.ResponseWriter, r *http.Request, _ Caller) error {
	b := wire.People{People: []wire.Person{}}
	for _, p := range c.people.Persons.List() {
		b.People = append(b.People, wire.Person{Name: p.Name, Role: p.Role.String()})
	}
	return answer(w, http.StatusOK, b)
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
	p, err := c.people.Persons.Add(b.Name, b.Role, b.PIN, who.Name, key)
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
	if err := c.people.Persons.SetPIN(r.PathValue("name"), b.PIN, who.Name); err != nil {
		return err
	}
	c.log.Info("PIN set", "person", r.PathValue("name"), "by", who.Name)
	return c.listPeople(w, r, who)
}

func (c *Counter) removePerson(w http.ResponseWriter, r *http.Request, who Caller) error {
	if _, err := c.write(w, r, who, &wire.Nothing{}); err != nil {
		return err
	}
	if err := c.people.Persons.Remove(r.PathValue("name"), who.Name); err != nil {
		return err
	}
	c.log.Info("person removed", "person", r.PathValue("name"), "by", who.Name)
	return c.listPeople(w, r, who)
}

func (c *Counter) me(w http.ResponseWriter, r *http.Request, who Caller) error {
	b := wire.Me{Name: who.Name, Role: who.Role.String(), Setup: len(c.people.Persons.List()) == 0, Fingerprint: c.fingerprint}
	if d, ok := c.people.Devices.Get(who.Device); ok {
		wd := wireDevice(d)
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

// sendCertificate hands the certificate out, which is no secret: every connection shows it.
func (c *Counter) sendCertificate(w http.ResponseWriter, _ *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/x-x509-ca-cert")
	h.Set("Content-Disposition", `attachment; filename="galla.crt"`)
	w.Write(c.certificate)
}
