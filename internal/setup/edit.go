package setup

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// text is a config file as lines, which are changed one value at a time so that its comments stay. In the shipped file
// a key that nobody has set stands behind a "#" without a blank; setting it takes the "#" away.
type text struct{ lines []string }

// table is the heading of a part of the file: "[shop]", "[[gateway]]", or one that is commented out.
var table = regexp.MustCompile(`^(#?)\s*\[\[?([a-z_.]+)\]\]?\s*(?:#.*)?$`)

// block is a part of the file, from its heading to the line before the next.
type block struct {
	name     string
	off      bool // commented out
	from, to int  // to is behind its last line
}

func (t *text) blocks() []block {
	all := []block{{}}
	for i, line := range t.lines {
		if m := table.FindStringSubmatch(line); m != nil {
			all[len(all)-1].to = i
			all = append(all, block{name: m[2], off: m[1] != "", from: i})
		}
	}
	all[len(all)-1].to = len(t.lines)
	return all
}

// find is the first block of a name that isn't commented out.
func (t *text) find(name string) (block, bool) {
	for _, b := range t.blocks() {
		if b.name == name && !b.off {
			return b, true
		}
	}
	return block{}, false
}

// line finds a key in a block: where it is set or, with off, where it stands commented out. n is how many lines it
// takes.
func (t *text) line(b block, key string, off bool) (at, n int) {
	mark := `^\s*`
	if off {
		mark = `^#`
	}
	is := regexp.MustCompile(mark + regexp.QuoteMeta(key) + `\s*=`)
	for i := b.from; i < b.to; i++ {
		if !is.MatchString(t.lines[i]) {
			continue
		}
		for n := 1; i+n <= b.to && n < 100; n++ { // a value may go over several lines
			if off || toml.Unmarshal([]byte(strings.Join(t.lines[i:i+n], "\n")), &map[string]any{}) == nil {
				return i, n
			}
		}
		return i, 1
	}
	return -1, 0
}

// set gives a key of a table a value, as TOML; the table is made when there is none.
func (t *text) set(name, key, value string) {
	b, found := t.find(name)
	if !found {
		t.lines = append(t.lines, "", "["+name+"]")
		b, _ = t.find(name)
	}
	t.setIn(b, key, value)
}

func (t *text) setIn(b block, key, value string) {
	line := key + " = " + value
	if at, n := t.line(b, key, false); n > 0 {
		t.lines = slices.Replace(t.lines, at, at+n, line)
		return
	}
	if at, n := t.line(b, key, true); n > 0 {
		t.lines[at] = line
		return
	}
	t.lines = slices.Insert(t.lines, t.last(b), line)
}

// clear comments a key out, where it is set.
func (t *text) clear(name, key string) {
	if b, found := t.find(name); found {
		if at, n := t.line(b, key, false); n > 0 {
			for i := at; i < at+n; i++ {
				t.lines[i] = "#" + t.lines[i]
			}
		}
	}
}

// last is the line behind the last one of a block that says something: comments after it belong to what follows.
func (t *text) last(b block) int {
	for i := b.to - 1; i > b.from; i-- {
		if line := strings.TrimSpace(t.lines[i]); line != "" && !strings.HasPrefix(line, "#") {
			return i + 1
		}
	}
	return b.from + 1
}

// gateways makes the file have these accounts in this order. An account that was there keeps its other settings.
func (t *text) gateways(want []Gateway) {
	kept := map[string][]string{}
	for {
		b, found := t.find("gateway")
		if !found {
			break
		}
		end := t.last(b)
		lines := slices.Clone(t.lines[b.from:end])
		t.lines = slices.Delete(t.lines, b.from, end)
		var was struct {
			Gateway []struct{ Provider, Name string }
		}
		if toml.Unmarshal([]byte(strings.Join(lines, "\n")), &was) == nil && len(was.Gateway) == 1 &&
			(was.Gateway[0].Name == "" || was.Gateway[0].Name == was.Gateway[0].Provider) {
			kept[was.Gateway[0].Provider] = lines
		}
	}
	for _, g := range want {
		part := &text{lines: kept[g.Provider]}
		if part.lines == nil {
			part.lines = []string{"[[gateway]]", "provider = " + quote(g.Provider)}
		}
		part.put("gateway", "base_url", quote(g.BaseURL), g.BaseURL != "")
		part.put("gateway", "test", "true", g.Test)
		for len(t.lines) > 0 && strings.TrimSpace(t.lines[len(t.lines)-1]) == "" {
			t.lines = t.lines[:len(t.lines)-1]
		}
		t.lines = append(append(t.lines, ""), part.lines...)
	}
}

// put sets a key or, if it is not there, clears it.
func (t *text) put(name, key, value string, there bool) {
	if there {
		t.set(name, key, value)
	} else {
		t.clear(name, key)
	}
}

func (t *text) bytes() []byte {
	return []byte(strings.TrimRight(strings.Join(t.lines, "\n"), "\n") + "\n")
}

// quote writes a TOML string. JSON's escapes are a part of TOML's (toml.io v1.0.0, String).
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil { // a string always encodes
		return `""`
	}
	return strings.TrimSpace(b.String())
}

func list(all []string) string {
	parts := make([]string, len(all))
	for i, s := range all {
		parts[i] = quote(s)
	}
	return "[" + strings.Join(parts, ", ") + "]"
}
