package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const good = `address = "https://office.example/chain"
behind_proxy = "127.0.0.1"
`

// TestParse: what may stand in the file, and what each mistake is answered with.
func TestParse(t *testing.T) {
	c, err := Parse("office.toml", []byte(good))
	if err != nil || c.Listen != "127.0.0.1:8480" || c.Prefix() != "/chain" ||
		c.Database != "host=/var/run/postgresql dbname=galla-office" {
		t.Fatalf("%+v %v", c, err)
	}
	const own = "address = \"https://office.example\"\n[tls]\ncertificate = \"/a\"\nkey = \"/b\""
	c, err = Parse("office.toml", []byte(own))
	if err != nil || c.Listen != "0.0.0.0:443" || c.Prefix() != "" {
		t.Fatalf("%+v %v", c, err)
	}
	c, err = Parse("office.toml", []byte(strings.Replace(own, ".example", ".example:8443", 1)))
	if err != nil || c.Listen != "0.0.0.0:8443" {
		t.Fatalf("%+v %v", c, err)
	}
	for name, x := range map[string]struct{ file, says string }{
		"a key that is near":  {good + "listn = \"a\"", `office.toml:3: there is no key "listn"; did you mean "listen`},
		"a key in its table":  {good + "certificate = \"/a\"", `did you mean "tls.certificate"?`},
		"a line":              {good + "listen = 5", "office.toml:3:"},
		"no address":          {`behind_proxy = "127.0.0.1"`, "address \"\" is not how"},
		"http":                {`address = "http://office.example"`, "write it like"},
		"a password":          {`address = "https://a:b@office.example"`, "write it like"},
		"no TLS":              {`address = "https://office.example"`, "[tls] needs certificate and key"},
		"both":                {good + "[tls]\nkey = \"/a\"", "exclude each other"},
		"a relative path":     {"address = \"https://a.b\"\n[tls]\ncertificate = \"a\"\nkey = \"b\"", "absolute paths"},
		"a proxy by name":     {"address = \"https://a.b\"\nbehind_proxy = \"proxy\"", "no IP address"},
		"a proxy of all":      {"address = \"https://a.b\"\nbehind_proxy = \"0.0.0.0\"", "no IP address"},
		"no port":             {good + "listen = \"0.0.0.0\"", "with a port"},
		"metrics without one": {good + "metrics = \"localhost:1\"", "an IP address with a port"},
		"a webhook of none":   {good + "[alerts.webhook]\nca = \"/a\"", "no url"},
		"a mail of none":      {good + "[alerts.smtp]\nfrom = \"a@b.c\"", "no server"},
		"no recipients":       {good + "[alerts.smtp]\nserver = \"a:25\"\nfrom = \"a@b.c\"", "0 addresses"},
		"no sender":           {good + "[alerts.smtp]\nserver = \"a:25\"\nto = [\"a@b.c\"]", "from \"\" is no mail"},
		"mail in the clear": {
			good + "[alerts.smtp]\nserver = \"a.b:25\"\nplain = true\nfrom = \"a@b.c\"\nto = [\"a@b.c\"]",
			"on this machine",
		},
		"too long": {strings.Repeat("#", 1<<20+1), "larger than"},
	} {
		if _, err := Parse("office.toml", []byte(x.file)); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v, want %q", name, err, x.says)
		}
	}
}

// FuzzParse: whatever a file holds, it is read or refused.
func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if c, err := Parse("office.toml", raw); err == nil && (c.Listen == "" || c.Database == "" || c.Address == "") {
			t.Errorf("%+v", c)
		}
	})
}

// TestSecret: a secret comes from systemd first, and a file that others can read is none.
func TestSecret(t *testing.T) {
	given, folder := t.TempDir(), t.TempDir()
	write := func(dir, text string, mode os.FileMode) {
		t.Helper()
		path := filepath.Join(dir, "alert-secret")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	wants := func(secret, says string) {
		t.Helper()
		got, err := Secret("alert-secret", folder)
		if string(got) != secret || says == "" && err != nil || says != "" && (err == nil ||
			!strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%q %v, want %q", got, err, says)
		}
	}
	wants("", "/etc/credstore/alert-secret")
	write(folder, " hush\n", 0o600)
	wants("hush", "")
	write(folder, "hush", 0o640)
	wants("", "chmod 600")
	t.Setenv("CREDENTIALS_DIRECTORY", given)
	write(given, "hush of systemd", 0o600)
	wants("hush of systemd", "")
	write(given, strings.Repeat("hush", 2000), 0o600)
	wants("", "no secret")
}
