package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"galla/internal/config"
)

// TestCheckSaysWhatIsSetUp: the language of the slips and the drawer are said, and nothing of either without a printer.
func TestCheckSaysWhatIsSetUp(t *testing.T) {
	for printer, want := range map[string]string{
		"": "printer     none",
		"[printer]\nport = \"/dev/ttyUSB0\"\nprofile = " +
			"\"generic58\"\n": "slips in English; the cash drawer opens never",
		"[printer]\nport = \"/dev/ttyUSB0\"\nprofile = \"epson80\"\nlanguage = \"hi\"\ndrawer = " +
			"\"paid\"\n": "slips in Hindi; the cash drawer opens for every paid sale, by UPI too",
		"[printer]\nport = \"/dev/ttyUSB0\"\nprofile = \"epson80\"\nlanguage = \"en\"\ndrawer = " +
			"\"other_tender\"\n": "slips in English; the cash drawer opens when a sale was paid in another way",
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"gallad.toml": "[shop]\nname = \"Asha General Stores\"\n[till]\ndatabase = " +
				"\"/var/lib/galla/sales.db\"\n[[gateway]]\nprovider = \"razorpay\"\n" + printer,
			"gateway-razorpay": "key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \"galla-sim-live-secret\"\n",
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := check(filepath.Join(dir, "gallad.toml"), keysAt(dir), hookAt(dir), &out); err != nil ||
			!strings.Contains(out.String(), want) || printer == "" && strings.Contains(out.String(), "drawer") {
			t.Errorf("%v\n%s\nlacks %q", err, &out, want)
		}
	}
}

// TestCheckNamesLettersWithoutAFont is also TestScreen_13: what the screen and slips leave out of the shop's name is
// said before the first customer sees it.
func TestCheckNamesLettersWithoutAFont(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{"شرما Stores": "no font here has: شرما", "Asha Stores": ""} {
		file := filepath.Join(dir, "gallad.toml")
		text := fmt.Sprintf("[shop]\nname = %q\n[[gateway]]\nprovider = \"razorpay\"\n", name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		shut := func(string) (config.Secrets, string, error) { return config.Secrets{}, "", fs.ErrPermission }
		var out bytes.Buffer
		if err := check(file, shut, hookAt(""), &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) || want == "" && strings.Contains(out.String(), "no font here") {
			t.Errorf("%s: it says\n%s", name, &out)
		}
	}
}

// TestCheckWithoutRoot: keys that only root may read are no mistake of the config, and nobody says that they are well.
func TestCheckWithoutRoot(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gallad.toml")
	if err := os.WriteFile(
		file,
		[]byte("[shop]\nname = \"Asha General Stores\"\n[[gateway]]\nprovider = \"razorpay\"\n"),
		0o600,
	); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	shut := func(string) (config.Secrets, string, error) {
		return config.Secrets{}, "", fmt.Errorf("its keys can't be read: %w", fs.ErrPermission)
	}
	if err := check(file, shut, hookAt(""), &out); err != nil || !strings.Contains(out.String(), "sudo gallad check") ||
		!strings.HasSuffix(out.String(), "as far as it was looked at\n") {
		t.Errorf("%v\n%s", err, &out)
	}
}

// TestCheckFindsStoredKeys: on a box, where nobody gives --secrets, check looks where galla setup stores keys.
func TestCheckFindsStoredKeys(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if _, path, err := keysAt("")("no-such-gateway"); err == nil || !strings.HasPrefix(path, "/etc/credstore") {
		t.Errorf("it looked at %q: %v", path, err)
	}
	given := t.TempDir()
	if _, path, err := keysAt(given)("no-such-gateway"); err == nil || filepath.Dir(path) != given {
		t.Errorf("with --secrets it looked at %q: %v", path, err)
	}
}

// TestCheckLooksAtTheLogo: with a logo that it can't print gallad does not start, so check doesn't call that well.
func TestCheckLooksAtTheLogo(t *testing.T) {
	dir := t.TempDir()
	logo := filepath.Join(dir, "logo.png")
	config := fmt.Sprintf(
		"[shop]\nname = \"Asha General Stores\"\nlogo = %q\n[[gateway]]\nprovider = \"razorpay\"\n[printer]\nport = "+
			"\"tcp:192.168.1.50\"\n",
		logo,
	)
	for name, text := range map[string]string{
		"gallad.toml":      config,
		"gateway-razorpay": "key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \"galla-sim-live-secret\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var whole bytes.Buffer
	if err := png.Encode(&whole, image.NewGray(image.Rect(0, 0, 40, 20))); err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		what string
		file []byte // nil: there is none
		want string // in the error; "": all is well
	}{
		{"missing", nil, "give the path of a PNG"},
		{"a JPEG", []byte("\xff\xd8\xff\xe0"), "convert it"},
		{"cut off", whole.Bytes()[:whole.Len()/2], "logo.png"},
		{"whole", whole.Bytes(), ""},
	} {
		if c.file != nil {
			if err := os.WriteFile(logo, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		err := check(filepath.Join(dir, "gallad.toml"), keysAt(dir), hookAt(dir), &out)
		switch well := strings.HasSuffix(out.String(), "all is well\n"); {
		case c.want == "" && (err != nil || !well):
			t.Errorf("%s: %v\n%s", c.what, err, &out)
		case c.want != "" && (!errors.Is(err, errConfig) || !strings.Contains(err.Error(), c.want) || well):
			t.Errorf("%s: the error is %v, want one with %q\n%s", c.what, err, c.want, &out)
		}
	}
}

// TestCheckLooksAtTheWebhook: without its secret gallad does not start, so check doesn't call that well.
func TestCheckLooksAtTheWebhook(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(
		"gallad.toml",
		"[shop]\nname = \"Asha General Stores\"\n[listen]\nnetwork = \"0.0.0.0:7417\"\n[[gateway]]\nprovider = "+
			"\"razorpay\"\n[hook]\nurl = \"https://billing.example/0123456789\"\n",
	)
	write("gateway-razorpay", "key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \"galla-sim-live-secret\"\n")
	for _, c := range []struct {
		secret, want string
	}{{"", filepath.Join(dir, "hook-secret")}, {"short", "at least 16"}, {"short", "hook main: "},
		{"0123456789abcdef01234567\n", ""}} {
		if c.secret != "" {
			write("hook-secret", c.secret)
		}
		var out bytes.Buffer
		err := check(filepath.Join(dir, "gallad.toml"), keysAt(dir), hookAt(dir), &out)
		switch {
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("secret %q: %v", c.secret, err)
		case c.want == "" && (err != nil || !strings.Contains(out.String(), "webhook     signed") ||
			!strings.Contains(out.String(), "https://0.0.0.0:7417, for paired devices")):
			t.Errorf("%v\n%s", err, &out)
		}
		if strings.Contains(out.String(), "0123456789") {
			t.Errorf("a secret was said: %s", &out)
		}
	}
}
