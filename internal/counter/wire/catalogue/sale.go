package catalogue

// The sentences about one sale and its money. Each is said only with its evidence: nothing says "paid" before the money
// covers the price, nor "went back" before a gateway's record, or a named person's word, says so.

var saleSentences = []Sentence{
	{
		"sale_opened",
		"The sale is written down.",
		"Wait: the QR is being asked for.",
		"The sale is on disk; no gateway was asked yet.",
	},
	{"sale_quoting", "The gateway is asked for the QR.", "Wait a moment.", "An attempt is on disk; its answer is not."},
	{
		"sale_awaiting",
		"Ask the customer to scan the QR and pay {amount}.",
		"",
		"The gateway gave a QR that passed our check, and its time is not over.",
	},
	{
		"sale_decide",
		"Something about this sale needs a decision before the customer pays.",
		"See the item on this sale.",
		"An open item of a sale that waits.",
	},
	{
		"sale_time_over",
		"The time to pay is over, and the gateway has not yet said whether money came.",
		"Do not show the QR again. Wait: Galla asks until it knows.",
		"The customer's time has run out by our clock; no close is proven.",
	},
	{
		"sale_short",
		"{there} of {amount} has come; {missing} is missing.",
		"The QR takes no second payment. Take the rest another way; then a manager says so here, or takes what came " +
			"as enough, or sends it back.",
		"The gateway's record of captured money, less what went back, is below the amount.",
	},
	{
		"sale_short_again",
		"{there} of {amount} is there, but it went back once, in whole or in part, and came again.",
		"Hand over nothing yet: it may go again. A manager looks at the gateway's dashboard, then takes it as " +
			"enough here, or sends it back.",
		"The gateway's record of captured money reaches the amount; what left once does not count by itself.",
	},
	{
		"sale_used",
		"The QR of this sale was paid once, and that money went back or is going back.",
		"The QR takes no second payment: cancel this sale and make a new one.",
		"The gateway's record has a captured payment of this QR, and nothing of it counts towards the price.",
	},
	{
		"sale_unseen",
		"Since {since_clock} the payments of this sale can't be seen: whether {amount} came is not known.",
		"Wait: Galla asks until it knows. The customer's phone is no proof. Take another form of payment only if " +
			"the customer has not paid.",
		"Since then no look at the gateway succeeded, and the customer may have paid.",
	},
	{
		"sale_paying",
		"The customer's bank is confirming.",
		"Do not ask them to pay again.",
		"The gateway's record has a payment that is started and not ended.",
	},
	{
		"sale_closing",
		"The order is being closed at the gateway.",
		"Wait: money may still come.",
		"Somebody asked to cancel; the gateway has not proven the end.",
	},
	{
		"sale_closing_expired",
		"The time to pay is over and the order is being closed.",
		"Wait: money may still come.",
		"The customer's time has run out; the gateway has not proven the end.",
	},
	{
		"sale_closing_part",
		"{there} of {amount} has come, and the order is being closed at the gateway.",
		"Take nothing more for this sale. Wait: once it is closed, you say what becomes of that money.",
		"The gateway's record of captured money is below the amount; the end was asked for and is not proven.",
	},
	{
		"sale_closing_other",
		"It was paid in another way, and the order is being closed at the gateway.",
		"Hand over the goods. If money still comes by UPI, it shows up here.",
		"A person said so; the gateway has not proven the end.",
	},
	{
		"sale_debit_asked",
		"The gateway is asked for the debit.",
		"Wait a moment.",
		"The debit is on disk; the gateway's answer is not.",
	},
	{
		"sale_debit_pending",
		"The payer's bank has the debit of {amount}.",
		"Wait: Galla asks until it ends, and debits nothing more under this mandate.",
		"The gateway's record has the debit without an end.",
	},
	{
		"sale_debit_pin",
		"The debit of {amount} waits for the payer, who enters the PIN above ₹15,000.",
		"Tell the payer to look at their UPI app.",
		"The gateway's record has the debit without an end.",
	},
	{
		"sale_debit_unknown",
		"Whether {amount} was debited is not known.",
		"Do not debit again. See the item on this sale.",
		"The gateway's answer is lost or says neither, and no look found the debit.",
	},
	{
		"sale_debit_paid",
		"{amount} was debited.",
		"",
		"The gateway's record of captured money covers the amount, and nothing of it went back.",
	},
	{
		"sale_debit_word",
		"{amount} was debited, says {person}.",
		"",
		"A named person's word, where no gateway could say; no record speaks against it.",
	},
	{
		"sale_debit_failed",
		"The debit failed: the payer's bank did not pay.",
		"No money moved. Ask the payer, then send a new notice to try again.",
		"The gateway's record says so, or a named person's word.",
	},
	{
		"sale_paid",
		"{amount} is paid.",
		"Hand over the goods.",
		"The gateway's record of captured money covers the price, and nothing of it went back.",
	},
	{
		"sale_paid_standing",
		"{amount} was paid at the standing QR {name}.",
		"Hand over the goods.",
		"The payment was captured before the sale began, and nothing of it went back.",
	},
	{
		"sale_paid_more",
		"{amount} is paid, and more money came.",
		"Hand over the goods, then decide about the rest: see the item on this sale.",
		"The price is covered and lies there; every open item is about money beside it, and none was asked back.",
	},
	{
		"sale_paid_decide",
		"{amount} is paid, but something needs a decision.",
		"See the item on this sale.",
		"The price is covered and lies there; an item is open.",
	},
	{
		"sale_less_decide",
		"This sale counts as paid, but not all of {amount} is certainly there: something needs a decision.",
		"See the item on this sale.",
		"The price was covered, or a named person took less for it; what lies there now is less, or can't be told. " +
			"An item is open.",
	},
	{
		"sale_reversed",
		"{gone} of the money for this sale was sent back by others.",
		"Hand over nothing more before the item on this sale is decided.",
		"The gateway's counter of what went back exceeds what our refunds explain.",
	},
	{
		"sale_doubted",
		"The gateway says that {gone} of the money for this sale went back; Galla asks it once more.",
		"Wait half a minute, and hand over nothing meanwhile.",
		"One reading of the gateway's counter exceeds what our refunds explain; no second one has said so yet.",
	},
	{
		"sale_enough",
		"{there} was taken as enough for {amount} by {person}.",
		"Hand over the goods.",
		"A named person's answer to the missing rest.",
	},
	{
		"sale_rest_other",
		"{there} came by UPI, and {person} took the other {rest} in another way.",
		"Hand over the goods.",
		"A named person's answer to the missing rest.",
	},
	{
		"sale_surplus_back",
		"{amount} is paid, and {back} that came too much went back.",
		"Hand over the goods.",
		"The price is covered; the gateway's record of the refund, or a named person's word.",
	},
	{
		"sale_refund_asked",
		"Sending {back} back is written down; the gateway has not confirmed that it has the order.",
		"Do not send it again and do not give cash: Galla asks the gateway until it knows.",
		"Our refund is on disk; the gateway has no record of it that we have seen.",
	},
	{
		"sale_refund_pending",
		"The gateway has the order to send {back} back; it is not with the customer yet.",
		"Tell the customer that banks take up to 7 working days. Do not give cash.",
		"The gateway's record of the refund says that it is under way.",
	},
	{
		"sale_refund_failed",
		"{back} did not go back: the refund failed, and a person has dealt with that.",
		"Nothing is left to do.",
		"The gateway's record, or its certain refusal, says that the refund failed; a person has answered the item.",
	},
	{
		"sale_refunded",
		"It was paid, and {back} went back to the customer.",
		"Nothing is left to do.",
		"The gateway's record of the refund says that it is done.",
	},
	{
		"sale_refunded_word",
		"It was paid, and {back} went back, as {person} found.",
		"Nothing is left to do.",
		"No gateway could say how the refund ended; a named person's word.",
	},
	{
		"sale_part_refunded",
		"{back} of this sale went back; {kept} stays.",
		"Nothing is left to do.",
		"The gateway's record of the refund, or a named person's word, and of what lies there.",
	},
	{
		"sale_taken_back",
		"It was paid, and {back} was sent back by others, at the gateway or a bank.",
		"Nothing is left to do.",
		"The gateway's counter of what went back; a person has answered the item.",
	},
	{
		"sale_closed_decide",
		"This sale is closed and unpaid, but something needs a decision.",
		"See the item on this sale.",
		"The order's end is proven; an item is open.",
	},
	{
		"sale_late_kept",
		"It was closed unpaid; {kept} that came was kept by decision of {person}.",
		"Nothing is left to do.",
		"A named person's answer to the item.",
	},
	{
		"sale_late_refunded",
		"It was closed unpaid, and {back} that came went back to the customer.",
		"Nothing is left to do.",
		"The gateway's record of the refund, or a named person's word.",
	},
	{
		"sale_late_taken",
		"It was not paid: {back} came and was sent back by others, at the gateway or a bank.",
		"Nothing is left to do.",
		"The gateway's record of the payment and of what went back.",
	},
	{
		"sale_cancelled",
		"It was cancelled and nothing was paid.",
		"If the customer still pays, it shows up here.",
		"The gateway closed the order, and a look after that found no captured money.",
	},
	{
		"sale_expired",
		"Nobody paid in time.",
		"If the customer says they have paid, wait: it shows up here. Else make a new sale.",
		"The gateway closed the order, and a look after that found no captured money.",
	},
	{
		"sale_other_tender",
		"It was paid in another way.",
		"Nothing is left to do.",
		"A person said so, and the gateway closed the order without captured money.",
	},
	{
		"sale_other_tender_kept",
		"{other} of it was paid in another way; {kept} that came by UPI is kept by decision of {person}.",
		"Nothing is left to do.",
		"Two persons' words, and the gateway's record of captured money.",
	},
	{
		"sale_other_tender_back",
		"It was paid in another way, and {back} that came by UPI went back to the customer.",
		"Nothing is left to do.",
		"A person's word, and the gateway's record of the refund, or a named person's word.",
	},
	{"sale_failed", "No gateway gave a QR.", "Try again, or take cash.", "Every attempt failed for certain."},
}

var itemSentences = []Sentence{
	{
		"item_debit_unknown",
		"Whether the debit of {amount} of sale {sale} happened is not known.",
		"Look for its reference in the gateway's dashboard, then say: it went, or it did not. Nothing more is " +
			"debited under this mandate before that.",
		"The gateway's answer is lost or says neither, no look found the debit, and nobody has decided.",
	},
	{
		"item_late",
		"{amount} arrived for sale {sale}{payment} after it was closed; that is the whole price.",
		"If the customer has paid another way meanwhile, send it back. Else hand over the goods and keep it.",
		"The gateway's record has it captured; we first saw it after the proven end.",
	},
	{
		"item_late_part",
		"{amount} arrived for sale {sale}{payment} after it was closed; the price was {price}.",
		"Do not hand over the goods for it: send it back, or keep it once the rest was paid another way.",
		"As item_late, and it is less than the price.",
	},
	{
		"item_late_more",
		"{amount} arrived for sale {sale}{payment} after it was closed; the price was {price}.",
		"Send it back; or hand over the goods, keep it, and settle the difference with the customer.",
		"As item_late, and it is more than the price.",
	},
	{
		"item_duplicate",
		"{amount} came once more for sale {sale}{payment}, which is paid.",
		"Send it back, or keep it for something else the customer bought.",
		"The gateway's record has another captured payment than the one that paid the sale.",
	},
	{
		"item_over",
		"{amount} too much came for sale {sale}{payment}.",
		"Send it back, or keep it if the customer wants that.",
		"The gateway's record of the payment that paid the sale exceeds the price.",
	},
	{
		"item_under",
		"{amount} of {price} came in time for sale {sale}{payment}; it was closed before the rest came.",
		"Send it back, or keep it once the rest was paid another way.",
		"The gateway's record has it captured before the proven end; the price was not covered.",
	},
	{
		"item_short",
		"{missing} is missing on sale {sale}: {amount} of {price} has come.",
		"The QR takes no second payment. Take the rest another way; then a manager says so here, or takes what came " +
			"as enough, or sends it back.",
		"The gateway's record of captured money, less what went back, is below the amount.",
	},
	{
		"item_short_again",
		"{amount} is there for sale {sale} over {price}, but it went back once, in whole or in part, and came again.",
		"Hand over nothing yet: it may go again. A manager looks at the gateway's dashboard, then takes it as " +
			"enough here, or sends it back.",
		"The gateway's record of captured money reaches the amount; what left once does not count by itself.",
	},
	{
		"item_short_paying",
		"{amount} of {price} has come for sale {sale}, and another payment is under way.",
		"Wait for it before you take anything for the rest.",
		"As item_short, and the gateway's record has a payment that is started and not ended.",
	},
	{
		"item_short_closing",
		"{amount} of {price} has come for sale {sale}, which is being closed.",
		"Take nothing more for it. Wait until it is closed: then keep this money or send it back.",
		"As item_short, and the end was asked for and is not proven.",
	},
	{
		"item_short_paid",
		"Sale {sale} counted as paid, but {missing} of {price} is not there.",
		"Ask the customer for it. Or a manager takes what is there as enough, or says that the rest " +
			"was paid another way.",
		"An earlier version called it paid; what became its price is below the amount.",
	},
	{
		"item_reversed",
		"{amount} of sale {sale}{payment} was sent back by others, at the gateway's dashboard or a bank; Galla did " +
			"not ask for it.",
		"If goods were handed over, ask the customer to pay again. Find out who sent it back, then accept this note.",
		"The gateway's counter of what went back exceeds what our refunds explain.",
	},
	{
		"item_reversed_first",
		"{amount} of sale {sale}{payment} was sent back by others before our refund of it: the " +
			"customer has that money.",
		"Give no cash. Find out who sent it back, then accept this note.",
		"The gateway refused our refund because nothing is left, and its counter says that the money went back.",
	},
	{
		"item_reversed_keep",
		"{amount} of sale {sale}{payment} was sent back by others, at the gateway's dashboard or a bank; Galla did " +
			"not ask for it. Other money of this sale waits for a decision.",
		"Keep that money in its place, if it pays for the same goods. Else, if goods were handed over, ask the " +
			"customer to pay again. Find out who sent it back, then accept this note.",
		"As item_reversed, and surplus of the sale lies there.",
	},
	{
		"item_refund_failed",
		"The refund of {amount} of sale {sale}{payment} failed; the money is still here.",
		"Send it again. Or give it back another way and accept this note, so that nobody sends it twice.",
		"The gateway's record, or its certain refusal, says that the refund failed.",
	},
	{
		"item_refund_already",
		"The gateway refused to send {amount} of sale {sale}{payment} back: it says that this payment was given " +
			"back in full already.",
		"Do not give cash. Look at the gateway's dashboard who sent it back, then accept this note.",
		"The gateway's answer to our refund.",
	},
	{
		"item_refund_too_much",
		"The gateway refused to send {amount} of sale {sale}{payment} back: it says that less than that is " +
			"left of the payment.",
		"Give no cash and do not send it again before you have seen at the gateway's dashboard who sent a part back.",
		"The gateway's answer to our refund; its counter does not show yet what went back.",
	},
	{
		"item_refund_rest",
		"Others had sent a part back before our refund, so the gateway refused it; {amount} of sale {sale}{payment} " +
			"is still here.",
		"Send that sum. Or give it back another way and accept this note, so that nobody sends it twice.",
		"The gateway's certain refusal, and its counter, or a named person's word of what others sent.",
	},
	{
		"item_refund_doubted",
		"The refund of {amount} of sale {sale}{payment} failed, and the gateway says that {gone} of this payment " +
			"went back by another hand; Galla asks it once more.",
		"Wait half a minute before you send or give anything.",
		"The gateway's certain refusal, and one reading of its counter.",
	},
	{
		"item_refund_small",
		"{amount} of sale {sale}{payment} is less than the gateway sends back.",
		"Give it back in cash, then accept this note.",
		"The gateway's certain refusal of our refund.",
	},
	{
		"item_refund_old",
		"The payment of sale {sale}{payment} is too old for the gateway to send {amount} back.",
		"Give it back by bank transfer, then accept this note.",
		"The gateway's certain refusal of our refund.",
	},
	{
		"item_refund_balance",
		"The shop's account at the gateway holds too little to send {amount} of sale {sale}{payment} back.",
		"Send it again after the next sales. Or give it back another way and accept this note.",
		"The gateway's certain refusal of our refund.",
	},
	{
		"item_refund_unknown",
		"Nobody can say whether the refund of {amount} of sale {sale}{payment} went out.",
		"Look at the gateway's dashboard before anything is paid out, then say whether it went.",
		"The gateway has given no answer in the time it may take, or has no way to ask.",
	},
	{
		"item_unnamed",
		"The gateway says that a part of a payment of sale {sale}{payment} went back, and not how much.",
		"Look at the gateway's dashboard and state the sum; until then nothing of it can be refunded.",
		"The gateway's status of the payment, and no refund of ours that explains it.",
	},
	{
		"item_unnamed_beside",
		"The gateway refused a refund of sale {sale}{payment} because less was left: beside {back} that we sent, " +
			"others sent a part of the payment back, and the gateway does not say how much.",
		"Look at the gateway's dashboard and state the sum that others sent, without our refunds; until then " +
			"nothing of it can be refunded.",
		"The gateway's certain refusal of our refund, and its status of the payment.",
	},
	{
		"item_set_aside",
		"Something on sale {sale} could not be done.",
		"Tell the owner, then accept this note.",
		"An effect was given up; the log has the reason.",
	},
}

var refundSentences = []Sentence{
	{
		"refund_asked",
		"Written down; the gateway has not confirmed that it has the order.",
		"Do not send it again.",
		"Our refund is on disk.",
	},
	{
		"refund_pending",
		"The gateway is sending it back.",
		"Banks take up to 7 working days.",
		"The gateway's record of the refund says that it is under way.",
	},
	{"refund_processed", "It went back.", "", "The gateway's record of the refund says that it is done."},
	{"refund_word", "It went back, as {person} found.", "", "A named person's word; no gateway could say."},
	{"refund_failed", "It did not go back.", "", "The gateway's record, or its certain refusal, says that it failed."},
	{
		"refund_unknown",
		"Whether it went back is not known.",
		"Do not send it again: look at the gateway's dashboard.",
		"The gateway gave no answer in the time it may take.",
	},
}
