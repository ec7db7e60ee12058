// Package day tells the shop's time: India Standard Time, and the business day that an instant belongs to.
//
// A sale is called by its business day and number, "1129-2": ParseName reads that.
//
// It is pure: it reads no clock and no time zone files. A business day is a text, "2026-11-29", so that days compare,
// sort and print as they are kept.
package day
