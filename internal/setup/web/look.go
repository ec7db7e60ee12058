package web

import (
	"context"
	"strings"

	"galla/gateway"
	"galla/internal/setup"
)

// looked is what an account's examination found.
type looked struct {
	Good     bool      `json:"good"` // sales can be taken
	Findings []finding `json:"findings"`
}

// finding is one of them. Code is what the page has a sentence for: "reach", "clock", "keys", "feature" or "other", and
// how it is ("_ok", "_note", "_bad"), or "keys_test".
type finding struct {
	gateway.Finding
	Code string `json:"code"`
}

// look looks an account over with its keys, changing nothing there.
func look(ctx context.Context, g setup.Gateway, demo bool) (looked, error) {
	ctx, cancel := context.WithTimeout(ctx, tryTime)
	defer cancel()
	all, err := setup.Try(ctx, g, demo)
	if err != nil {
		return looked{}, err
	}

	out := looked{Good: setup.Good(all), Findings: []finding{}}
	for _, f := range setup.Matter(all) {
		if c := codeOf(f); c != "" {
			out.Findings = append(out.Findings, finding{f, c})
		}
	}
	return out, nil
}

// codeOf names a finding; "": nobody who sets a till up can do anything about it.
func codeOf(f gateway.Finding) string {
	switch f.Check {
	case "keys":
		if setup.TestKeys([]gateway.Finding{f}) {
			return "keys_test"
		}
	case "clock":
		if f.Next == "" { // the clocks agree, or could not be compared
			return ""
		}
	case "reach", "feature":
	default:
		if f.Level != gateway.LevelBad {
			return ""
		}
		return "other_bad"
	}
	return f.Check + "_" + string(f.Level)
}

// worst is what keeps sales from being taken.
func (l looked) worst() (gateway.Finding, bool) {
	for _, f := range l.Findings {
		if f.Level == gateway.LevelBad {
			f.Says = strings.TrimSuffix(f.Says, ".")
			return f.Finding, true
		}
	}
	return gateway.Finding{}, false
}
