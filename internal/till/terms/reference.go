package terms

import "fmt"

// Reference makes our name for the n-th attempt of a sale, counted from 1, with 8 random characters: letters and digits
// only (EnKash allows no others), unique across boxes and never reused, because some rails refuse a reference for ever
// once it was tried (gateway-troubles.md A16).
func Reference(saleID string, n int, random string) string {
	return fmt.Sprintf("G%s%d%s", saleID, n, random)
}

// SaleIn is the id of the sale that a reference names; false: it is none of ours.
func SaleIn(ref string) (id string, ok bool) {
	const idLen, least = 12, 1 + 12 + 1 + 8
	if len(ref) < least || ref[0] != 'G' {
		return "", false
	}
	return ref[1 : 1+idLen], true
}
