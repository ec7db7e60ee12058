// Package voice says what became of a sale: a rising chime and the amount for paid, two rising notes for paid in
// another way, a low chime for not paid.
//
//	payment, View ── Cues ── what is heard, once per sale ── Queue ── one after the other ── Sound ── aplay, paplay
//	                                                                                          └ espeak-ng
//
// It promises that no two announcements overlap, that a sale is announced once however often its View comes, that
// nothing is said for a payment of long ago, that a payment is heard whichever sale is on the screen, that nothing a
// manager only declared paid is said to be received, and that no missing sound card, sound server or speech program
// does more harm than silence. Amounts are spoken in English and Hindi, in words of our own making, so that lakh and
// crore are what the ear expects and no speech program guesses at digits.
//
// It plays through other programs on purpose: ebiten's audio ends the screen when PulseAudio restarts
// (reference/display.md §7).
package voice
