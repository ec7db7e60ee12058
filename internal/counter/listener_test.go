package counter

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/state"
)

// The findings of doors.md that were seen over the API, by their numbers. Those of the directory itself are in package
// people.

// TestDoor_1: with the owner signed in and no PIN known, a phone left lying about makes no manager, changes no PIN,
// pairs no software, and is nobody's after a quarter of an hour.
func TestDoor_1(t *testing.T) {
	b := staffBench(t)
	p := &phone{bench: b, token: b.device(t, "ravi", "")}
	kept := b.settings.Dump()
	refused := func(body string, want string) {
		t.Helper()
		if !strings.Contains(body, want) {
			t.Errorf("refused with %s, want %s", body, want)
		}
	}
	mine := b.people.Devices.List()[0].ID
	for _, c := range []struct{ path, body string }{
		{"/v1/people", `{"name":"Evil","role":"manager","pin":"1357"}`},
		{"/v1/people/ravi/pin", `{"pin":"1357"}`},
		{"/v1/people/asha/pin", `{"pin":"1357"}`},
		{"/v1/people/meena/remove", ""},
		{"/v1/pairing", `{"service":"manager"}`},
		{"/v1/pairing", ""},
		{"/v1/devices/" + mine + "/revoke", ""},
		{"/v1/devices/" + mine + "/let-in", ""},
		{"/v1/gateways/enkash/mandates/MND1/plan", `{"auto":true}`},
	} {
		refused(p.want(t, 403, "POST", c.path, c.body).Body.String(), `"type":"/problems/pin-needed"`)
		guess := strings.Replace(
			strings.Replace("{"+strings.TrimPrefix(c.body, "{"), "{", `{"you":"meena","your_pin":"8642",`, 1),
			",}",
			"}",
			1,
		)
		if c.body == "" {
			guess = `{"you":"meena","your_pin":"8642"}`
		}
		b.clock = func(past func() time.Time) func() time.Time {
			return func() time.Time { return past().Add(time.Minute) }
		}(b.clock) // or the guesses are slowed
		if w := p.do("POST", c.path, guess); w.Code != 403 &&
			w.Code != 429 { // whose PIN it is decides who is signed in
			t.Errorf("%s with another person's PIN: %d %s", c.path, w.Code, w.Body)
		}
	}
	for line := range strings.Lines(b.settings.Dump()) {
		if (strings.Contains(line, "person/") || strings.Contains(line, "device/")) &&
			!strings.Contains(line, "tries/") &&
			!strings.Contains(kept, strings.Split(line, "=")[0]) {
			t.Errorf("left behind: %s", line)
		}
	}
	if n := len(b.people.Persons.List()); n != 3 || b.people.Devices.Offered() && n != 3 {
		t.Errorf("%d persons", n)
	}

	past := b.clock
	for m := range 3 { // what the page asks by itself while it shows a pairing code keeps nobody signed in
		b.clock = func() time.Time { return past().Add(time.Duration(m) * 5 * time.Minute) }
		p.want(t, 200, "GET", "/v1/devices", "")
	}
	b.clock = func() time.Time { return past().Add(16 * time.Minute) }
	refused(p.want(t, 401, "GET", "/v1/devices", "").Body.String(), `"type":"/problems/session-ended"`)
	refused(
		p.want(
			t,
			401,
			"POST",
			"/v1/people",
			`{"name":"x","role":"cashier","pin":"1357","your_pin":"2580"}`,
		).Body.String(),
		`"person":"ravi"`,
	)
	refused(p.want(t, 200, "GET", "/v1/me", "").Body.String(), `"signed_out":"ravi"`)
	p.want(t, 200, "POST", "/v1/session", `{"name":"ravi","pin":"2580"}`)
	p.want(t, 201, "POST", "/v1/people", `{"name":"new","role":"cashier","pin":"1357","your_pin":"2580"}`)
}

// TestDoor_1_SlowBody: a request whose body comes slowly has the power that its caller has when it is whole.
func TestDoor_1_SlowBody(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(b *bench, id string) error
		code      int
	}{
		"nothing happens": {func(*bench, string) error { return nil }, 201},
		"the phone is lost": {func(b *bench, id string) error {
			return b.people.Devices.Revoke(id, "owner:ravi")
		}, 401},
		"she is removed": {func(b *bench, _ string) error {
			return b.people.Persons.Remove("asha", "owner:ravi")
		}, 401},
		"she has another PIN": {func(b *bench, _ string) error {
			return b.people.Persons.SetPIN("asha", "4826", "owner:ravi")
		}, 401},
	} {
		b := staffBench(t)
		token := b.device(t, "asha", "")
		body, writes := io.Pipe()
		r := httptest.NewRequest("POST", "/v1/sales", body)
		r.Host = "127.0.0.1:7417"
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", keyOf(name))
		w, done := httptest.NewRecorder(), make(chan bool)
		go func() {
			b.Handler(network).ServeHTTP(w, r)
			close(done)
		}()
		io.WriteString(writes, `{"amount_paise":`) // until it is read
		if err := c.meanwhile(b, newest(b)); err != nil {
			t.Fatal(err)
		}
		io.WriteString(writes, `25000}`)
		writes.Close()
		if <-done; w.Code != c.code {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, c.code)
		}
	}
}

// TestDoor_1_Cookie: a browser's token is in a cookie that no script reads and no other host sets, and nowhere else. A
// device that has the cookie of an earlier version gets the new one.
func TestDoor_1_Cookie(t *testing.T) {
	b := staffBench(t)
	listener := Listener{TLS: &tls.Config{}}
	over := func(method, path, body string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "https://192.168.1.7:7417"+path, strings.NewReader(body))
		r.Host, r.TLS = "192.168.1.7:7417", &tls.ConnectionState{}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", keyOf(path+body+fmt.Sprint(len(cookies))))
		for _, c := range cookies {
			r.AddCookie(c)
		}
		w := httptest.NewRecorder()
		b.Handler(listener).ServeHTTP(w, r)
		return w
	}
	w := over(
		"POST",
		"/v1/devices",
		fmt.Sprintf(`{"code":%q,"name":"phone","cookie":true}`, b.Pair("owner:ravi", "").Code),
	)
	c := w.Result().Cookies()
	if w.Code != 201 || len(c) != 1 || c[0].Name != "__Host-galla" || !c[0].HttpOnly || !c[0].Secure ||
		c[0].SameSite != http.SameSiteStrictMode ||
		c[0].Path != "/" ||
		c[0].Domain != "" {
		t.Fatalf("%d %s: %v", w.Code, w.Body, c)
	}
	if strings.Contains(w.Body.String(), c[0].Value) || strings.Contains(w.Body.String(), `"token"`) {
		t.Errorf("a script reads the token: %s", w.Body)
	}
	if err := b.people.Devices.LetIn(newest(b), "owner:ravi"); err != nil {
		t.Fatal(err)
	}
	if w := over("GET", "/v1/people", "", c[0]); w.Code != 200 {
		t.Errorf("the cookie: %d", w.Code)
	}

	old := &http.Cookie{Name: "galla", Value: c[0].Value}
	if w := over("GET", "/v1/me", "", old); w.Code != 401 || len(w.Result().Cookies()) != 0 {
		t.Errorf("a token of today under the name that anybody can set: %d %v", w.Code, w.Result().Cookies())
	}
	asEarlier(t, b, newest(b))
	if w := over("GET", "/v1/people", "", old); w.Code != 401 {
		t.Errorf("the earlier name opens more than /v1/me: %d", w.Code)
	}
	w = over("GET", "/v1/me", "", old)
	set := w.Result().Cookies()
	if w.Code != 200 || len(set) != 2 || set[0].Name != "__Host-galla" || set[0].Value != c[0].Value ||
		set[1].Name != "galla" ||
		set[1].MaxAge != -1 {
		t.Errorf("the earlier cookie is changed for %v: %d", set, w.Code)
	}
	if w := b.call(
		network,
		"POST",
		"/v1/devices",
		fmt.Sprintf(`{"code":%q,"name":"pc","cookie":true}`, b.Pair("owner:ravi", "").Code),
	); len(w.Result().Cookies()) != 1 ||
		w.Result().Cookies()[0].Name != "galla" {
		t.Errorf("over plain HTTP on this machine: %v", w.Result().Cookies())
	}
}

// asEarlier makes of a device one that was paired before the box wrote down where devices come from.
func asEarlier(t *testing.T, b *bench, id string) {
	t.Helper()
	raw, _, err := b.settings.Get("device/" + id)
	var kept map[string]any
	if err == nil {
		err = json.Unmarshal(raw, &kept)
	}
	delete(kept, "from")
	raw, _ = json.Marshal(kept)
	if err := errors.Join(err, b.settings.Put("device/"+id, raw)); err != nil {
		t.Fatal(err)
	}
	b.restart(t)
}

// TestDoor_2: the code of a service is on no screen; whoever types one holds a token that does nothing until the owner
// lets it in; and what may refund says so when it is made and in the list (integrator.md 11).
func TestDoor_2(t *testing.T) {
	b, shown := pairingBench(t)
	b.staff(t)
	b.Pair("owner:ravi", "")
	w := b.call(trusted, "POST", "/v1/pairing", `{"service":"manager","you":"ravi","your_pin":"2580"}`)
	var offer wire.Pairing
	if err := json.Unmarshal(w.Body.Bytes(), &offer); err != nil || w.Code != 201 || !offer.Refunds ||
		offer.Link != "" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if shown.Code != "" {
		t.Errorf("the customer's screen shows %+v", *shown)
	}
	w = b.call(network, "POST", "/v1/devices", fmt.Sprintf(`{"code":%q,"name":"billing"}`, offer.Code))
	var made wire.Paired
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || !made.Waiting || made.Token == "" || !made.Refunds ||
		len(made.Check) != 4 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	p := &phone{bench: b, token: made.Token}
	for _, path := range []string{"/v1/sales", "/v1/me", "/v1/events", "/v1/people"} {
		got := p.want(t, 401, "GET", path, "").Body.String()
		if !strings.Contains(got, `"type":"/problems/not-let-in"`) || !strings.Contains(got, made.Check) {
			t.Errorf("%s: %s", path, got)
		}
	}
	manager := &phone{bench: b, token: b.device(t, "meena", "")}
	manager.want(
		t,
		403,
		"POST",
		"/v1/devices/"+made.ID+"/let-in",
		`{"your_pin":"8642"}`,
	) // software is the owner's to let in
	owner := &phone{bench: b, token: b.device(t, "ravi", "")}
	list := owner.want(t, 200, "GET", "/v1/devices", "").Body.String()
	if !strings.Contains(list, `"name":"billing","service":"manager"`) || !strings.Contains(list, `"waiting":true`) ||
		!strings.Contains(list, `"refunds":true`) {
		t.Errorf("the list: %s", list)
	}
	owner.want(t, 200, "POST", "/v1/devices/"+made.ID+"/let-in", `{"your_pin":"2580"}`)
	p.want(t, 200, "GET", "/v1/sales", "")
	if w := b.call(
		trusted,
		"POST",
		"/v1/pairing",
		`{"service":"cashier","you":"ravi","your_pin":"2580"}`,
	); strings.Contains(w.Body.String(), "refunds") {
		t.Errorf("a cashier's software: %s", w.Body)
	}
	if w := b.call(trusted, "POST", "/v1/pairing", `{"let_in":true,"you":"ravi","your_pin":"2580"}`); w.Code != 422 {
		t.Errorf("let in without being seen, over the network: %d", w.Code)
	}
}

// TestDoor_3: a cashier can't keep refunds impossible; wrong PINs stand in the book and on the owner's page, with the
// name and the device.
func TestDoor_3(t *testing.T) {
	b := staffBench(t)
	asha := &phone{bench: b, token: b.device(t, "asha", "")}
	meena := &phone{bench: b, token: b.device(t, "meena", "")}
	wrong := func() int {
		return asha.do("POST", "/v1/sales/S000001/refunds", `{"amount_paise":100,"approver":"meena","pin":"0000"}`).Code
	}
	for range 4 {
		if code := wrong(); code != 403 {
			t.Fatal(code)
		}
	}
	meena.want(t, 201, "POST", "/v1/sales/S000001/refunds", `{"amount_paise":100,"approver":"meena","pin":"8642"}`)
	if first, second := wrong(), wrong(); first != 403 || second != 429 {
		t.Errorf("after she approved elsewhere the cashier is answered %d and %d", first, second)
	}
	var runs wire.Guesses
	w := meena.want(t, 200, "GET", "/v1/guesses", "")
	if err := json.Unmarshal(w.Body.Bytes(), &runs); err != nil || len(runs.Runs) != 1 {
		t.Fatalf("%s: %v", w.Body, err)
	}
	id := b.people.Devices.List()[0].ID
	if r := runs.Runs[0]; r.Person != "meena" || r.Device != id || r.Name != "device of asha" || r.Wrong != 5 ||
		r.LockedTo == nil {
		t.Errorf("the owner's page has %+v", r)
	}
	asha.want(t, 429, "POST", "/v1/sales/S000001/refunds", `{"amount_paise":100,"approver":"meena","pin":"8642"}`)
	meena.want(t, 201, "POST", "/v1/sales/S000001/refunds", `{"amount_paise":200,"approver":"meena","pin":"8642"}`)
	asha.want(t, 201, "POST", "/v1/sales/S000001/refunds", `{"amount_paise":300,"approver":"ravi","pin":"2580"}`)

	ops, err := b.operations().List("", 100)
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, o := range ops {
		if o.Kind == state.ActWrongPINs {
			acts = append(acts, fmt.Sprintf("%s by %s: %s", o.Target, o.By, o.Request))
		}
	}
	want := []string{
		fmt.Sprintf(`meena by cashier:asha: {"device":%q,"name":"device of asha","wrong":5,"wait_s":30}`, id),
		fmt.Sprintf(`meena by cashier:asha: {"device":%q,"name":"device of asha","wrong":3}`, id),
	}
	if strings.Join(acts, "\n") != strings.Join(want, "\n") {
		t.Errorf("in the book is\n%s\nwant\n%s", strings.Join(acts, "\n"), strings.Join(want, "\n"))
	}
}

// TestDeviceOfNobody: the list of devices names nobody who was removed or has a new PIN.
func TestDeviceOfNobody(t *testing.T) {
	b := staffBench(t)
	b.device(t, "asha", "")
	b.device(t, "meena", "")
	on := func(name string) bool {
		return strings.Contains(b.call(trusted, "GET", "/v1/devices", "").Body.String(), `"person":"`+name+`"`)
	}
	if !on("asha") || !on("meena") {
		t.Fatal("whoever is signed in is not named")
	}
	b.call(trusted, "POST", "/v1/people/asha/remove", `{"you":"ravi","your_pin":"2580"}`)
	b.call(trusted, "POST", "/v1/people/meena/pin", `{"pin":"9753","you":"ravi","your_pin":"2580"}`)
	if on("asha") || on("meena") {
		t.Error("the list names somebody who is signed in nowhere")
	}
}

// TestDoor_5: sign-ins with names that nobody has are slowed like any others, and each device waits for itself.
func TestDoor_5(t *testing.T) {
	b := staffBench(t)
	stranger := &phone{bench: b, token: b.device(t, "", "")}
	codes := map[int]int{}
	for i := range 100 {
		codes[stranger.do("POST", "/v1/session", fmt.Sprintf(`{"name":"nobody %d","pin":"0000"}`, i)).Code]++
	}
	if codes[403] > 25 || codes[429] < 75 {
		t.Errorf("a hundred names from one device: %v", codes)
	}
	asha := &phone{bench: b, token: b.device(t, "asha", "")}
	asha.want(t, 200, "POST", "/v1/session", `{"name":"asha","pin":"1379"}`)
}

// TestDoor_7: a stranger's wrong codes lock nobody out and use up no offer.
func TestDoor_7(t *testing.T) {
	b, shown := pairingBench(t)
	b.staff(t)
	offer := b.Pair("owner:ravi", "")
	pair := func(from, code string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(
			"POST",
			"/v1/devices",
			strings.NewReader(fmt.Sprintf(`{"code":%q,"name":"phone"}`, code)),
		)
		r.Host, r.RemoteAddr = "192.168.1.7:7417", from+":5000"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", keyOf(from+code))
		w := httptest.NewRecorder()
		b.Handler(network).ServeHTTP(w, r)
		return w
	}
	at := b.clock()
	b.clock = func() time.Time { return at }
	var last *httptest.ResponseRecorder
	for i := range 1000 {
		last = pair("192.168.1.66", fmt.Sprintf("%08d", i))
	}
	if last.Code != 429 || last.Header().Get("Retry-After") == "" || shown.Code != offer.Code {
		t.Errorf("after a thousand wrong codes: %d %s; the screen shows %q", last.Code, last.Body, shown.Code)
	}
	if w := pair("192.168.1.20", offer.Code); w.Code != 201 || !strings.Contains(w.Body.String(), `"waiting":true`) ||
		!strings.Contains(w.Body.String(), `"from":"192.168.1.20"`) {
		t.Errorf("the owner types it: %d %s", w.Code, w.Body)
	}
	if strings.Contains(b.log.String(), strings.ReplaceAll(offer.Code, "-", "")) {
		t.Error("the code is in the log")
	}
}

// TestDoor_17: on the socket two logins are two names, in the book and for the slip; several people behind one login
// say who they are with their PINs; nobody is "uid:0".
func TestDoor_17(t *testing.T) {
	b := staffBench(t)
	b.login = func(uid uint32) string { return map[uint32]string{0: "root", 1001: "asha", 1002: "till"}[uid] }
	b.restart(t)
	over := func(uid uint32, name, pin, method, path, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
		}
		if name != "" {
			r.SetBasicAuth(name, pin)
		}
		w := httptest.NewRecorder()
		b.Handler(Listener{Kernel: true}).ServeHTTP(w, r.WithContext(context.WithValue(t.Context(), peerKey{}, uid)))
		return w
	}
	for i, c := range []struct {
		uid       uint32
		name, pin string
		by        string
	}{
		{0, "", "", "login:root"}, {1001, "", "", "login:asha"}, {1002, "", "", "login:till"},
		{1002, "Asha", "1379", "cashier:asha"}, {1002, "meena", "8642", "manager:meena"},
		{0, "asha", "1379", "cashier:asha"},
	} {
		w := over(c.uid, c.name, c.pin, "POST", "/v1/sales", fmt.Sprintf(`{"amount_paise":%d}`, 100+i))
		if !strings.Contains(w.Body.String(), fmt.Sprintf(`"by":%q`, c.by)) {
			t.Errorf("by uid %d as %q: %s, want %s", c.uid, c.name, w.Body, c.by)
		}
	}
	if w := over(1002, "meena", "0000", "POST", "/v1/sales", `{"amount_paise":500}`); w.Code != 403 {
		t.Errorf("with a wrong PIN: %d %s", w.Code, w.Body)
	}
	if w := over(1002, "", "", "POST", "/v1/sales/S000001/refunds", `{"amount_paise":100}`); w.Code != 403 {
		t.Errorf("a login refunds: %d", w.Code)
	}
	if w := over(1002, "meena", "8642", "POST", "/v1/sales/S000001/refunds", `{"amount_paise":100}`); w.Code != 201 ||
		!strings.Contains(w.Body.String(), `"approver":"manager:meena"`) {
		t.Errorf("as a manager: %d %s", w.Code, w.Body)
	}
	w := over(1002, "asha", "1379", "POST", "/v1/people", `{"name":"x","role":"cashier","pin":"4826"}`)
	if w.Code != 403 {
		t.Errorf("as a cashier: %d", w.Code)
	}
	if w := over(0, "asha", "1379", "POST", "/v1/people", `{"name":"x","role":"cashier","pin":"4826"}`); w.Code != 403 {
		t.Errorf("root as a cashier has a cashier's power: %d", w.Code)
	}
	// An owner who lost his PIN: root gives him another, and that stands in the book.
	if w := over(0, "", "", "POST", "/v1/people/ravi/pin", `{"pin":"9753"}`); w.Code != 200 {
		t.Errorf("root: %d %s", w.Code, w.Body)
	}
	ops, err := b.operations().List("", 1)
	if err != nil || ops[0].Kind != state.ActPersonPIN || ops[0].Target != "ravi" || ops[0].By != "login:root" {
		t.Errorf("%+v %v", ops, err)
	}
	// A key belongs to the user id, whatever the login is called.
	a := keyOwner(Caller{Name: "login:asha", Local: true, User: "uid:1001"})
	c := keyOwner(Caller{Name: "cashier:asha", Local: true, User: "uid:1001"})
	if a != c || a != "uid:1001" {
		t.Errorf("%q and %q", a, c)
	}
}

// TestDoor_1_Unattended: whatever the console asks again and again by itself keeps nobody signed in. A call that a
// timer makes is found in the pages, be it in the timer or in the read that it makes.
func TestDoor_1_Unattended(t *testing.T) {
	files, err := filepath.Glob("console/page/*.js")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d pages: %v", len(files), err)
	}
	timer := regexp.MustCompile(`(?s)setInterval\((?:async )?(\w+|.*?)(?:, \d+\))`)
	called := regexp.MustCompile(`\b(?:get|text|fetch)\('(/v1/[a-z/]+)`)
	asked := map[string]bool{}
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, run := range timer.FindAllStringSubmatch(string(page), -1) {
			does := run[1]
			for _, name := range []string{"read", "look"} { // what a timer calls, up to the end of that function
				if strings.Contains(does, name) {
					whole := regexp.MustCompile(
						`(?sm)^( *)(?:async function ` + name + `\(|const ` + name + ` = async).*?^ *}`,
					)
					does += whole.FindString(string(page))
				}
			}
			for _, call := range called.FindAllStringSubmatch(does, -1) {
				asked[call[1]] = true
				if !unattended["GET "+call[1]] {
					t.Errorf("%s asks GET %s by itself, and whoever is signed in stays so for ever",
						filepath.Base(file), call[1])
				}
			}
		}
	}
	for _, known := range []string{"/v1/mandates", "/v1/standing", "/v1/health", "/v1/devices"} {
		if !asked[known] {
			t.Errorf("GET %s is not found in the pages: the search is broken", known)
		}
	}
}
