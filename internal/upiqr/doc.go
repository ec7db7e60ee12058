// Package upiqr reads what a payment gateway wants its customer to scan and says whether it may be shown.
//
//	upi://pay?pa=…&am=3&cu=INR ─┐
//	00020101…6304B6A9 (BharatQR)─┴▶ Parse ▶ Intent ▶ Check(payload, amount) ▶ the same payload, or a refusal
//	poster.png ▶ DecodePicture ▶ payload ──────────┘
//
// It promises that a payload Check lets through names a well-formed payee, is in rupees and asks for exactly
// the sale's amount, however the gateway writes it (3, 3.0, 3.00), and that no input takes unbounded time or memory.
//
// It refuses what two phones could read in two ways: a key that is there twice, a link of another kind, a minimum
// beside the amount that differs from it, a tip or fee on top, a picture with two QR codes in it.
//
// It never builds or edits a payload: links that a merchant made or changed are refused by banks as risky
// (U16, "bank limit exceeded"), and a changed amount is how people are cheated. What the gateway sent is
// what is shown, byte for byte.
//
// All functions are pure and safe for concurrent use. Facts: NPCI's linking parameters and EMVCo's
// merchant-presented mode, as collected in the project's gateway reference, §3.
package upiqr
