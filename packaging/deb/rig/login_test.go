//go:build rig

package rig

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// paper is a printer on the network: it keeps what it gets in /root/paper, and says that it is well when it is asked
// (DLE EOT).
const paper = `use IO::Socket::INET;
my $l = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => 9100, Listen => 5, ReuseAddr => 1) or die $!;
while (my $c = $l->accept) {
	while (sysread($c, my $got, 65536)) {
		open(my $out, ">>", "/root/paper"); print $out $got; close($out);
		while ($got =~ /\x10\x04./sg) { syswrite($c, "\x12") }
	}
}
`

// TestDoor_17 is doors.md 17: under the shipped unit, on Debian 12 and 13, two logins of the group galla are two names
// in the book and on paper, several people behind one login say who they are with their PINs, and nothing says uid:0 or
// uid:65534.
func TestDoor_17(t *testing.T) {
	packages := newShelf(t)
	for _, suite := range []string{"bookworm", "trixie"} {
		t.Run(suite, func(t *testing.T) {
			b := newBoxOf(t, suite)
			b.give(packages.old, "/root/old.deb")
			b.give(packages.simulator, "/usr/local/bin/galla-sim")
			b.write("/root/paper.pl", paper, 0o644)
			b.do("systemd-run --quiet --unit=paper perl /root/paper.pl")
			b.do("systemd-run --quiet --unit=simulator /usr/local/bin/galla-sim -calm -quiet")
			b.write(
				"/etc/credstore/gateway-razorpay",
				"key_id = \"rzp_live_GallaSim000001\"\nkey_secret = \""+secret+"\"\n",
				0o600,
			)
			b.do("apt-get install -y --no-install-recommends /root/old.deb")
			b.write(
				"/etc/galla/gallad.toml",
				strings.Replace(settings, "demo = true\n", "demo = true\nprint_receipt = true\n", 1)+
					"[printer]\nport = \"tcp:127.0.0.1\"\nprofile = \"epson80\"\n",
				0o644,
			)
			b.do("systemctl restart gallad")
			b.selling()
			if got := b.do("systemctl show -P PrivateUsers gallad"); got != "no" {
				t.Errorf("PrivateUsers is %s", got)
			}

			b.do("useradd -m -G galla asha; useradd -m -G galla meena; useradd -m -G galla till")
			b.do("echo 2580 | galla person add Ravi --role owner && echo 1379 | galla person add Sunita --role cashier")
			for i, c := range []struct{ login, as, by, name string }{
				{"asha", "", "login:asha", "asha"}, {"meena", "", "login:meena", "meena"},
				{"till", "echo 1379 | galla --as Sunita", "cashier:Sunita", "Sunita"},
				{"root", "", "login:root", "root"},
			} {
				command := "galla"
				if c.as != "" {
					command = c.as
				}
				b.do("rm -f /root/paper")
				b.do(fmt.Sprintf("runuser -u %s -- sh -c '%s sale %d'", c.login, command, 100+i))
				n := fmt.Sprint(i + 1)
				b.within(time.Minute, "the QR", func() bool { return b.sale(n).Phase == "awaiting" })
				pay, err := json.Marshal(map[string]string{"payload": b.sale(n).QR.Payload})
				if err != nil {
					t.Fatal(err)
				}
				b.do(post("127.0.0.1:8803", "/pay", string(pay)))
				b.within(time.Minute, "paid", func() bool { return b.sale(n).Phase == "paid" })
				b.says("galla show "+n+" --json", fmt.Sprintf("%q", c.by))
				b.within(time.Minute, "the receipt", func() bool {
					got, _ := b.try("strings /root/paper 2>/dev/null || tr -cd '[:print:]\\n' </root/paper")
					return strings.Contains(got, c.name)
				})
			}
			b.says("galla operation list", "login:root") // who added the persons
			for _, never := range []string{"uid:0", "65534"} {
				got, _ := b.try("tr -cd '[:print:]' </root/paper; galla list; galla report x; galla operation list")
				if strings.Contains(got, never) {
					t.Errorf("something says %s: %s", never, got)
				}
			}
			if got, err := b.try("runuser -u asha -- galla person remove Ravi"); err == nil ||
				!strings.Contains(got, "galla --as") {
				t.Errorf("a login removes the owner: %v %s", err, got)
			}
		})
	}
}
