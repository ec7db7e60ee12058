// Package doctor looks for what keeps a till from selling, and names the root cause first.
//
// It walks one chain. A link that hangs on a broken one is not looked at, and says so:
//
//	gallad   link ─▶ dns ─▶ tls ─▶ gateway ─▶ keys ─▶ feature     printer ─▶ paper     display     disk     clock
//	                 └────────── once for each gateway ──────────┘
//
// The same walk serves gallad, which knows its own printer, screen and keys, and the command line when gallad is down:
// what nobody can tell is skipped with the reason. Look asks the outside and takes seconds; Snapshot costs a few reads
// of files and repeats what the last Look found outside, so that it can be asked at every glance at the console.
//
// It promises to change nothing, at a gateway or on the box, beside one small file written and removed on the disk of
// the sales file. It tells no key, and sends nothing anywhere that gallad would not. A Doctor may be used from any
// goroutine.
package doctor
