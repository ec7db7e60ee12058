package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// radio gives the box a radio, which is up as soon as somebody tries; a network card beside it is none.
func (b *box) radio(name, operstate string) {
	b.t.Helper()
	for _, d := range []string{name + "/phy80211", "eth0"} {
		if err := os.MkdirAll(filepath.Join(b.dir, "net", d), 0o755); err != nil {
			b.t.Fatal(err)
		}
	}
	b.write("net/"+name+"/operstate", operstate+"\n")
	b.write("net/eth0/operstate", "up\n")
}

// supplied checks a configuration with Debian's wpa_supplicant, which reads it before it looks for the radio.
func supplied(t *testing.T, conf string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "wifi.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command("/usr/sbin/wpa_supplicant", "-c", file, "-i", "no-such-radio").CombinedOutput()
	if text := string(out); strings.Contains(text, "Failed to read") || strings.Contains(text, "Line ") ||
		!strings.Contains(text, "no-such-radio") {
		t.Errorf("wpa_supplicant says %s", text)
	}
}

func TestWiFiJoins(t *testing.T) {
	for what, c := range map[string]struct{ file, conf string }{
		"a name and a password": {"name = Sharma Stores\npassword = dukaan-42\n",
			"ssid=536861726d612053746f726573\n\tscan_ssid=1\n\tkey_mgmt=WPA-PSK WPA-PSK-SHA256 SAE\n\tieee80211w=1\n" +
				"\tpsk=382854a99489b0dbaf51526dcef5aa37ac5ae4de2a49fccac693cdcc980667d5\n" +
				"\tsae_password=64756b61616e2d3432\n"},
		"as Windows writes it": {"\xef\xbb\xbfName=Sharma Stores  \r\nPASSWORD =dukaan-42\r\n",
			"ssid=536861726d612053746f726573\n\tscan_ssid=1\n\tkey_mgmt=WPA-PSK"},
		"a name in Hindi": {"name = दुकान\npassword = dukaan-42", "ssid=e0a4a6e0a581e0a495e0a4bee0a4a8\n"},
		"signs": {`name = $(reboot) "x"` + "\n" + `password = "a\b'c$d#=`,
			"sae_password=22615c6227632464233d\n"},
		"an open network": {"name = Guests", "key_mgmt=NONE\n"},
		"the longest, and notes": {"# router in the back\nname = " + strings.Repeat("n", 32) + "\npassword = " +
			strings.Repeat("p", 63) + "\nname = second\n", "sae_password=" + strings.Repeat("70", 63) + "\n"},
	} {
		t.Run(what, func(t *testing.T) {
			b := newBox(t)
			b.radio("wlan0", "up")
			b.plug("sda1", "galla-wifi.txt", c.file)
			b.says("the journal", b.stick("sda1", true), "This box has joined the Wi-Fi ")
			b.says("the stick", b.read("sticks/sda1/galla-wifi-answer.txt"), "This box has joined the Wi-Fi ")
			conf := b.read("wifi/wifi.conf")
			b.says("wpa_supplicant's file", conf, c.conf)
			b.says("wpa_supplicant's file", conf, "country=IN\n")
			supplied(t, conf)
			b.want("units", b.read("systemctl"), "restart galla-wifi@wlan0.service\n")
			if info, err := os.Stat(filepath.Join(b.dir, "wifi/wifi.conf")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the password may be read by others: %v %v", info.Mode(), err)
			}

			// Left in, or plugged in again, it disturbs nothing.
			b.says("the journal", b.stick("sda1", true), "knows the Wi-Fi")
			b.want("units", b.read("systemctl"), "restart galla-wifi@wlan0.service\n")
		})
	}
}

func TestWiFiRefused(t *testing.T) {
	for what, c := range map[string]struct{ file, want string }{
		"nothing in it":        {"", "no line \"name = …\""},
		"UTF-16":               {"\xff\xfen\x00a\x00m\x00e\x00 \x00=\x00 \x00x\x00", "no line \"name = …\""},
		"only a password":      {"password = dukaan-42", "no line \"name = …\""},
		"a long name":          {"name = दुकान दुकान!!\npassword = dukaan-42", "its name has 33 bytes"},
		"a short password":     {"name = x\npassword = 1234567", "its password has 7 letters"},
		"a long password":      {"name = x\npassword = " + strings.Repeat("p", 64), "its password has 64 letters"},
		"letters no Wi-Fi has": {"name = x\npassword = दुकान-42", "a letter that is not on an English keyboard"},
		"another word for it": {"name = Sharma Stores\npasswort = dukaan-42",
			"line 2 of galla-wifi.txt is neither"},
		"a colon": {"name = Sharma Stores\r\n\r\npassword: dukaan-42\r\n",
			"line 3 of galla-wifi.txt is neither"},
		"a blank of a phone": {"# shop\nname = Sharma Stores\n\u00a0password = dukaan-42\n",
			"line 3 of galla-wifi.txt is neither"},
		"an empty password": {"name = Sharma Stores\npassword =\n", "its password is empty"},
		"a password far below": {"name = x\n" + strings.Repeat("#", 5000) + "\npassword = dukaan-42",
			"more than 4096 bytes"},
		"a gigabyte, say": {strings.Repeat("#", 5000) + "\nname = x\n", "no line \"name = …\""},
	} {
		t.Run(what, func(t *testing.T) {
			b := newBox(t)
			b.radio("wlan0", "up")
			b.plug("sda1", "galla-wifi.txt", c.file)
			b.says("the journal", b.stick("sda1", true), "The Wi-Fi was not changed: ")
			b.says("the stick", b.read("sticks/sda1/galla-wifi-answer.txt"), c.want)
			b.want("wpa_supplicant's file", b.read("wifi/wifi.conf"), "")
			b.want("units", b.read("systemctl"), "")
			if strings.Contains(b.read("sticks/sda1/galla-wifi-answer.txt"), "dukaan-42") {
				t.Error("the answer has the password")
			}
		})
	}
}

func TestWiFiThatDoesNotAnswer(t *testing.T) {
	b := newBox(t)
	b.radio("wlan0", "dormant")
	b.plug("sda1", "galla-wifi.txt", "name = Sharma Stores\npassword = wrong-letters")
	out := b.stick("sda1", true)
	b.says(
		"the stick",
		b.read("sticks/sda1/galla-wifi-answer.txt"),
		"could not join the Wi-Fi Sharma Stores within 40 seconds",
	)
	if strings.Contains(out+b.read("sticks/sda1/galla-wifi-answer.txt"), "wrong-letters") {
		t.Errorf("the password is in the journal or the answer: %s", out)
	}
	// The right one, on the same stick.
	b.write("net/wlan0/operstate", "up\n")
	b.plug("sda1", "galla-wifi.txt", "name = Sharma Stores\npassword = right-letters")
	b.says("the journal", b.stick("sda1", true), "has joined")
	b.says("the stick", b.read("sticks/sda1/galla-wifi-answer.txt"), "This box has joined")
}

func TestWiFiWithoutARadio(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla-wifi.txt", "name = Sharma Stores\npassword = dukaan-42")
	b.says("the journal", b.stick("sda1", true), "has no radio that its system knows")
	b.says("wpa_supplicant's file", b.read("wifi/wifi.conf"), "sae_password=64756b61616e2d3432")
}

func TestWiFiThatCannotBeKept(t *testing.T) {
	b := newBox(t)
	b.radio("wlan0", "up")
	b.write("wifi", "a file where the folder should be")
	b.plug("sda1", "galla-wifi.txt", "name = Sharma Stores\npassword = dukaan-42")
	b.stick("sda1", true)
	b.says("the stick", b.read("sticks/sda1/galla-wifi-answer.txt"), "could not write it down")
	b.want("units", b.read("systemctl"), "")
}

// A stick may bring both, and a Wi-Fi that fails keeps no update away.
func TestWiFiBesideAnUpdate(t *testing.T) {
	b := newBox(t)
	b.plug("sda1", "galla-wifi.txt", "", "galla.raucb", "signed 2")
	b.says("the journal", b.stick("sda1", true), "restarting into version 2")
	b.says("the stick", b.read("sticks/sda1/galla-wifi-answer.txt"), "was not changed")
	b.says("the stick", b.read("sticks/sda1/galla-update.txt"), "Version 2 is installed.")
}

func TestWiFiThatIsALink(t *testing.T) {
	b := newBox(t)
	b.write("precious", "name = x\npassword = of-the-box")
	b.plug("sda1")
	err := os.Symlink(filepath.Join(b.dir, "precious"), filepath.Join(b.dir, "sticks/sda1/galla-wifi.txt"))
	if err != nil {
		t.Fatal(err)
	}
	b.says("the journal", b.stick("sda1", true), "no galla.raucb")
	b.want("wpa_supplicant's file", b.read("wifi/wifi.conf"), "")
}
