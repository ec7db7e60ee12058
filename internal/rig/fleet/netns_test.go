//go:build rig

package fleet

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"
)

// network is a network namespace in which a process runs, and the cable to it.
type network struct {
	t     *testing.T
	name  string
	cable string // its end in there
	there string // the address in it
}

func newNetwork(t *testing.T) *network {
	t.Helper()
	n := os.Getpid()
	k := &network{
		t:     t,
		name:  fmt.Sprintf("gf%d", n),
		cable: fmt.Sprintf("gf%db", n),
		there: fmt.Sprintf("10.231.%d.2", n%250),
	}
	here, end := fmt.Sprintf("10.231.%d.1/30", n%250), fmt.Sprintf("gf%da", n)
	t.Cleanup(func() {
		if out, err := exec.Command("ip", "netns", "del", k.name).CombinedOutput(); err != nil {
			t.Errorf("ip netns del %s: %v: %s", k.name, err, out)
		}
	})
	k.ip("netns", "add", k.name)
	k.ip("link", "add", end, "type", "veth", "peer", "name", k.cable, "netns", k.name)
	k.ip("addr", "add", here, "dev", end)
	k.ip("link", "set", end, "up")
	k.ip("-n", k.name, "addr", "add", k.there+"/30", "dev", k.cable)
	k.ip("-n", k.name, "link", "set", k.cable, "up")
	k.ip("-n", k.name, "link", "set", "lo", "up")
	return k
}

func (k *network) ip(args ...string) {
	k.t.Helper()
	if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
		k.t.Fatalf("ip %v: %v: %s", args, err, out)
	}
}

// inside are the words before a command that runs in it.
func (k *network) inside() []string { return []string{"nsenter", "--net=/run/netns/" + k.name} }

// pull takes the cable out in there for a time: nobody is told, what is sent is gone. The end here stays up, or the
// address would be looked for elsewhere. dead says that nobody got through.
func (k *network) pull(span time.Duration, to string) (dead bool) {
	for _, is := range []string{"down", "up"} {
		if out, err := exec.Command("ip", "-n", k.name, "link", "set", k.cable, is).CombinedOutput(); err != nil {
			k.t.Errorf("ip link set %s %s: %v: %s", k.cable, is, err, out)
		}
		if is == "down" {
			c, err := net.DialTimeout("tcp", to, span)
			if err == nil {
				c.Close()
			}
			dead = err != nil
			time.Sleep(span)
		}
	}
	return dead
}
