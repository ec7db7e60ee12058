package enkash

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"galla/gateway"
	"galla/internal/money"
)

// text is a JSON string that some answers write as a number.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case string(b) == "null":
		return nil
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = text(b)
		return nil
	}
	return fmt.Errorf("%q is neither text nor a number", gateway.Shorten(string(b), 20))
}

// yesNo is a boolean that some answers write as a text or a number. Any other value is no answer: it is false and not set.
type yesNo struct{ v, set bool }

func (f *yesNo) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1", "y", "yes":
		*f = yesNo{true, true}
	case "false", "0", "n", "no":
		*f = yesNo{false, true}
	default:
		*f = yesNo{}
	}
	return nil
}

// loose is a text of no consequence: what is no text is kept as the JSON it is.
type loose string

func (l *loose) UnmarshalJSON(b []byte) error {
	var s text
	if s.UnmarshalJSON(b) == nil {
		*l = loose(s)
	} else {
		*l = loose(b)
	}
	return nil
}

// params are free pairs of an answer: an object, or anything else, which says nothing.
type params map[string]loose

func (p *params) UnmarshalJSON(b []byte) error {
	var m map[string]loose
	if json.Unmarshal(b, &m) == nil {
		*p = m
	}
	return nil
}

// rupees is an amount in rupees: a JSON number, a number as text, or an object {"value": …, "currency": "INR"}, which
// is how orders are created. It goes out as a number with two decimals.
type rupees struct {
	paise money.Paise
	set   bool
}

func rupeesOf(p money.Paise) *rupees { return &rupees{p, true} }

func (r rupees) MarshalJSON() ([]byte, error) { return []byte(r.paise.Decimal()), nil }

func (r *rupees) UnmarshalJSON(b []byte) error {
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
	r.paise, r.set = p, true
	return nil
}

// envelope is what most answers come in (reference §1.3). Payload may be a string on failure.
type envelope struct {
	ResponseCode    *text           `json:"response_code"`
	ResultCode      *text           `json:"resultCode"`
	ResponseMessage text            `json:"response_message"`
	ResultMessage   text            `json:"resultMessage"`
	Message         text            `json:"message"`
	Payload         json.RawMessage `json:"payload"`
}

// code is the answer's own verdict, "" when it has none.
func (e *envelope) code() string {
	for _, c := range []*text{e.ResponseCode, e.ResultCode} {
		if c != nil && *c != "" {
			return string(*c)
		}
	}
	return ""
}

// ok: 0 is success; the token call also says 200 (docs.enkash.com/payment-gateway/authorization).
func (e *envelope) ok() bool { return e.code() == "0" || e.ResponseCode == nil && e.code() == "200" }

// words is what the gateway says in words, wherever it put them.
func (e *envelope) words() string {
	var p string
	if len(e.Payload) > 0 && e.Payload[0] == '"' {
		_ = json.Unmarshal(e.Payload, &p) // a payload that isn't text has no words for us
	}
	var said []string
	for _, s := range []string{string(e.ResponseMessage), string(e.ResultMessage), string(e.Message), p} {
		if s = strings.TrimSpace(s); s != "" && !strings.Contains(strings.Join(said, "; "), s) {
			said = append(said, s)
		}
	}
	return strings.Join(said, "; ")
}

// readEnvelope reads body; an error means it is no JSON object at all.
func readEnvelope(body []byte) (envelope, error) {
	var e envelope
	if err := decode(body, &e); err != nil {
		return envelope{}, err
	}
	return e, nil
}

// decode reads one JSON object and nothing after it. Unknown fields are fine: EnKash adds them without notice.
func decode(body []byte, v any) error {
	if t := bytes.TrimSpace(body); len(t) == 0 || t[0] != '{' {
		return fmt.Errorf("%q is not a JSON object", gateway.Shorten(string(t), 40))
	}
	return json.Unmarshal(body, v)
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("enkash: a request of our own making cannot be written as JSON: %v", err))
	}
	return b
}

// checkID is what ids must look like before they go into an address: ORD1784195236818VZuxB, EK1743074262175e8KIO.
func checkID(what, id string) error { return gateway.ID(what, id) }

// listOf reads a search's payload: a list, or an object that holds one under any of the usual names.
func listOf[T any](payload json.RawMessage) ([]T, error) {
	var list []T
	if t := bytes.TrimSpace(payload); len(t) > 0 && t[0] == '[' {
		return list, json.Unmarshal(t, &list)
	}
	var o map[string]json.RawMessage
	if err := decode(payload, &o); err != nil {
		return nil, err
	}
	for _, name := range []string{"content", "data", "list", "items", "records", "orders", "qrCodes"} {
		if v := bytes.TrimSpace(o[name]); len(v) > 0 && v[0] == '[' {
			return list, json.Unmarshal(v, &list)
		}
	}
	return nil, errors.New("it holds no list")
}
