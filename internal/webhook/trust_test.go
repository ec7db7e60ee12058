package webhook

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"galla/internal/counter/countertest"
)

// TestIntegrator_3_Trust: a PC in the shop's network, which no public authority knows, is reached when the settings
// name its authority or its certificate, and by nothing else.
func TestIntegrator_3_Trust(t *testing.T) {
	calls := 0
	pc := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		io.Copy(io.Discard, r.Body)
	}))
	pc.Config.ErrorLog = log.New(io.Discard, "", 0)
	pc.StartTLS()
	defer pc.Close()
	sum := sha256.Sum256(pc.Certificate().Raw)
	print := hex.EncodeToString(sum[:])
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pc.Certificate().Raw})

	for name, c := range map[string]struct {
		trust Trust
		taken bool
	}{
		"nothing said":             {Trust{}, false},
		"its fingerprint":          {Trust{Fingerprint: print}, true},
		"as openssl prints it":     {Trust{Fingerprint: strings.ToUpper(print[:2]) + ":" + print[2:]}, true},
		"another fingerprint":      {Trust{Fingerprint: strings.Repeat("ab", 32)}, false},
		"its authority":            {Trust{CA: authority}, true},
		"both, and one is wrong":   {Trust{CA: authority, Fingerprint: strings.Repeat("ab", 32)}, false},
		"both, and both are right": {Trust{CA: authority, Fingerprint: print}, true},
	} {
		h, err := New(Options{
			Till:     countertest.New(),
			Settings: countertest.NewSettings(),
			Encode:   encode,
			URL:      pc.URL + "/galla",
			Secrets:  []byte(secret),
			Trust:    c.trust,
			Probe:    []byte("{}"),
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		before := calls
		if _, err := h.Test(t.Context()); (err == nil) != c.taken || calls-before != map[bool]int{true: 1}[c.taken] {
			t.Errorf("%s: %v, %d calls", name, err, calls-before)
		}
	}
	for _, trust := range []Trust{{Fingerprint: "abc"}, {CA: []byte("no PEM")}} {
		if _, err := New(Options{URL: pc.URL, Secrets: []byte(secret), Trust: trust}); err == nil {
			t.Errorf("%+v was taken", trust)
		}
	}
	if _, err := New(Options{URL: "http://localhost/", Secrets: []byte(secret),
		Trust: Trust{Fingerprint: print}}); err == nil {
		t.Error("a fingerprint was taken for plain http")
	}
}
