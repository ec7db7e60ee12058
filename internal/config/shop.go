package config

import "galla/printer"

// Document is the shop as slips need it.
func (s Shop) Document(language string) printer.Shop {
	return printer.Shop{
		Language: language,
		Name:     s.Name,
		Address:  s.Address,
		Phone:    s.Phone,
		GSTIN:    s.GSTIN,
		Header:   s.Header,
		Footer:   s.Footer,
		Logo:     s.Logo,
	}
}
