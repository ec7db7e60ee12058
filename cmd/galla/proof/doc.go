// Package proof takes the first sale of a till that was just set up: ₹1 that the owner pays with their own phone, and
// that is sent back at once. Take needs a gallad that takes sales, writes what it does for the person at the terminal,
// and leaves no open sale behind when they leave.
package proof
