package image

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// card is a file with the partitions of assemble.sh, smaller, and room behind them.
type card struct {
	*testing.T
	dir, file string
}

func newCard(t *testing.T, megabytes int64) *card {
	t.Helper()
	c := &card{T: t, dir: t.TempDir()}
	c.file = filepath.Join(c.dir, "card")
	if err := os.WriteFile(c.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(c.file, megabytes<<20); err != nil {
		t.Fatal(err)
	}
	c.table(`label: dos
label-id: 0x6a11a000
start=4MiB, size=4MiB, type=c, bootable
start=8MiB, size=4MiB, type=c
start=12MiB, size=4MiB, type=c
start=16MiB, size=84MiB, type=5
start=17MiB, size=20MiB, type=83
start=38MiB, size=20MiB, type=83
start=59MiB, size=30MiB, type=83
`)
	for at := int64(4); at < 89; at++ { // what is on the partitions, past the links of the logical ones
		if at >= 16 && at%21 != 0 {
			c.put(at<<20+4096, fmt.Sprintf("megabyte %d", at))
		}
	}
	return c
}

func (c *card) table(text string) {
	c.Helper()
	cmd := exec.Command("/usr/sbin/sfdisk", "--quiet", c.file)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		c.Fatalf("sfdisk (apt-get install fdisk): %v %s", err, out)
	}
}

func (c *card) put(at int64, text string) {
	c.Helper()
	f, err := os.OpenFile(c.file, os.O_WRONLY, 0)
	if err != nil {
		c.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(text), at); err != nil {
		c.Fatal(err)
	}
}

// grow runs the script. The kernel's part is a program of the test that notes how it was called; the plug is pulled
// before or after the call'th call of sfdisk that writes (0: never).
func (c *card) grow(call int, after bool) (calls string, err error) {
	c.Helper()
	bin := filepath.Join(c.dir, "bin")
	os.MkdirAll(bin, 0o755)
	os.Remove(filepath.Join(c.dir, "calls"))
	os.Remove(filepath.Join(c.dir, "writes"))
	note := "#!/bin/sh\n" + c.locked() + "echo \"$(basename $0) $*\" >> " + c.dir + "/calls\n"
	cut := fmt.Sprintf(`#!/bin/sh
case "$*" in *-N*) ;; *) exec /usr/sbin/sfdisk "$@" ;; esac
%[4]secho . >> %[1]s/writes
n=$(wc -l < %[1]s/writes)
if [ $n = %[2]d ]; then [ %[3]t = false ] || /usr/sbin/sfdisk "$@"; kill -9 $PPID; exit 1; fi
exec /usr/sbin/sfdisk "$@"
`, c.dir, call, after, c.locked())
	for name, text := range map[string]string{"partx": note, "resize2fs": note, "sync": note, "sfdisk": cut} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o755); err != nil {
			c.Fatal(err)
		}
	}
	cmd := exec.Command("files/usr/lib/galla/grow")
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "GALLA_CARD="+c.file, "GALLA_DATA="+c.file+"7")
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	if free, err := os.ReadFile(filepath.Join(c.dir, "free")); err == nil {
		c.Errorf("udev could look at the card while these ran: %s", free)
	}
	said, _ := os.ReadFile(filepath.Join(c.dir, "calls"))
	return string(said), err
}

// locked is a line for a program that notes when it is run without the card's lock.
func (c *card) locked() string {
	return fmt.Sprintf("flock -n %s true && echo \"$(basename $0)\" >>%s/free\n", c.file, c.dir)
}

var partition = regexp.MustCompile(`(?m)^\S*card(\d) : start= *(\d+), size= *(\d+)`)

// ends are where the partitions begin and end, in MiB, as sfdisk reads the table.
func (c *card) ends() map[string][2]int {
	c.Helper()
	out, err := exec.Command("/usr/sbin/sfdisk", "-d", c.file).Output()
	if err != nil {
		c.Fatal(err)
	}
	all := map[string][2]int{}
	for _, m := range partition.FindAllStringSubmatch(string(out), -1) {
		start, _ := strconv.Atoi(m[2])
		size, _ := strconv.Atoi(m[3])
		all[m[1]] = [2]int{start / 2048, (start + size) / 2048}
	}
	return all
}

// contents is a sum over what is on the partitions of the image, but for the links of the logical ones.
func (c *card) contents() string {
	c.Helper()
	raw, err := os.ReadFile(c.file)
	if err != nil {
		c.Fatal(err)
	}
	sum := sha256.New()
	for at := 4 << 20; at < 89<<20; at += 1 << 20 {
		if at>>20 != 16 && at>>20 != 37 && at>>20 != 58 {
			sum.Write(raw[at : at+1<<20])
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// TestGrow (box.md 2): the data partition gets the rest of the card, whenever the plug was pulled before; no other
// partition moves, and what is on them stays.
func TestGrow(t *testing.T) {
	for _, cut := range []struct {
		call  int
		after bool
	}{{0, false}, {1, false}, {1, true}, {2, false}, {2, true}} {
		t.Run(fmt.Sprintf("cut %d %t", cut.call, cut.after), func(t *testing.T) {
			c := newCard(t, 400)
			before, held := c.ends(), c.contents()
			if cut.call > 0 {
				if _, err := c.grow(cut.call, cut.after); err == nil {
					t.Fatal("the plug was not pulled")
				}
				if now := c.ends(); now["7"][0] != before["7"][0] || now["7"][1] > now["4"][1] {
					t.Fatalf("after the cut the data partition is %v in %v", now["7"], now["4"])
				}
			}

			calls, err := c.grow(0, false)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(calls, "partx --update --nr 7 "+c.file+"\nresize2fs "+c.file+"7\n") {
				t.Errorf("the kernel's part was %q", calls)
			}
			now := c.ends()
			if now["4"][1] != 400 || now["7"] != [2]int{59, 400} {
				t.Errorf("the data partition is %v in %v", now["7"], now["4"])
			}
			for _, n := range []string{"1", "2", "3", "5", "6"} {
				if now[n] != before[n] {
					t.Errorf("partition %s is %v, and was %v", n, now[n], before[n])
				}
			}
			if c.contents() != held {
				t.Error("what is on the partitions has changed")
			}
		})
	}
}

// TestGrownStays: a card that is full is not written to.
func TestGrownStays(t *testing.T) {
	c := newCard(t, 104)
	if _, err := c.grow(0, false); err != nil {
		t.Fatal(err)
	}
	if now := c.ends(); now["7"][1] != now["4"][1] {
		t.Errorf("the partitions are %v", now)
	}
	was, err := os.ReadFile(c.file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.grow(0, false); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(c.dir, "writes")); err == nil {
		t.Error("the second start wrote to the partition table")
	}
	if now, err := os.ReadFile(c.file); err != nil || string(now) != string(was) {
		t.Error("the second start changed the card")
	}
}
