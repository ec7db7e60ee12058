package catalogue

var healthSentences = []Sentence{
	{
		"health_starting",
		"The till is starting: it is reading its sales.",
		"Wait; take cash meanwhile.",
		"gallad has not read all its sales yet.",
	},
	{"health_stopped", "The till has stopped.", "Wait a minute; take cash meanwhile.", "gallad is on its way out."},
	{
		"health_store",
		"The sales file failed, and gallad restarts.",
		"Take cash. If it comes again, run galla doctor.",
		"A write or read of the sales file failed.",
	},
	{
		"health_gateway_gone",
		"A gateway is no longer configured, and nobody looks whether money comes late for its orders.",
		"Put it back in gallad.toml, as the last [[gateway]], for five days.",
		"Sales under watch name it; the configuration does not.",
	},
	{"health_gateway", "The last call to the gateway failed.", "Run galla doctor.", "The last call of a sale."},
	{
		"health_printer_low",
		"The printer's roll is nearly used up.",
		"Keep a new roll at hand.",
		"The printer's own status.",
	},
	{
		"health_printer_paper_out",
		"The printer is out of paper.",
		"Put in a new roll and close the cover.",
		"The printer's own status.",
	},
	{"health_printer_cover_open", "The printer's cover is open.", "Close it.", "The printer's own status."},
	{
		"health_printer",
		"The printer needs somebody.",
		"Look at it: paper, cover, power, cable.",
		"The printer's own status, or how the last slip ended.",
	},
}
