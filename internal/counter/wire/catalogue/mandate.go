package catalogue

// The sentences about mandates: how one stands, and what comes next. A debit is a sale, and says what sales say.

var mandateSentences = []Sentence{
	{
		"mandate_created",
		"The payer has not approved it yet.",
		"Ask them to open their UPI app; Galla looks until it ends.",
		"The gateway's word for it means asked, and the time to approve is not over.",
	},
	{"mandate_active", "It may be debited.", "", "The gateway's word for it means approved."},
	{
		"mandate_paused",
		"The payer has paused it.",
		"It can't be debited: ask them to resume it in their UPI app.",
		"The gateway's word for it.",
	},
	{
		"mandate_revoked",
		"It was revoked.",
		"It can't be debited any more: ask the payer for a new one.",
		"The gateway's word for it.",
	},
	{
		"mandate_expired",
		"It has ended, or was not approved in time.",
		"It can't be debited any more: ask the payer for a new one.",
		"The gateway's word for it.",
	},
	{
		"mandate_halted",
		"The bank or the gateway has stopped it.",
		"It can't be debited: ask the payer, or the gateway, why.",
		"The gateway's word for it.",
	},
	{
		"mandate_failed",
		"The payer declined it.",
		"It was never made: ask them again if they want it.",
		"The gateway's word for it.",
	},
	{
		"mandate_unknown",
		"The gateway's word for it is none that Galla knows.",
		"It is not debited: look at the gateway's dashboard.",
		"A status that is in no list.",
	},

	{
		"mandate_later",
		"The next debit is on {on}.",
		"The payer is told the day before.",
		"The period, the rule and the debits so far.",
	},
	{
		"mandate_notice_due",
		"The debit of {amount} on {on} comes next.",
		"Galla tells the payer now; it can be debited 24 hours later.",
		"It is the day before, from nine o'clock on.",
	},
	{
		"mandate_amount_due",
		"A debit on {on} comes next, and its amount is not known.",
		"Say the amount, and the payer is told.",
		"The mandate is for up to an amount, and nobody said which.",
	},
	{
		"mandate_notice_unknown",
		"Nobody knows whether the payer was told of the debit on {on}.",
		"Look in the gateway's dashboard, and say whether it was done: nothing is sent before that.",
		"The notice was asked for, and no clear answer came.",
	},
	{
		"mandate_lost",
		"Periods that went by without a debit: {periods}, the last from {from} to {until}.",
		"No amount was said, the box was off, or nobody started the debit. Ask the payer for them in another way.",
		"The box made the mandate and saw it active, and its books have no debit of the period, nor one " +
			"that may still come.",
	},
	{
		"mandate_notice_sent",
		"The payer was told of {amount} on {on}.",
		"It can be debited on that day, from {from_clock} on.",
		"The gateway took the notice.",
	},
	{
		"mandate_debit_due",
		"{amount} can be debited today.",
		"Start the debit.",
		"The payer was told 24 hours ago, of this day and this amount.",
	},
	{
		"mandate_debit_due_pin",
		"{amount} can be debited today; above ₹15,000 the payer enters the PIN.",
		"Start the debit, and tell the payer.",
		"The payer was told 24 hours ago, of this day and this amount.",
	},
	{"mandate_debit_barred", "A debit has no certain end yet.", "Nothing more is debited before that: see its sale.",
		"A debit that is under way, or of which nobody knows whether it happened."},
}
