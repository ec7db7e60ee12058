package catalogue

// The sentences about the head office of a chain of shops: why it takes nothing from this box.

const (
	byOffice = "The office's answer to the last call."
	joinAnew = "leave the office, and join it anew with a new code."
)

var officeSentences = []Sentence{
	{
		"office_away",
		"The head office {office} takes nothing now: {why}.",
		"Sales go on, and nothing is lost: what it lacks is sent when it answers. If it stays so, look at the shop's " +
			"line, and ask whoever runs the office.",
		"The last call to the office, and its answer, if one came.",
	},
	{
		"office_waiting",
		"The owner has not confirmed this box at the head office {office} yet.",
		"Confirm it on the office's page; nothing is sent before.",
		byOffice,
	},
	{
		"office_unknown",
		"The head office {office} does not know this box, or has ended it.",
		"Look at the office's page. To begin again, " + joinAnew,
		byOffice,
	},
	{
		"office_refuses",
		"The head office {office} refuses what this box sends: {why}.",
		"Update this box; if it stays so, " + joinAnew,
		byOffice,
	},
	{
		"office_ours",
		"This box can't read its own events for the head office {office}: {why}.",
		"Look at the page Health, and at gallad's log.",
		"The sales file's answer.",
	},
	{
		"office_file",
		"This box's key for its head office can't be used: {why}.",
		"Set the file right and restart the box; or " + joinAnew,
		"The file beside the sales file.",
	},
	{
		"office_not_told",
		"This box has left, but the head office {office} could not be told: {why}.",
		"Remove the box on the office's page, which else calls it silent.",
		"The call that tells the office.",
	},
}
