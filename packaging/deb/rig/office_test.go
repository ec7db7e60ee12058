//go:build rig

package rig

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// officeOn are the Debians that TestOffice runs on.
var officeOn = flag.String("office.on", "bookworm", "`names` of Debians, with commas between them")

// newOfficeDebian has what galla-office needs in apt's cache, not installed: apt finds it without a network.
func newOfficeDebian(t *testing.T, suite string) (tar string) {
	t.Helper()
	return newDebian(t, suite, suite+"-office", "--include=sudo,curl,openssl,bsdutils", "--skip=cleanup/apt",
		`--customize-hook=chroot "$1" apt-get install -y --download-only postgresql nginx-light`)
}

// guide is packaging/docs/office.md: what it shows indented is what an owner types.
type guide struct {
	t     *testing.T
	lines []string
}

func newGuide(t *testing.T) guide {
	t.Helper()
	raw, err := os.ReadFile(top + "/packaging/docs/office.md")
	if err != nil {
		t.Fatal(err)
	}
	return guide{t, strings.Split(string(raw), "\n")}
}

// at is the indented line that begins so, without what is said beside it, and the number of the one behind it.
func (g guide) at(begins string) (line string, next int) {
	g.t.Helper()
	n := slices.IndexFunc(g.lines, func(l string) bool { return strings.HasPrefix(l, "    "+begins) })
	if n < 0 {
		g.t.Fatalf("office.md has no %q", begins)
	}
	for line, next = g.lines[n], n+1; strings.HasSuffix(line, `\`); next++ {
		line = strings.TrimSuffix(line, `\`) + strings.TrimSpace(g.lines[next])
	}
	line, _, _ = strings.Cut(line, "  #")
	return strings.TrimSpace(line), next
}

func (g guide) line(begins string) string {
	g.t.Helper()
	line, _ := g.at(begins)
	return line
}

// block is the indented lines from the one that begins so to the first empty one.
func (g guide) block(begins string) string {
	g.t.Helper()
	line, next := g.at(begins)
	for ; strings.HasPrefix(g.lines[next], "    "); next++ {
		line += "\n" + strings.TrimSpace(g.lines[next])
	}
	return line + "\n"
}

// said is what a program says behind a name at the beginning of a line.
func said(t *testing.T, text, name string) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^` + name + `\s+(\S+)`).FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in\n%s", name, text)
	}
	return found[1]
}

const (
	signIn = `curl -sS --fail-with-body -c /root/jar -b /root/jar https://office.example/v1/owner/session ` +
		`-H "Origin: https://office.example" --json '{"name":"Meena","password":"a long enough one"}'`
	today = `curl -sS --fail-with-body -b /root/jar https://office.example/v1/owner/today`
)

// TestOffice: a head office from its package, by the words of packaging/docs/office.md, asked by curl, with a box that
// joins it and sells; behind nginx; upgraded, put back to a backup, removed, purged, installed again.
func TestOffice(t *testing.T) {
	till, first := newBuilt(t, "galla"), newBuilt(t, "galla-office")
	later := repacked(t, first, "9.0.0~rig-1", func(p pack) {
		p.edit("usr/share/galla-office/office.toml", "The settings of a head office", "What a head office is told")
	})
	for suite := range strings.SplitSeq(*officeOn, ",") {
		t.Run(suite, func(t *testing.T) {
			b := newBoxFrom(t, newOfficeDebian(t, suite))
			lifeOfAnOffice(b, newGuide(t), till, first, later)
		})
	}
}

func lifeOfAnOffice(b *box, g guide, till, first, later string) {
	b.give(first, "/root/"+filepath.Base(first))
	b.give(till, "/root/galla.deb")
	b.give(filepath.Join(filepath.Dir(till), "stage/amd64/galla-sim"), "/usr/local/bin/galla-sim")
	// Nobody is there to be asked, and what is only recommended has not been loaded.
	b.write("/etc/apt/apt.conf.d/rig", "APT::Get::Assume-Yes \"true\";\nAPT::Install-Recommends \"false\";\n", 0o644)
	b.write("/etc/dpkg/dpkg.cfg.d/rig", "force-unsafe-io\n", 0o644) // this machine is thrown away
	b.do("echo 127.0.0.1 localhost office.example $(hostname) >>/etc/hosts")
	// types is what an owner types in his folder.
	types := func(line string) string { b.t.Helper(); return b.do("cd /root && " + line) }
	received := func(want int) {
		b.t.Helper()
		b.within(4*time.Minute, "the owner's page to show the money", func() bool {
			var page struct {
				Heard struct {
					Received int `json:"received_paise"`
				} `json:"heard"`
			}
			time.Sleep(time.Second) // the page is not asked faster than a person does
			got, err := b.try(today)
			return err == nil && json.Unmarshal([]byte(got), &page) == nil && page.Heard.Received == want
		})
	}
	shops := func(want string) {
		b.t.Helper()
		b.within(time.Minute, "answering", func() bool { _, err := b.try(signIn); return err == nil })
		b.says(today, want)
	}
	active := func() { b.t.Helper(); b.says("systemctl is-active galla-office", "active") }

	b.step("installed, it has a database and waits for its address", func(t *testing.T) {
		out := types(g.line("sudo apt install ./galla-office"))
		if !strings.Contains(out, "write its address into /etc/galla/office.toml") {
			t.Errorf("installing says\n%s", out)
		}
		b.says("systemctl is-active galla-office", "inactive")
		b.says("systemctl is-enabled galla-office", "enabled")
		b.says("sudo -u postgres psql -AtXc '\\l' 2>/dev/null", "galla-office|galla-office|UTF8")
	})
	b.step("settings, a certificate, the first owner", func(t *testing.T) {
		types(g.line("openssl req"))
		types(g.line("sudo install"))
		b.write("/etc/galla/office.toml", g.block(`address = "https://office.example"`), 0o644)
		types(g.line("sudo systemctl start galla-office"))
		active()
		types("echo a long enough one | " + g.line("sudo galla-office user add"))
		b.do("cp /root/office.crt /usr/local/share/ca-certificates/ && update-ca-certificates")
		b.do(signIn)
		b.says(`curl -sS -o /dev/null -w '%{http_code}' https://office.example/v1/owner/today`, "401")
		if said, err := b.try("sudo -u galla-office cat /etc/galla/office.key"); err != nil {
			t.Errorf("the office can't read its key: %s", said)
		}
		b.says("sudo -u nobody cat /etc/galla/office.key 2>&1", "Permission denied")
	})
	b.step("a shop, a box that joins, and a sale", func(t *testing.T) {
		types(g.line("sudo galla-office name"))
		types(g.line("sudo galla-office shop add"))
		types(g.line("sudo galla-office counter add"))
		code := types(g.line("sudo galla-office code"))
		print := b.do("openssl x509 -in /root/office.crt -noout -fingerprint -sha256 | cut -d= -f2")
		if got := said(t, code, "fingerprint"); got != print {
			t.Errorf("the fingerprint is told as %s, and openssl says %s", got, print)
		}

		b.do("apt-get install /root/galla.deb")
		b.do("systemd-run --quiet --unit=simulator /usr/local/bin/galla-sim -calm -quiet")
		b.write("/etc/credstore/gateway-razorpay", "key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \""+secret+
			"\"\n", 0o600)
		// A demonstration counts nowhere.
		b.write("/etc/galla/gallad.toml", strings.Replace(settings, "demo = true\n", "", 1), 0o644)
		b.selling()
		join := strings.NewReplacer("1234-5678", said(t, code, "code"), "AA:BB:…", print).
			Replace(g.line("sudo galla office join"))
		types("echo yes | script -qec '" + join + "' /dev/null")
		list := types(g.line("sudo galla-office terminal list"))
		terminal := regexp.MustCompile(`\b[a-z2-7]{16}\b`).FindString(list)
		if terminal == "" {
			t.Fatalf("the list of what waits is\n%s", list)
		}
		types(strings.Replace(g.line("sudo galla-office terminal confirm"), "ipmuourvjkuepsfq", terminal, 1))

		b.do("galla sale 250")
		var s sale
		b.within(time.Minute, "the QR", func() bool { s = b.sale("1"); return s.Phase == "awaiting" })
		raw, err := json.Marshal(map[string]string{"payload": s.QR.Payload})
		if err != nil {
			t.Fatal(err)
		}
		b.do("curl -sSf http://127.0.0.1:8803/pay --json '" + string(raw) + "'")
		received(25000)
		shops(`"MG Road"`)
	})
	b.step("restarted, and upgraded while it runs", func(t *testing.T) {
		b.do("systemctl restart galla-office")
		active()
		pid := b.do("systemctl show -P MainPID galla-office")
		b.give(later, "/root/later.deb")
		b.do("apt-get install /root/later.deb")
		active()
		if b.do("systemctl show -P MainPID galla-office") == pid {
			t.Error("the office was not restarted by the upgrade")
		}
		b.says("cat /usr/share/galla-office/office.toml", "What a head office is told")
		received(25000)
		b.says("systemctl show -P NRestarts galla-office", "0")
	})
	b.step("a backup, and back to it: what the box has since is there again", func(t *testing.T) {
		types(g.line("sudo -u postgres pg_dump"))
		types(`sudo galla-office shop add "Forgotten"`)
		b.do("galla sale 100")
		var s sale
		b.within(time.Minute, "the QR", func() bool { s = b.sale("2"); return s.Phase == "awaiting" })
		raw, err := json.Marshal(map[string]string{"payload": s.QR.Payload})
		if err != nil {
			t.Fatal(err)
		}
		b.do("curl -sSf http://127.0.0.1:8803/pay --json '" + string(raw) + "'")
		received(35000)
		types(g.block("sudo systemctl stop galla-office"))
		active()
		received(35000)
		if said := b.do(signIn + " && " + today); strings.Contains(said, "Forgotten") {
			t.Errorf("a shop that was added behind the backup is there: %s", said)
		}
		types("sudo systemctl stop gallad gallad.socket && sudo galla-office check --files /var/lib/galla --all")
	})
	b.step("behind nginx", func(t *testing.T) {
		b.do("apt-get install nginx-light")
		b.write("/etc/nginx/conf.d/office.conf", `server {
	listen 443 ssl;
	server_name office.example;
	ssl_certificate /etc/galla/office.crt;
	ssl_certificate_key /etc/galla/office.key;
	`+g.line("location /")+"\n}\n", 0o644)
		b.write("/etc/galla/office.toml", "address = \"https://office.example\"\nbehind_proxy = \"127.0.0.1\"\n", 0o644)
		b.do("systemctl restart galla-office && systemctl restart nginx")
		b.says("curl -sSI https://office.example/ | tr A-Z a-z", "server: nginx")
		shops(`"MG Road"`)
		b.do("systemctl start gallad.socket gallad")
		b.within(time.Minute, "the box to report through nginx", func() bool {
			_, err := b.try("galla office status")
			return err == nil
		})
		b.do("systemctl stop nginx")
	})
	b.step("removed, purged: the books stay; installed again it has them", func(t *testing.T) {
		b.do("apt-get remove galla-office")
		b.says("systemctl is-active galla-office", "inactive")
		b.says("ls /etc/galla", "office.toml")
		if out := b.do("apt-get purge galla-office"); !strings.Contains(out, "stay in PostgreSQL") {
			t.Errorf("purging says\n%s", out)
		}
		b.says("test -e /etc/galla/office.toml || echo gone", "gone")
		b.do("apt-get install /root/later.deb")
		b.write("/etc/galla/office.toml", g.block(`address = "https://office.example"`), 0o644)
		b.do("systemctl start galla-office")
		shops(`"MG Road"`)
	})
}
