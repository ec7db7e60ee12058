package quota

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// linesEach is how often a minute one caller is quoted in the log.
	linesEach = 30
	// kindsMost bounds what is counted apart.
	kindsMost = 64
)

// Lines keeps what callers are refused from filling the log.
type Lines struct {
	log *slog.Logger

	mu      sync.Mutex
	said    map[string]int // lines of this minute, by caller
	counted map[string]int // refusals without one, by kind
	callers map[string]bool
	running bool
}

// NewLines writes to log.
func NewLines(log *slog.Logger) *Lines { return &Lines{log: log} }

// Say reports whether a refusal is worth a line of its own. One that is not is counted by its kind, and said with all
// others a minute after the first. caller is "" for a stranger.
func (l *Lines) Say(caller, kind string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.running {
		l.running = true
		l.said, l.counted, l.callers = map[string]int{}, map[string]int{}, map[string]bool{}
		time.AfterFunc(time.Minute, l.sum)
	}
	if caller != "" && l.said[caller] < linesEach {
		l.said[caller]++
		return true
	}
	if l.counted[kind] == 0 && len(l.counted) >= kindsMost {
		kind = "other"
	}
	l.counted[kind]++
	if caller != "" {
		l.callers[caller] = true
	}
	return false
}

// sum says what was counted, and ends the minute.
func (l *Lines) sum() {
	l.mu.Lock()
	l.running = false
	all, kinds := 0, []string{}
	for _, k := range slices.Sorted(maps.Keys(l.counted)) {
		all += l.counted[k]
		kinds = append(kinds, fmt.Sprintf("%s %d", k, l.counted[k]))
	}
	callers := slices.Sorted(maps.Keys(l.callers))
	l.mu.Unlock()
	if all > 0 {
		l.log.Warn("requests were refused, of strangers or of callers that sent too many", "in the last minute", all,
			"problems", strings.Join(kinds, ", "), "known callers", strings.Join(callers, ", "))
	}
}

// pathMost is how much of a path is quoted, in bytes.
const pathMost = 120

// Path is a request's path as the log quotes it: cut, where somebody made it long.
func Path(path string) string {
	if len(path) <= pathMost {
		return path
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(path[:pathMost], ""), len(path))
}
