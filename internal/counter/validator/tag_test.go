package validator

import (
	"regexp"
	"strings"
	"testing"
)

// TestTag: other parts make another tag, also where their texts run together alike.
func TestTag(t *testing.T) {
	seen := map[string]string{}
	for name, tag := range map[string]string{
		"nothing":       Strong(),
		"an empty part": Strong(""),
		"ab c":          Strong("ab", "c"),
		"a bc":          Strong("a", "bc"),
		"abc":           Strong("abc"),
		"1 12":          Strong(1, 12),
		"11 2":          Strong(11, 2),
		"colons":        Strong("1:a"),
	} {
		if other, twice := seen[tag]; twice {
			t.Errorf("%s and %s have one tag", name, other)
		}
		if seen[tag] = name; !regexp.MustCompile(`^"[!-~]{22}"$`).MatchString(tag) {
			t.Errorf("%s: %s is no entity tag", name, tag)
		}
	}
	if first, again := Strong("a", 7), Strong("a", 7); first != again || Weak("a", 7) != "W/"+first {
		t.Errorf("the same parts have the tags %s, %s and %s", first, again, Weak("a", 7))
	}
}

func TestHeld(t *testing.T) {
	for _, c := range []struct {
		lines []string
		tag   string
		want  bool
	}{
		{nil, `"a"`, false},
		{[]string{""}, `"a"`, false},
		{[]string{`"a"`}, `"a"`, true},
		{[]string{`W/"a"`}, `"a"`, true}, // compared weakly
		{[]string{`"a"`}, `W/"a"`, true},
		{[]string{`*`}, `"a"`, true},
		{[]string{` * `}, `"a"`, true},
		{[]string{`"*"`}, `"a"`, false},
		{[]string{`"b", W/"c" ,"a"`}, `"a"`, true},
		{[]string{`"b"`, `"a"`}, `"a"`, true},
		{[]string{`,, "a" ,`}, `"a"`, true},
		{[]string{`"b,"`, `"c, "a`}, `"a"`, false},
		{[]string{`"b, \"a\""`}, `"a"`, false},
		{[]string{`"x""a"`}, `"a"`, false},
		{[]string{`a`}, `"a"`, false},
		{[]string{`"a`}, `"a"`, false},
		{[]string{`w/"a"`}, `"a"`, false}, // the case counts
		{[]string{`W/ "a"`}, `"a"`, false},
		{[]string{`"A"`}, `"a"`, false},
		{[]string{`"a", *`}, `"a"`, false},
		{[]string{`"a", rubbish`}, `"a"`, false},
	} {
		if got := Held(c.lines, c.tag); got != c.want {
			t.Errorf("If-None-Match %q holds %s: %v", c.lines, c.tag, got)
		}
	}
}

// FuzzHeld: whatever is sent, only what names the tag, or all, holds it.
func FuzzHeld(f *testing.F) {
	for _, s := range []string{`"a"`, `*`, `W/"a","b"`, `"a`, `,`, "\"\x00a\"", strings.Repeat(`"b",`, 400) + `"a"`} {
		f.Add(s)
	}
	tag := Strong("a")
	f.Add(tag)
	f.Fuzz(func(t *testing.T, s string) {
		held := Held([]string{s}, tag)
		if named := strings.Contains(s, tag) || strings.Trim(s, " \t") == "*"; held && !named {
			t.Errorf("%q holds %s", s, tag)
		}
		if !Held([]string{tag}, tag) {
			t.Error("a tag does not hold itself")
		}
	})
}
