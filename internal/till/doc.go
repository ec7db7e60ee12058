// Package till is the engine: one goroutine owns every sale that is not over, takes requests and answers of gateways,
// printer and screen as messages, lets state decide, commits, and only then lets anything happen outside.
//
//	requests ──┐                       ┌──▶ answers to requests
//	answers  ──┼─▶ inbox ─▶ turn ──────┼──▶ effects: quote, close, refund, print   (goroutines; results are messages)
//	the clock ─┘    state.Apply, then  ├──▶ the customer's View
//	                one store.Commit   └──▶ Changed: whoever follows the events
//
// It promises: nothing leaves the box before the event that asks for it is on disk; an answer that isn't clear is
// looked up by our own reference and never blindly repeated; results are matched by id, never by "the current sale";
// after a restart every sale goes on from what is on disk, and its expiry waits for one poll that succeeds, a minute at
// most. Durations run on the monotonic clock, so a wall clock that jumps neither ends a sale nor lengthens it.
//
// A reading says with Asked what was on disk when its gateway was asked, so that one that was long under way takes
// nothing of a newer one back. What would say for the first time that others sent money back which pays for the goods
// is recorded at the second reading (galla/internal/till/doubt). A refund is sent again only after a look-up that says
// there is none, and fails together with a reading of its payment. A slip asks its sale as it is right before its first
// byte (wanted).
//
// A debit under a mandate is a sale that no customer sees (debit.go): asked once, under the reference of its notice,
// looked up where the answer isn't clear, and for a person to decide where nobody can tell; no other debit of its
// mandate goes out before that.
//
// What belongs to no sale (internal/operations: mandates, counter QRs, the audit of acts) takes part in the same
// commits through Commit, so that there is one chain of events. The till knows of it no more than that it is a
// state.Operation.
//
// It refuses to go on after a commit that failed: that commit may be on disk or not, so Run returns, gallad restarts,
// and the store is read again.
//
// # Who waits for a call
//
// Every call to a gateway waits in a lane of its budget (gateway.Lane), by who waits for it; a lane is owed a share of
// the calls, so that none starves, and what is not owed goes in this order:
//
//	counter   an order is opened, or closed because a person said so         as long as the customer waits
//	screen    the poll of the sale on the customer's screen
//	close     the close of an order whose time is over, and its reading      one errand; its limit runs while it is
//	          under way
//	sale      the poll of any other open sale
//	refund    a refund, and what became of it
//	watch     the poll of a sale that is over
//
// A call that waited in vain is gateway.ClassBusy: nothing was learned of the gateway, and nobody is told that it
// fails.
//
// A customer waits 4.5 s for a clear answer to an Open, and 12 s where no other gateway is asked next. The attempt is
// lost then, and the next is asked; what the first says later is recorded when it comes, and an order that it made is
// closed and watched. A refusal, or a line that takes nothing, costs no such wait. While polls fail for 10 s the sale
// says since when, and why (Sale.Unseen).
//
// A sale that is paid after 40 s costs 49 calls at EnKash and 31 at Razorpay until then, and 67 and 40 with the five
// days of its watch (TestCallsOfASale). One that nobody pays is looked at to the end of its five minutes and densely
// after it (state/watch.Likely), for money is likely: 186 and 116 calls until it is closed, 304 and 177 in all
// (TestCallsOfASale_Unpaid). Steps of the watch that wait for hours leave the banks' peak hours out (day.OffPeak). A
// gateway that sees many orders at once says which of them to look at (Found), and its sales slow each other's polls no
// further than a dozen would. Where others sent money back, the sale is looked at once a day for ten days from then
// (state/watch.Taken): their bank may fail it. gateway/budget.go has the table.
//
// # An amount's way
//
// From POST /v1/sales to the gateway's request. Each package is entered once; state and boltstore answer the till:
//
//	counter    Counter.openSale       reads the request, says who asks
//	till       Till.Open              has request check it; write, send: a message with its idempotency key
//	           Till.Run, Till.turn    the message's turn; txn.apply for "opened" and "attempt.asked"
//	state      Apply                  decides: the sale as it is now, and the effect that asks for a QR
//	boltstore  Store.Commit           events, sale and key are on disk, or nothing is
//	till       txn.commit             track, publish; start: Till.quote beside the engine
//	terms      ToCharge               the request's words
//	gateway    Client.Open            of enkash or razorpay: the request leaves the box
//
// And back, first with the QR, then, from Till.startPoll and Till.poll, with the payment that Client.Read finds:
//
//	gateway    Client.Open            checks the answer: a Quote; Client.Read: a Reading
//	terms      Quoted, ReadBy         the event, in the sale's words
//	till       Till.quote, Till.poll  a result; finish, bring: a message
//	           Till.turn, txn.take    txn.apply "attempt.quoted"; txn.recordPoll, txn.applyIfChanged "reading"
//	state      Apply                  decides: awaiting; paid
//	boltstore  Store.Commit
//	till       txn.commit             track, publish to the customer's screen, announcePaid; Changed is closed
//	feed       Feed.After             and whoever else follows the events
//
// # Which calls are legal when
//
// New makes a Till and starts nothing. Run is called once; Ready is closed when every sale on disk is resumed; after
// the end of Run there is no way back but a new Till. Every method may be called from any goroutine at any time, and
// answers like this:
//
//	                              before Run      from Run to Ready       while it runs   after Run
//	Open, Cancel, Refund, Print,  ErrNotReady     wait for their turn,    committed       ErrStopped: what was asked
//	Debit, Resolve, Commit, Ping                  as long as ctx lasts    or refused      before the end may be on
//	                                              disk
//	Sale, Sales, Find, Days,
//	Events, Seq (package read)    from disk       from disk               from disk       from disk, while the store
//	                              is open
//	Health                        not ready,      not ready, and why      the last turn   not ready, and why
//	                              and why
//	Display, Printer, ObserveCall kept for Health
//	Changed, Ready                an answer
//	Type, ShowCode, Shown         dropped         wait for their turn     on the screen   dropped
//	Hint                          kept for the first turn, dropped where the inbox is full; a poll finds it later
//
// A request that is wrong in itself is refused as such at any time. A write or a read whose context has ended is not
// begun. A write that was handed over before its context ended may be on disk: it is asked again with the same key.
// Events stops on the way.
package till
