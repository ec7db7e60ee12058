package gatewaytest

import (
	"errors"
	"slices"
	"strings"
	"time"

	"galla/gateway"
)

// findingObligations are the entries of the findings on gateways that every provider must meet; findings_test.go has
// those of one provider alone.
func findingObligations() (list []obligation) {
	for _, what := range oddities {
		o := obligation{
			name:  "TestGateway_4, 5, 8, 27: a QR with " + what + " is refused, and its money can't come",
			knobs: func(k *Knobs) { k.OddQR = what },
			check: oddQR,
		}
		if what == "type" {
			o.only = Razorpay
		}
		list = append(list, o)
	}

	return append(
		list,
		obligation{
			name: "TestGateway_6: the second code of an account pays a payee that is known",
			check: func(b *bench) {
				for _, ref := range []string{"PAYEE1A1", "PAYEE2A1"} {
					if q := b.open(ref, 25000); noted(q.Notes, "paid before") {
						b.Errorf("%s: the notes say %q", ref, q.Notes)
					}
				}
			},
		},
		obligation{
			name:  "TestGateway_7: a QR without a currency is in rupees",
			knobs: func(k *Knobs) { k.NoCurrency = true },
			check: func(b *bench) {
				q := b.open("NOCU1A1", 25000)
				p := b.pay(q)
				b.settled(b.read(q.Order), p)
			},
		},
		obligation{
			name: "TestGateway_13: a pause that create asks for reaches the caller, and after it the order is made",
			check: func(b *bench) {
				b.script("on " + string(b.api) + " create #1 status 429 retry-after 3s")
				_, err := b.gw.Open(b.Context(), b.charge("PAUSE1A1", 25000))
				b.class(err, gateway.ClassUnknown, gateway.ClassUnavailable)
				if e, ok := errors.AsType[*gateway.Error](err); !ok || e.RetryAfter != 3*time.Second {
					b.Errorf("the pause is lost: %v", err)
				}
				b.wait(3 * time.Second)
				b.open("PAUSE1A2", 25000)
			},
		},
		obligation{name: "TestGateway_15: money that comes three days after the end is read", check: func(b *bench) {
			q := b.open("LATE1A1", 25000)
			b.wait(3 * 24 * time.Hour)
			p := b.act(Act{Payload: q.Payload, Action: PayLate})
			b.settled(b.read(q.Order), p)
		}},
	)
}

// oddQR opens an order whose code can't be shown.
func oddQR(b *bench) {
	q, err := b.gw.Open(b.Context(), b.charge("ODD1A1", 25000))
	b.class(err, gateway.ClassRejected)
	if q.Payload != "" {
		b.Errorf("the string is handed out: %s", q.Payload)
	}
	if e, ok := errors.AsType[*gateway.Error](err); !ok || e.Cashier != gateway.CashierUnfit ||
		strings.Contains(err.Error(), "@") {
		b.Errorf("the cashier reads nothing of an unfit QR: %v", err)
	}
}

// noted says whether one of the notes holds the words.
func noted(notes []string, words string) bool {
	return slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, words) })
}
