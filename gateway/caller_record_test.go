package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestRecorder(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method == http.MethodPost && string(body) != `{"accessKey":"SECRET","amount":20.10}` {
			t.Errorf("the server got %s", body)
		}
		if r.URL.Path == "/page" {
			w.WriteHeader(404)
			_, _ = io.WriteString(w, "<html>SECRET@okaxis is not here</html>")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w,
			`{"token":"SECRET","vpa":"SECRET@okaxis","amount":100.00,"note":"from SECRET@okaxis today",`+
				`"qrUrl":"upi://pay?pa=SECRET%40ybl&pn=SECRET&am=3&sign=SECRET+/=&tr=EK1",
			"qrCode":"`+strings.Repeat("SECRET", 300)+`","list":[{"customer_mobile":"SECRET"}],"id":"ORD1",`+
				`"contact":919876543210,"merchantInfo":{"phone":"SECRET","address":{"streetName":"SECRET",`+
				`"zipcode":411001}},"email":null}`)
	})
	var out bytes.Buffer
	rec := NewRecorder(&out, nil)
	c := open(t, s.URL, func(o *CallerOptions) { o.Transport = rec })
	header := http.Header{"Authorization": {"SECRET"}}
	if _, err := c.Do(t.Context(), Call{Op: "x", Method: http.MethodPost, Path: "/o", Header: header,
		Body: []byte(`{"accessKey":"SECRET","amount":20.10}`), Write: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), Call{Op: "x", Method: http.MethodGet, Path: "/qr", Write: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), Call{Op: "x", Method: http.MethodGet, Path: "/page"}); err != nil {
		t.Fatal(err)
	}
	if rec.Err() != nil || strings.Contains(out.String(), "SECRET") || strings.Contains(out.String(), "9876543210") ||
		strings.Contains(out.String(), "411001") {
		t.Fatalf("%v\n%s", rec.Err(), out.String())
	}
	var lines []Exchange
	for line := range strings.Lines(out.String()) {
		var e Exchange
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e)
	}
	if len(lines) != 3 || lines[0].Path != "/o" ||
		string(lines[0].Sent) != `{"accessKey":"[redacted]","amount":20.10}` ||
		lines[0].Status != 200 ||
		lines[0].Date == "" ||
		lines[2].Status != 404 {
		t.Fatalf("%s", out.String())
	}
	for _, kept := range []string{`"amount":100.00`, `"id":"ORD1"`, `"vpa":"redacted@okaxis"`, `am=3`, `tr=EK1`,
		`"email":null`, `pa=redacted@ybl`} {
		if !strings.Contains(strings.ReplaceAll(string(lines[0].Got), `\u0026`, "&"), kept) {
			t.Errorf("%s is lost: %s", kept, lines[0].Got)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestRecorderOnAFullDisk: a sale doesn't fail because its transcript can't be written.
func TestRecorderOnAFullDisk(t *testing.T) {
	rec := NewRecorder(fullDisk{}, nil)
	c := open(t, serve(t, reply(200, "{}")).URL, func(o *CallerOptions) { o.Transport = rec })
	if _, err := c.Do(t.Context(), Call{Op: "x", Method: http.MethodGet, Path: "/"}); err != nil {
		t.Error(err)
	}
	if rec.Err() == nil {
		t.Error("the lost transcript isn't told")
	}
}

func FuzzRedact(f *testing.F) {
	for _, s := range []string{`{"token":"x"}`, `{"a":["b@c"]}`, `"upi://pay?pa=a@b&am=1"`, `1e9`, `[`,
		`{"a":1}{"b":2}`, `{"vpa":"a@b@c"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if out, ok := redact(b); ok && !json.Valid(out) {
			t.Errorf("%s -> %s", b, out)
		}
	})
}
