package gateway

import (
	"bytes"
	"errors"
	"io"
	"regexp"
)

// ErrLeak says that a line of a transcript held a key or somebody's payment address and was left out.
var ErrLeak = errors.New("a line of the transcript held a key or a payment address and was left out: report it, the " +
	"redaction has a hole")

// Guard is the second look at what a Recorder writes to w: a line that holds one of the secrets, or a payment address
// that is not redacted, is not written.
func Guard(w io.Writer, secrets ...string) io.Writer {
	g := &guard{w: w}
	for _, s := range secrets {
		if s != "" {
			g.secrets = append(g.secrets, []byte(s))
		}
	}
	return g
}

type guard struct {
	w       io.Writer
	secrets [][]byte
}

// A masked address ends in "*" before the "@"; "@" may stand percent-encoded in a query.
var wholeAddress = regexp.MustCompile(`(?i)([a-z0-9._-]+)(@|%40)[a-z]`)

func (g *guard) Write(line []byte) (int, error) {
	for _, s := range g.secrets {
		if bytes.Contains(line, s) {
			return 0, ErrLeak
		}
	}
	for _, m := range wholeAddress.FindAllSubmatch(line, -1) {
		if string(m[1]) != "redacted" {
			return 0, ErrLeak
		}
	}
	return g.w.Write(line)
}
