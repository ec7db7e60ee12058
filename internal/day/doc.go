// Package day tells the shop's time: India Standard Time, and the business day that an instant belongs to.
//
// It is pure: it reads no clock and no time zone files. A business day is a text, "2026-11-29", so that days compare,
// sort and print as they are kept.
package day
