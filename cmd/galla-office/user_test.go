package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"strings"
	"testing"
)

// types gives a command what somebody types, or a pipe brings.
func types(t *testing.T, text string) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	w.Close()
	was := os.Stdin
	os.Stdin = r
	t.Cleanup(func() { os.Stdin = was; r.Close() })
}

// TestUser: the first owner is made on the command line, signs in on the page over TLS, and sees the chain's day; what
// is refused says its next step.
func TestUser(t *testing.T) {
	o := newOffice(t)
	const secret = "stone lamp river nine"
	types(t, secret+"\n")
	if got := o.does(1, "user", "add", "Asha", "--role", "viewer"); !strings.Contains(got, "owner") ||
		!strings.Contains(got, "next: ") {
		t.Errorf("%s", got)
	}
	types(t, "short\n")
	if got := o.does(1, "user", "add", "Ravi"); !strings.Contains(got, "10 to 128 characters") {
		t.Errorf("%s", got)
	}
	types(t, "")
	if got := o.does(exitFault, "user", "add", "Ravi"); !strings.Contains(got, "no password came") {
		t.Errorf("%s", got)
	}
	types(t, secret+"\n")
	o.does(0, "user", "add", "Ravi")
	if got := o.does(0, "user", "list"); !strings.Contains(got, "Ravi  owner") || strings.Contains(got, secret) {
		t.Errorf("%s", got)
	}
	o.does(0, "name", "Sharma Sweets")
	o.does(0, "shop", "add", "MG Road")

	root := strings.TrimSuffix(o.address, "/chain")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	person := &http.Client{Transport: o.http.Transport, Jar: jar}
	ask := func(method, path, body string) (status int, text string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, root+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", root)
		w, err := person.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Body.Close()
		raw, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		return w.StatusCode, string(raw)
	}
	if status, text := ask("GET", "/", ""); status != 200 || !strings.Contains(text, "/office/app.js") {
		t.Fatalf("%d %s", status, text)
	}
	if status, _ := ask("GET", "/v1/owner/today", ""); status != 401 {
		t.Errorf("nobody is answered %d", status)
	}
	if status, text := ask("POST", "/v1/owner/session", `{"name":"ravi","password":"`+secret+`"}`); status != 200 ||
		!strings.Contains(text, "Sharma Sweets") {
		t.Fatalf("%d %s", status, text)
	}
	var today struct {
		Empty int
		Shops []struct{ Name string }
	}
	status, text := ask("GET", "/v1/owner/today", "")
	if err := json.Unmarshal([]byte(text), &today); err != nil || status != 200 || today.Empty != 1 ||
		today.Shops[0].Name != "MG Road" {
		t.Errorf("%d %s, %v", status, text, err)
	}
	for _, path := range []string{"needs", "refunds", "cashiers", "acts", "audit", "books", "gst", "sales?q=1129-1",
		"places", "people",
		"shops/mg-road", "files/days.csv", "files/sales.csv", "files/refunds.csv", "files/z.csv", "files/gst.csv"} {
		if status, text := ask("GET", "/v1/owner/"+path, ""); status != 200 {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}

	if got := o.does(1, "user", "remove", "Ravi"); !strings.Contains(got, "only owner") {
		t.Errorf("%s", got)
	}
}
