package setup

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

var (
	terminal = regexp.MustCompile(`^[A-Za-z0-9-]{1,16}$`) // the config's rule
	strange  = regexp.MustCompile(`[^A-Za-z0-9-]+`)
)

// plain are host names that say nothing of the box: every image has one of them.
var plain = []string{"", "galla", "localhost", "raspberrypi", "raspberry", "debian", "ubuntu"}

// CheckTerminal checks the name of this box at the gateways and on slips.
func CheckTerminal(s string) error {
	if !terminal.MatchString(s) {
		return fmt.Errorf("the box's name %.40q must be 1 to 16 letters, digits or dashes, such as T1 or Counter-2", s)
	}
	return nil
}

// SuggestTerminal is a name for a box that has none: its host name, or T1. A person confirms it: two boxes of one shop
// with one name can't be told apart where a gateway doesn't keep the box's id.
func SuggestTerminal() string {
	host, err := os.Hostname()
	if err != nil {
		return "T1"
	}
	host, _, _ = strings.Cut(host, ".")
	host = strange.ReplaceAllString(host, "-")
	host = strings.Trim(host[:min(len(host), 16)], "-")
	if slices.Contains(plain, strings.ToLower(host)) {
		return "T1"
	}
	return host
}
