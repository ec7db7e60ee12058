package doctor

import (
	"strings"

	"galla/internal/counter/wire"
)

// Gallad is the link "gallad" of a daemon that answers; problem is why it takes no sales, or "".
func Gallad(problem string) wire.Check {
	if problem == "" {
		return ok("gallad", "gallad runs and takes sales")
	}
	return bad("gallad", "Wait half a minute and look again. If it stays so, restart the box; then see its log: journalctl -u gallad.", "the till is out of service: %s", strings.TrimSuffix(problem, "."))
}

// Away is the link "gallad" when nobody answers.
func Away(why string) wire.Check {
	return bad("gallad", "Start it: sudo systemctl restart gallad. If it ends again, see why: journalctl -u gallad -n 20.", "gallad is not running (%s)", why)
}

// Forbidden is the link "gallad" for a person whom it doesn't let in.
func Forbidden(socket string) wire.Check {
	return bad("gallad", "Run sudo galla doctor; or join the group: sudo usermod -aG galla $USER, then sign in again.", "you may not use gallad's socket %s", socket)
}

// Misconfigured is the link "gallad" when it can't run by its configuration.
func Misconfigured(why string) wire.Check {
	return bad("gallad", "Correct that line, or run sudo galla setup; then sudo systemctl restart gallad.", "gallad can't run by its configuration: %s", why)
}

// Unset is the link "gallad" of a box that nobody has set up.
func Unset() wire.Check {
	return bad("gallad", "Run sudo galla setup, which asks for all it needs.", "this till is not set up yet")
}
