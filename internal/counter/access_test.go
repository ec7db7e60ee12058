package counter

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
)

var network = Listener{}

// phone is a paired device in a test.
type phone struct {
	*bench
	token string
	n     int
}

// pairPhone pairs a device by a fresh code.
func (b *bench) pairPhone(t *testing.T, service string) *phone {
	t.Helper()
	code := b.Pair("owner:ravi", service)
	w := b.call(network, "POST", "/v1/devices", fmt.Sprintf(`{"code":%q,"name":"phone"}`, code.Code))
	var d wire.Paired
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || w.Code != 201 || d.Token == "" {
		t.Fatalf("pair: %d %s", w.Code, w.Body)
	}
	if c := w.Result().Cookies(); len(c) != 0 {
		t.Errorf("cookies %v", c)
	}
	if d.Waiting {
		if err := b.people.Devices.LetIn(d.ID, "owner:ravi"); err != nil {
			t.Fatal(err)
		}
	}
	return &phone{bench: b, token: d.Token}
}

// do calls with the phone's token and a fresh key.
func (p *phone) do(method, path, body string, head ...string) *httptest.ResponseRecorder {
	p.n++
	return p.call(
		network,
		method,
		path,
		body,
		append(
			[]string{"Authorization", "Bearer " + p.token, "Idempotency-Key", fmt.Sprintf("%s-%d", p.token[:9], p.n)},
			head...)...)
}

func (p *phone) want(t *testing.T, code int, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	w := p.do(method, path, body)
	if w.Code != code {
		t.Errorf("%s %s %s: %d %s, want %d", method, path, body, w.Code, w.Body, code)
	}
	return w
}

// staff adds an owner, a manager and a cashier.
func (b *bench) staff(t testing.TB) {
	t.Helper()
	for _, p := range []struct {
		name, role, pin string
	}{{"ravi", "owner", "2580"}, {"meena", "manager", "8642"}, {"asha", "cashier", "1379"}} {
		w := b.call(
			trusted,
			"POST",
			"/v1/people",
			fmt.Sprintf(`{"name":%q,"role":%q,"pin":%q,"you":"ravi","your_pin":"2580"}`, p.name, p.role, p.pin),
		)
		if w.Code != 201 {
			t.Fatalf("%s: %d %s", p.name, w.Code, w.Body)
		}
	}
}

func TestACashiersPhone(t *testing.T) {
	b := newEither(t)
	p := b.pairPhone(t, "")
	p.want(t, 401, "POST", "/v1/sales", `{"amount_paise":100}`) // nobody is signed in
	b.staff(t)
	p.want(t, 403, "POST", "/v1/session", `{"name":"asha","pin":"1111"}`)
	p.want(t, 200, "POST", "/v1/session", `{"name":"Asha","pin":"1379"}`)
	w := p.want(t, 201, "POST", "/v1/sales", `{"amount_paise":25000}`)
	if !strings.Contains(w.Body.String(), `"by":"cashier:asha"`) {
		t.Errorf("by: %s", w.Body)
	}
	b.till.Pay("S000001", 0)
	b.restart(t) // a restart signs nobody out
	p.want(t, 200, "GET", "/v1/me", "")
	p.want(t, 403, "POST", "/v1/sales/S000001/refunds", `{}`)
	p.want(t, 403, "POST", "/v1/sales/S000001/refunds", `{"approver":"asha","pin":"1379"}`)
	p.want(t, 403, "POST", "/v1/sales/S000001/refunds", `{"approver":"meena","pin":"1379"}`)
	if w := p.want(t, 201, "POST", "/v1/sales/S000001/refunds", `{"approver":"meena","pin":"8642"}`); !strings.Contains(
		w.Body.String(),
		`"approver":"manager:meena"`,
	) {
		t.Errorf("approver: %s", w.Body)
	}
	for _, call := range []string{"GET /v1/devices", "GET /v1/export", "GET /v1/reports/z", "POST /v1/pairing",
		"POST /v1/people", "POST /v1/people/asha/pin"} {
		method, path, _ := strings.Cut(call, " ")
		p.want(t, 403, method, path, "")
	}
	p.want(t, 403, "POST", "/v1/reports/z", "")
	p.want(t, 200, "POST", "/v1/session/end", "")
	p.want(t, 401, "GET", "/v1/sales", "")

	var d wire.Devices
	if err := json.Unmarshal(b.call(trusted, "GET", "/v1/devices", "").Body.Bytes(), &d); err != nil ||
		len(d.Devices) != 1 {
		t.Fatalf("devices %v %v", d, err)
	}
	if w := b.call(
		trusted,
		"POST",
		"/v1/devices/"+d.Devices[0].ID+"/revoke",
		`{"you":"ravi","your_pin":"2580"}`,
	); w.Code != 200 {
		t.Errorf("revoke: %d %s", w.Code, w.Body)
	}
	p.want(t, 401, "GET", "/v1/me", "")
	b.restart(t)
	p.want(t, 401, "GET", "/v1/me", "")

	for _, secret := range []string{p.token, "1379", "8642", "2580"} {
		if strings.Contains(b.log.String(), secret) || strings.Contains(b.settings.Dump(), secret) {
			t.Errorf("the secret %q is in the log or the settings", secret)
		}
	}
}

func TestAManagersPhoneRefundsOnlyWithThePIN(t *testing.T) {
	b := newEither(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	p.want(t, 200, "POST", "/v1/session", `{"name":"meena","pin":"8642"}`)
	p.want(t, 201, "POST", "/v1/sales", `{"amount_paise":25000}`)
	b.till.Pay("S000001", 0)
	p.want(t, 403, "POST", "/v1/sales/S000001/refunds", `{}`)
	p.want(t, 201, "POST", "/v1/sales/S000001/refunds", `{"approver":"meena","pin":"8642"}`)
}

func TestAService(t *testing.T) {
	b := newEither(t)
	p := b.pairPhone(t, "cashier")
	w := p.want(t, 201, "POST", "/v1/sales", `{"amount_paise":100}`)
	if !strings.Contains(w.Body.String(), `"by":"service:phone"`) {
		t.Errorf("by: %s", w.Body)
	}
	p.want(t, 403, "POST", "/v1/sales/S000001/refunds", `{}`)
	p.want(t, 409, "POST", "/v1/session", `{"name":"a","pin":"1379"}`)
}

func TestTheFirstPersonIsTheOwner(t *testing.T) {
	b := newEither(t)
	p := b.pairPhone(t, "")
	if w := p.want(t, 200, "GET", "/v1/me", ""); !strings.Contains(w.Body.String(), `"setup":true`) {
		t.Errorf("me: %s", w.Body)
	}
	p.want(t, 409, "POST", "/v1/people", `{"name":"asha","role":"cashier","pin":"1379"}`)
	p.want(t, 201, "POST", "/v1/people", `{"name":"ravi","role":"owner","pin":"2580"}`)
	p.want(t, 401, "POST", "/v1/people", `{"name":"asha","role":"cashier","pin":"1379"}`) // now it takes the owner
	p.want(t, 200, "POST", "/v1/session", `{"name":"ravi","pin":"2580"}`)
	p.want(t, 201, "POST", "/v1/people", `{"name":"asha","role":"cashier","pin":"1379","your_pin":"2580"}`)
	p.want(t, 409, "POST", "/v1/people", `{"name":"Asha","role":"cashier","pin":"4826","your_pin":"2580"}`)
	for pin, why := range map[string]string{"1379": "somebody has it", "1111": "same", "2345": "counting",
		"9876": "counting down", "12": "short", "12a4": "letters", "123456789": "long"} {
		w := p.do("POST", "/v1/people", fmt.Sprintf(`{"name":"new","role":"cashier","pin":%q,"your_pin":"2580"}`, pin))
		if w.Code != 422 {
			t.Errorf("PIN %s (%s): %d %s", pin, why, w.Code, w.Body)
		}
	}
	p.want(t, 409, "POST", "/v1/people/ravi/remove", `{"your_pin":"2580"}`) // the only owner
	p.want(t, 200, "POST", "/v1/people/asha/remove", `{"your_pin":"2580"}`)
	for _, name := range []string{"", " asha", "a\nb", "a:b", "<b>", strings.Repeat("x", 41)} {
		body, _ := json.Marshal(
			wire.AddPerson{Name: name, Role: "cashier", PIN: "4826", Acting: wire.Acting{YourPIN: "2580"}},
		)
		if w := p.do("POST", "/v1/people", string(body)); w.Code != 422 {
			t.Errorf("name %q: %d", name, w.Code)
		}
	}
	p.want(t, 201, "POST", "/v1/people", `{"name":"आशा","role":"cashier","pin":"4826","your_pin":"2580"}`)
}

func TestGuessingAPINIsSlow(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	for range 5 { // four are free
		p.want(t, 403, "POST", "/v1/session", `{"name":"asha","pin":"0000"}`)
	}
	said := p.want(t, 429, "POST", "/v1/session", `{"name":"asha","pin":"1379"}`).Header().Get("Retry-After")
	if len(said) != 2 || said < "20" || said > "30" { // even the right one waits
		t.Errorf("the wait is said to be %q s", said)
	}
	b.restart(t)
	p.want(t, 429, "POST", "/v1/session", `{"name":"asha","pin":"1379"}`) // and a restart doesn't help
	p.want(t, 200, "POST", "/v1/session", `{"name":"meena","pin":"8642"}`)
	past := b.clock
	b.clock = func() time.Time { return past().Add(30 * time.Second) }
	p.want(t, 200, "POST", "/v1/session", `{"name":"asha","pin":"1379"}`)
}

func TestPairingCodes(t *testing.T) {
	b := newBench(t)
	pair := func(code, key string) *httptest.ResponseRecorder {
		return b.call(
			network,
			"POST",
			"/v1/devices",
			fmt.Sprintf(`{"code":%q,"name":"x"}`, code),
			"Idempotency-Key",
			key,
		)
	}
	if w := pair("12345678", "k0"); w.Code != 403 {
		t.Errorf("no code was offered: %d", w.Code)
	}
	old := b.Pair("owner:ravi", "").Code
	code := b.Pair("owner:ravi", "").Code
	if w := pair(old, "k1"); w.Code != 403 {
		t.Errorf("the code before: %d", w.Code)
	}
	var first, again wire.Paired
	json.Unmarshal(pair(code, "k2").Body.Bytes(), &first)
	json.Unmarshal(pair(code, "k2").Body.Bytes(), &again) // the answer got lost
	if first.ID == "" || again.ID != first.ID || again.Token == first.Token {
		t.Errorf("first %v, again %v", first, again)
	}
	if w := b.call(network, "GET", "/v1/me", "", "Authorization", "Bearer "+first.Token); w.Code != 401 {
		t.Errorf("the lost token still works: %d", w.Code)
	}
	if w := pair(code, "k3"); w.Code != 403 {
		t.Errorf("a used code: %d", w.Code)
	}
	if err := b.people.Devices.Revoke(first.ID, "test"); err != nil {
		t.Fatal(err)
	}
	if w := pair(code, "k2"); w.Code != 403 {
		t.Errorf("the request that paired a device which was revoked since pairs it anew: %d", w.Code)
	}
	code = b.Pair("owner:ravi", "").Code
	past := b.clock
	b.clock = func() time.Time { return past().Add(6 * time.Minute) }
	if w := pair(code, "k4"); w.Code != 403 {
		t.Errorf("an old code: %d", w.Code)
	}
	for i := range 20 {
		if w := pair("00000000", fmt.Sprint("g", i)); w.Code == 429 {
			if w.Header().Get("Retry-After") == "2" || strings.Contains(w.Body.String(), "PIN") {
				t.Errorf("%v %s", w.Header(), w.Body)
			}
			return
		}
	}
	t.Error("codes can be guessed without end")
}

// TestNobodyAndNothing: what is not there is a problem that names the list of what is.
func TestNobodyAndNothing(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	for path, body := range map[string]string{"/v1/people/nobody/remove": `{"you":"ravi","your_pin":"2580"}`,
		"/v1/people/nobody/pin": `{"pin":"4826","you":"ravi","your_pin":"2580"}`,
		"/v1/devices/d0/revoke": `{"you":"ravi","your_pin":"2580"}`} {
		if w := b.call(trusted, "POST", path, body); w.Code != 404 ||
			!strings.Contains(w.Body.String(), "lists them.") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestSettingsThatFail(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	b.settings.Refuse(errors.New("disk full: secret path"))
	w := p.want(t, 500, "POST", "/v1/session", `{"name":"asha","pin":"1379"}`)
	if strings.Contains(w.Body.String(), "secret path") {
		t.Errorf("told the client: %s", w.Body)
	}
	if w := p.do("GET", "/v1/sales", ""); w.Code != 401 {
		t.Errorf("signed in without its being written: %d", w.Code)
	}
}

// TestASignInIsOfOnePersonAndOnePIN: who comes back under the name of somebody who was removed, with another role
// perhaps, is not signed in where that one was; and a new PIN ends what was begun with the old one.
func TestASignInIsOfOnePersonAndOnePIN(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	p.want(t, 200, "POST", "/v1/session", `{"name":"asha","pin":"1379"}`)
	p.want(t, 200, "GET", "/v1/sales", "")
	owner := func(path, body string) {
		t.Helper()
		if w := b.call(trusted, "POST", path, body, "Idempotency-Key", keyOf(path+body+"again")); w.Code/100 != 2 {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	owner("/v1/people/asha/remove", `{"you":"ravi","your_pin":"2580"}`)
	owner("/v1/people", `{"name":"asha","role":"owner","pin":"9753","you":"ravi","your_pin":"2580"}`)
	p.want(t, 401, "GET", "/v1/devices", "")
	p.want(t, 401, "GET", "/v1/sales", "")
	p.want(t, 200, "POST", "/v1/session", `{"name":"asha","pin":"9753"}`)
	b.restart(t)
	p.want(t, 200, "GET", "/v1/devices", "")
	owner("/v1/people/asha/pin", `{"pin":"2468","you":"ravi","your_pin":"2580"}`)
	p.want(t, 401, "GET", "/v1/sales", "")
	p.want(t, 200, "POST", "/v1/session", `{"name":"asha","pin":"2468"}`)
	p.want(t, 200, "GET", "/v1/sales", "")
}
