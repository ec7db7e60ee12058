package rig

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// gallad runs the real binary and returns what it said.
func gallad(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "gallad"), args...)
	cmd.Env = append(os.Environ(), "CREDENTIALS_DIRECTORY=")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestBadConfig: each mistake is told with its line and its remedy, exit code 78, and nothing is left behind.
func TestBadConfig(t *testing.T) {
	good := "[shop]\nname = \"S\"\n[[gateway]]\nprovider = \"enkash\"\nbase_url = \"http://127.0.0.1:1\"\n"
	keys := "access_key = \"a\"\nsecret_key = \"b\"\n"
	for name, tc := range map[string]struct {
		config, keys string
		mode         os.FileMode
		want         []string
	}{
		"unknown key": {"[till]\nlive = \"5m\"\n" + good, keys, 0o600,
			[]string{":2:", `no key "till.live"`, `did you mean "till.life"`}},
		"key of other table": {"[shop]\nname = \"S\"\nterminal = \"T1\"\n", keys, 0o600,
			[]string{":3:", `did you mean "till.terminal"`}},
		"all unknown at once": {"[till]\nlive = \"5m\"\ntrys = 3\n" + good, keys, 0o600,
			[]string{`"till.live"`, `did you mean "till.tries"`}},
		"wrong type":   {"[till]\ntries = \"two\"\n" + good, keys, 0o600, []string{":2:"}},
		"bad duration": {"[till]\nlife = \"5 minutes\"\n" + good, keys, 0o600, []string{"5 minutes", "90s"}},
		"too long":     {"[till]\nlife = \"5h\"\n" + good, keys, 0o600, []string{"till.life", "1m to 1h"}},
		"syntax":       {"[shop\n", keys, 0o600, []string{":1:"}},
		"no shop": {strings.Replace(good, "name = \"S\"", "", 1), keys, 0o600,
			[]string{"shop.name is missing"}},
		"no gateway": {"[shop]\nname = \"S\"\n", keys, 0o600, []string{"no [[gateway]]"}},
		"foreign provider": {good + "[[gateway]]\nprovider = \"paypal\"\n", keys, 0o600,
			[]string{`"paypal"`, "razorpay"}},
		"other machines": {good + "[listen]\ntcp = \"0.0.0.0:80\"\n", keys, 0o600, []string{"loopback"}},
		"language":       {good + "[till]\nlanguages = [\"klingon\"]\n", keys, 0o600, []string{"klingon", "hi"}},
		"secret in config": {good + "secret_key = \"hunter2\"\n", keys, 0o600,
			[]string{"no key", "gateway.secret_key"}},
		"no keys":             {good, "", 0, []string{"gateway-enkash", "missing"}},
		"keys for all to see": {good, keys, 0o644, []string{"chmod 600"}},
		"keys malformed":      {good, "access_key = hunter2", 0o600, []string{"gateway-enkash", "key ="}},
		"keys unknown":        {good, "acess_key = \"hunter2\"", 0o600, []string{"access_key"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			config := strings.Replace(tc.config, "[shop]", "[shop]", 1)
			if err := os.WriteFile(filepath.Join(dir, "gallad.toml"), []byte(config), 0o600); err != nil {
				t.Fatal(err)
			}
			if tc.keys != "" {
				if err := os.WriteFile(filepath.Join(dir, "gateway-enkash"), []byte(tc.keys), tc.mode); err != nil {
					t.Fatal(err)
				}
			}
			for _, command := range []string{"check", "serve"} {
				out, err := gallad(t, command, "--config", filepath.Join(dir, "gallad.toml"), "--secrets", dir)
				exit, ok := err.(*exec.ExitError)
				if !ok || exit.ExitCode() != 78 {
					t.Errorf("%s: %v, want exit code 78; it said %q", command, err, out)
				}
				for _, want := range tc.want {
					if !strings.Contains(out, want) {
						t.Errorf("%s said %q, which lacks %q", command, out, want)
					}
				}
				if strings.Contains(out, "hunter2") && name != "secret in config" {
					t.Errorf("%s told a secret: %q", command, out)
				}
			}
			left, _ := filepath.Glob(filepath.Join(dir, "sales*"))
			if len(left) > 0 {
				t.Errorf("a bad config left %v", left)
			}
		})
	}
}

// TestCheckExplains: a good config is explained, and starts nothing.
func TestCheckExplains(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"gallad.toml": "[shop]\nname = \"Asha Stores\"\n[[gateway]]\nprovider = \"razorpay\"\n[printer]\nport " +
			"= \"/dev/ttyUSB0\"\nprofile = \"tvs80\"\n",
		"gateway-razorpay": "key_id = \"rzp_live_abc\"\nkey_secret = \"hunter2\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := gallad(t, "check", "--config", filepath.Join(dir, "gallad.toml"), "--secrets", dir)
	if err != nil || strings.Contains(out, "hunter2") {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"Asha Stores", "5m0s", "tvs80", "razorpay",
		"/var/lib/galla/sales.db", "all is well"} {
		if !strings.Contains(out, want) {
			t.Errorf("check does not say %q:\n%s", want, out)
		}
	}
}
