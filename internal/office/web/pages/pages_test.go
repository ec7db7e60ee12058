package pages_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"galla/internal/office/owner/ownertest"
	"galla/internal/office/web/pages/pagestest"
)

type office struct {
	*pagestest.Office
	*testing.T
	now time.Time
}

func open(t *testing.T) *office {
	o := &office{T: t, now: ownertest.Now}
	o.Office = pagestest.New(t, func() time.Time { return o.now })
	return o
}

// ask makes a request as a page of the office does, with a cookie, and head to change it.
func (o *office) ask(method, path, cookie, body string, head ...string) *http.Response {
	r := httptest.NewRequestWithContext(o.Context(), method, "https://office.example"+path, strings.NewReader(body))
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == "POST" {
		r.Header.Set("Origin", "https://office.example")
		r.Header.Set("Content-Type", "application/json")
	}
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	for i := 0; i < len(head); i += 2 {
		if head[i+1] == "" {
			r.Header.Del(head[i])
		} else {
			r.Header.Set(head[i], head[i+1])
		}
	}
	w := httptest.NewRecorder()
	o.Pages.ServeHTTP(w, r)
	return w.Result()
}

func (o *office) signIn(name string) string {
	o.Helper()
	w := o.ask("POST", "/v1/owner/session", "", `{"name":"`+name+`","password":"`+pagestest.Secret+`"}`)
	set := w.Header.Get("Set-Cookie")
	for _, want := range []string{"__Host-galla-office=", "; Path=/;", "; HttpOnly", "; Secure", "; SameSite=Strict"} {
		if w.StatusCode != 200 || !strings.Contains(set, want) {
			o.Fatalf("%s: %d, %q lacks %q", name, w.StatusCode, set, want)
		}
	}
	cookie, _, _ := strings.Cut(set, ";")
	return cookie
}

func read(t *testing.T, w *http.Response) (m map[string]any) {
	t.Helper()
	if err := json.NewDecoder(w.Body).Decode(&m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestRights: every call, by everybody. What is not here can't be called.
func TestRights(t *testing.T) {
	o := open(t)
	cookies := map[string]string{
		"nobody":     "",
		"viewer":     o.signIn("Asha"),
		"accountant": o.signIn("Meena"),
		"owner":      o.signIn("Ravi"),
	}
	ranks := []string{"nobody", "viewer", "accountant", "owner"}
	id, err := o.Join(t.Context(), "shop-01/1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ method, path, need, body string }{
		{"GET", "/v1/owner/me", "viewer", ""},
		{"GET", "/v1/owner/needs", "viewer", ""},
		{"GET", "/v1/owner/today", "viewer", ""},
		{"GET", "/v1/owner/shops/shop-01", "viewer", ""},
		{"GET", "/v1/owner/terminals/" + id, "viewer", ""},
		{"GET", "/v1/owner/refunds", "viewer", ""},
		{"GET", "/v1/owner/cashiers", "viewer", ""},
		{"GET", "/v1/owner/acts", "viewer", ""},
		{"GET", "/v1/owner/audit", "viewer", ""},
		{"GET", "/v1/owner/books", "viewer", ""},
		{"GET", "/v1/owner/gst", "viewer", ""},
		{"GET", "/v1/owner/sales?q=100", "viewer", ""},
		{"GET", "/v1/owner/files/days.csv", "accountant", ""},
		{"GET", "/v1/owner/places", "owner", ""},
		{"GET", "/v1/owner/people", "owner", ""},
		{"POST", "/v1/owner/shops", "owner", `{"name":"New shop"}`},
		{"POST", "/v1/owner/counters", "owner", `{"shop":"shop-01","label":"New"}`},
		{"POST", "/v1/owner/codes", "owner", `{"counter":"shop-01/1"}`},
		{"POST", "/v1/owner/terminals/" + id + "/revoke", "owner", `{}`},
		{"POST", "/v1/owner/people", "owner",
			`{"name":"Imran","role":"viewer","password":"four other words here","your_password":"` +
				pagestest.Secret + `"}`},
	} {
		allowed := false
		for _, role := range ranks {
			allowed = allowed || role == c.need
			w := o.ask(c.method, c.path, cookies[role], c.body)
			switch {
			case allowed && w.StatusCode == 200:
			case !allowed && role == "nobody" && w.StatusCode == 401 || !allowed && role != "nobody" &&
				w.StatusCode == 403:
				if p := read(
					t,
					w,
				); p["detail_code"] == "" || p["detail"] == "" ||
					!strings.HasPrefix(w.Header.Get("Content-Type"), "application/problem+json") {
					t.Errorf("%s %s by %s: %v", c.method, c.path, role, p)
				}
			default:
				text, _ := io.ReadAll(w.Body)
				t.Errorf("%s %s by %s: %d %s", c.method, c.path, role, w.StatusCode, text)
			}
			if w.StatusCode == 200 && w.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s may be kept by a cache", c.path)
			}
		}
	}
}

// TestForeign: a write that is not from a page of this office does nothing.
func TestForeign(t *testing.T) {
	o := open(t)
	ravi := o.signIn("Ravi")
	for name, head := range map[string][]string{
		"another site":           {"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"},
		"a sister site":          {"Sec-Fetch-Site", "same-site", "Origin", "https://other.office.example"},
		"an old browser":         {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		"no origin at all":       {"Sec-Fetch-Site", "", "Origin", ""},
		"a sandboxed frame":      {"Sec-Fetch-Site", "", "Origin", "null"},
		"a form":                 {"Content-Type", "text/plain"},
		"a form with no type":    {"Content-Type", ""},
		"the port beside":        {"Sec-Fetch-Site", "", "Origin", "https://office.example:8443"},
		"a form of many parts":   {"Content-Type", "multipart/form-data; boundary=x"},
		"a link, with the right": {"Sec-Fetch-Site", "none", "Origin", ""},
	} {
		w := o.ask("POST", "/v1/owner/shops", ravi, `{"name":"Foreign"}`, head...)
		if w.StatusCode != 403 && w.StatusCode != 415 {
			t.Errorf("%s: %d", name, w.StatusCode)
		}
	}
	if w := o.ask("GET", "/v1/owner/files/days.csv", ravi, "", "Sec-Fetch-Site", "cross-site"); w.StatusCode != 403 {
		t.Errorf("another site reads a file: %d", w.StatusCode)
	}
	all, err := o.Joining.Shops(t.Context())
	if err != nil || len(all) != 14 {
		t.Errorf("%d shops, %v", len(all), err)
	}
	if w := o.ask("POST", "/v1/owner/shops", ravi, `{"name":"Ours"}`, "Sec-Fetch-Site", ""); w.StatusCode != 200 {
		t.Errorf("an old browser of ours: %d", w.StatusCode)
	}
}

// TestSession: a session ends when somebody says so, and by its age; a page that asks by itself keeps none alive.
func TestSession(t *testing.T) {
	o := open(t)
	ravi := o.signIn("Ravi")
	if w := o.ask(
		"POST",
		"/v1/owner/session/end",
		ravi,
		"{}",
	); w.StatusCode != 200 ||
		!strings.Contains(w.Header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("%d %v", w.StatusCode, w.Header)
	}
	if w := o.ask("GET", "/v1/owner/me", ravi, ""); w.StatusCode != 401 {
		t.Errorf("signed out, and in: %d", w.StatusCode)
	}
	ravi = o.signIn("Ravi")
	for range 13 {
		o.now = o.now.Add(time.Hour)
		o.ask("GET", "/v1/owner/today?idle=1", ravi, "")
	}
	if w := o.ask("GET", "/v1/owner/me", ravi, ""); w.StatusCode != 401 {
		t.Errorf("a page that nobody looks at keeps a session: %d", w.StatusCode)
	}
	w := o.ask("POST", "/v1/owner/session", "", `{"name":"Ravi","password":"wrong wrong wrong"}`)
	if p := read(t, w); w.StatusCode != 403 || p["detail_code"] != "people_wrong" || w.Header.Get("Set-Cookie") != "" {
		t.Errorf("%d %v", w.StatusCode, p)
	}
}

// TestFile: a file is whole, stands in the audit before it leaves, and one that can't be begun says so.
func TestFile(t *testing.T) {
	o := open(t)
	meena := o.signIn("Meena")
	w := o.ask("GET", "/v1/owner/files/sales.csv?from=2026-11-29&to=2026-11-30", meena, "")
	if w.StatusCode != 200 || w.Header.Get("Content-Type") != "text/csv; charset=utf-8" ||
		w.Header.Get("Content-Disposition") != `attachment; filename="galla-office-sales-2026-11-29-2026-11-30.csv"` {
		t.Fatalf("%d %v", w.StatusCode, w.Header)
	}
	all, err := csv.NewReader(w.Body).ReadAll()
	want := 0
	for _, s := range o.Chain.SaleRows {
		if s.Day >= "2026-11-29" {
			want++
		}
	}
	if err != nil || len(all)-1 != want || want < 700 {
		t.Errorf("%d rows, not %d: %v", len(all)-1, want, err)
	}
	acts, err := o.People.Acts(t.Context(), 0, 1)
	if err != nil || acts[0].By != "Meena" || acts[0].Kind != "export.make" || acts[0].Target != "sales" ||
		string(acts[0].Detail) != `{"from":"2026-11-29","to":"2026-11-30"}` {
		t.Errorf("%+v, %v", acts, err)
	}

	for _, path := range []string{"files/sales", "files/sales.txt", "files/.csv", "files/nothing.csv",
		"files/sales.csv?from=x",
		"files/sales.csv?from=2020-01-01", "files/sales.csv?secret=1"} {
		if w := o.ask(
			"GET",
			"/v1/owner/"+path,
			meena,
			"",
		); w.StatusCode < 400 || w.StatusCode > 499 ||
			w.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %d", path, w.StatusCode)
		}
	}
	o.Staff.Fail = errors.New("the disk is full")
	if w := o.ask(
		"GET",
		"/v1/owner/files/days.csv",
		meena,
		"",
	); w.StatusCode != 503 ||
		w.Header.Get("Retry-After") == "" {
		t.Errorf("a file that nobody is named for: %d", w.StatusCode)
	}
	o.Chain.Fail = errors.New("secret of the database")
	w = o.ask("GET", "/v1/owner/files/days.csv", meena, "")
	text, _ := io.ReadAll(w.Body)
	if w.StatusCode != 503 || strings.Contains(string(text), "secret") || !strings.Contains(o.Log.String(), "secret") {
		t.Errorf("%d %s", w.StatusCode, text)
	}
}

// TestJoin: a code, a box that waits, let in, revoked; each stands in the audit with its owner.
func TestJoin(t *testing.T) {
	o := open(t)
	ravi := o.signIn("Ravi")
	k := read(t, o.ask("POST", "/v1/owner/codes", ravi, `{"counter":"shop-14/1"}`))
	if k["address"] != "https://office.example" || !strings.HasPrefix(k["fingerprint"].(string), "AB:CD:") {
		t.Fatalf("%v", k)
	}
	id, err := o.Box(t.Context(), k["code"].(string))
	if err != nil {
		t.Fatal(err)
	}
	places := func() (waiting, standing int) {
		a := read(t, o.ask("GET", "/v1/owner/places?q=zaveri", ravi, ""))
		shop := a["shops"].([]any)[0].(map[string]any)
		return len(a["waiting"].([]any)), len(shop["counters"].([]any)[0].(map[string]any)["boxes"].([]any))
	}
	if w, s := places(); w != 1 || s != 0 {
		t.Errorf("%d wait, %d stand", w, s)
	}
	if w := o.ask("POST", "/v1/owner/terminals/"+id+"/confirm", ravi, `{"replaces":""}`); w.StatusCode != 200 {
		t.Errorf("%d", w.StatusCode)
	}
	if w, s := places(); w != 0 || s != 1 {
		t.Errorf("%d wait, %d stand", w, s)
	}
	if w := o.ask("POST", "/v1/owner/terminals/"+id+"/confirm", ravi, `{"replaces":""}`); w.StatusCode != 409 ||
		read(t, w)["detail_code"] != "joining_terminal_state" {
		t.Errorf("%d", w.StatusCode)
	}
	o.ask("POST", "/v1/owner/terminals/"+id+"/revoke", ravi, `{}`)
	a := read(t, o.ask("GET", "/v1/owner/audit?limit=5", ravi, ""))
	var kinds []string
	for _, act := range a["acts"].([]any) {
		kinds = append(kinds, act.(map[string]any)["by"].(string)+" "+act.(map[string]any)["kind"].(string))
	}
	if got := strings.Join(kinds, ", "); got != "Ravi terminal.revoke, Ravi terminal.confirm, Ravi terminal.confirm, "+
		"Ravi code.make, Ravi session.begin" {
		t.Error(got)
	}
}

// TestPower: what gives power takes the owner's own password, in that request.
func TestPower(t *testing.T) {
	o := open(t)
	ravi := o.signIn("Ravi")
	const imran = `{"name":"Imran","role":"owner","password":"four other words here"`
	for _, proof := range []string{`}`, `,"your_password":""}`, `,"your_password":"not his own one"}`} {
		if w := o.ask("POST", "/v1/owner/people", ravi, imran+proof); w.StatusCode != 403 {
			t.Errorf("%s: %d", proof, w.StatusCode)
		}
	}
	for _, path := range []string{"people/password", "people/remove"} {
		if w := o.ask("POST", "/v1/owner/"+path, ravi, `{"name":"Asha"}`); w.StatusCode >= 500 || w.StatusCode < 400 {
			t.Errorf("%s: %d", path, w.StatusCode)
		}
	}
	o.now = o.now.Add(time.Hour) // behind the wait of wrong tries
	asha := o.signIn("Asha")
	if w := o.ask(
		"POST",
		"/v1/owner/people/remove",
		ravi,
		`{"name":"Asha","your_password":"`+pagestest.Secret+`"}`,
	); w.StatusCode != 200 {
		t.Errorf("%d", w.StatusCode)
	}
	if w := o.ask("GET", "/v1/owner/me", asha, ""); w.StatusCode != 401 {
		t.Errorf("who was removed is signed in: %d", w.StatusCode)
	}
}

// TestBounds: what is asked wrongly is refused, and says so.
func TestBounds(t *testing.T) {
	o := open(t)
	ravi := o.signIn("Ravi")
	for path, status := range map[string]int{
		"today?limit=0": 400, "today?limit=101": 400, "today?limit=x": 400, "today?nothing=1": 400,
		"today?limit=5&limit=6": 400,
		"refunds?behind=x":      400, "refunds?from=2026-13-01": 400, "audit?behind=-1": 400, "sales": 400,
		"sales?q=%00": 400,
		"shops/none":  404, "terminals/none": 404, "nothing": 404, "today?limit=5": 200, "sales?q=1129-2": 200,
	} {
		if w := o.ask("GET", "/v1/owner/"+path, ravi, ""); w.StatusCode != status {
			t.Errorf("%s: %d, not %d", path, w.StatusCode, status)
		}
	}
	for body, status := range map[string]int{
		`{"name":"A","nothing":1}`: 400, `[]`: 400, `{"name":"A"}{}`: 400, "": 400, `{"name":"` + strings.Repeat("x",
			20000) + `"}`: 413,
		`{"name":" "}`: 409,
	} {
		if w := o.ask("POST", "/v1/owner/shops", ravi, body); w.StatusCode != status {
			t.Errorf("%.40s: %d, not %d", body, w.StatusCode, status)
		}
	}
}
