package operations

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"galla/gateway"
	"galla/internal/till"
	"galla/state"
)

// claim is the one request of this process that may make a counter QR of a reference or of a name, or tell the payer of
// a mandate.
type claim struct{ _ byte }

// claim takes a reference that a person gave for a counter QR, for one request. A reference is one QR for ever, at
// whichever gateway: two codes of one name can't be told apart where their payments are listed. It runs within the
// commit that asks for the QR.
func (o *Operations) claim(name, reference string, mine *claim) error {
	key := "qr " + name + " " + reference
	o.mu.Lock()
	other := o.claims[key]
	o.mu.Unlock()
	if other == mine {
		return nil // the commit was split, and this is its second half
	}

	for before := ""; ; {
		page, err := o.store.Requests(before, 500)
		if err != nil {
			return err
		}
		for _, op := range page {
			before = op.ID
			if op.Kind == QRCreate && op.Gateway == name && op.Reference == reference &&
				op.Status != state.OperationRefused {
				return &till.RequestError{
					Field: "reference",
					Why: fmt.Sprintf("reference %q is the counter QR's of operation %s: look at it with \"galla "+
						"operation show %s\", leave the reference out, or choose a new one", reference, op.ID, op.ID),
				}
			}
		}
		if len(page) < 500 {
			break
		}
	}

	o.mu.Lock()
	defer o.mu.Unlock()
	if other := o.claims[key]; other != nil && other != mine {
		return &till.RequestError{
			Field: "reference",
			Why: fmt.Sprintf(
				"a counter QR of reference %q is being made: wait for it, or choose a new one", reference),
		}
	}

	o.claims[key] = mine
	return nil
}

// claimName takes the name of a new standing QR, for one request: reports and sales go by it, at whichever gateway. The
// name of one that was closed is free again. It runs within the commit that asks for the QR.
func (o *Operations) claimName(name string, mine *claim) error {
	key := "name " + sameName(name)
	o.mu.Lock()
	other := o.claims[key]
	o.mu.Unlock()
	if other == mine {
		return nil // the commit was split, and this is its second half
	}
	if other != nil {
		return &till.RequestError{
			Field: "name",
			Why:   fmt.Sprintf("a standing QR named %q is being made: wait for it, or choose another name", name),
		}
	}

	closed := map[string]bool{}
	for before := ""; ; {
		page, err := o.store.Requests(before, 500) // newest first: the close of a QR comes before its making
		if err != nil {
			return err
		}
		for _, op := range page {
			before = op.ID
			if taken := nameTaken(op, name, closed); taken != "" {
				return &till.RequestError{Field: "name", Why: taken}
			}
		}
		if len(page) < 500 {
			break
		}
	}

	o.mu.Lock()
	defer o.mu.Unlock()
	o.claims[key] = mine
	return nil
}

func sameName(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }

// nameTaken says that an operation made a standing QR of a name, or may have, and what to do; "": it did not. It notes
// what was closed.
func nameTaken(op state.Operation, name string, closed map[string]bool) string {
	var asked gateway.CounterQRSpec
	var made gateway.CounterQR
	switch {
	case op.Kind == QRCancel && op.Status == state.OperationDone:
		closed[op.Gateway+" "+op.Target] = true
		return ""
	case op.Kind != QRCreate || op.Status == state.OperationRefused || json.Unmarshal(op.Request, &asked) != nil ||
		!asked.MultipleUse || sameName(asked.Name) != sameName(name):
		return ""
	case op.Status != state.OperationDone:
		return fmt.Sprintf("a standing QR named %q was asked for, and it is not known whether it was made: look with "+
			"\"galla operation show %s\" and say how it ended, or choose another name", asked.Name, op.ID)
	case json.Unmarshal(op.Result, &made) != nil || made.ID == "" || closed[op.Gateway+" "+made.ID]:
		return ""
	}
	return fmt.Sprintf("the standing QR %s at %s is named %q already, and reports go by the name: choose another, or "+
		"close that one first with \"galla qr cancel %s\"", made.ID, op.Gateway, asked.Name, made.ID)
}

// claimNotice takes a mandate for one notice: while the gateway has not answered, nobody knows whether the payer was
// told, and a second notice would tell him twice. It runs within the commit that asks for the notice.
func (o *Operations) claimNotice(name, id string, mine *claim) error {
	open, err := o.store.OpenOperations()
	if err != nil {
		return err
	}
	key := "notice " + name + " " + id
	o.mu.Lock()
	defer o.mu.Unlock()
	other := o.claims[key]
	taken := other != nil && other != mine
	for _, op := range open {
		taken = taken || op.Kind == MandateNotify && op.Gateway == name && op.Target == id
	}
	if taken && other != mine {
		return &till.RequestError{
			Field: "id",
			Why: "the payer of mandate " + quoted(id) + " is being told of a debit: wait for its end, then look " +
				"at galla mandate list",
		}
	}
	o.claims[key] = mine
	return nil
}

// disclaim gives up what a request claimed: its commit has ended, and what it wrote speaks for itself.
func (o *Operations) disclaim(mine *claim) {
	o.mu.Lock()
	defer o.mu.Unlock()
	maps.DeleteFunc(o.claims, func(_ string, c *claim) bool { return c == mine })
}

// unwatched is said of a counter QR that is made where nobody documents a list of its payments; nil of any other
// operation.
func unwatched(gw gateway.Gateway, op state.Operation) *state.Problem {
	if op.Kind != QRCreate || gateway.ListsStanding(gw) {
		return nil
	}
	return &state.Problem{
		Text: "the gateway documents no list of a counter QR's payments",
		Cashier: "Done. This gateway does not tell the till who pays this QR: no screen, voice or report shows it. " +
			"Look at the gateway's dashboard before goods go, or ask for the amount as a sale.",
	}
}
