// Package quota bounds what one caller can take of a box, so that the others find room: connections, feeds, sales a
// minute, lines of the log.
//
// It promises:
//   - Listener: a source address holds at most PerSource connections on which nobody has said who he is, and all such
//     sources together Strangers. One more of a source costs the oldest of its own that rests; one more of all costs
//     one of the source that has the most, if that is more than the newcomer's, else the oldest that rests, of its own
//     where the newcomer has some; where there is none, the new one is closed. A stranger's connection that rests for
//     Rest is closed. A caller who is known holds at most as many as Known is told.
//   - Count: a caller holds at most so many of a thing at a time.
//   - Turns: the same, and what is more waits.
//   - Rate: a caller does at most so much a minute, and a sixth of it at once.
//   - Policy, Left and None say to a caller, in the words of RateLimit, what Rate and Count hold it to at that moment.
//   - Lines: what strangers are refused is counted, never quoted; a caller who is known is quoted linesEach times a
//     minute. What was counted is one line a minute.
//
// It refuses nothing by itself: whoever asks is told no, and says so to the caller.
//
// Every method may be called from any goroutine. A Listener's State must be its server's http.Server.ConnState, and
// Context its ConnContext. What is kept of callers is bounded by how many there are: persons, devices and users of the
// box.
package quota
