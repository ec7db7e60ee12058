package doctor

import (
	"path/filepath"

	"galla/internal/counter/wire"
)

// image says whether the box was made from the card image, whose build leaves this file. It has no login, so that
// nobody can do what other boxes are told to.
func (d *Doctor) image() bool {
	return exists(filepath.Join(d.o.Root, "usr/lib/galla/image-version"))
}

// cures are what to do on the card image where the catalogue's next step takes a login, by the code of how things are.
var cures = map[string]string{
	"doctor_gallad_out":          "doctor_card_restart",
	"doctor_gallad_away":         "doctor_card_restart",
	"doctor_gallad_forbidden":    "doctor_card_restart",
	"doctor_gallad_config":       "doctor_card_settings",
	"doctor_gallad_unset":        "doctor_card_page",
	"doctor_dns_unknown":         "doctor_card_wait",
	"doctor_tls_address":         "doctor_card_settings",
	"doctor_tls_refused":         "doctor_card_wait",
	"doctor_tls_clock":           "doctor_card_clock",
	"doctor_tls_early":           "doctor_card_clock",
	"doctor_tls_either":          "doctor_card_clock",
	"doctor_tls_between":         "doctor_card_proxy",
	"doctor_tls_other":           "doctor_card_proxy",
	"doctor_tls_fails":           "doctor_card_proxy",
	"doctor_gateway_address":     "doctor_card_settings",
	"doctor_gateway_gone":        "doctor_card_settings",
	"doctor_gateway_sale_failed": "doctor_card_wait",
	"doctor_keys_bad":            "doctor_card_keys",
	"doctor_display_none":        "doctor_card_screen",
	"doctor_display_bad":         "doctor_card_screen",
	"doctor_display_letters":     "doctor_card_settings",
	"doctor_display_outputs":     "doctor_card_output",
	"doctor_disk_missing":        "doctor_card_restart",
	"doctor_disk_was_full":       "doctor_card_restart",
	"doctor_disk_mute":           "doctor_card_restart",
	"doctor_disk_readonly":       "doctor_card_restart",
	"doctor_disk_slow":           "doctor_card_dying",
	"doctor_disk_dying":          "doctor_card_dying",
	"doctor_disk_backup_none":    "doctor_card_restart",
	"doctor_disk_backup_old":     "doctor_card_restart",
	"doctor_disk_full":           "doctor_card_room",
	"doctor_disk_takes_none":     "doctor_card_room",
	"doctor_disk_filling":        "doctor_card_room",
	"doctor_memory_unbound":      "doctor_card_settings",
	"doctor_clock_unset":         "doctor_card_clock",
	"doctor_clock_wrong":         "doctor_card_clock",
	"doctor_clock_wrong_unset":   "doctor_card_clock",
	"doctor_clock_alone":         "doctor_card_clock",
	"doctor_clock_chipless":      "doctor_card_clock",
	"doctor_clock_note":          "doctor_card_clock",
	"doctor_clock_bad":           "doctor_card_clock",
}

// onCard puts the next steps of the card image in the place of those that take a login.
func (w *walk) onCard() {
	for i, c := range w.checks {
		if code, there := cures[c.SaysCode]; there {
			w.checks[i].Next, _ = wire.Say(code, nil)
			w.checks[i].NextCode = code
		}
	}
}
