package wire

import (
	"fmt"
	"slices"

	"galla/gateway"
)

// MaxNotification is the most of a notification that is read, in bytes.
const MaxNotification = 64 << 10

// Notification is what we take from a "Payment Notify Request", a "UPI Mandate Callback" or a "Mandate Debit Callback":
// what to look at now. It carries no status and no amount. The page (docs.enkash.com/api-13510838) names a checksum but
// neither its algorithm nor its key, so anybody who knows the address could have sent it.
type Notification struct {
	// IDs are every order, transaction or mandate id it names, in the order of its fields: compare them with what is
	// ours.
	IDs []string
}

// ParseNotification reads a notification's body. A nil error says that it is well-formed, not that it is true.
func ParseNotification(body []byte) (Notification, error) {
	if len(body) > MaxNotification {
		return Notification{}, fmt.Errorf("the notification is %d bytes: at most %d are read",
			len(body), MaxNotification)
	}
	var r struct {
		OrderID             Text `json:"orderId"`
		MerchantOrderID     Text `json:"merchantOrderId"`
		UniqueTransactionID Text `json:"uniqueTransactionId"`
		TransactionID       Text `json:"transactionId"`
		ReferenceID         Text `json:"referenceId"`
		MandateID           Text `json:"mandateId"` // docs.enkash.com/api-13730813
	}
	if err := Decode(body, &r); err != nil {
		return Notification{}, fmt.Errorf("the notification cannot be read: %w", err)
	}
	var n Notification
	for _, id := range []Text{r.OrderID, r.MerchantOrderID, r.UniqueTransactionID, r.TransactionID,
		r.ReferenceID, r.MandateID} {
		if id := string(id); gateway.ID("id", id) == nil && !slices.Contains(n.IDs, id) {
			n.IDs = append(n.IDs, id)
		}
	}
	if len(n.IDs) == 0 {
		return Notification{}, fmt.Errorf("the notification names no order, transaction or mandate")
	}
	return n, nil
}
