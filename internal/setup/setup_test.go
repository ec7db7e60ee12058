package setup

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"galla/internal/config"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

const shipped = "../../packaging/gallad.toml"

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func asha() Answers {
	return Answers{
		Shop:      `Asha "General" Stores`,
		GSTIN:     "27AAPFU0939F1ZV",
		Address:   []string{"12 Gandhi Road", "Pune 411001"},
		Languages: []string{"mr", "en"},
		Network:   true,
		Gateways: []Gateway{
			{Provider: "razorpay", KeyID: "rzp_live_abc", KeySecret: "hunter2-secret"},
			{Provider: "enkash", BaseURL: "https://pg.example", AccessKey: "ak", SecretKey: "hunter2-sk"},
		},
		Printer: Printer{Port: "/dev/serial/by-id/usb-tvs", Profile: "tvs80", Baud: 38400, Receipt: true},
	}
}

// TestShippedFileKeepsItsComments: every line of the shipped file that explains is still there, and only values are
// new.
func TestShippedFileKeepsItsComments(t *testing.T) {
	old := read(t, shipped)
	p, err := Make("gallad.toml", old, asha())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(old)) {
		if strings.HasPrefix(line, "# ") && !bytes.Contains(p.Config, []byte(line)) {
			t.Errorf("the comment %q is gone", line)
		}
	}
	var changed bytes.Buffer
	was := map[string]bool{}
	for line := range strings.Lines(string(old)) {
		was[line] = true
	}
	for line := range strings.Lines(string(p.Config)) {
		if !was[line] {
			changed.WriteString(line)
		}
	}
	const golden = "testdata/shipped.golden"
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755),
			os.WriteFile(golden, changed.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, golden); !bytes.Equal(changed.Bytes(), want) {
		t.Errorf("the new lines are\n%s", changed.Bytes())
	}
	if bytes.Contains(p.Config, []byte("hunter2")) {
		t.Error("a key is in the config")
	}
	got := string(p.Credentials["gateway-razorpay"])
	if got != "key_id = \"rzp_live_abc\"\nkey_secret = "+"\"hunter2-secret\"\n" {
		t.Errorf("credential %q", got)
	}
}

// TestAgain: a second setup changes what is answered otherwise, keeps what it is not asked about, and a third the same
// way changes nothing.
func TestAgain(t *testing.T) {
	p, err := Make("x", read(t, shipped), asha())
	if err != nil {
		t.Fatal(err)
	}
	mine := strings.Replace(string(p.Config), "#life = \"5m\"", "life = \"3m\" # ours", 1)
	mine = strings.Replace(mine, "[[gateway]]\nprovider = \"enkash\"", "[[gateway]]\nrate = 7\nprovider = \"enkash\"",
		1)
	b := asha()
	b.Shop, b.GSTIN, b.Network, b.Printer, b.Languages = "Asha", "", false, Printer{}, nil
	b.Gateways = b.Gateways[1:]
	p, err = Make("x", []byte(mine), b)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse("x", p.Config)
	if err != nil {
		t.Fatal(err)
	}
	if c.Shop.Name != "Asha" || c.Shop.GSTIN != "" || c.Till.Life.Duration != 3*time.Minute ||
		c.Till.Languages[0] != "mr" || len(c.Gateways) != 1 ||
		c.Gateways[0].Rate != 7 ||
		c.Printer.Port != "" ||
		c.Listen.Network != "" ||
		!bytes.Contains(p.Config, []byte("# ours")) {
		t.Errorf("%+v\n%s", c, p.Config)
	}
	again, err := Make("x", p.Config, b)
	if err != nil || !bytes.Equal(again.Config, p.Config) {
		t.Errorf("the same answers change the file (%v):\n%s\n---\n%s", err, p.Config, again.Config)
	}
	path := filepath.Join(t.TempDir(), "gallad.toml")
	if err := os.WriteFile(path, p.Config, 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := From(path)
	if err != nil || a.Shop != "Asha" || len(a.Gateways) != 1 || a.Gateways[0].BaseURL != "https://pg.example" {
		t.Errorf("what an earlier setup was told: %+v %v", a, err)
	}
	if a, err := From(path + ".none"); err != nil || a.Shop != "" {
		t.Errorf("of no file: %+v %v", a, err)
	}
	if err := os.WriteFile(path, append(p.Config, "[shop\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := From(path); err == nil || !strings.Contains(err.Error(), "gallad.toml") {
		t.Errorf("a mistake in the file is told as %v", err)
	}
}

// TestBegunAnew: of a file that can't be edited, what nobody was asked about is named, and no value of it.
func TestBegunAnew(t *testing.T) {
	old := `shop = { name = "Old", gstin = "27AAPFU0939F1ZV", footer = ["Thanks"] }
hook.url = "https://hunter2.example"
listen = { tcp = "127.0.0.1:8086", network = "0.0.0.0:7417" }
printer = { port = "/dev/x", custom = { dots = 400 } }
gateway = [{ provider = "enkash", rate = 7 }]
`
	a := asha()
	a.GSTIN, a.Network = "", false
	p, err := Make("x", []byte(old), a)
	if want := []string{"gateway.rate", "hook.url", "listen.tcp", "printer.custom.dots", "shop.footer"}; err != nil ||
		!p.Begun || !slices.Equal(p.Left, want) {
		t.Errorf("begun %v, left %q, want %q: %v", p.Begun, p.Left, want, err)
	}
	for name, old := range map[string]string{"a file that was edited": "[hook]\nurl = \"https://a.example\"\n",
		"none": "", "no TOML": "[shop\n"} {
		if p, err := Make("x", []byte(old), a); err != nil || p.Begun != (name == "no TOML") || len(p.Left) > 0 {
			t.Errorf("%s: begun %v, left %q: %v", name, p.Begun, p.Left, err)
		}
	}
}

// TestOddFiles: values over several lines, inline comments, tables in another order, and files nobody can edit.
func TestOddFiles(t *testing.T) {
	for name, old := range map[string]string{
		"empty":         "",
		"several lines": "[shop]\nname = \"Old\"\naddress = [\n  \"one\", # first\n  \"two\",\n]\nphone = \"1\"\n",
		"one gateway":   "[[gateway]]\nprovider = \"razorpay\"\ncapture_late = true\n[shop]\nname = \"Old\"\n",
		"dotted":        "shop.name = \"Old\"\n",
		"inline":        "shop = { name = \"Old\" }\n",
		"broken":        "[shop\nname = Old\n",
		"unknown keys":  "[shop]\nnam = \"Old\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Make("x", []byte(old), asha())
			if err != nil {
				t.Fatalf("%v\n%s", err, edit([]byte(old), asha()))
			}
			c, err := config.Parse("x", p.Config)
			if err != nil || c.Shop.Name != asha().Shop || len(c.Shop.Address) != 2 {
				t.Errorf("%v: %+v", err, c)
			}
			begun := name == "dotted" || name == "inline" || name == "broken" || name == "unknown keys"
			if p.Begun != begun {
				t.Errorf("begun anew: %v", p.Begun)
			}
			if name == "one gateway" && !c.Gateways[0].CaptureLate {
				t.Error("a setting nobody was asked about is gone")
			}
		})
	}
}

func TestAnswersAreChecked(t *testing.T) {
	for name, tc := range map[string]struct {
		harm func(*Answers)
		want string
	}{
		"well":          {func(*Answers) {}, ""},
		"no name":       {func(a *Answers) { a.Shop = " " }, "the shop needs a name"},
		"long name":     {func(a *Answers) { a.Shop = strings.Repeat("x", 61) }, "longer than 60"},
		"bell":          {func(a *Answers) { a.Shop = "a\ab" }, "can't be shown"},
		"wrong GSTIN":   {func(a *Answers) { a.GSTIN = "27AAPFU0939F1ZA" }, "GSTIN"},
		"no gateway":    {func(a *Answers) { a.Gateways = nil }, "there is no gateway"},
		"twice":         {func(a *Answers) { a.Gateways[1] = a.Gateways[0] }, "stands there twice"},
		"unknown":       {func(a *Answers) { a.Gateways[0].Provider = "paytm" }, `"paytm" is not known`},
		"no key":        {func(a *Answers) { a.Gateways[0].KeySecret = "" }, "key_secret is missing"},
		"key with word": {func(a *Answers) { a.Gateways[0].KeySecret = "hunter2 x" }, "copy it again"},
		"rotation":      {func(a *Answers) { a.Rotate = 45 }, "45 degrees"},
		"no port":       {func(a *Answers) { a.Printer.Port = "" }, "the printer has no port"},
		"address":       {func(a *Answers) { a.Address = []string{"a\x1b[31m"} }, "can't be printed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := asha()
			tc.harm(&a)
			_, err := Make("x", nil, a)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("%v, want %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v tells a key", err)
			}
		})
	}
}

func TestParseAnswers(t *testing.T) {
	a, err := ParseAnswers("a.toml", []byte("shop = \"Asha\"\nlanguages = [\"en\"]\nrotate = 90\n[printer]\nport = "+
		"\"/dev/ttyUSB0\"\n[[gateway]]\nprovider = \"razorpay\"\nkey_id = \"rzp_live_a\"\nkey_secret = \"hunter2\"\n"))
	if err != nil || a.Rotate != 90 || a.Gateways[0].KeySecret != "hunter2" {
		t.Errorf("%+v, %v", a, err)
	}
	for text, want := range map[string]string{"shop = \"A\"\nkey_secret = \"hunter2\"": "a.toml:2: there is no " +
		"answer \"key_secret\"", "shop = hunter2": "a.toml:1:", "rotate = \"hunter2\"": "wrong kind"} {
		if _, err := ParseAnswers("a.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	path := filepath.Join(t.TempDir(), "a.toml")
	if err := os.WriteFile(path, []byte("shop = \"A\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadAnswers(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("answers for all to read: %v", err)
	}
}

func places(t *testing.T) Places {
	dir := t.TempDir()
	p := Places{
		Config:    filepath.Join(dir, "etc/galla/gallad.toml"),
		Credstore: filepath.Join(dir, "etc/credstore"),
		Encrypted: filepath.Join(dir, "etc/credstore.encrypted"),
		DropIn:    filepath.Join(dir, "gallad.service.d/keys.conf"),
		Display:   filepath.Join(dir, "etc/galla/display.conf"),
		Now:       func() time.Time { return time.Date(2026, 11, 22, 5, 30, 0, 0, time.UTC) },
	}
	for path, text := range map[string]string{p.Config: string(read(t, shipped))} {
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644))
		if err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

// TestWrite: keys for root only, the old config kept, the screen turned.
func TestWrite(t *testing.T) {
	p := places(t)
	a := asha()
	a.Rotate = 90
	plan, err := Make(p.Config, read(t, p.Config), a)
	if err != nil {
		t.Fatal(err)
	}
	w, err := p.Write(plan)
	if err != nil {
		t.Fatal(err)
	}
	if p.Rotation() != 90 {
		t.Errorf("the screen is turned by %d", p.Rotation())
	}
	if w.Encrypted || len(w.Keys) != 2 || mode(t, w.Keys[0]) != 0o600 || mode(t, p.Credstore) != 0o700 ||
		mode(t, p.Config) != 0o644 {
		t.Errorf("%+v", w)
	}
	if w.Backup != p.Config+".20261122-053000" || !bytes.Equal(read(t, w.Backup), read(t, shipped)) ||
		!bytes.Equal(read(t, p.Config), plan.Config) {
		t.Errorf("backup %q", w.Backup)
	}
	if got := string(read(t, p.Display)); !strings.HasSuffix(got, "\nTURN=\"-rotate 90\"\n") {
		t.Errorf("the screen's rotation is %q", got)
	}
	if _, _, err := config.ReadSecrets("razorpay", p.Credstore); err != nil {
		t.Errorf("gallad can't read the keys: %v", err)
	}
	// Now the machine can encrypt: the plain keys go, and the unit is told. Then it can't any more: the other way
	// round.
	p.Seal = func(name string, secret []byte, to string) error {
		return os.WriteFile(to, []byte("sealed "+name), 0o600)
	}
	if w, err = p.Write(plan); err != nil || !w.Encrypted {
		t.Fatalf("%+v, %v", w, err)
	}
	if left, _ := filepath.Glob(p.Credstore + "/*"); len(left) > 0 {
		t.Errorf("plain keys are left: %q", left)
	}
	got := string(read(t, p.DropIn))
	if !strings.Contains(got, "\nLoadCredentialEncrypted=gateway-razorpay:"+p.Encrypted+"/gateway-razorpay\n") {
		t.Errorf("drop-in %q", got)
	}
	p.Seal = func(string, []byte, string) error { return errors.New("no TPM") }
	if w, err = p.Write(plan); err != nil || w.Encrypted {
		t.Fatalf("%+v, %v", w, err)
	}
	if _, err := os.Stat(p.DropIn); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the drop-in stays: %v", err)
	}
	// The old encrypted keys are gone: a setup that keeps what is stored must not bring them back.
	for i := range a.Gateways {
		a.Gateways[i].Keep = true
	}
	if plan, err = Make(p.Config, read(t, p.Config), a); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(plan); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p.DropIn); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the drop-in names keys of an earlier setup: %s", read(t, p.DropIn))
	}
}

// TestKeysOutliveADeath: when we die between the encrypted keys and the drop-in that names them, the plain ones still
// stand.
func TestKeysOutliveADeath(t *testing.T) {
	p := places(t)
	plan, err := Make(p.Config, read(t, p.Config), asha())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(plan); err != nil {
		t.Fatal(err)
	}
	p.Seal = func(_ string, _ []byte, to string) error { return os.WriteFile(to, []byte("sealed"), 0o600) }
	if err := os.MkdirAll(filepath.Join(p.DropIn, "in the way"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(plan); err == nil {
		t.Fatal("it says that it is written")
	}
	if _, _, err := config.ReadSecrets("razorpay", p.Credstore); err != nil {
		t.Errorf("gallad would have no keys: %v", err)
	}
}

// TestWriteDies: whichever step fails, the old config stands whole.
func TestWriteDies(t *testing.T) {
	for name, harm := range map[string]func(*Places) string{
		"keys":    func(p *Places) string { return p.Credstore },
		"backup":  func(p *Places) string { return p.Config + ".20261122-053000.new/x" },
		"display": func(p *Places) string { return p.Display + ".new/x" },
		"config":  func(p *Places) string { return p.Config + ".new/x" },
	} {
		t.Run(name, func(t *testing.T) {
			p := places(t)
			path := harm(&p)
			// A thing that is in the way, and can't be removed because it is no empty folder or no folder at all.
			err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o644))
			if err != nil {
				t.Fatal(err)
			}
			before := read(t, p.Config)
			a := asha()
			a.Rotate = 90
			plan, err := Make(p.Config, before, a)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Write(plan); err == nil {
				t.Error("it says that it is written")
			} else if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v tells a key", err)
			}
			if !bytes.Equal(read(t, p.Config), before) {
				t.Error("the config was changed")
			}
		})
	}
}

// TestStoredKeys: what was stored is found again, encrypted or not; what can't be opened is no other gateway's fault.
func TestStoredKeys(t *testing.T) {
	p := places(t)
	if _, _, err := p.Keys("razorpay"); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("before setup: %v", err)
	}
	plan, err := Make(p.Config, read(t, p.Config), asha())
	if err != nil {
		t.Fatal(err)
	}
	seals := map[string]func(string, []byte, string) error{"plain": nil,
		"encrypted": func(_ string, secret []byte, to string) error {
			return os.WriteFile(to, append([]byte("sealed:"), secret...), 0o600)
		}}
	p.Open = func(name, from string) ([]byte, error) {
		raw, found := bytes.CutPrefix(read(t, from), []byte("sealed:"))
		if !found || name != "gateway-razorpay" {
			return nil, errors.New("another machine's")
		}
		return raw, nil
	}
	for _, how := range []string{"plain", "encrypted"} {
		p.Seal = seals[how]
		if _, err := p.Write(plan); err != nil {
			t.Fatal(err)
		}
		dir := map[string]string{"plain": p.Credstore, "encrypted": p.Encrypted}[how]
		if s, path, err := p.Keys("razorpay"); err != nil || s.KeySecret == "" || filepath.Dir(path) != dir {
			t.Errorf("%s: %q, %v", how, path, err)
		}
	}
	if err := os.WriteFile(filepath.Join(p.Encrypted, "gateway-razorpay"), []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Keys("razorpay"); err == nil || !strings.Contains(err.Error(), "must be entered anew") ||
		strings.Contains(err.Error(), "hunter2") {
		t.Errorf("keys of another machine: %v", err)
	}
}

func TestPorts(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"dev/serial/by-id", "dev/serial/by-path"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"dev/ttyUSB0", "dev/ttyUSB1", "dev/ttyACM0"} {
		if err := os.WriteFile(filepath.Join(root, f), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, to := range map[string]string{"dev/serial/by-id/usb-tvs": "../../ttyUSB0",
		"dev/serial/by-path/pci-1": "../../ttyUSB1", "dev/serial/by-path/pci-0": "../../ttyUSB0",
		"dev/serial/by-id/gone": "../../ttyUSB9"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.ReplaceAll(strings.Join(Ports(root), " "), root, "")
	if want := "/dev/serial/by-id/usb-tvs /dev/serial/by-path/pci-1 /dev/ttyACM0"; got != want {
		t.Errorf("ports %q, want %q", got, want)
	}
}

// TestNewKeysKeepWebhookSecrets: a till with webhooks gets new keys, and still starts.
func TestNewKeysKeepWebhookSecrets(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	dir := t.TempDir()
	p := At(filepath.Join(dir, "gallad.toml"), dir)
	answers := func(id string, hooks ...string) Answers {
		return Answers{
			Shop: "Asha",
			Gateways: []Gateway{
				{Provider: "razorpay", KeyID: "rzp_live_" + id, KeySecret: "hunter2", WebhookSecrets: hooks},
			},
		}
	}
	for _, tc := range []struct {
		id          string
		gives, want []string
	}{{"A", []string{"one", "two"}, []string{"one", "two"}}, {"B", nil, []string{"one", "two"}},
		{"C", []string{"three"}, []string{"three"}}} {
		plan, err := p.Plan(answers(tc.id, tc.gives...))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Write(plan); err != nil {
			t.Fatal(err)
		}
		if k, _, err := p.Keys("razorpay"); err != nil || k.KeyID != "rzp_live_"+tc.id ||
			!slices.Equal(k.WebhookSecrets, tc.want) {
			t.Errorf("%s: %v, key id %q, %d webhook secrets", tc.id, err, k.KeyID, len(k.WebhookSecrets))
		}
	}
}

func FuzzAnswers(f *testing.F) {
	f.Add(
		[]byte("shop = \"Asha\"\n[[gateway]]\nprovider = \"razorpay\"\nkey_id = \"rzp_live_a\"\nkey_secret = \"b\"\n"),
		[]byte("[shop]\nname = \"x\"\n"),
	)
	f.Add([]byte("shop = \"\\u0000\"\n"), []byte("[[gateway]]\n"))
	f.Fuzz(func(t *testing.T, answers, old []byte) {
		a, err := ParseAnswers("a", answers)
		if err != nil {
			return
		}
		p, err := Make("c", old, a)
		if err != nil {
			return
		}
		if _, err := config.Parse("c", p.Config); err != nil {
			t.Errorf("a plan gallad doesn't take: %v\n%s", err, p.Config)
		}
	})
}
