package operations

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"galla/gateway"
	"galla/state"
)

// The kinds of operations at gateways, and what their Body is. They are kept for ever and never change. The kinds of
// acts are state's.
const (
	QRCreate       = "qr.create"       // gateway.CounterQRSpec
	QRCancel       = "qr.cancel"       // nothing
	MandateCreate  = "mandate.create"  // gateway.MandateSpec
	MandateUpdate  = "mandate.update"  // gateway.MandateChange
	MandateRevoke  = "mandate.revoke"  // Remarks
	MandateNotify  = "mandate.notify"  // gateway.MandateDebit
	MandateExecute = "mandate.execute" // gateway.MandateDebit; only in books from before a debit was a sale
	MandatePlan    = "mandate.plan"    // Plan: what the owner says about its debits
	MandateSeen    = "mandate.seen"    // a callback made us look, and the mandate has another status than before
	GatewayRecord  = "gateway.record"  // nothing
)

// kind is what is known of a kind of operation or act.
type kind struct {
	// can says whether an account can do it; nil: no account is asked for it.
	can func(gateway.Gateway) bool
	// changes: it changes something that the gateway has, so a target is named.
	changes bool
	// plan reads the request, strictly.
	plan func(gateway.Gateway, Request) (action, error)
	// may is asked in the engine's turn, before it is written down: a rule that speaks against it. It must not block.
	// nil: none does.
	may func(o *Operations, gw gateway.Gateway, r Request, reference string) error
	// look reads what became of it and changes nothing. done says that it certainly happened. nil: nobody can tell.
	look func(ctx context.Context, gw gateway.Gateway, o state.Operation) (seen any, done bool, err error)
	// standing: its result says how a mandate stands. The answer to a debit is about the debit.
	standing bool
	// advice is what a person looks at when its end isn't known. REFERENCE stands for our reference.
	advice string
}

const (
	seePeople  = "Whether this was done is not known: look at the list of people, and do it again if need be."
	seeDevices = "Whether this was done is not known: look at the list of devices, and do it again if need be."
	seeOffice  = "Whether this was done is not known: galla office status says how this box stands to its head office."
	seeMandate = `Whether this was done is not known. Look with "galla mandate show" before asking again.`
)

// kinds are all there are. One that a later version wrote has no entry.
var kinds = map[string]kind{
	QRCreate: {
		can:    hasCounterQRs,
		plan:   planQR,
		look:   lookForQR,
		advice: `Whether this counter QR was made is not known. Look with "galla qr list" before making another.`,
	},
	QRCancel: {
		can:     hasCounterQRs,
		changes: true,
		plan:    planBare,
		look: func(ctx context.Context, gw gateway.Gateway, o state.Operation) (any, bool, error) {
			q, err := counterQRs(gw).Show(ctx, o.Target)
			return q, q.Status == gateway.CounterQRCancelled, err
		},
		advice: `Whether this counter QR was cancelled is not known. Look with "galla qr show"; until it says ` +
			`cancelled, ` +
			"it takes payments.",
	},
	MandateCreate: {
		can:  hasMandates,
		plan: planMandate,
		look: func(ctx context.Context, gw gateway.Gateway, o state.Operation) (any, bool, error) {
			m, err := mandates(gw).Find(ctx, o.Reference)
			if err != nil {
				return m, false, err
			}
			return m, true, sameMandate(m, o)
		},
		may:      mayCreate,
		standing: true,
		advice: "Whether this mandate was made is not known. Look for reference REFERENCE in the gateway's dashboard " +
			"before making another: the payer may have been asked already.",
	},
	MandateUpdate: {
		can:      hasMandates,
		changes:  true,
		plan:     planUpdate,
		look:     lookForUpdate,
		standing: true,
		advice:   seeMandate,
	},
	MandateRevoke: {
		can:     hasMandates,
		changes: true,
		plan:    planRevoke,
		look: func(ctx context.Context, gw gateway.Gateway, o state.Operation) (any, bool, error) {
			m, err := mandates(gw).Show(ctx, o.Target)
			return m, strings.HasPrefix(strings.ToLower(m.Status), "revoke"), err
		},
		standing: true,
		advice:   seeMandate,
	},
	MandateNotify: {
		can:     hasMandates,
		changes: true,
		plan:    planNotice,
		may:     mayNotify,
		advice: "Whether the payer was told is not known. Look for reference REFERENCE in the gateway's dashboard " +
			"before telling them again.",
	},
	MandatePlan: {can: hasMandates, changes: true, plan: planPlan, advice: seeMandate},
	MandateExecute: {
		advice: "Whether this debit happened is not known: money may have moved. Look for reference REFERENCE in " +
			"the gateway's dashboard. Do not debit again before that.",
	},
	MandateSeen: {standing: true},
	GatewayRecord: {
		can:    func(gw gateway.Gateway) bool { _, ok := gw.(gateway.Recordable); return ok },
		plan:   planBare,
		advice: "The recording broke off. An order over ₹1 may stay open until it expires; its QR was shown to nobody.",
	},

	state.ActPersonAdd:    {advice: seePeople},
	state.ActPersonPIN:    {advice: seePeople},
	state.ActPersonRemove: {advice: seePeople},
	state.ActDevicePair:   {advice: seeDevices},
	state.ActDeviceLetIn:  {advice: seeDevices},
	state.ActDeviceRevoke: {advice: seeDevices},
	state.ActSignIn:       {advice: seeDevices},
	state.ActSignOut:      {advice: seeDevices},
	state.ActWrongPINs:    {advice: "Whether this was written down is not known; it only says what was tried."},
	state.ActDayClose: {
		advice: "Whether the day was closed is not known: look at the Z reports, and close it again if it isn't there.",
	},
	state.ActOfficeJoin:  {advice: seeOffice},
	state.ActOfficeLeave: {advice: seeOffice},
	state.ActExport:      {advice: "Whether this was done is not known. Doing it again does no harm."},
}

// can says whether an account can do a kind of operation.
func can(gw gateway.Gateway, what string) bool {
	k := kinds[what]
	return k.can != nil && k.can(gw)
}

// lookFor reads what became of an operation, without changing anything. done says that it certainly happened;
// ErrUnsupported that nobody can tell.
func lookFor(ctx context.Context, gw gateway.Gateway, o state.Operation) (seen any, done bool, err error) {
	k := kinds[o.Kind]
	if k.look == nil || !k.can(gw) {
		return nil, false, gateway.ErrUnsupported
	}
	return k.look(ctx, gw, o)
}

// advice says what a person looks at when the end of an operation isn't known.
func advice(o state.Operation) string {
	says := kinds[o.Kind].advice
	if says == "" {
		return "Whether this was done is not known: look before it is done again."
	}
	return strings.ReplaceAll(says, "REFERENCE", o.Reference)
}

// unknown is the problem of an operation whose end isn't known.
func unknown(o state.Operation, cause error) *state.Problem {
	return &state.Problem{Class: string(gateway.ClassUnknown), Text: cause.Error(), Cashier: advice(o)}
}

// qrSlack is how far before its asking a counter QR may have been made by the gateway's clock.
const qrSlack = 10 * time.Minute

func lookForQR(ctx context.Context, gw gateway.Gateway, o state.Operation) (any, bool, error) {
	found, err := counterQRs(gw).Search(ctx, gateway.CounterQRSearch{
		Reference: o.Reference,
		Since:     o.AskedAt.Add(-qrSlack),
		Limit:     100,
	})
	if err != nil {
		return nil, false, err
	}
	for _, q := range found {
		if q.Reference == o.Reference { // a gateway that ignores the filter answers with every code
			var s gateway.CounterQRSpec
			err := json.Unmarshal(o.Request, &s)
			return q, q.Amount == s.Amount, err // over another amount it is for a person to look at
		}
	}
	return nil, false, gateway.ErrNotFound
}

func lookForUpdate(ctx context.Context, gw gateway.Gateway, o state.Operation) (any, bool, error) {
	var c gateway.MandateChange
	if err := json.Unmarshal(o.Request, &c); err != nil {
		return nil, false, err
	}
	m, err := mandates(gw).Show(ctx, o.Target)
	return m, m.Amount == c.Amount && m.Amount > 0, err
}

// errOtherMandate is a reference that answers with a mandate of somebody else: it was used before, and nothing was made
// under it now.
var errOtherMandate = errors.New("the reference belongs to a mandate of another payer or amount")

// sameMandate compares a mandate that was found by its reference with what was asked.
func sameMandate(m gateway.Mandate, o state.Operation) error {
	var asked gateway.MandateSpec
	if err := json.Unmarshal(o.Request, &asked); err != nil {
		return err
	}
	if m.PayerVPA != "" && m.PayerVPA != asked.Payer.VPA || m.Amount > 0 && m.Amount != asked.Amount {
		return errOtherMandate
	}
	return nil
}
