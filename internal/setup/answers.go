package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"galla/internal/config"
	"galla/internal/money"
)

// Answers are what an owner says of a till, and the form of a file for galla setup --answers.
type Answers struct {
	Shop      string    `toml:"shop" json:"shop"`         // the name customers read; required
	GSTIN     string    `toml:"gstin" json:"gstin"`       // or empty
	Address   []string  `toml:"address" json:"address"`   // lines on slips
	Phone     string    `toml:"phone" json:"phone"`       // on slips
	Terminal  string    `toml:"terminal" json:"terminal"` // this box's name; empty: stays as it is
	Gateways  []Gateway `toml:"gateway" json:"gateways"`  // in the order they are asked; at least one
	Printer   Printer   `toml:"printer" json:"printer"`
	Languages []string  `toml:"languages" json:"languages"` // of the customer's screen; empty: stays
	// of the customer's screen: 0, 90, 180 or 270 degrees clockwise
	Rotate  int  `toml:"rotate" json:"rotate"`
	Network bool `toml:"network" json:"network"` // the console for phones of the shop's network
	Demo    bool `toml:"demo" json:"demo"`       // for practice: test keys, and everything says DEMO
	// of the page alone: the offered copy of the sales is put on this box first
	Restore bool `toml:"-" json:"restore"`
}

// Gateway is one account.
type Gateway struct {
	Provider string `toml:"provider" json:"provider"` // "enkash" or "razorpay"
	BaseURL  string `toml:"base_url" json:"base_url"` // empty: the provider's usual one
	Test     bool   `toml:"test" json:"test"`         // EnKash: these are test keys
	// Keys of EnKash: AccessKey, SecretKey, and APIKey if they gave one; of Razorpay: KeyID and KeySecret.
	AccessKey string `toml:"access_key" json:"access_key"`
	SecretKey string `toml:"secret_key" json:"secret_key"`
	APIKey    string `toml:"api_key" json:"api_key"`
	KeyID     string `toml:"key_id" json:"key_id"`
	KeySecret string `toml:"key_secret" json:"key_secret"`
	// WebhookSecrets are Razorpay's, where the config has webhooks.
	WebhookSecrets []string `toml:"webhook_secrets" json:"webhook_secrets"`
	Keep           bool     `toml:"keep" json:"keep"` // the keys that are stored stay
}

// Printer is the thermal printer; without a port there is none.
type Printer struct {
	Port     string `toml:"port" json:"port"`
	Profile  string `toml:"profile" json:"profile"`   // empty: generic58
	Baud     int    `toml:"baud" json:"baud"`         // 0: the profile's
	Language string `toml:"language" json:"language"` // of the slips' fixed words: "en" or "hi"
	Order    bool   `toml:"order" json:"order"`       // print every sale's QR
	Receipt  bool   `toml:"receipt" json:"receipt"`   // print a receipt for every paid sale
}

// String keeps keys out of any text that Answers are printed into by mistake.
func (g Gateway) String() string { return g.Provider + " (keys not shown)" }

// GoString does the same for %#v.
func (g Gateway) GoString() string { return g.String() }

const maxAnswers = 64 << 10

// ReadAnswers reads a file of answers. It holds keys, so nobody but its owner may read it.
func ReadAnswers(path string) (Answers, error) {
	f, err := os.Open(path)
	if err != nil {
		return Answers{}, fmt.Errorf("answers: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Answers{}, fmt.Errorf("answers: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Answers{}, fmt.Errorf("answers %s can be read by others (mode %04o): run chmod 600 on it",
			path, info.Mode().Perm())
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxAnswers+1))
	if err != nil {
		return Answers{}, fmt.Errorf("answers %s: %w", path, err)
	}
	return ParseAnswers(path, raw)
}

// ParseAnswers reads answers; path is for its errors, which quote no value.
func ParseAnswers(path string, raw []byte) (Answers, error) {
	if len(raw) > maxAnswers {
		return Answers{}, fmt.Errorf("answers %s is larger than %d bytes: it is no file of answers", path, maxAnswers)
	}
	var a Answers
	err := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields().Decode(&a)
	if strict, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		var all []error
		for _, e := range strict.Errors {
			row, _ := e.Position()
			all = append(
				all,
				fmt.Errorf(
					"%s:%d: there is no answer %q; packaging/docs/integrator.md lists them",
					path,
					row,
					strings.Join(e.Key(), "."),
				),
			)
		}
		return Answers{}, errors.Join(all...)
	}
	if e, ok := errors.AsType[*toml.DecodeError](err); ok { // its own text quotes the line, which may be a key
		row, column := e.Position()
		return Answers{}, fmt.Errorf(
			"%s:%d:%d: this line is not of the form name = \"value\", or its value is of the wrong kind",
			path,
			row,
			column,
		)
	} else if err != nil {
		return Answers{}, fmt.Errorf("%s is not a file of answers", path)
	}
	return a, a.Check()
}

// Check says all that is missing or wrong at once.
func (a *Answers) Check() error { return joined(a.Faults()) }

func joined(all []Fault) error {
	var errs []error
	for _, f := range all {
		errs = append(errs, errors.New(f.Says))
	}
	return errors.Join(errs...)
}

// CheckName checks a shop's name.
func CheckName(s string) error {
	switch {
	case strings.TrimSpace(s) == "":
		return errors.New("the shop needs a name: customers read it when they pay")
	case len([]rune(s)) > 60:
		return errors.New(
			"the shop's name is longer than 60 letters: shorten it, or it will not fit on screen and slips",
		)
	case strings.ContainsFunc(s, control):
		return fmt.Errorf("the name %q has a character that can't be shown: type it again", s)
	}
	return nil
}

// CheckGSTIN checks a GST number, or nothing.
func CheckGSTIN(s string) error {
	if s == "" {
		return nil
	}
	return money.CheckGSTIN(s)
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

// Credential is the file of keys as gallad reads it.
func (g Gateway) Credential() []byte {
	var b bytes.Buffer
	for _, k := range []struct {
		name, value string
	}{{"access_key", g.AccessKey}, {"secret_key", g.SecretKey}, {"api_key", g.APIKey},
		{"key_id", g.KeyID}, {"key_secret", g.KeySecret}} {
		if k.value != "" {
			fmt.Fprintf(&b, "%s = %s\n", k.name, quote(k.value))
		}
	}
	if len(g.WebhookSecrets) > 0 {
		fmt.Fprintf(&b, "webhook_secrets = %s\n", list(g.WebhookSecrets))
	}
	return b.Bytes()
}

// account is the gateway as the config has it.
func (g Gateway) account() (config.Gateway, config.Secrets) {
	return config.Gateway{Name: g.Provider, Provider: g.Provider, BaseURL: g.BaseURL, Test: g.Test},
		config.Secrets{
			AccessKey:      g.AccessKey,
			SecretKey:      g.SecretKey,
			APIKey:         g.APIKey,
			KeyID:          g.KeyID,
			KeySecret:      g.KeySecret,
			WebhookSecrets: g.WebhookSecrets,
		}
}
