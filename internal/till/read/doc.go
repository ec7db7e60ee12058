// Package read is what is asked of the sales on disk: a sale, lists of them, days, events. It asks the store and not
// the engine.
//
// It promises that a context that has ended is refused before the disk is asked, that a read that may be long looks at
// its context on the way, and that what it answers was committed. It refuses a list of more than 1,000 sales. The till
// embeds a Reader, so that its methods are the till's; each may be called from any goroutine while the store is open,
// also before Run and after its end.
package read
