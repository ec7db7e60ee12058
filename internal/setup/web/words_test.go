package web

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"galla/gateway"
	"galla/internal/setup"
)

var (
	word    = regexp.MustCompile(`(?m)(?:^  |, )(\w+): '((?:[^'\\]|\\.)*)'`)
	value   = regexp.MustCompile(`\{\w+\}`)
	scripts = map[string]*regexp.Regexp{
		"hi": regexp.MustCompile(`\p{Devanagari}`),
		"mr": regexp.MustCompile(`\p{Devanagari}`),
		"ta": regexp.MustCompile(`\p{Tamil}`),
		"te": regexp.MustCompile(`\p{Telugu}`),
		"bn": regexp.MustCompile(`\p{Bengali}`),
	}
)

// words reads a language's sentences by their keys.
func words(t *testing.T, language string) map[string]string {
	t.Helper()
	raw, err := fs.ReadFile(pages, "page/words/"+language+".js")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, m := range word.FindAllStringSubmatch(string(raw), -1) {
		if _, twice := out[m[1]]; twice {
			t.Errorf("%s has %q twice", language, m[1])
		}
		out[m[1]] = m[2]
	}
	if n := strings.Count(string(raw), ": '"); n < len(out) {
		t.Errorf("%s: %d words of %d are read", language, len(out), n)
	}
	return out
}

// TestCounter_6: the page is whole in six languages: each has every sentence with its values, in its own script, and a
// sentence for each code that the till says.
func TestCounter_6(t *testing.T) {
	english := words(t, "en")
	if len(english) < 100 {
		t.Fatalf("%d English sentences", len(english))
	}
	for language, script := range scripts {
		own := words(t, language)
		for key, text := range english {
			a, b := value.FindAllString(text, -1), value.FindAllString(own[key], -1)
			slices.Sort(a)
			slices.Sort(b)
			switch {
			case own[key] == "":
				t.Errorf("%s lacks %q", language, key)
			case !slices.Equal(a, b):
				t.Errorf("%s %q has the values %v, English %v", language, key, b, a)
			case key != "gstin" && !script.MatchString(own[key]):
				t.Errorf("%s %q is not in its script: %q", language, key, own[key])
			}
		}
		for key := range own {
			if _, there := english[key]; !there {
				t.Errorf("%s has %q, which English lacks", language, key)
			}
		}
	}

	codes := map[string]bool{}
	for _, a := range []setup.Answers{
		{GSTIN: "27AAPFU0939F1ZA", Terminal: "box 2", Phone: "\x01", Printer: setup.Printer{Port: "?"}},
		{Shop: strings.Repeat("x", 61), GSTIN: "27", Gateways: []setup.Gateway{{Provider: "enkash", BaseURL: "pay"}}},
		{Shop: "\x01", Gateways: []setup.Gateway{{Provider: "razorpay", KeyID: "a b", KeySecret: "c"}}},
	} {
		for _, f := range a.Faults() {
			codes["fault_"+f.Code] = true
		}
	}
	delete(codes, "fault_gateway_none") // the page has one always
	if len(codes) != 10 {
		t.Errorf("%d codes of faults: %v", len(codes), codes)
	}
	for _, check := range []string{"reach", "clock", "keys", "feature", "downtime"} {
		for _, level := range []gateway.Level{gateway.LevelOK, gateway.LevelNote, gateway.LevelBad} {
			f := gateway.Finding{Check: check, Level: level}
			if level == gateway.LevelNote {
				f.Next = "…"
			}
			if c := codeOf(f); c != "" &&
				!slices.Contains([]string{"reach_note", "clock_bad", "keys_note", "feature_note"}, c) {
				codes["found_"+c] = true // no gateway has those four
			}
		}
	}
	for code := range codes {
		if english[code] == "" {
			t.Errorf("%q has no sentence", code)
		}
	}
}
