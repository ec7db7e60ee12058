// Package web asks an owner in a browser what galla setup asks at the terminal. gallad serves it for as long as nobody
// has set the box up, and never after.
//
//	code on the customer's screen ──▶ owner's phone ─POST open─▶ token ──POST check──▶ what is wrong, by its field
//	                                                            ├──POST clock──▶ Clock ──▶ root sets it
//	                                                            ├──POST try──▶ the keys, at the gateway
//	                                                            └─POST setup─▶ Hand ─▶ root: galla setup --first
//
// Who stands before the box and reads its screen is its owner: there is nobody else yet. A code opens once. Typed codes
// are counted for the address they come from, and after four wrong ones its wait grows; the QR beside the code has a
// secret that nobody guesses, so that scanning always works. The token is in a cookie that no script reads; what is
// typed is kept in memory, so that a reload loses nothing; and whoever stands at the box gets a new code on its screen
// when they ask. It promises that answers are checked as at the terminal before they are handed on, that keys stay in
// memory and in one file for root, and that no answer names a key. It refuses what no page of its own sends: another
// Host or Origin, what is not JSON, bodies above 64 KiB.
package web
