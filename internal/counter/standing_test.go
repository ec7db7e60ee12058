package counter

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"galla/gateway"
	"galla/internal/counter/wire"
	"galla/internal/standing"
	"galla/internal/upiqr"
)

// stall is a watch with three QRs: one that is paid, one whose gateway says nothing, and one that was closed.
type stall struct{}

const standPayload = "upi://pay?pa=shop@bank&pn=Sharma&tr=RZPX&cu=INR"

func (stall) List() []standing.QR {
	return []standing.QR{
		{
			CounterQR: gateway.CounterQR{ID: "QR1", Name: "Counter 1", Status: "active", Payload: standPayload},
			Gateway:   "enkash",
			Lists:     true,
			Count:     3,
			Sum:       450_00,
		},
		{CounterQR: gateway.CounterQR{ID: "QR2", Name: "Tea", Status: "active", Amount: 1500, Problem: "no picture"}, Gateway: "enkash"},
		{CounterQR: gateway.CounterQR{ID: "QR3", Name: "Old", Status: "cancelled", Payload: standPayload}, Gateway: "enkash"},
	}
}

func (s stall) Find(gw, id string) (standing.QR, bool) {
	for _, q := range s.List() {
		if q.Gateway == gw && q.ID == id {
			return q, true
		}
	}
	return standing.QR{}, false
}

// TestStanding: a cashier sees what came at each standing QR today; a manager has its card and its slip. What has no code that may be
// printed is refused.
func TestStanding(t *testing.T) {
	b := newBench(t)
	press := newPress()
	b.standing, b.printer = stall{}, press
	var list wire.StandingQRs
	r := b.call(Door{Trust: Cashier}, "GET", "/v1/standing", "")
	if err := json.Unmarshal(r.Body.Bytes(), &list); err != nil || len(list.QRs) != 3 {
		t.Fatalf("%s, %v", r.Body.String(), err)
	}
	if q := list.QRs[0]; !q.Watched || q.Today.Count != 3 || q.Today.Paise != 45000 {
		t.Errorf("%+v", q)
	}
	if q := list.QRs[1]; q.Watched || q.Problem != "no picture" || q.AmountPaise != 1500 {
		t.Errorf("%+v", q)
	}

	const at = "/v1/gateways/enkash/qrs/"
	if r := b.call(Door{Trust: Cashier}, "GET", at+"QR1/stand.png", ""); r.Code != http.StatusForbidden {
		t.Errorf("a cashier's card: %d", r.Code)
	}
	for _, language := range []string{"", "?language=ta"} {
		r := b.call(Door{Trust: Manager}, "GET", at+"QR1/stand.png"+language, "")
		if got, err := upiqr.DecodePicture(r.Body.Bytes()); err != nil || got != standPayload || r.Header().Get("Content-Type") != "image/png" {
			t.Errorf("card%s: %d %q, %v", language, r.Code, got, err)
		}
	}
	for _, id := range []string{"QR2", "QR3", "QR9"} {
		if r := b.call(Door{Trust: Manager}, "GET", at+id+"/stand.png", ""); r.Code != http.StatusNotFound || !strings.Contains(r.Body.String(), "galla qr") {
			t.Errorf("card of %s: %d %s", id, r.Code, r.Body.String())
		}
		if r := b.call(Door{Trust: Manager}, "POST", at+id+"/print", "{}"); r.Code != http.StatusNotFound {
			t.Errorf("slip of %s: %d %s", id, r.Code, r.Body.String())
		}
	}
	if r := b.call(Door{Trust: Manager}, "POST", at+"QR1/print", "{}"); r.Code != http.StatusOK || !strings.Contains(r.Body.String(), "printed") {
		t.Errorf("%d %s", r.Code, r.Body.String())
	}
	press.want(t, "stand Counter 1")
}

// TestUnwatchedIsSaid: corners.md 9. Of a QR whose gateway names no payments it is said at once what that means.
func TestUnwatchedIsSaid(t *testing.T) {
	b := newBench(t)
	r := b.call(Door{Trust: Manager}, "POST", "/v1/gateways/enkash/qrs", `{"name":"Counter 1","multiple_use":true}`)
	if r.Code != http.StatusCreated || !strings.Contains(r.Body.String(), "does not tell the till who pays") {
		t.Errorf("%d %s", r.Code, r.Body.String())
	}
}
