package counter

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"galla/internal/counter/wire"
	"galla/internal/stand"
	"galla/internal/upiqr"
)

// stall has three standing QRs: one that is paid, one whose gateway says nothing, and one that was closed.
type stall struct{ printer *fakePrinter }

const standPayload = "upi://pay?pa=shop@bank&pn=Sharma&tr=RZPX&cu=INR"

func (stall) List() []wire.StandingQR {
	return []wire.StandingQR{
		{
			ID:      "QR1",
			Name:    "Counter 1",
			Status:  "active",
			Gateway: "enkash",
			Watched: true,
			Today:   wire.Line{Count: 3, Paise: 450_00},
		},
		unprintable(),
		{ID: "QR3", Name: "Old", Status: "cancelled", Gateway: "enkash"},
	}
}

func unprintable() wire.StandingQR {
	q := wire.StandingQR{ID: "QR2", Name: "Tea", Status: "active", AmountPaise: 1500, Gateway: "enkash"}
	q.Say("standing_odd_currency", wire.Values{"payment": "pay_1", "word": "USD"})
	q.Say("standing_no_code", wire.Values{"why": "no picture"})
	return q
}

func (stall) Card(gw, id, language string) ([]byte, error) {
	if gw != "enkash" || id != "QR1" {
		return nil, &StandError{"this box made no standing QR", "List them: galla qr today."}
	}
	return stand.Card{Shop: "Sharma", Name: "Counter 1", Payload: standPayload, Language: language}.PNG()
}

func (s stall) Print(ctx context.Context, key, gw, id string) (wire.Printed, error) {
	if _, err := s.Card(gw, id, ""); err != nil {
		return wire.Printed{}, err
	}
	return s.printer.print(ctx, key, "stand "+id), nil
}

// TestStanding: a cashier sees what came at each standing QR today; a manager has its card and its slip. What has no
// code that may be printed is refused.
func TestStanding(t *testing.T) {
	b := newBench(t)
	fake := newFakePrinter()
	b.standing, b.printer = stall{fake}, fake
	var list wire.StandingQRs
	r := b.call(Listener{Trust: Cashier}, "GET", "/v1/standing", "")
	if err := json.Unmarshal(r.Body.Bytes(), &list); err != nil || len(list.QRs) != 3 {
		t.Fatalf("%s, %v", r.Body.String(), err)
	}
	if q := list.QRs[0]; !q.Watched || q.Today.Count != 3 || q.Today.Paise != 45000 {
		t.Errorf("%+v", q)
	}
	if q := list.QRs[1]; q.Watched || q.AmountPaise != 1500 || len(q.Problems) != 2 ||
		q.Problems[0].MessageCode != "standing_odd_currency" || q.Problems[0].MessageValues["word"] != "USD" ||
		q.Problem != "Payment pay_1 is not in rupees but in USD: it is no sale. Look at it in the gateway's "+
			"dashboard. Its code must not be printed: no picture. Close it, and make a new one." {
		t.Errorf("%+v", q)
	}

	const at = "/v1/gateways/enkash/qrs/"
	if r := b.call(Listener{Trust: Cashier}, "GET", at+"QR1/stand.png", ""); r.Code != http.StatusForbidden {
		t.Errorf("a cashier's card: %d", r.Code)
	}
	for _, language := range []string{"", "?language=ta"} {
		r := b.call(Listener{Trust: Manager}, "GET", at+"QR1/stand.png"+language, "")
		if got, err := upiqr.DecodePicture(r.Body.Bytes()); err != nil || got != standPayload ||
			r.Header().Get("Content-Type") != "image/png" {
			t.Errorf("card%s: %d %q, %v", language, r.Code, got, err)
		}
	}
	for _, id := range []string{"QR2", "QR3", "QR9"} {
		if r := b.call(Listener{Trust: Manager}, "GET", at+id+"/stand.png", ""); r.Code != http.StatusNotFound ||
			!strings.Contains(r.Body.String(), "galla qr") {
			t.Errorf("card of %s: %d %s", id, r.Code, r.Body.String())
		}
		if r := b.call(Listener{Trust: Manager}, "POST", at+id+"/print", "{}"); r.Code != http.StatusNotFound {
			t.Errorf("slip of %s: %d %s", id, r.Code, r.Body.String())
		}
	}
	if r := b.call(Listener{Trust: Manager}, "POST", at+"QR1/print", "{}"); r.Code != http.StatusOK ||
		!strings.Contains(r.Body.String(), "printed") {
		t.Errorf("%d %s", r.Code, r.Body.String())
	}
	fake.want(t, "stand QR1")
}
