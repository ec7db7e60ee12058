package terms

import (
	"slices"

	"galla/state"
)

// Names says whether one of the ids belongs to the sale at the gateway.
func Names(s *state.Sale, gateway string, ids []string) bool {
	for _, a := range s.Attempts {
		if a.Gateway != gateway {
			continue
		}
		for _, id := range ids {
			if id != "" &&
				(id == a.Ref || a.Quote != nil &&
					(id == a.Quote.OrderID || slices.Contains(a.Quote.TransactionIDs, id))) {
				return true
			}
		}
	}
	for _, p := range s.Payments {
		if p.Gateway == gateway && p.ID != "" && slices.Contains(ids, p.ID) {
			return true
		}
	}
	return false
}
