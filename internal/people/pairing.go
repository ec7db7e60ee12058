package people

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"
	"time"

	"galla/state"
)

// pairing is the code that is valid now. It lives in memory only: after a restart a new one is asked for.
type pairing struct {
	code    string
	until   time.Time
	by      string
	service string
	tries   int
	key     string // of the request that used it, so that the same request gets its answer again
	device  string
}

const (
	pairingTime  = 5 * time.Minute
	pairingTries = 5
)

// Offer is a pairing code with what a person needs to use it.
type Offer struct {
	Code        string    // "1234-5678"
	Until       time.Time // void after it
	Service     string    // role of a device that works without a person, or ""
	Address     string    // of the console, like "https://192.168.1.7:7417"; "": nobody reaches it over the network
	Fingerprint string    // of the certificate the device sees there (see Fingerprint)
}

// Offer makes a pairing code: eight digits, one use, five minutes; the one before is void. service is the role of a device
// that works without a person, or "" (see CheckService).
func (d *Devices) Offer(by, service string) Offer {
	n, _ := rand.Int(rand.Reader, big.NewInt(1_0000_0000)) // crypto/rand.Int fails only for a bound below 1
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pairing = &pairing{code: fmt.Sprintf("%08d", n), until: d.now().Add(pairingTime), by: by, service: service}
	return Offer{Code: d.pairing.code[:4] + "-" + d.pairing.code[4:], Until: d.pairing.until, Service: service}
}

// Link is what a phone's camera reads off the screen: the console, with the code and the certificate's fingerprint behind
// the "#", where a browser keeps them to itself: no log and no Referer ever has them. It is "" where there is no address,
// and for software, which has no camera.
func (o Offer) Link() string {
	if o.Address == "" || o.Service != "" {
		return ""
	}
	link := o.Address + "/#pair=" + strings.ReplaceAll(o.Code, "-", "")
	if o.Fingerprint != "" {
		link += "&sha256=" + strings.ToLower(strings.ReplaceAll(o.Fingerprint, ":", ""))
	}
	return link
}

// Notes are for who types instead: the address, and the beginning of the fingerprint, as browsers write it.
func (o Offer) Notes() []string {
	if o.Address == "" {
		return nil
	}
	notes := []string{o.Address}
	if o.Fingerprint != "" {
		notes = append(notes, "SHA-256 "+o.Fingerprint[:23]+"…") // eight bytes: nobody makes another key that begins so
	}
	return notes
}

// Offered reports whether there is a code that can still be used.
func (d *Devices) Offered() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pairing != nil && d.pairing.device == "" && !d.now().After(d.pairing.until)
}

// Pair makes a device of whoever knows the code, and returns its token, which nobody can ask for again. key is the
// request's: the same request again gets the same device with a new token, and the lost one is void.
func (d *Devices) Pair(code, name, key string) (Device, string, error) {
	if err := goodName(name); err != nil {
		return Device{}, "", err
	}
	code = strings.NewReplacer("-", "", " ", "").Replace(code)
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if wait := d.guesses.wait(now); wait > 0 {
		return Device{}, "", tooManyGuesses(wait, "Wait that long, then ask the owner for a new code.")
	}
	p := d.pairing
	if p == nil || now.After(p.until) || !sameText(p.code, code) || p.device != "" && p.key != key {
		d.guesses.wrong(now)
		if p != nil && !sameText(p.code, code) {
			if p.tries++; p.tries >= pairingTries {
				d.pairing = nil
			}
		}
		return Device{}, "", refuse(Forbidden, "this pairing code is wrong, used, or too old", "Ask the owner for a new code; it is valid for five minutes.").as("wrong_pairing_code")
	}
	token := newToken()
	r := &device{Hash: hash(token), Device: Device{ID: "d" + rand.Text()[:8], Name: d.freeName(name, p.device), Service: p.service, Paired: now, By: p.by, Seen: now}}
	lost := d.byID(p.device)
	if lost != nil {
		r.ID = lost.ID
	}
	err := d.write(state.Act{Kind: state.ActDevicePair, Target: r.ID, Detail: actDevice{Name: name, Service: p.service}, By: p.by}, func() error {
		return store(d.vault, deviceKey+r.ID, r)
	})
	if err != nil {
		return Device{}, "", err
	}
	if lost != nil {
		delete(d.byHash, lost.Hash)
	}
	d.byHash[r.Hash] = r
	p.device, p.key = r.ID, key
	d.guesses = guesses{}
	return r.Device, token, nil
}

// sameText compares a secret with a guess in a time that says nothing about how much of it was right.
func sameText(secret, guess string) bool {
	return subtle.ConstantTimeCompare([]byte(secret), []byte(guess)) == 1
}

// newToken makes 256 random bits.
func newToken() string {
	b := make([]byte, 32)
	rand.Read(b)
	return "galla_" + base64.RawURLEncoding.EncodeToString(b)
}
