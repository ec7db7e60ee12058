// Package wire is EnKash's vocabulary: how its answers write a text, a yes or no, an amount, a moment, a list, a QR, a
// mandate, and the envelope around them; what its status words and its refusals mean to us; and which ids a
// notification names. It is pure: it sends nothing, keeps nothing and
// knows no account. Every function may be called at any time, from any goroutine.
//
// It promises: an amount comes in and goes out without a float, in rupees on the wire and in paise (money.Paise) here;
// a currency other than INR is an error; unknown fields are ignored; a status word that is not in its lists is
// "unknown" (gateway.OrderUnknown, PaymentUnknown, RefundUnknown), never a success and never a failure. It refuses a
// body that is no JSON object, and a QR picture over MaxPictureText. How large a body may be is bounded where it is
// received, in gateway.
//
// The sources are the pages of docs.enkash.com named beside each function. What decides about money from these words,
// and which call answers with which record, is package enkash's.
package wire
