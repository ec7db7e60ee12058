package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"galla/gateway"
	"galla/internal/money"
)

// Text is a JSON string that some answers write as a number; it holds the digits then. Anything else is no text, and
// says nothing: a message that is an object must not hide a payment.
type Text string

func (t *Text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		return nil
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = Text(b)
	default:
		*t = ""
	}
	return nil
}

// YesNo is a boolean that some answers write as a text or a number. Any other value is no answer: Yes and Set are both
// false.
type YesNo struct{ Yes, Set bool }

func (f *YesNo) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1", "y", "yes":
		*f = YesNo{true, true}
	case "false", "0", "n", "no":
		*f = YesNo{false, true}
	default:
		*f = YesNo{}
	}
	return nil
}

// loose is a text of no consequence: what is no text is kept as the JSON it is.
type loose string

func (l *loose) UnmarshalJSON(b []byte) error {
	var s Text
	_ = s.UnmarshalJSON(b) // what is no text is kept as it stands
	if *l = loose(s); s == "" && b[0] != '"' && b[0] != 'n' {
		*l = loose(b)
	}
	return nil
}

// Params are free pairs of an answer: an object, or anything else, which says nothing.
type Params map[string]loose

func (p *Params) UnmarshalJSON(b []byte) error {
	var m map[string]loose
	if json.Unmarshal(b, &m) == nil {
		*p = m
	}
	return nil
}

// Rupees is an amount in rupees: a JSON number, a number as text, or an object {"value": …, "currency": "INR"}, which
// is how orders are created. It goes out as a number with two decimals.
// Set says that an answer had one.
type Rupees struct {
	Paise money.Paise
	Set   bool
}

// RupeesOf is an amount for a request.
func RupeesOf(p money.Paise) *Rupees { return &Rupees{p, true} }

func (r Rupees) MarshalJSON() ([]byte, error) { return []byte(r.Paise.Decimal()), nil }

func (r *Rupees) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	literal := string(b)
	switch b[0] {
	case '{':
		var o struct {
			Value    json.RawMessage `json:"value"`
			Currency string          `json:"currency"`
		}
		if err := json.Unmarshal(b, &o); err != nil {
			return err
		}
		if o.Currency != "" && o.Currency != "INR" {
			return fmt.Errorf("currency is %.10q, not INR", o.Currency)
		}
		if len(o.Value) == 0 || o.Value[0] == '{' {
			return errors.New("an amount has no value")
		}
		return r.UnmarshalJSON(o.Value)
	case '"':
		if err := json.Unmarshal(b, &literal); err != nil {
			return err
		}
		if literal == "" {
			return nil
		}
	}
	p, err := money.ParseNumber(literal)
	if err != nil {
		return err
	}
	r.Paise, r.Set = p, true
	return nil
}

// Aside is an amount beside the one that counts, such as a fee, which some answers write finer than a paisa. One that
// can't be read is none: it must not hide a payment.
type Aside struct{ Rupees }

func (a *Aside) UnmarshalJSON(b []byte) error {
	if a.Rupees.UnmarshalJSON(b) != nil {
		a.Rupees = Rupees{}
	}
	return nil
}

// Decode reads one JSON object and nothing after it. Unknown fields are fine: EnKash adds them without notice.
func Decode(body []byte, v any) error {
	if t := bytes.TrimSpace(body); len(t) == 0 || t[0] != '{' {
		return fmt.Errorf("%q is not a JSON object", gateway.Shorten(string(t), 40))
	}
	return json.Unmarshal(body, v)
}

// Encode writes a request. It panics on a value that has no JSON: a mistake of ours, never of the data.
func Encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("enkash: a request of our own making cannot be written as JSON: %v", err))
	}
	return b
}

// ListOf reads a search's payload: a list, or an object that holds one under any of the usual names.
func ListOf[T any](payload json.RawMessage) ([]T, error) {
	var list []T
	if t := bytes.TrimSpace(payload); len(t) > 0 && t[0] == '[' {
		return list, json.Unmarshal(t, &list)
	}
	var o map[string]json.RawMessage
	if err := Decode(payload, &o); err != nil {
		return nil, err
	}
	for _, name := range []string{"content", "data", "list", "items", "records", "orders", "qrCodes"} {
		if v := bytes.TrimSpace(o[name]); len(v) > 0 && v[0] == '[' {
			return list, json.Unmarshal(v, &list)
		}
	}
	return nil, errors.New("it holds no list")
}
