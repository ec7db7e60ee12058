package counter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/body"
	"galla/internal/counter/wire"
)

// document is the part of an OpenAPI document that the tests read.
type document struct {
	OpenAPI    string                          `json:"openapi"`
	Paths      map[string]map[string]operation `json:"paths"`
	Webhooks   map[string]map[string]operation `json:"webhooks"`
	Components struct {
		Schemas   map[string]*schema  `json:"schemas"`
		Responses map[string]response `json:"responses"`
	} `json:"components"`
}

type operation struct {
	ID          string      `json:"operationId"`
	Tags        []string    `json:"tags"`
	Description string      `json:"description"`
	Parameters  []parameter `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct{ Schema *schema } `json:"content"`
	} `json:"requestBody"`
	Responses map[string]response `json:"responses"`
}

type parameter struct {
	Name        string `json:"name"`
	In          string `json:"in"`
	Ref         string `json:"$ref"`
	Description string `json:"description"`
}

type response struct {
	Ref     string                              `json:"$ref"`
	Headers map[string]any                      `json:"headers"`
	Content map[string]struct{ Schema *schema } `json:"content"`
}

type schema struct {
	Ref         string             `json:"$ref"`
	Type        string             `json:"type"`
	Description string             `json:"description"`
	Enum        []string           `json:"enum"`
	Required    []string           `json:"required"`
	Properties  map[string]*schema `json:"properties"`
	Additional  *bool              `json:"additionalProperties"`
	Items       *schema            `json:"items"`
}

func apiDocument(t testing.TB) *document {
	t.Helper()
	var d document
	if err := json.Unmarshal(openapi, &d); err != nil || d.OpenAPI != "3.1.0" {
		t.Fatalf("openapi.json: %v, version %q", err, d.OpenAPI)
	}
	return &d
}

// check holds a JSON value against a schema: the parts of JSON Schema that the document uses.
func (d *document) check(s *schema, v any, at string) []string {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		if s = d.Components.Schemas[name]; s == nil {
			return []string{at + ": no schema " + name}
		}
	}
	var bad []string
	wrong := func(format string, args ...any) { bad = append(bad, at+": "+fmt.Sprintf(format, args...)) }
	switch s.Type {
	case "object":
		m, ok := v.(map[string]any)
		if !ok {
			wrong("%v is no object", v)
			break
		}
		for _, r := range s.Required {
			if _, ok := m[r]; !ok {
				wrong("lacks %q", r)
			}
		}
		for k, x := range m {
			p := s.Properties[k]
			if p == nil && s.Additional != nil && *s.Additional {
				continue
			}
			if p == nil {
				wrong("has %q, which the document does not know", k)
				continue
			}
			bad = append(bad, d.check(p, x, at+"."+k)...)
		}
	case "array":
		a, ok := v.([]any)
		if !ok {
			wrong("%v is no array", v)
		}
		for i, x := range a {
			bad = append(bad, d.check(s.Items, x, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case "string":
		if x, ok := v.(string); !ok || len(s.Enum) > 0 && !slices.Contains(s.Enum, x) {
			wrong("%v is not one of %q", v, s.Enum)
		}
	case "integer":
		if x, ok := v.(float64); !ok || x != math.Trunc(x) {
			wrong("%v is no integer", v)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			wrong("%v is no boolean", v)
		}
	default:
		wrong("the document has the type %q, which this test does not know", s.Type)
	}
	return bad
}

func TestOpenAPIKnowsEveryRoute(t *testing.T) {
	d, b := apiDocument(t), newBench(t)
	var want, got []string
	for _, r := range b.routes {
		want = append(want, r.pattern)
	}
	for path, ops := range d.Paths {
		for method, op := range ops {
			got = append(got, strings.ToUpper(method)+" "+path)
			needsKey := method == "post"
			hasKey := slices.ContainsFunc(op.Parameters, func(p parameter) bool {
				return strings.HasSuffix(p.Ref, "/IdempotencyKey")
			})
			if needsKey != hasKey {
				t.Errorf("%s %s: idempotency key %v", method, path, hasKey)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		t.Errorf("routes:   %q\ndocument: %q", want, got)
	}
}

// TestOpenAPIBodies: the request schemas have exactly the fields the handlers take.
func TestOpenAPIBodies(t *testing.T) {
	d := apiDocument(t)
	for name, value := range map[string]any{"OpenSale": wire.OpenSale{}, "Invoice": wire.Invoice{},
		"CancelSale": wire.CancelSale{}, "RefundSale": wire.RefundSale{},
		"PrintSale": wire.PrintSale{}, "ResolveSale": wire.ResolveSale{}, "Typing": wire.Typing{},
		"CloseDay": wire.CloseDay{}, "AddPerson": wire.AddPerson{},
		"SetPIN": wire.SetPIN{}, "Acting": wire.Acting{}, "Guesses": wire.Guesses{}, "GuessRun": wire.GuessRun{},
		"SignIn": wire.SignIn{}, "Pair": wire.Pair{}, "OfferPairing": wire.OfferPairing{}, "Nothing": wire.Nothing{},
		"Sale": wire.Sale{}, "QR": wire.QR{}, "Payment": wire.Payment{}, "Refund": wire.Refund{},
		"Attention": wire.Attention{}, "Print": wire.Print{}, "Event": wire.Event{}, "Delivery": wire.Delivery{},
		"EventRefund": wire.EventRefund{}, "EventPrint": wire.EventPrint{},
		"Resolution": wire.Resolution{}, "Problem": wire.Problem{}, "Health": wire.Health{}, "Gateway": wire.Gateway{},
		"Weather": wire.UPIHealth{}, "Checkup": wire.Checkup{}, "Check": wire.Check{}, "Report": wire.Report{},
		"Line": wire.Line{}, "OtherDay": wire.OtherDay{}, "Summing": wire.Summing{}, "Underway": wire.Underway{},
		"Undecided": wire.Undecided{}, "Span": wire.Span{}, "Share": wire.Share{}, "Reports": wire.Reports{},
		"Person": wire.Person{}, "People": wire.People{}, "Device": wire.Device{},
		"Devices": wire.Devices{}, "Paired": wire.Paired{}, "Pairing": wire.Pairing{}, "Me": wire.Me{},
		"Printer": wire.Printer{}, "Printed": wire.Printed{}, "Sales": wire.Sales{},
		"NextDebit": wire.NextDebit{}, "PlanMandate": wire.PlanMandate{}, "Mandates": wire.Mandates{},
		"KnownMandate": wire.KnownMandate{}, "SettleOperation": wire.SettleOperation{}, "Debit": wire.Debit{},
		"Operation": wire.Operation{}, "Operations": wire.Operations{}, "ToldDebit": wire.ToldDebit{},
		"Recording": wire.Recording{}, "EventOperation": wire.EventOperation{}, "CreateQR": wire.CreateQR{},
		"CounterQR": wire.CounterQR{}, "CounterQRs": wire.CounterQRs{}, "StandingQR": wire.StandingQR{},
		"StandingQRs": wire.StandingQRs{}, "Said": wire.Said{}, "AtStanding": wire.AtStanding{},
		"MandatePayer": wire.MandatePayer{}, "CreateMandate": wire.CreateMandate{},
		"UpdateMandate": wire.UpdateMandate{}, "RevokeMandate": wire.RevokeMandate{},
		"DebitMandate": wire.DebitMandate{}, "Mandate": wire.Mandate{}, "Account": wire.Account{},
		"Accounts": wire.Accounts{}, "Finding": wire.Finding{}, "Examination": wire.Examination{},
		"Reconciliation": wire.Reconciliation{}, "Reconciled": wire.Reconciled{}, "Difference": wire.Difference{},
		"ReconcileDay": wire.ReconcileDay{}, "Picture": wire.Picture{}, "PictureDay": wire.PictureDay{},
		"Wait": wire.Wait{}, "End": wire.End{}, "Hook": wire.Hook{}, "Hooks": wire.Hooks{}, "HookTest": wire.HookTest{},
		"Redeliver": wire.Redeliver{}, "Head": wire.Head{}, "Office": wire.Office{}, "OfficePlace": wire.OfficePlace{},
		"LookAtOffice": wire.LookAtOffice{}, "JoinOffice": wire.JoinOffice{}, "Values": struct{}{}} {
		s := d.Components.Schemas[name]
		if s == nil {
			t.Errorf("no schema %s", name)
			continue
		}
		fields := body.Fields(reflect.TypeOf(value))
		for f := range fields {
			if s.Properties[f] == nil {
				t.Errorf("%s: the document lacks %q", name, f)
			}
		}
		for p := range s.Properties {
			if _, ok := fields[p]; !ok {
				t.Errorf("%s: the document has %q, the code does not", name, p)
			}
		}
		delete(d.Components.Schemas, name)
	}
	for name := range d.Components.Schemas {
		t.Errorf("the schema %s is held against nothing", name)
	}
}

// TestOpenAPIMayGrow: what is sent to the till has the fields that are known and no others; what it answers may have
// more one day, and no program made from the document may stumble over that.
func TestOpenAPIMayGrow(t *testing.T) {
	d := apiDocument(t)
	closed := map[string]bool{}
	var walk func(s *schema)
	walk = func(s *schema) {
		if s == nil {
			return
		}
		if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok && !closed[name] {
			closed[name] = true
			walk(d.Components.Schemas[name])
		}
		for _, p := range s.Properties {
			walk(p)
		}
		walk(s.Items)
	}
	for _, ops := range d.Paths {
		for _, op := range ops {
			if op.RequestBody != nil {
				walk(op.RequestBody.Content["application/json"].Schema)
			}
		}
	}
	for name, s := range d.Components.Schemas {
		if shut := s.Additional != nil && !*s.Additional; shut != closed[name] {
			t.Errorf("%s: other fields are refused: %v, it is sent to the till: %v", name, shut, closed[name])
		}
	}
}

// TestOpenAPINamesEveryEvent: who follows the feed or takes the webhook finds every kind of event in the document.
func TestOpenAPINamesEveryEvent(t *testing.T) {
	d := apiDocument(t)
	seen := 0
	for _, file := range []string{"../../state/event.go", "../../state/operation.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`Event\w+ +Kind = "([a-z_.]+)"`).FindAllSubmatch(source, -1) {
			seen++
			if !regexp.MustCompile(`[ :]` + regexp.QuoteMeta(string(m[1])) + `(,|$)`).
				MatchString(d.Components.Schemas["Event"].Properties["kind"].Description) {
				t.Errorf("the document does not name %s", m[1])
			}
		}
	}
	body := d.Webhooks["events"]["post"].RequestBody.Content["application/json"]
	if seen < 15 || body.Schema.Ref != "#/components/schemas/Delivery" {
		t.Errorf("%d kinds; webhook %v", seen, d.Webhooks)
	}
}

// TestOpenAPIAnswers: what the handlers answer is what the document says, field by field.
func TestOpenAPIAnswers(t *testing.T) {
	d, b := apiDocument(t), newBench(t)
	b.printer, b.doctor, b.standing = newFakePrinter(), &surgery{}, stall{newFakePrinter()}
	b.hooks, b.head = []Hook{deaf{}}, func() wire.Head { return wire.Head{Seq: 7, Hash: strings.Repeat("0", 64)} }
	b.day(t)
	b.staff(t)
	p := b.pairPhone(t, "")
	seen := map[string]bool{}
	hold := func(method, pattern, path, body string, do func(method, path, body string) *httptest.ResponseRecorder) {
		t.Helper()
		w := do(method, path, body)
		op := d.Paths[pattern][strings.ToLower(method)]
		answer, ok := op.Responses[fmt.Sprint(w.Code)]
		if !ok && w.Code >= 400 {
			answer, ok = op.Responses[fmt.Sprintf("%dXX", w.Code/100)]
			answer = d.Components.Responses[strings.TrimPrefix(answer.Ref, "#/components/responses/")]
		}
		content := answer.Content[strings.Split(w.Header().Get("Content-Type"), ";")[0]]
		if !ok || content.Schema == nil && w.Body.Len() > 0 {
			t.Errorf("%s %s: %d %s is not in the document: %s",
				method, path, w.Code, w.Header().Get("Content-Type"), w.Body)
			return
		}
		seen[method+" "+pattern] = true
		for _, name := range strings.Split(readable, ", ") {
			if _, ok := answer.Headers[name]; !ok && w.Header().Get(name) != "" {
				t.Errorf("%s %s: %d has a header %s, which is not in the document", method, path, w.Code, name)
			}
		}
		if w.Header().Get("Request-Id") == "" {
			t.Errorf("%s %s: no Request-Id", method, path)
		}
		if _, tagged := op.Responses["304"]; w.Code == 200 && tagged != (w.Header().Get("ETag") != "") {
			t.Errorf("%s %s: the document has a 304: %v; the answer's tag is %q",
				method, path, tagged, w.Header().Get("ETag"))
		}
		if content.Schema == nil || content.Schema.Type == "string" {
			return
		}
		var v any
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Errorf("%s %s: %v", method, path, err)
			return
		}
		for _, bad := range d.check(content.Schema, v, method+" "+path) {
			t.Error(bad)
		}
	}
	owner := func(method, path, body string) *httptest.ResponseRecorder { return b.call(trusted, method, path, body) }
	phone := func(method, path, body string) *httptest.ResponseRecorder { return p.do(method, path, body) }
	hold("POST", "/v1/sales", "/v1/sales", `{"amount_paise":777}`, owner)
	hold("POST", "/v1/sales", "/v1/sales", `{"amount_paise":"x"}`, owner)
	hold("GET", "/v1/sales", "/v1/sales", "", owner)
	hold("GET", "/v1/sales/{id}", "/v1/sales/3", "", owner)
	hold("GET", "/v1/sales/{id}/qr.svg", "/v1/sales/S000004/qr.svg", "", owner)
	hold("POST", "/v1/sales/{id}/cancel", "/v1/sales/S000007/cancel", "", owner)
	hold("POST", "/v1/sales/{id}/refunds", "/v1/sales/S000001/refunds", `{"amount_paise":1}`, owner)
	hold("POST", "/v1/sales/{id}/print", "/v1/sales/S000001/print", `{"copy":"receipt"}`, owner)
	hold("POST", "/v1/sales/{id}/resolve", "/v1/sales/S000003/resolve", `{"action":"accept"}`, owner)
	hold("GET", "/v1/health", "/v1/health", "", owner)
	hold("GET", "/v1/doctor", "/v1/doctor", "", owner)
	hold("PUT", "/v1/typing", "/v1/typing", `{"entry":"25"}`, owner)
	hold("GET", "/v1/reports/x", "/v1/reports/x", "", owner)
	hold("POST", "/v1/reports/x/print", "/v1/reports/x/print", "", owner)
	hold("GET", "/v1/reports/picture", "/v1/reports/picture", "", owner)
	hold("GET", "/v1/reports/picture.svg", "/v1/reports/picture.svg", "", owner)
	hold("GET", "/v1/reports/reconciliation", "/v1/reports/reconciliation", "", owner)
	hold("POST", "/v1/reports/reconciliation/print", "/v1/reports/reconciliation/print", "{}", owner)
	hold("POST", "/v1/reports/z", "/v1/reports/z", `{"print":true}`, owner)
	hold("POST", "/v1/reports/z/{number}/print", "/v1/reports/z/1/print", "", owner)
	hold("GET", "/v1/printer", "/v1/printer", "", owner)
	hold("POST", "/v1/printer/test", "/v1/printer/test", "", owner)
	hold("GET", "/v1/reports/z", "/v1/reports/z", "", owner)
	hold("GET", "/v1/reports/z/{number}", "/v1/reports/z/1", "", owner)
	hold("GET", "/v1/reports/z/{number}", "/v1/reports/z/2", "", owner)
	hold("GET", "/v1/export", "/v1/export", "", owner)
	hold("GET", "/v1/export", "/v1/export?format=jsonl", "", owner)
	const g = "/v1/gateways/enkash"
	hold("GET", "/v1/gateways", "/v1/gateways", "", owner)
	hold("GET", "/v1/gateways/{name}/examination", g+"/examination", "", owner)
	hold("POST", "/v1/gateways/{name}/recording", g+"/recording", "", owner)
	hold("POST", "/v1/gateways/{name}/qrs", g+"/qrs", `{"name":"Counter 1"}`, owner)
	hold("GET", "/v1/gateways/{name}/qrs", g+"/qrs?limit=10", "", owner)
	hold("GET", "/v1/gateways/{name}/qrs/{id}", g+"/qrs/QR1", "", owner)
	hold("GET", "/v1/gateways/{name}/qrs/{id}", g+"/qrs/QR2", "", owner)
	hold("GET", "/v1/standing", "/v1/standing", "", owner)
	hold("GET", "/v1/gateways/{name}/qrs/{id}/stand.png", g+"/qrs/QR1/stand.png?language=ta", "", owner)
	hold("POST", "/v1/gateways/{name}/qrs/{id}/print", g+"/qrs/QR1/print", "", owner)
	hold("POST", "/v1/gateways/{name}/qrs/{id}/cancel", g+"/qrs/QR1/cancel", "", owner)
	hold("POST", "/v1/gateways/{name}/mandates", g+"/mandates", mandateBody, owner)
	hold("GET", "/v1/gateways/{name}/mandates/{id}", g+"/mandates/MND1", "", owner)
	hold("POST", "/v1/gateways/{name}/mandates/{id}/update", g+"/mandates/MND1/update", `{"amount_paise":100}`, owner)
	hold(
		"POST",
		"/v1/gateways/{name}/mandates/{id}/revoke",
		g+"/mandates/MND1/revoke",
		`{"remarks":"moved away"}`,
		owner,
	)
	hold("POST", "/v1/gateways/{name}/mandates/{id}/notify", g+"/mandates/MND1/notify", `{"amount_paise":100}`, owner)
	hold("POST", "/v1/gateways/{name}/mandates/{id}/execute", g+"/mandates/MND1/execute", `{"amount_paise":100}`, owner)
	hold(
		"POST",
		"/v1/gateways/{name}/mandates/{id}/plan",
		g+"/mandates/MND1/plan",
		`{"auto":true,"you":"ravi","your_pin":"2580"}`,
		owner,
	)
	hold("GET", "/v1/mandates", "/v1/mandates", "", owner)
	hold("GET", "/v1/hooks", "/v1/hooks", "", owner)
	hold("POST", "/v1/hooks/{name}/test", "/v1/hooks/main/test", "", owner)
	hold("POST", "/v1/hooks/{name}/redelivery", "/v1/hooks/main/redelivery", `{"since":2}`, owner)
	hold("POST", "/v1/hooks/{name}/redelivery", "/v1/hooks/main/redelivery", `{"since":9999999}`, owner)
	hold("POST", "/v1/hooks/{name}/test", "/v1/hooks/tally/test", "", owner)
	const place = `{"address":"https://office.example","code":"1234-5678","fingerprint":"ab"`
	hold("GET", "/v1/office", "/v1/office", "", owner)
	hold("POST", "/v1/office/look", "/v1/office/look", place+"}", owner)
	hold("POST", "/v1/office/look", "/v1/office/look", `{"address":"https://office.example","code":"x"}`, owner)
	hold("GET", "/v1/office/segments", "/v1/office/segments", "", owner)
	hold("POST", "/v1/office/join", "/v1/office/join", place+`,"you":"ravi","your_pin":"2580"}`, owner)
	hold("GET", "/v1/office", "/v1/office", "", owner)
	hold("POST", "/v1/office/leave", "/v1/office/leave", `{"you":"ravi","your_pin":"2580"}`, owner)
	hold("GET", "/v1/operations", "/v1/operations", "", owner)
	hold("GET", "/v1/operations/{id}", "/v1/operations/O000001", "", owner)
	hold("POST", "/v1/operations/{id}/settle", "/v1/operations/O000001/settle", `{"done":true}`, owner)
	hold("POST", "/v1/pairing", "/v1/pairing", `{"you":"ravi","your_pin":"2580"}`, owner)
	hold("POST", "/v1/devices", "/v1/devices", fmt.Sprintf(`{"code":%q,"name":"pc"}`, b.Pair("x", "").Code), owner)
	hold("GET", "/v1/devices", "/v1/devices", "", owner)
	hold(
		"POST",
		"/v1/devices/{id}/let-in",
		"/v1/devices/"+newest(b)+"/let-in",
		`{"you":"ravi","your_pin":"2580"}`,
		owner,
	)
	hold("GET", "/v1/guesses", "/v1/guesses", "", owner)
	hold(
		"POST",
		"/v1/people",
		"/v1/people",
		`{"name":"new","role":"cashier","pin":"4826","you":"ravi","your_pin":"2580"}`,
		owner,
	)
	hold("POST", "/v1/people/{name}/pin", "/v1/people/new/pin", `{"pin":"4827","you":"ravi","your_pin":"2580"}`, owner)
	hold("POST", "/v1/people/{name}/remove", "/v1/people/new/remove", `{"you":"ravi","your_pin":"2580"}`, owner)
	hold("GET", "/v1/people", "/v1/people", "", phone)
	hold("GET", "/v1/me", "/v1/me", "", phone)
	hold("POST", "/v1/session", "/v1/session", `{"name":"asha","pin":"1379"}`, phone)
	hold("POST", "/v1/session/end", "/v1/session/end", "", phone)
	hold(
		"POST",
		"/v1/devices/{id}/revoke",
		"/v1/devices/"+b.people.Devices.List()[0].ID+"/revoke",
		`{"you":"ravi","your_pin":"2580"}`,
		owner,
	)
	for _, r := range b.routes {
		if !seen[r.pattern] && r.pattern != "GET /v1/events" {
			t.Errorf("%s was not tried", r.pattern)
		}
	}
	for _, e := range allEvents(t, b.till) {
		frame, err := b.feed.After(t.Context(), e.Seq-1)
		if err != nil {
			t.Fatal(err)
		}
		_, data, _ := strings.Cut(string(frame[0].Data), "data: ")
		var v any
		if err := json.Unmarshal([]byte(data), &v); err != nil {
			t.Fatal(err)
		}
		for _, bad := range d.check(&schema{Ref: "#/components/schemas/Event"}, v, fmt.Sprint("event ", e.Seq)) {
			t.Error(bad)
		}
	}
}

// newest is the device that was paired last.
func newest(b *bench) string {
	all := b.people.Devices.List()
	return all[len(all)-1].ID
}

// deaf is a webhook whose receiver takes nothing.
type deaf struct{}

func (deaf) Status() wire.Hook {
	return wire.Hook{
		Name:         "main",
		Host:         "billing.example",
		Seq:          3,
		FailingSince: time.Unix(1, 0).UTC(),
		Tries:        2,
		Problem:      "the receiver answered 503",
		NextTryAt:    time.Unix(2, 0).UTC(),
	}
}
func (deaf) Test(context.Context) (time.Duration, error) {
	return time.Second, errors.New("the receiver answered 503")
}
func (deaf) Again(since uint64) error {
	if since > 3 {
		return errors.New("not delivered yet")
	}
	return nil
}

// TestIntegrator_7_Document: what generators and linters ask of a document, beside what the rig has them do with it.
func TestIntegrator_7_Document(t *testing.T) {
	d := apiDocument(t)
	ids := map[string]bool{}
	for path, ops := range d.Paths {
		for method, op := range ops {
			at := method + " " + path
			if op.ID == "" || ids[op.ID] || len(op.Tags) != 1 {
				t.Errorf("%s: operationId %q, tags %q", at, op.ID, op.Tags)
			}
			ids[op.ID] = true
			for _, r := range []string{"4XX", "5XX"} {
				if op.Responses[r].Ref == "" {
					t.Errorf("%s: no answer %s", at, r)
				}
			}
			for _, p := range op.Parameters {
				if p.Ref == "" && p.Description == "" {
					t.Errorf("%s: %s says nothing", at, p.Name)
				}
			}
		}
	}
}

// TestIntegrator_7_Examples: every call that takes a body shows one, the answers that a program begins with are shown,
// and each example is what the document says it is.
func TestIntegrator_7_Examples(t *testing.T) {
	d := apiDocument(t)
	var whole map[string]any
	if err := json.Unmarshal(openapi, &whole); err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		list, _ := v.([]any)
		for i, x := range list {
			walk(fmt.Sprint(at, "/", i), x)
		}
		m, _ := v.(map[string]any)
		if example, ok := m["example"]; ok {
			var s schema
			raw, err := json.Marshal(m["schema"])
			if err == nil {
				err = json.Unmarshal(raw, &s)
			}
			if err != nil {
				t.Fatalf("%s: %v", at, err)
			}
			for _, bad := range d.check(&s, example, at) {
				t.Error(bad)
			}
			shown[at] = true
		}
		for k, x := range m {
			if k != "example" && k != "schemas" {
				walk(at+" "+k, x)
			}
		}
	}
	walk("", whole)

	want := []string{
		" webhooks events post requestBody content application/json",
		" components responses Refused content application/problem+json",
		" paths /v1/events get responses 200 content text/event-stream",
	}
	for _, answered := range []string{"/v1/sales post responses 201", "/v1/sales get responses 200",
		"/v1/sales/{id} get responses 200",
		"/v1/sales/{id}/refunds post responses 201", "/v1/devices post responses 201"} {
		want = append(want, " paths "+answered+" content application/json")
	}
	for path, ops := range d.Paths {
		for method, op := range ops {
			if op.RequestBody != nil {
				want = append(want, fmt.Sprintf(" paths %s %s requestBody content application/json", path, method))
			}
		}
	}
	for _, at := range want {
		if !shown[at] {
			t.Errorf("no example at%s", at)
		}
	}
	if len(want) < 40 {
		t.Errorf("only %d examples are wanted", len(want))
	}
}
