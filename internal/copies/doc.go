// Package copies brings the copy of the sales file that gallad makes every hour to a USB stick, and finds it there
// again for a new card or a new box.
//
//	gallad ──every hour──▶ copies/galla.db on the card ──Carry──▶ galla-backup/galla.db on the stick ──Find──▶ adopt
//	                                                        └──▶ galla-backup/galla.db.2026-11-30, one a day
//
// It promises: what stands under a final name on the stick was written whole, flushed and looked at before it got that
// name; a copy that knows more than the new one is never written over; a stick of another till is left as it is; a copy
// that is as good as the card's is not written again. Carry says with ErrReadOnly that there is something to write, so
// that a stick is mounted writable for that only.
//
// It refuses copies of a newer schema, and damaged ones. It decides nothing about mounting: a folder is given. Its
// functions may be called at any time, from one process for one folder; gallad may make a new hourly copy meanwhile.
package copies
