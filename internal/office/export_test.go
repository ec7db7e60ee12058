package office

import (
	"fmt"
	"maps"
	"testing"

	"galla/state"
)

// Older makes an office as of a version that does not know some kinds of events.
func Older(o *Office, unknown ...state.Kind) *Office {
	old := *o
	old.rules.knows = maps.Clone(builtIn.knows)
	for _, k := range unknown {
		delete(old.rules.knows, k)
	}
	old.rules.apply = func(s state.Sale, e state.Event) (state.Sale, error) {
		if !old.rules.knows[e.Kind] { // as state.Apply does with what it does not know
			return s, &state.RefusedError{Kind: e.Kind, Phase: s.Phase, Why: fmt.Sprintf("what is %q", e.Kind)}
		}
		return builtIn.apply(s, e)
	}
	return &old
}

// ReadZ reads a Z report and holds it against a chain that says the same.
func ReadZ(t *testing.T, raw []byte) {
	z, err := parseZ(raw)
	if err != nil {
		if z != nil || err.Error() == "" {
			t.Errorf("%+v with %v", z, err)
		}
		return
	}
	chain := &Z{Number: z.Number, Day: z.Day, Seq: z.Seq, Left: z.Left, Net: z.Net}
	for _, d := range z.says(chain) {
		if d.Figure != "net_paise" {
			t.Errorf("it differs from itself: %+v", d)
		}
	}
	total := z.total()
	for i, f := range total.list() {
		sum := *z.list()[i].line
		for d := range z.OtherDays {
			sum.Count += z.OtherDays[d].list()[i].line.Count
			sum.Paise += z.OtherDays[d].list()[i].line.Paise
		}
		if *f.line != sum {
			t.Errorf("%s comes to %+v, want %+v", f.name, *f.line, sum)
		}
	}
}
