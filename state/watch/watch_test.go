package watch_test

import (
	"testing"
	"time"

	"galla/state/watch"
)

// TestGateway_15 also in galla/state: where money is likely, nobody looks away for longer than Likely's doc says.
func TestGateway_15(t *testing.T) {
	last := time.Duration(0)
	for _, at := range watch.Likely {
		gap := at - last
		if last < 2*time.Hour && gap > 5*time.Minute || last < 24*time.Hour && gap > time.Hour || gap > 12*time.Hour {
			t.Errorf("nobody looks from %v to %v", last, at)
		}
		last = at
	}
	if last != 120*time.Hour || len(watch.Likely) != 59 {
		t.Errorf("%d looks to %v", len(watch.Likely), last)
	}
}

// TestNext: the looks of a watch are those of its plan, the plan it began with, and then it is over.
func TestNext(t *testing.T) {
	for name, tc := range map[string]struct {
		w    watch.Watch
		plan []time.Duration // what is left of it
		from time.Duration   // when the last look was
	}{
		"unlikely":           {watch.Watch{}, watch.Plan, 0},
		"likely":             {watch.Watch{Likely: true}, watch.Likely, 0},
		"likely only later":  {watch.Watch{Done: 3, Likely: true}, watch.Plan[3:], watch.Plan[2]},
		"no longer likely":   {watch.Watch{Done: 10_002}, watch.Likely[2:], watch.Likely[1]},
		"of a standing QR":   {watch.Watch{Standing: true}, watch.Standing, 0},
		"after the last one": {watch.Watch{Done: len(watch.Plan) + 2}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w, at := tc.w, tc.from
			for i, want := range tc.plan {
				wait, ok := w.Next()
				if at += wait; !ok || at != want {
					t.Fatalf("look %d is due after %v, %v: want %v", i, at, ok, want)
				}
				w.Done = w.Step()
			}
			if wait, ok := w.Next(); ok {
				t.Errorf("the watch goes on for %v", wait)
			}
		})
	}
}

// TestSince: steps after a plan lie an Item apart, and a step of another plan counts as the same of this one.
func TestSince(t *testing.T) {
	for _, tc := range []struct {
		done, step int
		want       time.Duration
	}{
		{5, 2, 59 * time.Minute},
		{10, 5, 119 * time.Hour},
		{13, 10, 3 * watch.Item},
		{13, 0, 120*time.Hour + 3*watch.Item},
		{10_059, 10_059, 0},
		{10_060, 10_059, watch.Item},
	} {
		if is := (watch.Watch{Done: tc.done}).Since(tc.step); is != tc.want {
			t.Errorf("step %d was %v before step %d: want %v", tc.step, is, tc.done, tc.want)
		}
	}
}
