package catalogue

// The doctor's sentences of the box itself and of what is plugged into it: printer, screen, disks, sticks, power, clock
// and card.

const (
	nextCard = "Restart the box. If it is read-only again, the card or disk is dying: copy the folder {dir} to a " +
		"USB stick, and put in a new one."
	nextRoom = "Make room (sudo journalctl --vacuum-size=16M; sudo apt clean), then restart gallad: " +
		"sudo systemctl restart gallad."
	nextCopy = "Check that the backup's disk is plugged in and mounted, and look into gallad's " +
		"log: journalctl -u gallad."
	nextAgain = "Switch the printer off and on."

	byDisk  = "The kernel's answer for the folder, or a write tried there."
	byPaper = "The printer's own status, or what happened at its port."
	byStick = "What the box wrote down when it copied the sales to a stick last."
	byPower = "The kernel (hwmon rpi_volt; get_throttled of Raspberry Pi's kernel)."
	byImage = "The box was made from the card image, which has no login."
)

var boxSentences = []Sentence{
	{
		"doctor_office_well",
		"the head office {office} takes what happens here",
		"",
		"The office's answer to the last call, or that none was made since the start.",
	},
	{"doctor_printer_none", "no printer is set up: slips are not printed", "", "The configuration."},
	{"doctor_printer_ready", "{name} is ready on {port}", "", byPaper},
	{"doctor_printer_open", "{port} is open; this printer never says how it is", "", byPaper},
	{"doctor_printer_answers", "{name} answers on {port}", "", byPaper},
	{"doctor_printer_remark", "{says}", "", byPaper},
	{"doctor_printer_gone", "{says}", "", byPaper},
	{"doctor_printer_offline", "{says}", "", byPaper},
	{"doctor_printer_error", "{says}", "", byPaper},
	{"doctor_printer_not", "the printer is not ready ({condition})", nextAgain, byPaper},
	{"doctor_paper_there", "there is paper", "", byPaper},
	{"doctor_paper_low", "the roll is nearly used up", "Keep a new roll at hand.", byPaper},
	{"doctor_paper_out", "{says}", "", byPaper},
	{"doctor_paper_cover", "{says}", "", byPaper},

	{"doctor_display_connected", "the customer's screen is connected", "", "The screen's own connection."},
	{
		"doctor_display_presented",
		"the customer's screen is connected, and pictures are presented by {how}",
		"",
		"The screen's own connection.",
	},
	{
		"doctor_display_letters",
		"the screen leaves letters out of the shop's name that no font here has: {what}",
		"Write the name in other letters: shop.name in gallad.toml.",
		"The shop's name, and the letters of the screen's fonts.",
	},
	{
		"doctor_display_none",
		"no customer's screen has been connected since gallad started",
		"Check the screen's cable and power, then: systemctl status galla-display. A till without a screen prints " +
			"its QR: set print_order = true.",
		"No connection of a screen.",
	},
	{
		"doctor_display_bad",
		"{says}",
		"Check the screen's cable and power, then: sudo systemctl restart galla-display. Until then print the QR " +
			"(galla print NUMBER --copy order).",
		"The screen's last word, or its silence.",
	},
	{
		"doctor_display_page",
		"no browser shows the customer's screen of the demo",
		"Open its page in a browser: the address that galla demo prints beside \"screen\".",
		"No browser has asked for the demo's picture lately.",
	},

	{
		"doctor_display_outputs",
		"more than one monitor is plugged in ({what}), and the customer's picture is on one of them",
		"If it is the wrong one, name the right one: -monitor in /etc/default/galla-display, or pull " +
			"the other one's cable.",
		"The kernel's list of monitors (/sys/class/drm).",
	},

	{"doctor_disk_free", "{free} of {size} are free for {what}", "", byDisk},
	{
		"doctor_disk_missing",
		"the folder of {what} is missing: {dir}",
		"Mount the disk, or make the folder, then restart gallad: sudo systemctl restart gallad.",
		byDisk,
	},
	{
		"doctor_disk_mute",
		"the disk of {what} can't be asked ({why})",
		"Look at the kernel's log (journalctl -k -p err): the card or disk may be dying. Copy what is on it.",
		byDisk,
	},
	{"doctor_disk_readonly", "the disk of {what} can't be written to: it is mounted read-only", nextCard, byDisk},
	{
		"doctor_disk_was_full",
		"the disk of {what} was full, and new sales are refused until gallad has been restarted",
		"Restart gallad, now that there is room: sudo systemctl restart gallad.",
		byDisk,
	},
	{"doctor_disk_full", "the disk of {what} is full: {free} of {size} are free", nextRoom, byDisk},
	{
		"doctor_disk_slow",
		"the disk of {what} is slow: a write took {seconds} seconds, and the cashier waits for each",
		"Look at the kernel's log (journalctl -k -p err): the card or disk may be dying. Take a copy of what is on " +
			"it, and put in a new one.",
		byDisk,
	},
	{
		"doctor_disk_filling",
		"the disk of {what} is filling: {free} of {size} are free",
		"Make room soon: sudo journalctl --vacuum-size=16M; sudo apt clean.",
		byDisk,
	},
	{"doctor_disk_takes_none", "the disk of {what} takes no more: it is full", nextRoom, byDisk},
	{
		"doctor_disk_dying",
		"the disk of {what} fails when it is written to ({why})",
		"The card or disk is dying: copy the folder {dir} to a USB stick now, and put in a new one.",
		byDisk,
	},
	{"doctor_disk_backup", "the backup is there", "", byDisk},
	{"doctor_disk_backup_none", "there is no backup at {path} yet", nextCopy, byDisk},
	{"doctor_disk_backup_old", "the backup at {path} is {hours} hours old", nextCopy, byDisk},

	{"doctor_stick_carries", "a USB stick has the sales as they were at {at}", "", byStick},
	{
		"doctor_stick_none",
		"no USB stick keeps copies of the sales: if the card dies, what the shop knows of its sales is gone",
		"Make a folder galla-backup on a USB stick, and leave the stick in the box.",
		byStick,
	},
	{
		"doctor_stick_old",
		"the copy of the sales on the USB stick is {hours} hours old",
		"Plug in the stick with the folder galla-backup and leave it in. If it is in, try another one: this " +
			"one may be broken.",
		byStick,
	},
	{
		"doctor_stick_other",
		"the USB stick holds the copies of another till and is left as it is: this till's sales are not copied",
		"Give each till a stick of its own, or take the copies off this one first. To put those copies on a new box " +
			"instead, see backup.md.",
		byStick,
	},
	{
		"doctor_stick_room",
		"the USB stick has no room for the copy of the sales",
		"Delete what else is on it, or take a larger stick.",
		byStick,
	},
	{
		"doctor_stick_broken",
		"the USB stick can't be written to",
		"Try another stick with a folder galla-backup: this one may be broken or write-protected.",
		byStick,
	},
	{
		"doctor_stick_unfit",
		"the copy of the sales on the card is not whole, and was not brought to the USB stick",
		"Wait an hour for the next copy. If it stays so, the card is dying: put in a new one, and put the sales " +
			"back from the stick.",
		byStick,
	},

	{
		"doctor_power_low",
		"the power supply is too weak: the board has too little voltage now",
		"Use the board's own power supply, and a short thick cable. Until then the card may be damaged.",
		byPower,
	},
	{
		"doctor_power_was",
		"the board had too little voltage since it was switched on",
		"Use the board's own power supply, and a short thick cable, and plug nothing else into the board.",
		byPower,
	},
	{
		"doctor_memory_unbound",
		"the kernel counts no memory, so the limits of gallad and the screen don't hold",
		"Put cgroup_enable=memory at the end of the line in /boot/firmware/cmdline.txt, and restart the box.",
		"The kernel's list of controllers (/sys/fs/cgroup/cgroup.controllers).",
	},

	{"doctor_clock_unset", "the clock is not set: this box believes it is {now}", nextClock, byClock},
	{"doctor_clock_network", "it is {now} in India, set by network time", "", byClock},
	{
		"doctor_clock_wrong",
		"the clock is wrong: this box believes it is {now}, and a gateway says that it is {there}",
		nextClock,
		"The date in the gateway's last answer, over a proven line.",
	},
	{
		"doctor_clock_wrong_unset",
		"the clock is wrong, and no network time has set it: this box believes it is {now}, and a gateway says that " +
			"it is {there}",
		"The internet works, so the shop's router lets no network time through: let UDP port 123 out. Until then " +
			"set it by hand: sudo date -s 'YEAR-MONTH-DAY HOUR:MINUTE +0530', by a phone's date and time.",
		"The date in the gateway's last answer, over a proven line; systemd-timesyncd runs and has not set the clock.",
	},
	{
		"doctor_clock_blocked",
		"it is {now} in India by this box, and no network time has set it since it was switched on, " +
			"though the internet works",
		"Compare it with a phone. The shop's router lets no network time through: let UDP port 123 out.",
		"systemd-timesyncd runs and has not set the clock, while a gateway's line is proven.",
	},
	{"doctor_clock_agrees", "it is {now} in India, and the gateway's clock agrees", "", byClock},
	{
		"doctor_clock_alone",
		"it is {now} in India by this box, and nobody has confirmed it since it was switched on",
		"Compare it with a phone. It sets itself once the box is in the internet; a box that is often without wants " +
			"a clock chip (RTC).",
		byClock,
	},
	{
		"doctor_clock_chipless",
		"it is {now} in India by this box, and nobody has confirmed it since it was switched on; it has no clock " +
			"chip of its own",
		"Compare it with a phone. It sets itself once the box is in the internet; a box that is often without wants " +
			"a clock chip (RTC).",
		byClock,
	},

	{
		"doctor_card_restart",
		"Switch the box off and on at its plug. If it says the same then, write a new card, and put the sales back " +
			"from the stick with the folder galla-backup.",
		"",
		byImage,
	},
	{
		"doctor_card_settings",
		"Switch the box off, put its card into a Linux computer, and change it there, as recovery.md " +
			"says (\"On the image\").",
		"",
		byImage,
	},
	{
		"doctor_card_wait",
		"Wait a few minutes, and switch the shop's router off and on. If it stays so, ask the gateway's support.",
		"",
		byImage,
	},
	{"doctor_card_page", "Answer the setup page: the customer's screen shows its address and a code.", "", byImage},
	{
		"doctor_card_clock",
		"Connect the box to the internet, by a cable or by a stick with galla-wifi.txt, and wait a minute: it sets " +
			"its clock by itself. If the internet works already, the shop's router lets no network time through: " +
			"let UDP port 123 out.",
		"",
		byImage,
	},
	{
		"doctor_card_dying",
		"The card may be dying. Plug in a stick with a folder galla-backup now, wait until the sales are on it, " +
			"write a new card, and put them back.",
		"",
		byImage,
	},
	{
		"doctor_card_room",
		"Take a larger card: write the image to it, and put the sales back from a stick with a folder galla-backup.",
		"",
		byImage,
	},
	{
		"doctor_card_proxy",
		"Open a web page on a phone in the same network: a Wi-Fi with a login page has to be signed in to. If there " +
			"is none, switch off what filters the shop's internet, and update the box by a stick with galla.raucb.",
		"",
		byImage,
	},
	{
		"doctor_card_screen",
		"Check the screen's cable and power, then switch the box off and on at its plug. Until then print the QR.",
		"",
		byImage,
	},
	{
		"doctor_card_keys",
		"Make new keys on the gateway's own page, and put them on the card in a Linux computer, as recovery.md says " +
			"(\"On the image\").",
		"",
		byImage,
	},
	{"doctor_card_output", "If it is the wrong one, pull the other one's cable.", "", byImage},
}
