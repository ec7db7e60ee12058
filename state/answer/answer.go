package answer

import (
	"fmt"
	"slices"
	"time"

	"galla/state"
)

// Given reports whether an item was open once and a person has answered it; with no id, whether any was.
func Given(s *state.Sale, id string) bool {
	return slices.ContainsFunc(s.Resolutions, func(r state.Resolution) bool { return id == "" || r.Attention == id }) ||
		slices.ContainsFunc(s.Refunds, func(r state.Refund) bool {
			return r.Answers != "" && (id == "" || r.Answers == id)
		})
}

// Before is for an item that is not open: state.ErrReplay where the last answer, to the item or with no id to any of
// the sale, is the one that is given now. Any other answer is a *state.RefusedError that says who decided what.
func Before(s *state.Sale, id string, action state.Action) error {
	var last struct {
		item, by string
		action   state.Action
		at       time.Time
	}
	answered := func(item string, action state.Action, by string, at time.Time) {
		if item != "" && (id == "" || item == id) && !at.Before(last.at) {
			last.item, last.action, last.by, last.at = item, action, by, at
		}
	}
	for _, k := range s.Resolutions {
		answered(k.Attention, k.Action, k.By, k.At)
	}
	for _, k := range s.Refunds {
		answered(k.Answers, state.ActionRefund, k.By, k.AskedAt)
	}

	refuse := func(format string, args ...any) error {
		return &state.RefusedError{Kind: state.EventResolved, Phase: s.Phase, Why: fmt.Sprintf(format, args...)}
	}
	switch {
	case last.action == "" && id == "":
		return refuse("sale %s has no open item", s.Name())
	case last.action == "":
		return refuse("sale %s has no open item %q", s.Name(), id)
	case last.action == action || last.action == state.ActionEnough && action == state.ActionAccept:
		return state.ErrReplay
	}

	by := last.by
	if by == "" {
		by = "somebody"
	}
	return refuse(
		"item %q of sale %s was answered with %s by %s: nothing more is to be decided about it",
		last.item,
		s.Name(),
		last.action,
		by,
	)
}
