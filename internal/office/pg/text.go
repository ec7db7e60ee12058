package pg

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// PostgreSQL's text holds no zero byte and nothing that is not UTF-8, and one such string of one box would stop the
// batch of all. A zero is written as \0, and a backslash as two.
var escape, unescape = strings.NewReplacer(`\`, `\\`, "\x00", `\0`), strings.NewReplacer(`\\`, `\`, `\0`, "\x00")

// text writes a string of outside.
func text(s string) string { return escape.Replace(strings.ToValidUTF8(s, "\uFFFD")) }

// plain is what text was made of.
func plain(s string) string { return unescape.Replace(s) }

// moment writes a time, or null for none.
func moment(t time.Time) pgtype.Timestamptz { return pgtype.Timestamptz{Time: t, Valid: !t.IsZero()} }

// when is what moment was made of, in UTC and whole microseconds.
func when(t pgtype.Timestamptz) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}
