package counter

import (
	"context"
	"net/http"

	"galla/internal/counter/query"
	"galla/internal/counter/wire"
)

// Standing is the box's standing QRs as the counter needs them. Its calls may be made from any goroutine.
type Standing interface {
	List() []wire.StandingQR
	// Card is the picture to stand on the counter, a PNG; language is of its second line, "" the till's. Print prints
	// the same as a slip. Errors are *StandError.
	Card(gateway, id, language string) ([]byte, error)
	Print(ctx context.Context, key, gateway, id string) (wire.Printed, error)
}

// StandError says why a standing QR has no card or slip.
type StandError struct{ Why, Next string }

func (e *StandError) Error() string { return e.Why }

func (c *Counter) listStanding(w http.ResponseWriter, _ *http.Request, _ Caller) error {
	page := wire.StandingQRs{QRs: append([]wire.StandingQR{}, c.standing.List()...), Unsure: c.unsure("qr.")}
	return answer(w, http.StatusOK, page)
}

func (c *Counter) drawStand(w http.ResponseWriter, r *http.Request, _ Caller) error {
	v, err := query.Of(r, "language")
	if err != nil {
		return err
	}
	raw, err := c.standing.Card(r.PathValue("name"), r.PathValue("id"), v.Get("language"))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Disposition", `attachment; filename="stand.png"`)
	_, err = w.Write(raw)
	return err
}

func (c *Counter) printStand(w http.ResponseWriter, r *http.Request, who Caller) error {
	key, err := c.write(w, r, who, &wire.Nothing{})
	if err != nil {
		return err
	}
	if _, err := c.paper(); err != nil {
		return err
	}
	end, err := c.standing.Print(printing(w, r), "stand-"+hashToken(key), r.PathValue("name"), r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, end)
}
