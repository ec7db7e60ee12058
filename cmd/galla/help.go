package main

import "github.com/alecthomas/kong"

// help are the texts of commands and flags that are too long for their tags, by file and field; and two more values.
var help = kong.Vars{
	"answers":      "accept,refund,other_tender,enough,keep,it_went,it_did_not,they_sent",
	"socket":       "/run/galla/gallad.sock",
	"audit_anchor": "A place in the chain that somebody wrote down, such as on a Z report: NUMBER:HASH.",
	"audit_export": "Write every event of a sales file with its hash, for verify. Use a backup copy, " +
		"or stop gallad.",
	"decision_action": ": one that the item takes. galla show lists them with each item.",
	"decision_amount": "The sum you saw on the item, in rupees; of they_sent, the sum that others sent back. " +
		"Left out, what the item says now.",
	"decision_confirmed": "Of a refund: send it back though others sent another payment of the sale back, and this " +
		"one may pay for the goods.",
	"demo_hook": "With --serve: where the webhook goes.",
	"demo_listen": "With --serve: the IP address to be reached at; 0.0.0.0 in a container, whose " +
		"ports are then published.",
	"demo_patience": "On a slow machine, wait so many times longer for every step: 1 to 20.",
	"demo_pay": "With --serve: the phone pays each QR this long after it came; 0: nobody pays, but " +
		"on the phone's page.",
	"demo_serve": "For who writes software: no sale of its own; the API with a token, a webhook, a phone " +
		"that pays, and the customer's screen as a page, until Ctrl-C.",
	"device_service": "Pair billing software with this role, which works without a person.",
	"doctor_all":     "Look at everything between the customer's money and this till, the root cause first.",
	"doctor_config":  "gallad's config file, read when gallad can't be asked.",
	"doctor_secrets": "Folder of the gateway keys, read when gallad can't be asked; takes root.",
	"examination_record": "Walk an order over ₹1 from create to close and write a redacted transcript to this new " +
		"file. Its QR is shown to nobody.",
	"hook_status":     "Say what each receiver was told, and whether it takes what it is sent.",
	"main_as":         "Do it as this person, whose PIN is asked for: for logins that several people share.",
	"main_setup":      "Set a new box up: shop, gateway keys, printer, screen, clock, and a sale over ₹1.",
	"main_socket":     "Socket of gallad.",
	"mandate_approve": "Until which day the payer may approve.",
	"mandate_period": "How often: ONETIME, DAILY, WEEKLY, FORTNIGHTLY, MONTHLY, BIMONTHLY, QUARTERLY, HALFYEARLY, " +
		"YEARLY or ASPRESENTED.",
	"mandate_plan": "Say the amount of its debits, and whether due ones are taken without a person.",
	"office_export": "Write everything that happened on this box into a file for the office, which its line does not " +
		"reach. It must have joined once.",
	"office_join": "Join a head office. It shows which place the code is for, and asks. From then on the office is " +
		"sent what happens at this box.",
	"office_status":  "Say which one, what it has, and why it takes nothing.",
	"operation_list": "List what was asked of gateways beside sales and what people did to the box, newest first.",
	"picture_out":    "Write it as SVG into this file; - is standard output. Left out, it is shown in letters.",
	"printer_find": "List the printers and lines that are there, and the profile proposed for each, printing " +
		"nothing. Needs no gallad.",
	"printer_network": "Also look for network printers: every address of this box's own networks is " +
		"asked on port 9100.",
	"printer_probe": "Find out what hangs on a port, at every speed, printing nothing. Needs no gallad, and that " +
		"none owns the port.",
	"printer_profiles": "List the kinds of printers for [printer] profile in gallad.toml. Needs no gallad.",
	"printer_test":     "Print a slip that shows what it can do and names what was found out about it.",
	"qr_create":        "Make a counter QR. At Razorpay its payments become sales; EnKash tells nobody who pays one.",
	"qr_status":        "Only those that are active, or cancelled.",
	"reconcile_most":   "How many orders, payments and refunds each gateway is asked about one by one (1 to 500).",
	"refund_confirmed": "Send it back though others sent another payment of the sale back, and this one may " +
		"pay for the goods.",
	"refund_goods": "Goods came back: what paid for them goes first, and money that came too much stays " +
		"for its own decision.",
	"report_day": "Business day to close, like 2026-11-29, and every open day before it; left out, today, or " +
		"while it has no sale the newest day before that is open.",
	"report_z": "Close the day: numbered, once per business day. With a number, show that one again.",
	"sale_again": "Take it though the bill number has a sale that is open or was paid today: " +
		"a bill that is split.",
	"sales_before":    "Older than the sale with this id, or where the list before ended, to page on.",
	"sales_q":         "Search anywhere: amount, number, RRN, bill number, note, beginning of the id.",
	"setup_answers":   "Ask nothing: take the answers from this TOML file (mode 0600), for integrators.",
	"setup_credstore": "Folder for the gateway keys. In the default one they are encrypted where the machine can.",
	"setup_first": "With --answers: only on a box that nobody has set up, and take the file away; how the setup " +
		"page hands its answers on.",
	"where_gateway": "The gateway; left out, the only one that can do it, or the one that knows the ID.",
}
