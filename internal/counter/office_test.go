package counter

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/membership"
)

// headOffice is a membership that knows one office and one code. It is strict: whoever comes for nothing to it is told.
type headOffice struct {
	t    testing.TB
	is   *wire.Office
	asks *[]string
}

func newHeadOffice(t testing.TB) headOffice { return headOffice{t, &wire.Office{}, &[]string{}} }

func (h headOffice) Status() wire.Office { return *h.is }

func (h headOffice) Look(_ context.Context, b wire.LookAtOffice) (wire.OfficePlace, error) {
	*h.asks = append(*h.asks, "look")
	switch {
	case b.Code == "0000-0000":
		return wire.OfficePlace{}, &membership.Refusal{Sort: membership.TooOften, Code: "office_tries",
			Why: "office.example has seen too many tries from here", Next: "Wait, then try again.",
			Wait: time.Minute, Values: map[string]any{"office": "office.example"}}
	case b.Code != "1234-5678":
		return wire.OfficePlace{}, &membership.Refusal{Sort: membership.NotNow, Code: "office_code", Field: "code",
			Why: "office.example does not know this code", Next: "Make a new one.",
			Values: map[string]any{"office": "office.example"}}
	}
	return wire.OfficePlace{Address: b.Address, Office: "Asha Stores", Shop: "Karol Bagh", Counter: "Till 1",
		Here: "Asha General Stores", ExpiresAt: time.Date(2026, 11, 30, 12, 15, 0, 0, time.UTC)}, nil
}

func (h headOffice) Join(ctx context.Context, by string, b wire.JoinOffice) (wire.Office, error) {
	p, err := h.Look(ctx, b.LookAtOffice)
	if err != nil {
		return wire.Office{}, err
	}
	*h.asks = append(*h.asks, "join by "+by)
	at := time.Date(2026, 11, 30, 12, 1, 0, 0, time.UTC)
	*h.is = wire.Office{Joined: true, Address: p.Address, Office: p.Office, Shop: p.Shop, Counter: p.Counter,
		Terminal: "abcdefghijklmnop", Fingerprint: b.Fingerprint, JoinedAt: at, JoinedBy: by, Behind: 7,
		HeardAt: at, AwaySince: at, NextTryAt: at}
	h.is.Trouble("office_waiting", wire.Values{"office": "office.example", "why": "the owner has not confirmed it"})
	return *h.is, nil
}

func (h headOffice) Export(_ context.Context, w io.Writer) error {
	*h.asks = append(*h.asks, "export")
	if !h.is.Joined {
		return &membership.Refusal{Sort: membership.NotNow, Code: "office_none",
			Why: "this box has joined no head office", Next: "Join one first."}
	}
	for _, part := range []string{"one", "two"} {
		if _, err := io.WriteString(w, part); err != nil {
			return err
		}
	}
	if h.is.Shop == "gone" {
		return errors.New("the disk went away")
	}
	return nil
}

func (h headOffice) Leave(_ context.Context, by string) (wire.Office, error) {
	*h.asks = append(*h.asks, "leave by "+by)
	*h.is = wire.Office{}
	return *h.is, nil
}

// TestOffice: who has the rights looks, joins and leaves, with a PIN of their own; what the office says is told with
// its code.
func TestOffice(t *testing.T) {
	b := newBench(t)
	b.staff(t)
	h := newHeadOffice(t)
	b.office = h
	p := b.pairPhone(t, "")
	p.want(t, 200, "POST", "/v1/session", `{"name":"meena","pin":"8642"}`)
	const place = `"address":"https://office.example","code":"1234-5678"`
	p.want(t, 200, "GET", "/v1/office", "")
	p.want(t, 403, "POST", "/v1/office/look", "{"+place+"}")
	p.want(t, 200, "POST", "/v1/session", `{"name":"ravi","pin":"2580"}`)

	var is wire.OfficePlace
	looked := p.want(t, 200, "POST", "/v1/office/look", "{"+place+"}").Body.Bytes()
	if err := json.Unmarshal(looked, &is); err != nil ||
		is.Shop != "Karol Bagh" || is.Here != "Asha General Stores" {
		t.Errorf("%+v %v", is, err)
	}
	for body, want := range map[string]string{
		`{"address":"https://office.example","code":"0000-0000"}`: `429 problem_office_tries`,
		`{"address":"https://office.example","code":"9999-9999"}`: `409 problem_office_code`,
	} {
		status, code, _ := strings.Cut(want, " ")
		w := p.do("POST", "/v1/office/look", body)
		if w.Code != map[string]int{"429": 429, "409": 409}[status] ||
			!strings.Contains(w.Body.String(), `"detail_code":"`+code+`"`) ||
			(w.Header().Get("Retry-After") == "60") != (status == "429") {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}

	if w := p.want(t, 409, "GET", "/v1/office/segments", ""); !strings.Contains(w.Body.String(), "office_none") ||
		w.Header().Get("Content-Disposition") != "" {
		t.Errorf("a file for no office: %s %v", w.Body, w.Header())
	}
	p.want(t, 403, "POST", "/v1/office/join", "{"+place+"}")
	p.want(t, 403, "POST", "/v1/office/join", "{"+place+`,"your_pin":"0001"}`)
	var o wire.Office
	w := p.want(t, 200, "POST", "/v1/office/join", "{"+place+`,"your_pin":"2580"}`)
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil || !o.Joined || o.ProblemCode != "office_waiting" ||
		!strings.HasPrefix(o.Problem, "The owner has not confirmed this box at the head office office.example yet.") {
		t.Errorf("%s %v", w.Body, err)
	}
	if w := p.want(t, 200, "GET", "/v1/office/segments", ""); w.Body.String() != "onetwo" ||
		w.Header().Get("Content-Type") != "application/octet-stream" ||
		!strings.Contains(w.Header().Get("Content-Disposition"), ".segments\"") {
		t.Errorf("the file for the office: %q %v", w.Body, w.Header())
	}
	h.is.Shop = "gone" // the chain can't be read to its end
	func() {
		defer func() {
			if recover() != http.ErrAbortHandler {
				t.Error("a file that breaks off looks whole")
			}
		}()
		p.do("GET", "/v1/office/segments", "")
	}()
	p.want(t, 403, "POST", "/v1/office/leave", "")
	p.want(t, 200, "POST", "/v1/office/leave", `{"your_pin":"2580"}`)
	if got := strings.Join(*h.asks, ", "); got != "look, look, look, export, look, "+
		"join by owner:ravi, export, export, leave by owner:ravi" {
		t.Errorf("the office was asked to %s", got)
	}
	if strings.Contains(b.log.String(), "1234-5678") {
		t.Error("the log has the code")
	}
}
