package till

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"galla/internal/money"
)

// TestDoor_13: an invoice has its four fields, and its tax fits the amount.
func TestDoor_13(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newShop(t, "a").start()
		defer s.end()
		good := money.Invoice{
			Number:       "INV/26-7",
			Date:         time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
			GSTIN:        "27AAPFU0939F1ZV",
			GST:          1800,
			Cess:         200,
			CustomerName: "Meena",
		}
		for field, spoil := range map[string]func(*money.Invoice){
			"":                      func(*money.Invoice) {},
			"invoice.number":        func(i *money.Invoice) { i.Number = "" },
			"invoice.date":          func(i *money.Invoice) { i.Date = time.Time{} },
			"invoice.gstin":         func(i *money.Invoice) { i.GSTIN = "27AAPFU0939F1ZX" },
			"invoice.gst_paise":     func(i *money.Invoice) { i.GST = 11801 },
			"invoice.cess_paise":    func(i *money.Invoice) { i.Cess = math.MaxInt64 },
			"invoice.customer_name": func(i *money.Invoice) { i.CustomerName = "a\u202eb" },
			"invoice.gst_paise ":    func(i *money.Invoice) { i.GST = -5 },
			"invoice.cess_paise ":   func(i *money.Invoice) { i.Cess = 10001 },
		} {
			invoice := good
			spoil(&invoice)
			_, err := s.till.Open(context.Background(), OpenRequest{Amount: 11800, Invoice: &invoice})
			var wrong *RequestError
			switch {
			case field == "" && err != nil:
				t.Errorf("a good one: %v", err)
			case field != "" && (!errors.As(err, &wrong) || wrong.Field != field && wrong.Field+" " != field):
				t.Errorf("%s: %v", field, err)
			}
		}
	})
}
