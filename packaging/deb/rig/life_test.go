//go:build rig

package rig

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

const settings = `[shop]
name = "Asha General Stores"
[till]
demo = true
life = "30m"
[[gateway]]
provider = "razorpay"
base_url = "http://127.0.0.1:8802"
`

const secret = "galla-sim-live-secret" // the simulator's; it opens nothing else

type sale struct {
	ID    string `json:"id"`
	Phase string `json:"phase"`
	QR    struct {
		Payload string `json:"payload"`
	} `json:"qr"`
}

func (b *box) sale(number string) (s sale) {
	b.t.Helper()
	if err := json.Unmarshal([]byte(b.do("galla show "+number+" --json")), &s); err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *box) selling() {
	b.t.Helper()
	b.within(time.Minute, "selling", func() bool {
		status, _ := b.try("systemctl show -P StatusText gallad")
		return strings.Contains(status, "taking sales")
	})
}

// TestLifeOfABox: one box from its first start to its purge.
func TestLifeOfABox(t *testing.T) {
	packages, b := newShelf(t), newBox(t)
	for name, file := range map[string]string{"old": packages.old, "later": packages.later,
		"newer": packages.newer, "former": packages.former} {
		b.give(file, "/root/"+name+".deb")
	}
	b.give(packages.simulator, "/usr/local/bin/galla-sim")
	install := func(name string) string {
		return "apt-get install -y --no-install-recommends --allow-downgrades /root/" + name + ".deb"
	}

	var before sale // the one on the screen
	b.step("a fresh install waits to be set up", func(t *testing.T) {
		b.do(install("old"))
		b.within(time.Minute, "waiting to be set up", func() bool {
			status, _ := b.try("systemctl show -P StatusText gallad")
			return strings.Contains(status, "not selling") && strings.Contains(status, "not set up yet")
		})
		first := b.do("systemctl show -P NRestarts gallad")
		b.says("galla health 2>&1", "not set up yet")
		b.says(
			"stat -c '%U:%G %a' /run/galla/gallad.sock /run/galla/display.sock | tr '\n' ' '",
			"root:galla 660 root:galla-display 660",
		)
		b.says(
			"systemctl is-enabled gallad.service gallad.socket gallad-display.socket galla-backup.timer "+
				"galla-verify.timer | sort -u",
			"enabled",
		)
		b.says("stat -c '%a' /etc/credstore", "700")
		b.says(
			"systemctl start galla-backup.service galla-verify.service && echo fine",
			"fine",
		) // without settings there is nothing to copy
		b.do("sleep 5")
		if now := b.do("systemctl show -P NRestarts gallad"); now != first {
			t.Errorf("gallad was started %s times while it waited", now)
		}
	})
	b.step("set up, it sells without a restart by hand", func(t *testing.T) {
		b.do("systemd-run --quiet --unit=simulator /usr/local/bin/galla-sim -calm -quiet")
		b.write(
			"/etc/credstore/gateway-razorpay",
			"key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \""+secret+"\"\n",
			0o600,
		)
		b.write("/etc/galla/gallad.toml", settings, 0o644)
		b.selling()
		b.says("cat /run/credentials/gallad.service/gateway-razorpay >/dev/null && echo loaded", "loaded")
		b.says("runuser -u galla -- cat /etc/credstore/gateway-razorpay 2>&1", "Permission denied")
	})
	b.step("a sale is on the screen, and the package is upgraded under a caller that never stops", func(t *testing.T) {
		b.do("galla sale 250 --reference BILL-17")
		b.within(time.Minute, "the QR", func() bool { before = b.sale("1"); return before.Phase == "awaiting" })
		pid, inode := b.do("systemctl show -P MainPID gallad"), b.do(
			"stat -c %i /run/galla/gallad.sock /run/galla/display.sock",
		)
		b.write("/root/caller", `#!/bin/sh
# Asks how the till is until it is told to stop; each line is the milliseconds that one answer took.
while [ ! -e /root/enough ]; do
	a=$(date +%s%N); galla list --json >/dev/null 2>>/root/refused || echo refused >>/root/refused
	b=$(date +%s%N); echo $(((b - a) / 1000000)) >>/root/asked
done
`, 0o755)
		b.do("systemd-run --quiet --unit=caller /root/caller")
		b.within(time.Minute, "asking", func() bool { n, _ := b.try("wc -l </root/asked"); return len(n) >= 2 })
		b.do(install("later"))
		b.selling()
		b.do("sleep 2; touch /root/enough; sleep 1")
		b.says("dpkg-query -W -f '${Version}' galla", "1.0.0~rig2-1")
		if now := b.do("systemctl show -P MainPID gallad"); now == pid {
			t.Error("gallad was not restarted by the upgrade")
		}
		if now := b.do("stat -c %i /run/galla/gallad.sock /run/galla/display.sock"); now != inode {
			t.Errorf("the sockets were made anew: %q, before %q", now, inode)
		}
		if refused, err := os.ReadFile(b.path("/root/refused")); err != nil || len(refused) > 0 {
			t.Errorf("the caller was refused: %q %v", refused, err)
		}
		t.Logf("asked %s times over the upgrade, 0 refused; the longest answer took %s ms",
			b.do("wc -l </root/asked"), b.do("sort -n /root/asked | tail -1"))
		if after := b.sale("1"); after.Phase != "awaiting" || after.QR.Payload != before.QR.Payload ||
			after.ID != before.ID {
			t.Errorf("after the upgrade the sale is %+v, before %+v", after, before)
		}
		b.says("cat /etc/galla/gallad.toml", "Asha General Stores")
	})
	b.step("the customer pays what was on the screen before the upgrade", func(t *testing.T) {
		pay := fmt.Sprintf(`{"payload":%q}`, before.QR.Payload)
		b.do(post("127.0.0.1:8803", "/pay", pay))
		b.within(time.Minute, "paid", func() bool { return b.sale("1").Phase == "paid" })

		got := b.do("journalctl --no-pager -o json SALE_ID=" + before.ID + " PHASE=paid")
		if !strings.Contains(got, `"GALLA_SEQ"`) {
			t.Errorf("the journal finds nothing of the sale by its fields: %q", got)
		}
	})
	b.step("an older galla is refused, and nothing is changed", func(t *testing.T) {
		b.do(install("newer"))
		b.selling()
		pid := b.do("systemctl show -P MainPID gallad")
		said, err := b.try(install("later"))
		if err == nil ||
			!strings.Contains(said, "This galla is older than the one whose sales are on this box (1.0.0~rig3-1)") ||
			!strings.Contains(said, "Nothing was changed") ||
			!strings.Contains(said, "To keep the sales, stay with that version") {
			t.Errorf("the downgrade gave %v and said\n%s", err, said)
		}
		b.says("dpkg-query -W -f '${Version} ${Status}' galla", "1.0.0~rig3-1 install ok installed")
		b.says("systemctl show -P MainPID gallad", pid)
		b.says("dpkg --audit; echo clean", "clean")
	})
	b.step(
		"removed: the units are gone, the sales and settings are there, and an older galla is refused still",
		func(t *testing.T) {
			b.do("apt-get remove -y galla")
			b.says("systemctl is-active gallad.service gallad.socket | sort -u", "inactive")
			b.says("ls /var/lib/galla /etc/galla", "sales.db")
			if said, err := b.try(install("old")); err == nil || !strings.Contains(said, "schema 99") {
				t.Errorf("the older galla over the removed one gave %v and said\n%s", err, said)
			}
			b.do(install("newer"))
			b.says("systemctl is-active gallad.service", "active") // before anybody calls at its socket
			b.selling()
			if s := b.sale("1"); s.ID != before.ID || s.Phase != "paid" {
				t.Errorf("after its return the sale is %+v", s)
			}
		},
	)
	b.step("what the remedy says is done: back to the older one", func(t *testing.T) {
		b.do("echo 2 >/usr/share/galla/schema")
		b.do(install("old"))
		b.selling()
		b.says("dpkg-query -W -f '${Version}' galla", "1.0.0~rig1-1")
	})
	b.step("an administrator's word holds over an upgrade", func(t *testing.T) {
		b.do("systemctl disable galla-verify.timer")
		b.do(install("later"))
		b.says("systemctl is-enabled galla-verify.timer", "disabled")
		b.says("systemctl is-enabled gallad.service", "enabled")
	})
	b.step("killed, it is back", func(t *testing.T) {
		b.do("kill -KILL $(systemctl show -P MainPID gallad)")
		start := time.Now()
		b.within(
			time.Minute,
			"coming back",
			func() bool { _, err := b.try("galla list"); return err == nil && time.Since(start) > time.Second },
		)
		b.selling()
		t.Logf("it answered %v after kill -9, 1 s of that systemd's pause",
			time.Since(start).Round(100*time.Millisecond))
	})
	b.step("the copy of the day, and its check", func(t *testing.T) {
		b.write(
			"/etc/galla/gallad.toml",
			strings.Replace(settings, "demo = true", "demo = true\nbackup = \"/var/lib/galla/copy.db\"", 1),
			0o644,
		)
		b.do(
			"systemctl restart gallad; systemctl stop gallad; cp -p /var/lib/galla/sales.db /var/lib/galla/copy.db; " +
				"systemctl start gallad",
		)
		b.do("systemctl start galla-backup.service && systemctl start galla-verify.service")
		b.says("journalctl -u galla-backup -u galla-verify --no-pager", "is the copy of 20")
		b.says("journalctl -u galla-backup -u galla-verify --no-pager", "is whole: everything was read")
		b.do("dd if=/dev/urandom of=/var/lib/galla/copy.db bs=4096 seek=4 count=4 conv=notrunc status=none")
		if said, err := b.try("systemctl start galla-verify.service"); err == nil {
			t.Errorf("a damaged copy passed its check: %s", said)
		}
		b.says("systemctl is-failed galla-verify.service", "failed")
	})
	b.step("no secret in the journal", func(t *testing.T) {
		if said, err := b.try("journalctl --no-pager -o export -u 'gall*' | grep -aF -e " + secret); err == nil {
			t.Errorf("the journal holds a key: %s", said)
		}
	})
	b.step("purged: the settings are gone, the sales stay, and it says where", func(t *testing.T) {
		said := b.do("apt-get purge -y galla")
		if !strings.Contains(said, "the sales stay in /var/lib/galla") {
			t.Errorf("the purge said\n%s", said)
		}
		b.says("ls /etc/galla 2>&1", "No such file")
		b.says("ls /var/lib/galla", "sales.db")
		b.says(
			"find / -xdev -name '*galla*' -path '*systemd*' -not -path '/proc/*' 2>/dev/null | grep -v timers/ | wc -l",
			"0",
		)
		b.do(install("later"))
		b.write("/etc/galla/gallad.toml", settings, 0o644)
		b.selling()
		if s := b.sale("1"); s.ID != before.ID {
			t.Errorf("after the purge the sale is %+v", s)
		}
	})
	b.step(
		"settings that were a conffile, and changed: an upgrade that runs by itself asks nothing",
		func(t *testing.T) {
			b.do("apt-get purge -y galla")
			b.do(install("former"))
			b.says("dpkg-query -W -f '${Conffiles}' galla", "/etc/galla/gallad.toml")
			b.write("/etc/galla/gallad.toml", settings, 0o644)
			b.selling()
			b.do("apt-get install -y --no-install-recommends /root/later.deb </dev/null")
			b.says("cat /etc/galla/gallad.toml", "Asha General Stores")
			b.says("cat /usr/share/galla/gallad.toml", "in other words")
			b.selling()
			b.do("apt-get purge -y galla")
			b.says("ls /etc/galla 2>&1", "No such file")
		},
	)
}

// post is a shell command that posts JSON: a minimal Debian has neither curl nor Python, but bash.
func post(host, path, body string) string {
	address := strings.Replace(host, ":", "/", 1)
	return fmt.Sprintf(
		`bash -c 'exec 3<>/dev/tcp/%s; printf "POST %s HTTP/1.0\r\nHost: %s\r\nContent-Type: `+
			`application/json\r\nContent-Length: %d\r\n\r\n%%s" "$0" >&3; head -1 <&3 | grep " 20"' '%s'`,
		address,
		path,
		host,
		len(body),
		body,
	)
}
