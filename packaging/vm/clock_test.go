//go:build rig

package vm

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestClock: what the setup page asks for while nobody has set the box up becomes the machine's time, by systemd's own
// timedated and under the shipped unit; of a box that is set up it does not.
func TestClock(t *testing.T) {
	_, disk := installed(t)
	m := boot(t, hardware{root: disk})
	s := m.shell(slow)
	const ask = "mkdir -p /run/galla/setup && printf %s 2031-05-06T07:08:09Z > /run/galla/setup/.clock " +
		"&& mv /run/galla/setup/.clock /run/galla/setup/clock"
	answered := func() {
		within(t, slow, "the wish to be taken away", func(context.Context) bool {
			_, code, err := s.try("test ! -e /run/galla/setup/clock && test $(systemctl show -P ActiveState "+
				"galla-setup.service) != activating", time.Minute)
			return err == nil && code == 0
		})
	}

	s.run(t, ask)
	answered()
	if out := s.run(t, "date -u +%Y; journalctl -b -u galla-setup -o cat --no-pager"); strings.HasPrefix(out, "2031") ||
		!strings.Contains(out, "set up already") {
		t.Errorf("of a box that is set up: %s", out)
	}

	s.run(t, "mv /etc/galla/gallad.toml /root/; systemctl restart gallad galla-setup.path; systemctl reset-failed "+
		"galla-setup.service || true")
	s.run(t, ask)
	answered()
	out := s.run(t, "date -u +%Y-%m-%d; journalctl -b -u galla-setup -o cat --no-pager")
	if !strings.HasPrefix(out, "2031-05-06") {
		t.Errorf("of a new box: %s", out)
	}
	m.poweroff(s)
}
