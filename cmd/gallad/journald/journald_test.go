package journald

import (
	"errors"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"github.com/coreos/go-systemd/v22/journal"
)

// entry is what the journal was sent.
type entry struct {
	line   string
	p      journal.Priority
	fields map[string]string
}

func TestJournalFields(t *testing.T) {
	var got entry
	h := &handler{
		or: slog.DiscardHandler,
		send: func(line string, p journal.Priority, fields map[string]string) error {
			got = entry{line, p, fields}
			return nil
		},
	}
	log := slog.New(h)
	for _, tt := range []struct {
		say  func()
		want entry
	}{
		{func() { log.Info("event", "sale", "S1", "kind", "paid", "seq", uint64(7), "phase", "paid") },
			entry{"event sale=S1 kind=paid seq=7 phase=paid", journal.PriInfo,
				map[string]string{"SALE_ID": "S1", "PHASE": "paid", "GALLA_KIND": "paid", "GALLA_SEQ": "7"}}},
		{func() { log.Warn("look failed", "attempt", "A-1", "err", errors.New("no \"answer\"\nat all")) },
			entry{`look failed attempt=A-1 err="no 'answer'; at all"`, journal.PriWarning,
				map[string]string{"ATTEMPT": "A-1", "GALLA_ERR": "no \"answer\"\nat all"}}},
		{func() { log.With("operation", "O1").WithGroup("printer").Error("bad", "message", "x", "again_in", 3) },
			entry{"bad operation=O1 printer_message=x printer_again_in=3", journal.PriErr,
				map[string]string{"OPERATION_ID": "O1", "GALLA_PRINTER_MESSAGE": "x", "GALLA_PRINTER_AGAIN_IN": "3"}}},
		{func() {
			log.Info("g", slog.Group("a", "b", 1))
		}, entry{"g a_b=1", journal.PriInfo, map[string]string{"GALLA_A_B": "1"}}},
	} {
		tt.say()
		tt.want.fields["SYSLOG_IDENTIFIER"] = "gallad"
		if got.line != tt.want.line || got.p != tt.want.p || !maps.Equal(got.fields, tt.want.fields) {
			t.Errorf("the journal was sent\n%+v, want\n%+v", got, tt.want)
		}
		for name := range maps.Keys(got.fields) { // systemd drops fields with other names
			if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" || name[0] == '_' {
				t.Errorf("%q is no field", name)
			}
		}
	}
}

// TestJournalIsAway: what the journal doesn't take is written as text.
func TestJournalIsAway(t *testing.T) {
	var b strings.Builder
	h := &handler{or: slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: withoutTime}),
		send: func(string, journal.Priority, map[string]string) error { return errors.New("away") }}
	slog.New(h).With("sale", "S1").Info("event", "seq", 7)
	if got := b.String(); got != "level=INFO msg=event sale=S1 seq=7\n" {
		t.Errorf("%q", got)
	}
	if !h.Enabled(t.Context(), slog.LevelInfo) || h.Enabled(t.Context(), slog.LevelDebug) {
		t.Error("levels")
	}
}
