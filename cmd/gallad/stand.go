package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"galla/gateway"
	"galla/internal/counter"
	"galla/internal/counter/wire"
	"galla/internal/stand"
	"galla/internal/standing"
	"galla/printer"
)

// stands are the box's standing QRs for the counter's API.
type stands struct {
	watch     *standing.Watch
	paper     *paper // nil: no printer
	shop      string
	languages []string // of the customer's screen: the first that is not English is on the card beside English
	demo      bool
}

func (s *stands) List() []wire.StandingQR {
	var out []wire.StandingQR
	for _, q := range s.watch.List() {
		on := wire.StandingQR{
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
		}
		for _, p := range q.Problems {
			on.Say(p.Code, p.Values)
		}
		if q.Status == gateway.CounterQRActive && q.CounterQR.Problem != "" {
			on.Say("standing_no_code", wire.Values{"why": q.CounterQR.Problem})
		}
		out = append(out, on)
	}
	return out
}

// find is a QR of this box that may be printed.
func (s *stands) find(at, id string) (standing.QR, error) {
	q, ok := s.watch.Find(at, id)
	switch {
	case !ok:
		return q, &counter.StandError{
			Why:  fmt.Sprintf("this box made no standing QR %.40q at %.40q", id, at),
			Next: "List them: galla qr today.",
		}
	case q.Payload == "" || q.Status != gateway.CounterQRActive:
		why := cmp.Or(q.CounterQR.Problem, "its status is "+q.Status)
		return q, &counter.StandError{
			Why:  fmt.Sprintf("the standing QR %q has no code that may be printed: %s", q.Name, why),
			Next: "Make a new one: galla qr create.",
		}
	}
	return q, nil
}

func (s *stands) Card(gateway, id, language string) ([]byte, error) {
	q, err := s.find(gateway, id)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(s.languages, func(l string) bool { return l != "en" }); language == "" && i >= 0 {
		language = s.languages[i]
	}
	raw, err := stand.Card{
		Shop:     cmp.Or(s.shop, q.Name),
		Name:     q.Name,
		Payload:  q.Payload,
		Amount:   q.Amount,
		Language: language,
		Demo:     s.demo,
	}.PNG()
	if err != nil {
		return nil, &counter.StandError{
			Why:  err.Error(),
			Next: "See the reason; the code alone is drawn by galla qr show --picture.",
		}
	}
	return raw, nil
}

func (s *stands) Print(ctx context.Context, key, gateway, id string) (wire.Printed, error) {
	q, err := s.find(gateway, id)
	if err != nil {
		return wire.Printed{}, err
	}
	p := s.paper
	slip := printer.Stand{Shop: p.shop, Name: q.Name, Amount: q.Amount, Payload: q.Payload, Demo: s.demo}
	return ended(p.print(ctx, key, slip, nil)), nil
}
