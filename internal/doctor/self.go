package doctor

import (
	"strings"

	"galla/internal/counter/wire"
)

// Gallad is the link "gallad" of a daemon that answers; problem is why it takes no sales, or "".
func Gallad(problem string) wire.Check {
	if problem == "" {
		return ok("gallad", "runs", nil)
	}
	return bad("gallad", "out", values{"why": strings.TrimSuffix(problem, ".")})
}

// Away is the link "gallad" when nobody answers.
func Away(why string) wire.Check {
	return bad("gallad", "away", values{"why": why})
}

// Forbidden is the link "gallad" for a person whom it doesn't let in.
func Forbidden(socket string) wire.Check {
	return bad("gallad", "forbidden", values{"socket": socket})
}

// Misconfigured is the link "gallad" when it can't run by its configuration.
func Misconfigured(why string) wire.Check {
	return bad("gallad", "config", values{"why": why})
}

// Unset is the link "gallad" of a box that nobody has set up.
func Unset() wire.Check {
	return bad("gallad", "unset", nil)
}
