package wire

import (
	"encoding/json"
	"strings"
)

// Envelope is what most answers come in (reference §1.3). Payload may be a string on failure.
type Envelope struct {
	ResponseCode    *Text           `json:"response_code"`
	ResultCode      *Text           `json:"resultCode"`
	ResponseMessage Text            `json:"response_message"`
	ResultMessage   Text            `json:"resultMessage"`
	Message         Text            `json:"message"`
	Payload         json.RawMessage `json:"payload"`
}

// Code is the answer's own verdict, "" when it has none.
func (e *Envelope) Code() string {
	for _, c := range []*Text{e.ResponseCode, e.ResultCode} {
		if c != nil && *c != "" {
			return string(*c)
		}
	}
	return ""
}

// OK: 0 is success; the token call also says 200 (docs.enkash.com/payment-gateway/authorization).
func (e *Envelope) OK() bool { return e.Code() == "0" || e.ResponseCode == nil && e.Code() == "200" }

// Words is what the gateway says in words, wherever it put them.
func (e *Envelope) Words() string {
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

// ReadEnvelope reads body; an error means it is no JSON object at all.
func ReadEnvelope(body []byte) (Envelope, error) {
	var e Envelope
	if err := Decode(body, &e); err != nil {
		return Envelope{}, err
	}
	return e, nil
}
