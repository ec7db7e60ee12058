package wire

import "time"

// Person is somebody who works at the counter.
type Person struct {
	Name string `json:"name"`
	Role string `json:"role"` // cashier, manager, owner
}

// People is the body of GET /v1/people.
type People struct {
	People []Person `json:"people"`
}

// Acting is who answers for a write that gives or changes power. On a paired device it is the one who is signed in, and
// the PIN is enough; elsewhere You says who. It is left out where the socket's caller has the whole box anyway, and
// while nobody has a PIN.
type Acting struct {
	You     string `json:"you,omitempty"`
	YourPIN string `json:"your_pin,omitempty"`
}

// AddPerson is the body of POST /v1/people.
type AddPerson struct {
	Name string `json:"name"`
	Role string `json:"role"`
	PIN  string `json:"pin"`
	Acting
}

// SetPIN is the body of POST /v1/people/{name}/pin.
type SetPIN struct {
	PIN string `json:"pin"`
	Acting
}

// SignIn is the body of POST /v1/session.
type SignIn struct {
	Name string `json:"name"`
	PIN  string `json:"pin"`
}

// Nothing is the body of a write that takes none.
type Nothing struct{}

// Me is who the till thinks you are: the body of GET /v1/me.
type Me struct {
	Name   string  `json:"name"` // as stored with what you do
	Role   string  `json:"role"` // "nobody" until a person signs in
	Device *Device `json:"device,omitempty"`
	Setup  bool    `json:"setup,omitempty"` // there is no person yet: the first becomes the owner

	// whose sign-in on this device has ended by its age: they enter the PIN again
	SignedOut string `json:"signed_out,omitempty"`

	Fingerprint string `json:"fingerprint,omitempty"` // SHA-256 of the box's certificate, which is at /galla.crt
}

// OfferPairing is the body of POST /v1/pairing.
type OfferPairing struct {
	// role of billing software that works without a person; left out: a console
	Service string `json:"service,omitempty"`
	LetIn   bool   `json:"let_in,omitempty"` // whoever uses the code need not wait; the box's own word only
	Acting
}

// Pairing is a code a new device is paired with.
type Pairing struct {
	Code        string    `json:"code"`
	Until       time.Time `json:"until"`
	Fingerprint string    `json:"fingerprint,omitempty"` // SHA-256 of the box's certificate, to compare in the browser
	Address     string    `json:"address,omitempty"`     // of the console, over the network
	// the console with a secret and the fingerprint, as the screen shows it in a QR
	Link    string `json:"link,omitempty"`
	Refunds bool   `json:"refunds,omitempty"` // the software sends money back without a PIN
}

// Pair is the body of POST /v1/devices.
type Pair struct {
	Code string `json:"code"` // the eight digits, or the secret of the link
	Name string `json:"name"`
	// a page asks: the token goes into a cookie that no script reads, and not into the answer
	Cookie bool `json:"cookie,omitempty"`
}

// Paired is a new device with its token, which is shown this once. While Waiting is set the token does nothing.
type Paired struct {
	Device
	Token string `json:"token,omitempty"`
}

// Device is a paired device.
type Device struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Service  string    `json:"service,omitempty"`
	Person   string    `json:"person,omitempty"`
	PairedAt time.Time `json:"paired_at"`
	PairedBy string    `json:"paired_by,omitempty"`
	SeenAt   time.Time `json:"seen_at"`

	Refunds bool   `json:"refunds,omitempty"` // it sends money back without a PIN
	Waiting bool   `json:"waiting,omitempty"` // nobody has let it in yet
	Check   string `json:"check,omitempty"`   // four digits that the waiting device shows too
	From    string `json:"from,omitempty"`    // the address it was paired from
	LetInBy string `json:"let_in_by,omitempty"`
}

// Devices is the body of GET /v1/devices.
type Devices struct {
	Devices []Device `json:"devices"`
}

// Guesses is the body of GET /v1/guesses, the newest first.
type Guesses struct {
	Runs []GuessRun `json:"runs"`
}

// GuessRun is a run of wrong PINs of one person on one device.
type GuessRun struct {
	Person   string     `json:"person"` // "?" where what was typed is no name
	Device   string     `json:"device"` // its id, "uid:1000" for a login on the box, or "loopback"
	Name     string     `json:"name,omitempty"`
	Wrong    int        `json:"wrong"`
	At       time.Time  `json:"at"`
	LockedTo *time.Time `json:"locked_to,omitempty"` // no try of this person on this device before
}
