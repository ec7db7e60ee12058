package catalogue

// The doctor's sentences. How things are begins in lower case and ends without a full stop: the headline puts it behind
// a colon.

const (
	nextClock = "Connect the box to the internet and wait a minute: it sets its clock by itself. Else set it by " +
		"hand: sudo date -s 'YEAR-MONTH-DAY HOUR:MINUTE +0530', by a phone's date and time."
	nextProxy = "Open a web page on a phone in the same network: a Wi-Fi with a login page has to be signed in to. " +
		"If there is none, switch off what filters the shop's internet, and update the box (sudo apt upgrade)."
	nextRoute = "Switch the shop's router off and on, and wait two minutes. If other devices in the shop have no " +
		"internet either, call the provider."
	nextTypo = "Correct base_url in gallad.toml."

	byFiles = "Files of the kernel (/sys/class/net, /proc/net/route)."
	byLine  = "A connection tried at that moment."
	byClock = "The box's clock, network time, the gateway's answer."
	byLook  = "The gateway's answers to an examination with the keys."
)

var doctorSentences = []Sentence{
	{"doctor_well", "All is well.", "", "Every check below is ok or was not looked at."},
	{"doctor_well_note", "All is well; one thing is worth knowing.", "", "One check is a note, none is bad."},
	{
		"doctor_well_notes",
		"All is well; {notes} things are worth knowing.",
		"",
		"Several checks are notes, none is bad.",
	},
	{"doctor_sells", "Sales go on, but something is wrong: {cause}.", "", "A check is bad that keeps no sale away."},
	{
		"doctor_sells_not",
		"No sale can be taken: {cause}.",
		"",
		"A check is bad without which no sale is taken, or every gateway has one.",
	},

	{"doctor_skipped", "not looked at, because of \"{check}\"", "", "Another check is to be cured first."},
	{"doctor_unseen", "not looked at: {why}", "", "Nobody could look, or has looked yet."},

	{"doctor_gallad_runs", "gallad runs and takes sales", "", "gallad's own answer."},
	{
		"doctor_gallad_out",
		"the till is out of service: {why}",
		"Wait half a minute and look again. If it stays so, restart the box; then see its log: journalctl -u gallad.",
		"gallad's own answer.",
	},
	{
		"doctor_gallad_away",
		"gallad is not running ({why})",
		"Start it: sudo systemctl restart gallad. If it ends again, see why: journalctl -u gallad -n 20.",
		"Nobody answers at its socket.",
	},
	{
		"doctor_gallad_forbidden",
		"you may not use gallad's socket {socket}",
		"Run sudo galla doctor; or join the group: sudo usermod -aG galla $USER, then sign in again.",
		"The socket refuses this user.",
	},
	{
		"doctor_gallad_config",
		"gallad can't run by its configuration: {why}",
		"Correct that line, or run sudo galla setup; then sudo systemctl restart gallad.",
		"The configuration, read by the same rules.",
	},
	{
		"doctor_gallad_unset",
		"this till is not set up yet",
		"Run sudo galla setup, which asks for all it needs.",
		"The configuration is the one that was installed.",
	},

	{"doctor_link_local", "every gateway is on this machine: no network is needed", "", "The gateways' addresses."},
	{"doctor_link_out", "{port} is connected and has a way out", "", byFiles},
	{
		"doctor_link_signal",
		"{port} has no cable or no signal",
		"Plug the cable in, and look whether the light beside the socket is on.",
		byFiles,
	},
	{
		"doctor_link_route",
		"{port} is connected, but the router gives this box no address or no way out",
		nextRoute,
		byFiles,
	},
	{
		"doctor_link_none",
		"no network cable is plugged in ({cable}) and no Wi-Fi is joined ({wifi})",
		"Plug the network cable in, or join the shop's Wi-Fi: on Galla's card image by a USB stick with " +
			"galla-wifi.txt, elsewhere with the system's own tool.",
		byFiles,
	},
	{
		"doctor_link_wifi",
		"no Wi-Fi is joined ({wifi})",
		"Check that the name and password of the shop's Wi-Fi have not changed, and join it: on Galla's card image " +
			"by a USB stick with galla-wifi.txt, elsewhere with the system's own tool. A cable does as well.",
		byFiles,
	},
	{
		"doctor_link_cable",
		"no network cable is plugged in ({cable})",
		"Plug the network cable in, and look whether the light beside the socket is on.",
		byFiles,
	},
	{
		"doctor_link_missing",
		"this box has no network interface",
		"Plug in a USB network adapter, or check that the board's own one is switched on.",
		byFiles,
	},

	{"doctor_dns_plain", "{host} needs no name service", "", "The address."},
	{"doctor_dns_known", "the name {host} is known", "", "The name service's answer."},
	{
		"doctor_dns_unknown",
		"the name service says that there is no {host}",
		"Check base_url in gallad.toml for a typing mistake; if it is right, the name service of the shop's " +
			"internet line is at fault: switch the router off and on.",
		"The name service's answer.",
	},
	{
		"doctor_dns_silent",
		"no name service answers, so {host} can't be found: most likely the internet line is down",
		"Switch the shop's router off and on, and wait two minutes. If it stays so, the internet line is " +
			"down: call the provider.",
		"A question that got no answer.",
	},
	{
		"doctor_dns_fails",
		"the name service fails for {host} ({why})",
		"Switch the shop's router off and on, and wait two minutes. If it stays so, set another name service in the " +
			"network's settings (1.1.1.1).",
		"The name service's answer.",
	},

	{"doctor_tls_proven", "{host} proves who it is, and its certificate is good until {until}", "", byLine},
	{"doctor_tls_local", "{host} is on this machine and needs no TLS", "", byLine},
	{"doctor_tls_address", "the address \"{address}\" can't be read", nextTypo, "The configuration."},
	{"doctor_tls_clock", "this box believes it is {now}, so no certificate can be proven", nextClock, byClock},
	{
		"doctor_tls_early",
		"this box believes it is {now}, which is before the certificate of {host} begins: its clock is wrong",
		nextClock,
		byLine,
	},
	{
		"doctor_tls_expired",
		"the certificate of {host} ran out on {until}",
		"Nothing can be done here: tell the gateway's support. Another gateway, if one is set up, goes on working.",
		byLine,
	},
	{
		"doctor_tls_either",
		"this box believes it is {now}, and the certificate of {host} ran out on {until}: either the clock or the " +
			"certificate is wrong",
		"Compare this date with a phone's. If it is wrong: " + nextClock +
			" If it is right, tell the gateway's support.",
		byLine,
	},
	{
		"doctor_tls_between",
		"what answers as {host} can't prove that it is: something in this network sits between",
		nextProxy,
		byLine,
	},
	{
		"doctor_tls_other",
		"what answers as {host} is something else: its certificate has another name",
		nextProxy,
		byLine,
	},
	{"doctor_tls_fails", "the line to {host} can't be secured ({why})", nextProxy, byLine},
	{
		"doctor_tls_mute",
		"{host} took the connection and then said nothing",
		"Look again in a minute. If it stays so, the internet line is too slow or loses data: switch the " +
			"router off and on.",
		byLine,
	},
	{
		"doctor_tls_refused",
		"{host} refuses the connection",
		"Wait a few minutes and look again; if it stays so, ask the gateway's support, and " +
			"check base_url in gallad.toml.",
		byLine,
	},
	{"doctor_tls_noway", "there is no way from this shop's network to {host}", nextRoute, byLine},
	{
		"doctor_tls_silent",
		"{host} did not answer within {span}",
		"Open any web page on a phone in the same network: if that doesn't work either, call the internet provider; " +
			"else ask who runs the shop's firewall to let {host} through.",
		byLine,
	},
	{
		"doctor_tls_broken",
		"the connection to {host} fails ({why})",
		"Switch the shop's router off and on, and look again.",
		byLine,
	},

	{"doctor_gateway_answers", "{host} answers", "", byLine},
	{"doctor_gateway_sale", "{gateway} answered a sale's call", "", "The last call of a sale."},
	{"doctor_gateway_address", "the address \"{address}\" can't be read", nextTypo, "The configuration."},
	{
		"doctor_gateway_silent",
		"{host} took the request and did not answer it ({why})",
		"Look again in a minute; if it stays so, see the gateway's status page.",
		byLine,
	},
	{
		"doctor_gateway_broken",
		"{host} answers that it is out of order (status {status})",
		"Wait: this is the gateway's own trouble. See its status page, and take other money meanwhile.",
		byLine,
	},
	{
		"doctor_gateway_sale_failed",
		"the last call of a sale failed: {why}",
		"Run galla doctor, which looks for the cause.",
		"The last call of a sale.",
	},
	{
		"doctor_gateway_gone",
		"{gateway} is no longer set up, and orders there are still open or watched: nobody looks whether money " +
			"comes for them",
		"Put it back in gallad.toml with its keys, as the last [[gateway]], for five days; then restart gallad.",
		"The gateways of the sales on disk, and those of the configuration.",
	},
	{"doctor_gateway_ok", "{says}", "", byLook},
	{"doctor_gateway_note", "{says}", "", byLook},
	{"doctor_gateway_bad", "{says}", "", byLook},
	{"doctor_keys_ok", "{says}", "", byLook},
	{"doctor_keys_note", "{says}", "", byLook},
	{"doctor_keys_bad", "{says}", "", byLook},
	{"doctor_feature_ok", "{says}", "", byLook},
	{"doctor_feature_note", "{says}", "", byLook},
	{"doctor_feature_bad", "{says}", "", byLook},
	{"doctor_clock_ok", "{says}", "", byLook},
	{"doctor_clock_note", "{says}", "", byLook},
	{"doctor_clock_bad", "{says}", "", byLook},
}
