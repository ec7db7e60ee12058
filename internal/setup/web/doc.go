// Package web asks an owner in a browser what galla setup asks at the terminal. gallad serves it for as long as nobody has set
// the box up, and never after.
//
//	code on the customer's screen ──▶ owner's phone ──POST open──▶ token ──POST try──▶ the keys, at the gateway
//	                                                                  └──POST setup──▶ Hand ──▶ root: galla setup --answers --first
//
// Who stands before the box and reads its screen is its owner: there is nobody else yet. A code opens once; five wrong ones
// make it void, and a new one is shown. It promises that answers are checked as at the terminal before they are handed
// on, that keys stay in memory and in one file for root, and that no answer names a key. It refuses what no page of its own
// sends: another Host or Origin, what is not JSON, bodies above 64 KiB.
package web
