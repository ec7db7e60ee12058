package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Exchange is one line of a transcript: a request and its answer without keys, tokens, people and pictures.
type Exchange struct {
	Method string          `json:"method"`
	Path   string          `json:"path"` // with its query
	Sent   json.RawMessage `json:"sent,omitempty"`
	Status int             `json:"status"`
	Type   string          `json:"type,omitempty"` // the answer's Content-Type
	Date   string          `json:"date,omitempty"`
	Got    json.RawMessage `json:"got,omitempty"`
	// Other is the beginning of an answer that is no JSON.
	Other string `json:"other,omitempty"`
}

// Recorder is a transport that writes what passes through it to a transcript, one JSON object a line, so that an
// integrator who has keys can show what the gateway really answered to one who hasn't. Safe for concurrent use.
type Recorder struct {
	next http.RoundTripper

	mu  sync.Mutex
	w   io.Writer
	err error
}

// NewRecorder records to w what goes through next; nil is the tuned default.
func NewRecorder(w io.Writer, next http.RoundTripper) *Recorder {
	if next == nil {
		next = newTransport()
	}
	return &Recorder{next: next, w: w}
}

// Err is the first failure to write the transcript; calls go on without it.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// RoundTrip sends the request and writes the exchange down when the answer's body has been read to its end.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	e := Exchange{Method: req.Method, Path: req.URL.RequestURI()}
	if req.GetBody != nil || req.ContentLength > 0 {
		body, err := io.ReadAll(req.Body)
		_ = req.Body.Close()
		if err != nil {
			return nil, err
		}
		e.Sent, _ = redact(body) // our own bodies are JSON
		clone := req.Clone(req.Context())
		clone.Body, clone.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		if req.GetBody == nil {
			clone.GetBody = nil
		}
		req = clone
	}
	resp, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	e.Status, e.Type, e.Date = resp.StatusCode, resp.Header.Get("Content-Type"), resp.Header.Get("Date")
	resp.Body = &recordedBody{ReadCloser: resp.Body, done: func(body []byte) {
		var ok bool
		if e.Got, ok = redact(body); !ok && len(body) > 0 {
			e.Other = Shorten(string(body[:min(len(body), 400)]), 80)
		}
		r.write(e)
	}}
	return resp, nil
}

func (r *Recorder) write(e Exchange) {
	line, err := json.Marshal(e)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		_, err = r.w.Write(append(line, '\n'))
	}
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("the transcript cannot be written: %w", err)
	}
}

// recordedBody keeps what is read of an answer, up to MaxAnswer bytes.
type recordedBody struct {
	io.ReadCloser
	kept []byte
	done func([]byte)
	once sync.Once
}

func (b *recordedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if len(b.kept)+n <= MaxAnswer {
		b.kept = append(b.kept, p[:n]...)
	}
	return n, err
}

func (b *recordedBody) Close() error {
	b.once.Do(func() { b.done(b.kept) })
	return b.ReadCloser.Close()
}

// redacted stands where something was taken out.
const redacted = "[redacted]"

// maxTranscriptText: a longer text is a picture or a token, and of no use to a reader.
const maxTranscriptText = 1000

// redact takes out of a JSON text what a stranger must not see; false when it is no JSON.
func redact(body []byte) (json.RawMessage, bool) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // amounts stay as they were spelt
	var v any
	if d.Decode(&v) != nil || d.More() {
		return nil, false
	}
	out, err := json.Marshal(redactValue("", v))
	if err != nil {
		return nil, false
	}
	return out, true
}

// private are the field names, in lower case without separators, whose values are keys or people.
var private = []string{"token", "accesskey", "secretkey", "merchantidentifierkey", "publicidentifierkey", "password",
	"email", "contact", "contactnumber", "phone", "phonenumber", "mobile", "mobilenumber", "customername",
	"customermobile",
	"customeremail", "cardholdername", "accountnumber", "account", "ifsc", "firstname", "lastname", "address", "gstin",
	"checksum"}

func redactValue(name string, v any) any {
	key := strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
	if slices.Contains(private, key) {
		switch v {
		case nil, "", true, false:
			return v
		}
		return redacted // a telephone number written as one, an address of several lines
	}
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			v[k] = redactValue(k, inner)
		}
		return v
	case []any:
		for i, inner := range v {
			v[i] = redactValue(name, inner)
		}
		return v
	case string:
		return redactText(v)
	}
	return v
}

// redactText keeps the form of a payment string and of an address, without saying whose they are.
func redactText(s string) string {
	if strings.HasPrefix(strings.ToLower(s), "upi:") {
		head, query, _ := strings.Cut(s, "?")
		parts := strings.Split(query, "&")
		for i, part := range parts {
			switch k, v, _ := strings.Cut(part, "="); strings.ToLower(k) {
			case "pa":
				v, err := url.QueryUnescape(v)
				if _, handle, ok := strings.Cut(v, "@"); ok && err == nil {
					parts[i] = k + "=redacted@" + handle
				} else {
					parts[i] = k + "=redacted"
				}
			case "pn", "sign", "gstin", "invoicename":
				parts[i] = k + "=redacted"
			}
		}
		return head + "?" + strings.Join(parts, "&")
	}
	if len(s) > maxTranscriptText {
		return fmt.Sprintf("[%d characters]", len(s))
	}
	if name, handle, ok := strings.Cut(s, "@"); ok && name != "" && !strings.ContainsAny(s, " \t\n") {
		return "redacted@" + handle
	}
	if strings.Contains(s, "@") {
		return Shorten(s, maxTranscriptText)
	}
	return s
}
