package counter

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"galla/state"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"
)

// devices are what may call over the network: phones and PCs with a console, and services (billing software).
type devices struct {
	vault Vault
	write journal
	now   func() time.Time

	mu      sync.Mutex
	byHash  map[string]*deviceRecord
	pairing *pairing
	guesses guesses // at pairing codes, from anyone
}

// deviceRecord is one paired device. Its token is kept as a hash: whoever reads the vault can't use it.
type deviceRecord struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Hash    string    `json:"hash"`
	Service string    `json:"service,omitempty"` // role of a device that works without a person
	Person  string    `json:"person,omitempty"`  // who is signed in
	Login   string    `json:"login,omitempty"`   // the person's, when they signed in
	Paired  time.Time `json:"paired_at"`
	By      string    `json:"by"`
	Seen    time.Time `json:"seen_at"` // to the hour: a write per request would wear the card
}

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

func loadDevices(v Vault, write journal, now func() time.Time) (*devices, error) {
	d := &devices{vault: v, write: write, now: now, byHash: map[string]*deviceRecord{}}
	err := load(v, deviceKey, func(r *deviceRecord) { d.byHash[r.Hash] = r })
	return d, err
}

// offer makes a pairing code: eight digits, one use, five minutes; the one before is void.
func (d *devices) offer(by, service string) (code string, until time.Time) {
	n, _ := rand.Int(rand.Reader, big.NewInt(1_0000_0000)) // crypto/rand.Int fails only for a bound below 1
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pairing = &pairing{code: fmt.Sprintf("%08d", n), until: d.now().Add(pairingTime), by: by, service: service}
	return d.pairing.code[:4] + "-" + d.pairing.code[4:], d.pairing.until
}

// offered reports whether there is a code that can still be used.
func (d *devices) offered() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.pairing != nil && d.pairing.device == "" && !d.now().After(d.pairing.until)
}

// pair makes a device of whoever knows the code.
func (d *devices) pair(code, name, key string) (deviceRecord, string, error) {
	code = strings.NewReplacer("-", "", " ", "").Replace(code)
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	if wait := d.guesses.wait(now); wait > 0 {
		return deviceRecord{}, "", tooManyGuesses(wait, "Wait that long, then ask the owner for a new code.")
	}
	p := d.pairing
	if p == nil || now.After(p.until) || !sameText(p.code, code) || p.device != "" && p.key != key {
		d.guesses.wrong(now)
		if p != nil && !sameText(p.code, code) {
			if p.tries++; p.tries >= pairingTries {
				d.pairing = nil
			}
		}
		return deviceRecord{}, "", problem(forbidden, "this pairing code is wrong, used, or too old", "Ask the owner for a new code; it is valid for five minutes.")
	}
	token := newToken()
	r := &deviceRecord{ID: "d" + rand.Text()[:8], Name: name, Hash: hashToken(token), Service: p.service, Paired: now, By: p.by, Seen: now}
	if p.device != "" { // the same request again: the same device gets a new token, the lost one is void
		for hash, old := range d.byHash {
			if old.ID == p.device {
				r.ID = old.ID
				delete(d.byHash, hash)
			}
		}
	}
	err := d.write(state.Act{Kind: state.ActDevicePair, Target: r.ID, Detail: actDevice{Name: name, Service: p.service}, By: p.by}, func() error {
		return store(d.vault, deviceKey+r.ID, r)
	})
	if err != nil {
		return deviceRecord{}, "", err
	}
	d.byHash[r.Hash] = r
	p.device, p.key = r.ID, key
	d.guesses = guesses{}
	return *r, token, nil
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

// hashToken needs no salt and no slowness: the token is random.
func hashToken(t string) string {
	h := sha256.Sum256([]byte(t))
	return hex.EncodeToString(h[:])
}

// find returns the device with the token.
func (d *devices) find(token string) (deviceRecord, bool) {
	hash := hashToken(token)
	d.mu.Lock()
	defer d.mu.Unlock()
	r, ok := d.byHash[hash]
	if !ok {
		return deviceRecord{}, false
	}
	if now := d.now(); now.Sub(r.Seen) > time.Hour {
		n := *r
		n.Seen = now
		if store(d.vault, deviceKey+n.ID, &n) == nil { // when it fails, it is tried again with the next request
			d.byHash[hash] = &n
			r = &n
		}
	}
	return *r, true
}

// signIn says which person works on a device; one without a name is nobody.
func (d *devices) signIn(id string, p Person, by string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for hash, r := range d.byHash {
		if r.ID == id {
			n := *r
			n.Person, n.Login = p.Name, p.login
			a := state.Act{Kind: state.ActSignIn, Target: id, Detail: actDevice{Name: r.Name, Person: p.Name}, By: by}
			if p.Name == "" {
				a.Kind, a.Detail = state.ActSignOut, actDevice{Name: r.Name, Person: r.Person}
			}
			return d.write(a, func() error {
				if err := store(d.vault, deviceKey+id, &n); err != nil {
					return err
				}
				d.byHash[hash] = &n
				return nil
			})
		}
	}
	return noSuchDevice(id)
}

func (d *devices) revoke(id, by string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for hash, r := range d.byHash {
		if r.ID == id {
			return d.write(state.Act{Kind: state.ActDeviceRevoke, Target: id, Detail: actDevice{Name: r.Name, Service: r.Service}, By: by}, func() error {
				if err := d.vault.Delete(deviceKey + id); err != nil {
					return err
				}
				delete(d.byHash, hash)
				if d.pairing != nil && d.pairing.device == id { // or the same request, sent again, would pair it anew
					d.pairing = nil
				}
				return nil
			})
		}
	}
	return noSuchDevice(id)
}

// get returns the device with the id.
func (d *devices) get(id string) (deviceRecord, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.byHash {
		if r.ID == id {
			return *r, true
		}
	}
	return deviceRecord{}, false
}

func (d *devices) list() []deviceRecord {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []deviceRecord
	for _, r := range d.byHash {
		out = append(out, *r)
	}
	slices.SortFunc(out, func(a, b deviceRecord) int { return a.Paired.Compare(b.Paired) })
	return out
}

func noSuchDevice(id string) error {
	return problem(noThing, fmt.Sprintf("there is no device %.40q", id), "GET /v1/devices lists them.")
}
