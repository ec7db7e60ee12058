package gatewaytest

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// customer is one of the merchant's customers, whom a UPI QR can be made for.
type customer struct {
	id, name, email, mobile, reference string
	created                            time.Time
}

func (k *customer) entity() map[string]any {
	return map[string]any{
		"customerId":      k.id,
		"customerName":    k.name,
		"customerEmail":   k.email,
		"customerMobile":  k.mobile,
		"referenceNumber": k.reference,
		"createdOn":       enkashTime(k.created),
	}
}

type customerBody struct {
	Name      string `json:"customerName"`
	Email     string `json:"customerEmail"`
	Mobile    string `json:"customerMobile"`
	Reference string `json:"referenceNumber"`
}

var mobileShape = regexp.MustCompile(`^[6-9][0-9]{9}$`)

// customerCreate is "Create Customer" (E29); path and body are not visible in the reference.
func (s *Sim) customerCreate(c *call) answer {
	var in customerBody
	if text := strict(c.body, &in); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	if in.Name == "" || in.Mobile != "" && !mobileShape.MatchString(in.Mobile) {
		return enkashNo(c, 400, codeValidation, "customerName is required and customerMobile must be a mobile number")
	}
	k := &customer{"CUST" + c.dice.text("customer", digits, 10), in.Name, in.Email, in.Mobile, in.Reference, c.now}
	s.customers = append(s.customers, k)
	return enkashOK(k.entity())
}

// customerSearch is POST /api/v0/customer/search?direction&limit (E29).
func (s *Sim) customerSearch(c *call) answer {
	var in customerBody
	if text := strict(c.body, &in); text != "" {
		return enkashNo(c, 400, codeValidation, text)
	}
	q := c.r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 || limit > 50 || q.Get("direction") != "ASC" && q.Get("direction") != "DESC" {
		return enkashNo(c, 400, codeValidation, "limit must be 1 to 50 and direction ASC or DESC")
	}
	found := []any{}
	for _, k := range s.customers {
		if strings.Contains(strings.ToLower(k.name), strings.ToLower(in.Name)) &&
			(in.Mobile == "" || k.mobile == in.Mobile) {
			found = append(found, k.entity())
		}
	}
	if q.Get("direction") == "DESC" {
		slices.Reverse(found)
	}
	return enkashOK(map[string]any{"content": found[:min(limit, len(found))]})
}
