// Package keypad is the number pad beside the till: amounts typed, added up, charged, cancelled and looked back at,
// without a console.
//
//	a key's name ─► Pad ─► Machine ─► Act ─► Pad ─► Till
//	                 ▲                               │
//	                 └── charged, refused, ended ◄───┘
//
// Machine is the state machine: keys in, acts out, no clock and no I/O. Pad joins it to a till.
//
// It promises:
//   - one amount makes one sale, whatever is held down, pressed twice, or pressed on two pads at once, and also where
//     the till's answer got lost: until the amount changes, Enter is the same request;
//   - Esc reaches the sale that is under way, also after gallad was started anew;
//   - what Enter prints and slash types is the sale that is shown, whatever was opened meanwhile.
//
// While a sale is under way Enter does nothing, and digits are the next amount: they are kept, and shown once the sale
// has ended. The first Enter after that only says so; the one after it charges.
//
// It refuses amounts above the limit, and more digits than an amount has. A barcode scanner's burst, six digits or more
// in its tempo (scanner.go), is no amount: its digits are taken back, and its Enter charges nothing. A key whose name
// it doesn't know does nothing. Each refusal is a sentence for the person at the pad.
//
// A Pad's methods may be called from any goroutine, at any time after New; a Machine's from one at a time.
// Machine.Charged or Machine.Failed follows each Act that says Charge, before the next key.
package keypad
