package owner

import (
	"context"
	"encoding/json"
	"time"

	"galla/internal/money"
)

// Terminal is one box: what it said of itself, its chains, its last days.
type Terminal struct {
	Where
	Branches []Branch        `json:"branches"`
	Heard    time.Time       `json:"heard,omitzero"` // when it said something last
	Head     uint64          `json:"head,omitempty"` // where it says its chain ends
	Skew     float64         `json:"skew_s,omitempty"`
	Health   json.RawMessage `json:"health,omitempty"`
	Days     []DayRow        `json:"days"`
}

// DayRow is a box's business day.
type DayRow struct {
	Day string `json:"day"`
	Figures
	Cancelled int         `json:"cancelled"`
	Other     money.Paise `json:"other_tender_paise"`
}

// Terminal is one box, with its last 31 days that had any.
func (o *Owner) Terminal(ctx context.Context, id string) (t Terminal, err error) {
	t.Terminal = id
	if t.Branches, err = o.store.Branches(ctx, id); err != nil {
		return t, err
	}
	b, found, err := o.store.Beat(ctx, id)
	if err != nil {
		return t, err
	}
	if found {
		t.Heard, t.Head, t.Health, t.Skew = b.Received, b.Head, b.Health, b.Skew.Seconds()
	}
	today := o.moment().days[0]
	days, err := o.store.Days(
		ctx,
		Span{dayAt(today).AddDate(-1, 0, 0).Format(time.DateOnly), "9999-12-31", id},
		Mark{},
		31,
	)
	for _, d := range days {
		t.Where = d.Where
		t.Days = append(t.Days, DayRow{d.Day, d.Figures, d.Asked.Cancelled, d.Asked.Other})
	}
	return t, err
}
