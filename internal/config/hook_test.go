package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestHooks: of several webhooks each has its name and an address; one table without either is a webhook that is off.
func TestHooks(t *testing.T) {
	const url = "url = \"https://billing.example/\"\n"
	for text, wrong := range map[string]string{
		"[[hook]]\n":               "",
		"[hook]\n" + url:           "",
		"[[hook]]\nname = \"a\"\n": `hook 1: "a" has no url`,
		"[[hook]]\n" + url + "[[hook]]\nname = \"tally\"\n": `hook 2: "tally" has no url`,
		"[[hook]]\n" + url + "[[hook]]\n" + url:             `two hooks are named ""`,
		"[[hook]]\n" + url + "name = \"Tally\"\n":           `name "Tally" must be`,
		"[[hook]]\n" + url + "name = \"main\"\n":            `"main" stands for a hook without one`,
		"[[hook]]\n" + url + "ca = \"billing.pem\"\n": `ca "billing.pem" must be an absolute ` +
			`path`,
		"[[hook]]\n" + url + "[[hook]]\nname = \"tally\"\n" + url:            "",
		"[[hook]]\n[[hook]]\nname = \"tally\"\nca = \"/etc/x\"\n" + url + "": "",
	} {
		path := filepath.Join(t.TempDir(), "gallad.toml")
		whole := "[shop]\nname = \"Asha\"\n[[gateway]]\nprovider = \"razorpay\"\n" + text
		if err := os.WriteFile(path, []byte(whole), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		if (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%q: %v, want %q", text, err, wrong)
		}
	}
}
