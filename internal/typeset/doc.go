// Package typeset shapes and draws one line of text, in any script a shop in India writes, into an image: the
// customer's screen and the slip alike.
//
//	text ── runs by script ── glyphs by HarfBuzz's rules ── outlines ── coverage ── dst
//	        (Latin first)     (go-text, in font units)      (vector)    (cached)
//
// It promises the glyph ids and advances that hb-shape gives for the same font (a test compares them), the same picture
// on every run, sizes in pixels of the em, and to say before drawing how much room a text takes. Shaping happens in
// font units, so that asking for the largest size that fits shapes the text once.
//
// ASCII, ₹ and common punctuation come from the Latin face always: an amount looks the same in every language.
// A letter that no embedded font has is drawn as a box: a gap must be seen.
//
// It refuses right-to-left scripts (their letters are boxes), hyphenation and colour fonts. Control and
// direction-changing characters are dropped, so that a shop's name can't rearrange the words around it.
//
// Fonts are subsets of Noto Sans under the SIL Open Font License 1.1 (fonts/OFL.txt), made by fonts/make.sh.
package typeset
