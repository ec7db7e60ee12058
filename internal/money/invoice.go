package money

import "time"

// Invoice is the GST invoice that a sale settles. Its JSON is a format on disk: it lies in the sales file as it is here.
type Invoice struct {
	Number       string    `json:"number"`
	Date         time.Time `json:"date"`
	CustomerName string    `json:"customer_name,omitempty"`
	GSTIN        string    `json:"gstin"`
	GST          Paise     `json:"gst_paise"`
	Cess         Paise     `json:"cess_paise,omitempty"`
	Interstate   bool      `json:"interstate,omitempty"`
}
