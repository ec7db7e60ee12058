package validator

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// Strong is the tag of an answer whose bytes the parts decide.
func Strong(parts ...any) string {
	sum := sha256.New()
	for _, p := range parts {
		text := fmt.Sprint(p)
		fmt.Fprintf(sum, "%d:%s", len(text), text)
	}
	return `"` + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:16]) + `"`
}

// Weak is the tag of an answer of which the parts decide what it says, and not each byte: the moment in it, say.
func Weak(parts ...any) string { return "W/" + Strong(parts...) }

// Held reports whether the lines of If-None-Match name the tag, or say "*": the client has the answer, or any answer,
// already. Tags are compared weakly, as that header asks for (RFC 9110, 13.1.2).
func Held(lines []string, tag string) bool {
	rest := strings.Trim(strings.Join(lines, ","), " \t")
	if rest == "*" {
		return true
	}
	tag, held := strings.TrimPrefix(tag, "W/"), false
	for rest != "" {
		if rest = strings.TrimLeft(rest, " \t,"); rest == "" { // RFC 9110, 5.6.1: a list may have empty elements
			break
		}
		one, ok := opaque(strings.TrimPrefix(rest, "W/"))
		if !ok {
			return false
		}
		held = held || one == tag
		rest = strings.TrimLeft(strings.TrimPrefix(rest, "W/")[len(one):], " \t")
		if rest != "" && rest[0] != ',' {
			return false
		}
	}
	return held
}

// opaque is the quoted part that a text begins with (RFC 9110, 8.8.3: opaque-tag).
func opaque(s string) (string, bool) {
	if s == "" || s[0] != '"' {
		return "", false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[:i+1], true
		case c <= ' ' || c == 0x7f:
			return "", false
		}
	}
	return "", false
}
