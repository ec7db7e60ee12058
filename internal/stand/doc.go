// Package stand draws the card that stands on the counter: the shop's name, a standing QR and what to do with it in two
// languages, on A6 paper at 300 dots an inch, as a PNG.
//
// It is pure: the same card gives the same bytes. It promises that the code says the gateway's string byte for byte: it
// reads its own picture back (internal/upiqr) before it hands it out. It refuses a card without a code, or whose shop's
// name doesn't fit.
//
// It makes no PDF: a PNG that names its resolution is printed at A6 by every office program and photo shop, and a PDF
// would cost a dependency for one picture on one page.
package stand
