package catalogue

// The sentences about standing QRs: what keeps a payment at one from being a sale.

var standingSentences = []Sentence{
	{
		"standing_unread",
		"The payments of this QR can't be read now ({why}).",
		"Look at the gateway's dashboard before goods go. Galla asks again by itself, and what was paid " +
			"is a sale then.",
		"The gateway's answer to the last look, or that none came.",
	},
	{
		"standing_odd_currency",
		"Payment {payment} is not in rupees but in {word}: it is no sale.",
		"Look at it in the gateway's dashboard.",
		"The gateway's record of the payment.",
	},
	{
		"standing_odd_status",
		"Galla does not know what the gateway means by {word}, which it says of payment {payment}: it is no sale.",
		"Look at it in the gateway's dashboard before goods go. It becomes a sale once the gateway says that " +
			"it has the money.",
		"The gateway's record of the payment.",
	},
	{
		"standing_odd_record",
		"Payment {payment} can't be made a sale: {why}.",
		"Look at it in the gateway's dashboard before goods go.",
		"The gateway's record of the payment lacks what a sale is made of, or contradicts itself.",
	},
	{
		"standing_uncaptured",
		"Payment {payment} is authorised, but the gateway has not taken the money: it is no sale.",
		"Capture it in the gateway's dashboard, or it goes back to the customer after a few days. Switch on " +
			"automatic capture there.",
		"The gateway has called it authorised for more than an hour.",
	},
	{
		"standing_no_code",
		"Its code must not be printed: {why}.",
		"Close it, and make a new one.",
		"The code that the gateway gave, or that it gave none.",
	},
}
