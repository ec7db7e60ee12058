package counter

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"galla/internal/counter/wire"
	"galla/internal/stand"
	"galla/internal/standing"
)

// Standing is the watch of standing QRs as the counter needs it. Its calls may be made from any goroutine.
type Standing interface {
	List() []standing.QR
	Find(gateway, id string) (standing.QR, bool) // gateway "": any
}

// Stand is what a card or slip of a standing QR says beside the QR itself.
type Stand struct {
	Shop      string
	Languages []string // of the customer's screen: the first that is not English is on the card beside English
	Demo      bool
}

func (c *Counter) listStanding(w http.ResponseWriter, _ *http.Request, _ Caller) error {
	b := wire.StandingQRs{QRs: []wire.StandingQR{}}
	if c.standing != nil {
		for _, q := range c.standing.List() {
			b.QRs = append(b.QRs, wire.StandingQR{
				ID:          q.ID,
				Gateway:     q.Gateway,
				Name:        q.Name,
				AmountPaise: q.Amount,
				Reference:   q.Reference,
				Status:      q.Status,
				Watched:     q.Lists,
				Today:       wire.Line{Count: q.Count, Paise: q.Sum},
				CreatedAt:   q.CreatedAt.UTC(),
				PaidAt:      q.PaidAt.UTC(),
				LookedAt:    q.LookedAt.UTC(),
				Problem:     cmp.Or(q.Problem, q.CounterQR.Problem),
			})
		}
	}
	return answer(w, http.StatusOK, b)
}

// standingQR is the QR that a path names.
func (c *Counter) standingQR(r *http.Request) (standing.QR, error) {
	name, id := r.PathValue("name"), r.PathValue("id")
	if c.standing != nil {
		if q, ok := c.standing.Find(name, id); ok {
			if q.Payload == "" || q.Status != "active" {
				return q, problem(noThing, fmt.Sprintf("the standing QR %q has no code that may be printed: %s", q.Name,
					cmp.Or(q.CounterQR.Problem, "its status is "+q.Status)), "Make a new one: galla qr create.")
			}
			return q, nil
		}
	}
	return standing.QR{}, problem(noThing, fmt.Sprintf("this box made no standing QR %.40q at %.40q", id, name), "List them: galla qr list.")
}

// drawStand is the card to stand on the counter.
func (c *Counter) drawStand(w http.ResponseWriter, r *http.Request, _ Caller) error {
	v, err := query(r, "language")
	if err != nil {
		return err
	}
	q, err := c.standingQR(r)
	if err != nil {
		return err
	}
	language := v.Get("language")
	if i := slices.IndexFunc(c.stand.Languages, func(l string) bool { return l != "en" }); language == "" && i >= 0 {
		language = c.stand.Languages[i]
	}
	raw, err := stand.Card{
		Shop:     cmp.Or(c.stand.Shop, q.Name),
		Name:     q.Name,
		Payload:  q.Payload,
		Amount:   q.Amount,
		Language: language,
		Demo:     c.stand.Demo,
	}.PNG()
	if err != nil {
		return problem(badQuery, err.Error(), "See the reason; the code alone is drawn by galla qr show --picture.")
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Content-Disposition", `attachment; filename="stand.png"`)
	_, err = w.Write(raw)
	return err
}

// printStand prints the slip that stands on the counter.
func (c *Counter) printStand(w http.ResponseWriter, r *http.Request, who Caller) error {
	key, err := c.write(w, r, who, &wire.Nothing{})
	if err != nil {
		return err
	}
	p, err := c.paper()
	if err != nil {
		return err
	}
	q, err := c.standingQR(r)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, p.Stand(printing(w, r), "stand-"+hashToken(key), q))
}
