package journald

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/coreos/go-systemd/v22/journal"
)

// New writes to the systemd journal with a field for every attribute when that is where stderr goes, so that
// "journalctl SALE_ID=…" and "journalctl -p warning" find what they name; elsewhere, lines of text.
func New(errs io.Writer) *slog.Logger {
	text := slog.NewTextHandler(errs, &slog.HandlerOptions{ReplaceAttr: withoutTime})
	if native, err := journal.StderrIsJournalStream(); err == nil && native {
		return slog.New(&handler{send: journal.Send, or: text})
	}
	return slog.New(text)
}

// withoutTime leaves the time to the journal, which has a better one.
func withoutTime(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// handler speaks the journal's own protocol (systemd.journal-fields(7)).
type handler struct {
	send   func(message string, p journal.Priority, fields map[string]string) error
	or     slog.Handler // takes what the journal doesn't
	attrs  []slog.Attr
	prefix string // of the groups that are open
}

// fieldNames are the fields with a name of their own; every other attribute is GALLA_ and its key, so that none can be
// taken for one of the journal's.
var fieldNames = map[string]string{"sale": "SALE_ID", "phase": "PHASE",
	"operation": "OPERATION_ID", "attempt": "ATTEMPT"}

// Enabled reports whether the level is worth a line.
func (h *handler) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// Handle sends one record. The message names the attributes too: most people read it with plain journalctl.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	fields := map[string]string{"SYSLOG_IDENTIFIER": "gallad"}
	var line strings.Builder
	line.WriteString(r.Message)
	for _, a := range h.attrs {
		field(fields, &line, "", a)
	}
	r.Attrs(func(a slog.Attr) bool {
		field(fields, &line, h.prefix, a)
		return true
	})
	if err := h.send(line.String(), priority(r.Level), fields); err != nil {
		return h.or.Handle(ctx, r)
	}
	return nil
}

// WithAttrs keeps attributes for every later record.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := *h
	with.or = h.or.WithAttrs(attrs)
	with.attrs = append([]slog.Attr{}, h.attrs...)
	for _, a := range attrs {
		a.Key = h.prefix + a.Key
		with.attrs = append(with.attrs, a)
	}
	return &with
}

// WithGroup puts a name before the keys of what follows.
func (h *handler) WithGroup(name string) slog.Handler {
	with := *h
	with.or = h.or.WithGroup(name)
	with.prefix = h.prefix + name + "_"
	return &with
}

// field adds an attribute to the fields and to the line that people read.
func field(fields map[string]string, line *strings.Builder, prefix string, a slog.Attr) {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		for _, inner := range v.Group() {
			field(fields, line, prefix+a.Key+"_", inner)
		}
		return
	}
	if a.Key == "" {
		return
	}
	key, value := prefix+a.Key, v.String()
	name, known := fieldNames[key]
	if !known {
		name = "GALLA_" + strings.Map(func(c rune) rune {
			switch {
			case c >= 'a' && c <= 'z':
				return c - 'a' + 'A'
			case c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
				return c
			}
			return '_'
		}, key)
	}
	fields[name] = value
	if strings.ContainsAny(value, " \t\n\"=") {
		value = `"` + strings.NewReplacer("\n", "; ", `"`, "'").Replace(value) + `"`
	}
	line.WriteString(" " + key + "=" + value)
}

// priority is syslog's number for a level (syslog(3)).
func priority(l slog.Level) journal.Priority {
	switch {
	case l >= slog.LevelError:
		return journal.PriErr
	case l >= slog.LevelWarn:
		return journal.PriWarning
	case l >= slog.LevelInfo:
		return journal.PriInfo
	}
	return journal.PriDebug
}
