package answer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"galla/state"
	"galla/state/answer"
)

// TestLastAnswerCounts: after a refund of one item and another answer to the next, a refund is no repetition of the
// last answer.
func TestLastAnswerCounts(t *testing.T) {
	at := time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
	s := state.Sale{
		Refunds: []state.Refund{{Answers: "money:a", By: "manager:ravi", AskedAt: at}},
		Resolutions: []state.Resolution{
			{Attention: "money:b", Action: state.ActionOtherTender, By: "owner:asha", At: at.Add(time.Minute)},
		},
	}
	for _, c := range []struct {
		item   string
		action state.Action
		why    string // empty: the same answer again
	}{
		{"", state.ActionOtherTender, ""},
		{"", state.ActionRefund, "answered with other_tender by owner:asha"},
		{"", state.ActionAccept, "answered with other_tender by owner:asha"},
		{"money:a", state.ActionRefund, ""},
		{"money:a", state.ActionOtherTender, "answered with refund by manager:ravi"},
		{"money:b", state.ActionAccept, "answered with other_tender by owner:asha"},
		{"money:c", state.ActionAccept, "has no open item"},
	} {
		err := answer.Before(&s, c.item, c.action)
		if same := errors.Is(err, state.ErrReplay); same != (c.why == "") ||
			!same && !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s to %q: %v", c.action, c.item, err)
		}
	}
}
