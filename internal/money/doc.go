// Package money holds amounts of Indian money as whole paise.
//
// It promises that an amount is parsed once, is never a float, and prints the
// way an Indian shop writes it (₹1,25,000.00, lakh and crore grouping).
// It refuses everything it would have to guess about: a third decimal, an
// exponent typed by a person, digits of another script, a zero sale.
//
// Three functions parse, because three kinds of people write amounts:
//
//	Parse         what a cashier types or an integrator passes on a command line
//	ParseDecimal  a plain decimal of a gateway or of a upi:// string ("3", "3.0", "3.00")
//	ParseNumber   a JSON number literal, exponent allowed ("1.0E7" is what a Java double prints)
package money
