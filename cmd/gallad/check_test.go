package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckSaysWhatIsSetUp: the language of the slips and the drawer are said, and nothing of either without a printer.
func TestCheckSaysWhatIsSetUp(t *testing.T) {
	for printer, want := range map[string]string{
		"": "printer     none",
		"[printer]\nport = \"/dev/ttyUSB0\"\nprofile = \"generic58\"\n":                                             "slips in English; the cash drawer opens never",
		"[printer]\nport = \"/dev/ttyUSB0\"\nprofile = \"epson80\"\nlanguage = \"hi\"\ndrawer = \"paid\"\n":         "slips in Hindi; the cash drawer opens for every paid sale, by UPI too",
		"[printer]\nport = \"/dev/ttyUSB0\"\nprofile = \"epson80\"\nlanguage = \"en\"\ndrawer = \"other_tender\"\n": "slips in English; the cash drawer opens when a sale was paid in another way",
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"gallad.toml":      "[shop]\nname = \"Asha General Stores\"\n[till]\ndatabase = \"/var/lib/galla/sales.db\"\n[[gateway]]\nprovider = \"razorpay\"\n" + printer,
			"gateway-razorpay": "key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \"galla-sim-live-secret\"\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := check(filepath.Join(dir, "gallad.toml"), dir, &out); err != nil || !strings.Contains(out.String(), want) || printer == "" && strings.Contains(out.String(), "drawer") {
			t.Errorf("%v\n%s\nlacks %q", err, &out, want)
		}
	}
}
