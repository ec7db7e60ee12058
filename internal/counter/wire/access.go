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

// AddPerson is the body of POST /v1/people.
type AddPerson struct {
	Name string `json:"name"`
	Role string `json:"role"`
	PIN  string `json:"pin"`
}

// SetPIN is the body of POST /v1/people/{name}/pin.
type SetPIN struct {
	PIN string `json:"pin"`
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

	Fingerprint string `json:"fingerprint,omitempty"` // SHA-256 of the box's certificate, which is at /galla.crt
}

// OfferPairing is the body of POST /v1/pairing.
type OfferPairing struct {
	Service string `json:"service,omitempty"` // role of billing software that works without a person; left out: a console
}

// Pairing is a code a new device is paired with.
type Pairing struct {
	Code        string    `json:"code"`
	Until       time.Time `json:"until"`
	Fingerprint string    `json:"fingerprint,omitempty"` // SHA-256 of the box's certificate, to compare in the browser
	Address     string    `json:"address,omitempty"`     // of the console, over the network
	Link        string    `json:"link,omitempty"`        // the console with code and fingerprint, as the screen shows it in a QR
}

// Pair is the body of POST /v1/devices.
type Pair struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Paired is a new device with its token, which is shown this once.
type Paired struct {
	Device
	Token string `json:"token"`
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
}

// Devices is the body of GET /v1/devices.
type Devices struct {
	Devices []Device `json:"devices"`
}
