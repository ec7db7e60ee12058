// Package picture draws a business day as SVG: money by the hour, how long customers took to pay, and how the sales
// ended, each beside the day before and the same weekday a week ago.
//
//	█ the day    ▯ the day before    ▔ a week before          ends: a bar a day, each part with its own hatching and
//	             count
//
// QR draws a sale's code, for a device that shows it.
//
// It is pure: the same figures give the same bytes. The three days differ by shape and not by colour alone; every text
// that is a word and not a number has a class "word" and a data-word that names it, so that the console can say it in
// another language. The file carries its own style sheet (Style), light and dark, and asks for nothing from outside: no
// font, no script, no picture.
package picture
