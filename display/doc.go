// Package display draws the customer's screen: a View and a moment in, a picture out.
//
//	View ── At(now) ── what may be shown ── page (words, figure) ── layout ── picture ── Verify reads it back
//
// A Painter holds the picture of one screen and says which rectangle of it changed, so that a presenter (package kiosk)
// uploads only that:
//
//	p := display.NewPainter(image.Pt(1024, 600), theme)
//	for {
//		frame, changed := p.Frame(view, now)        // frame is the Painter's; read it before the next call
//		… present frame, if changed isn't empty …
//		… wait for a new View, or until p.NextChange(view, now) …
//	}
//
// It promises: the same View, theme, size and moment give the same pixels, whatever was shown before; a View past its
// ValidUntil is never shown, and its QR neither; the gateway's string is encoded byte for byte, black on white, in
// whole pixels, with a quiet zone of four modules, whatever the theme; every text has a contrast of 7:1 or more;
// nothing flashes; a status is told by word, shape and place, not by colour alone; in two languages at once.
//
// It refuses to draw a QR that can't be read from in front of the screen (Check says why), to show any screen but
// ScreenPay with a QR, and to know anything of sales, gateways, windows or the network.
package display
