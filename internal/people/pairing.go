package people

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"math/big"
	"net/netip"
	"strings"
	"time"

	"galla/state"
)

// pairing is the code that is valid now. It lives in memory only: after a restart a new one is asked for.
type pairing struct {
	code    string // eight digits, for who types
	secret  string // 128 bits, for who scans
	until   time.Time
	by      string
	service string
	letIn   bool   // whoever uses it need not wait
	key     string // of the request that used it, so that the same request gets its answer again
	from    netip.Addr
	device  string
	repeats int // of that request
}

const (
	pairingTime = 5 * time.Minute
	waitingTime = time.Hour // that a device which nobody let in is kept
	repeatsMost = 10        // of the request that used an offer: each is written down
)

// Offer is a pairing code with what a person needs to use it.
type Offer struct {
	Code        string    // "1234-5678"
	Secret      string    // 128 bits in letters, the same offer for a camera
	Until       time.Time // void after it
	Service     string    // role of a device that works without a person, or ""
	Address     string    // of the console, like "https://192.168.1.7:7417"; "": nobody reaches it over the network
	Fingerprint string    // of the certificate the device sees there (see Fingerprint)
}

// Offer makes a pairing code: one use, five minutes; the one before is void. service is the role of a device that works
// without a person, or "" (see CheckService). Whoever uses it waits until somebody lets it in, unless letIn says at
// once. It ends every wait after wrong codes.
func (d *Devices) Offer(by, service string, letIn bool) Offer {
	n, _ := rand.Int(rand.Reader, big.NewInt(1_0000_0000)) // crypto/rand.Int fails only for a bound below 1
	p := &pairing{
		code:    fmt.Sprintf("%08d", n),
		secret:  rand.Text(), // at least 128 bits
		until:   d.now().Add(pairingTime),
		by:      by,
		service: service,
		letIn:   letIn,
	}
	d.sources.Clear()
	d.mu.Lock()
	d.pairing = p
	d.mu.Unlock()
	d.dropWaiting()
	return Offer{Code: p.code[:4] + "-" + p.code[4:], Secret: p.secret, Until: p.until, Service: service}
}

// dropWaiting takes away those that nobody let in for an hour. What can't be written stays, and waits.
func (d *Devices) dropWaiting() {
	d.change.Lock()
	defer d.change.Unlock()
	for _, old := range d.List() {
		if old.Waiting && d.now().Sub(old.Paired) > waitingTime {
			_ = d.revoke(old.ID, old.By)
		}
	}
}

// Link is what a phone's camera reads off the screen: the console, with the secret and the certificate's fingerprint
// behind the "#", where a browser keeps them to itself: no log and no Referer ever has them. It is "" where there is no
// address, and for software, which has no camera.
func (o Offer) Link() string {
	if o.Address == "" || o.Service != "" {
		return ""
	}
	link := o.Address + "/#pair=" + o.Secret
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
	p := d.offered()
	return p != nil && p.device == "" && !d.now().After(p.until)
}

func (d *Devices) offered() *pairing {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pairing
}

// Newcomer is a device that wants to be paired.
type Newcomer struct {
	Code string // the eight digits, or the link's secret
	Name string // as its person calls it
	// of the request: the same again from there, until it is let in, gets the same device with a new token, and the
	// lost one is void
	Key  string
	From netip.Addr // where the request comes from
}

// Pair makes a device of whoever knows the code, and returns its token, which nobody can ask for again. While nobody
// works on this box the device is let in at once: its code came from the box. Else it waits until somebody lets it in
// (Device.Waiting). Wrong digits are counted for the address they come from. The secret of the link can't be guessed,
// so that it always works.
func (d *Directory) Pair(n Newcomer) (Device, string, error) {
	return d.Devices.pair(n, d.Persons.none())
}

func (d *Devices) pair(n Newcomer, first bool) (Device, string, error) {
	if err := goodName(n.Name); err != nil {
		return Device{}, "", err
	}
	code := strings.NewReplacer("-", "", " ", "").Replace(n.Code)
	d.change.Lock()
	defer d.change.Unlock()
	now := d.now()
	p := d.offered()
	scanned := p != nil && sameText(p.secret, code)
	if wait := d.sources.Wait(n.From, now); wait > 0 && !scanned {
		return Device{}, "", tooManyGuesses(wait, "Scan the code instead, or wait that long.")
	}
	known := p != nil && (scanned || sameText(p.code, code))
	if !known || now.After(p.until) || p.device != "" && !d.again(p, n) {
		d.sources.Wrong(n.From, now)
		return Device{}, "", refuse(
			Forbidden,
			"this pairing code is wrong, used, or too old",
			"Ask the owner for a new code; it is valid for five minutes.",
		).as("wrong_pairing_code")
	}

	token := newToken()
	r := &device{
		Device: Device{
			ID:      "d" + rand.Text()[:8],
			Name:    d.freeName(n.Name, p.device),
			Service: p.service,
			Paired:  now,
			By:      p.by,
			Seen:    now,
			Waiting: !p.letIn && !first,
		},
		Hash: hash(token),
	}

	if n.From.IsValid() {
		r.From = n.From.Unmap().String()
	}
	var lost *device
	if old, ok := d.get(p.device); ok {
		lost = &old
		r.ID, r.Waiting, r.LetInBy = old.ID, old.Waiting, old.LetInBy
	}
	err := d.write(
		state.Act{
			Kind:   state.ActDevicePair,
			Target: r.ID,
			Detail: actDevice{Name: r.Name, Service: p.service},
			By:     p.by,
		},
		func() error {
			return store(d.settings, deviceKey+r.ID, r)
		},
	)
	if err != nil {
		return Device{}, "", err
	}

	d.replace(lost, r)
	used := *p
	used.device, used.key, used.from = r.ID, n.Key, place(n.From)
	if lost != nil {
		used.repeats++
	}
	d.mu.Lock()
	if d.pairing == p { // nobody has made a new offer meanwhile
		d.pairing = &used
	}
	d.mu.Unlock()
	d.sources.Right(n.From)
	return r.Device, token, nil
}

// again says that a request is the one that used an offer, whose answer got lost. It comes from the same place, and
// nobody has let its device in: whoever did has read the digits of the answer there. Another's that knows code and key
// gets no token of a device that was let in.
func (d *Devices) again(p *pairing, n Newcomer) bool {
	made, ok := d.get(p.device)
	return ok && made.LetInBy == "" && p.key == n.Key && p.from == place(n.From) && p.repeats < repeatsMost
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
