// Package journal is the double entry behind a sale: postings that say whose each paisa is, and what follows from them.
//
//	clearing                      what the gateways hold for us, negated: the only account that may be negative
//	surplus:<gateway>/<payment>   it came, and nobody has said what for
//	price:<gateway>/<payment>     it pays for the goods
//	accepted:<gateway>/<payment>  a person keeps it beside the price
//	promised:<refund key>         a refund of ours is under way with it
//
// Money moves so, written by galla/state:
//
//	             capture                cover             (others send it back: surplus, accepted, price each
//	clearing ──────────────▶ surplus ──────────▶ price     ──▶ clearing; it comes again: the newest first)
//	    ▲                       │ │   a person keeps it
//	    │                       │ └──────────────▶ accepted
//	    │ it is processed       │ a refund is asked (from surplus, accepted, price; price first where goods came back)
//	    └──────── promised ◀────┘ it failed: back where it lay
//
// It promises that a posting is only ever appended, and that nothing is computed but from postings. It knows neither
// sales nor events, decides nothing, and does not refuse a posting: which one may be written is decided in galla/state,
// whose Apply alone calls Post and Take. Every other call only reads, and may come at any time from any goroutine while
// nobody writes.
package journal
