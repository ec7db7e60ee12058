// Package demo starts a whole counter against pretend gateways and takes a sale at each of them, for a person to watch:
// galla-sim, gallad and galla-display as processes of their own, and a virtual printer. The pretend phone reads the QR
// off the picture of the screen, as a customer's would.
//
// Service is the same for a program: no window, the customer's screen in a browser (package browserscreen), a token.
//
// It promises that every program it started has ended when Run returns, and that Run fails unless both sales are paid.
// It touches nothing but the folder of the pictures and a temporary one.
package demo
