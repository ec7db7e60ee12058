package gatewaytest

import (
	"testing"
)

// Contract checks every obligation in gateway.Gateway's comments against a client of one provider, over a calm
// simulator with one trouble at a time. Each case runs in a testing/synctest bubble over an in-memory network, so a
// case that waits for days ends at once. Seeds is the other half: all troubles at once.
func Contract(t *testing.T, mk Maker, api API) {
	for _, group := range obligations {
		for _, o := range group {
			if o.only != "" && o.only != api {
				continue
			}
			t.Run(o.name, func(t *testing.T) {
				k := Calm()
				if o.knobs != nil {
					o.knobs(&k)
				}
				onBench(t, mk, api, 1, k, o.check)
			})
		}
	}
}

var obligations = [][]obligation{
	openObligations,
	findObligations,
	readObligations,
	closeObligations,
	refundObligations,
	moneyObligations,
	failureObligations,
	findingObligations(),
	standingObligations,
	debitObligations,
}

// obligation is one thing a gateway.Gateway must do.
type obligation struct {
	name  string
	only  API // empty: both
	knobs func(*Knobs)
	check func(*bench)
}
