package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

const root = "../.."

// pages are the documents for people.
func pages(t *testing.T) []string {
	t.Helper()
	all := []string{
		"README.md",
		"internal/counter/README.md",
		"packaging/metrics/README.md",
		"internal/setup/README.md",
	}
	err := filepath.WalkDir(
		filepath.Join(root, "packaging", "docs"),
		func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".md") {
				all = append(all, strings.TrimPrefix(path, root+"/"))
			}
			return err
		},
	)
	if err != nil || len(all) < 10 {
		t.Fatalf("%d pages: %v", len(all), err)
	}
	return all
}

var (
	inline  = regexp.MustCompile("`([^`\n]+)`")
	fence   = regexp.MustCompile("(?s)```[a-z]*\n(.*?)```")
	link    = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)
	program = regexp.MustCompile(`^(?:sudo (?:-u \w+ )?)?(galla|gallad)(?: |$)`)
)

// commandLines are all calls of our programs in a page.
func commandLines(page string) (lines []string) {
	page = fence.ReplaceAllStringFunc(page, func(block string) string {
		for line := range strings.Lines(fence.FindStringSubmatch(block)[1]) {
			// several stand beside each other
			for _, part := range regexp.MustCompile(`\s{3,}`).Split(strings.TrimSpace(line), -1) {
				lines = append(lines, strings.TrimSpace(part))
			}
		}
		return ""
	})
	for _, m := range inline.FindAllStringSubmatch(page, -1) {
		lines = append(lines, m[1])
	}
	return slices.DeleteFunc(lines, func(s string) bool { return !program.MatchString(s) })
}

// words splits a command line as a shell does, as far as documents need it.
func words(line string) (out []string) {
	quoted, word, in := rune(0), strings.Builder{}, false
	for _, r := range line {
		switch {
		case quoted != 0 && r == quoted:
			quoted = 0
		case quoted == 0 && (r == '"' || r == '\''):
			quoted, in = r, true
		case quoted == 0 && r == ' ':
			if in {
				out = append(out, word.String())
				word.Reset()
			}
			in = false
		case quoted == 0 && r == '#' && !in:
			return out
		default:
			word.WriteRune(r)
			in = true
		}
	}
	if in {
		out = append(out, word.String())
	}
	return out
}

// TestDocumentsNameCommandsThatExist: every call of galla and gallad in a document is one the programs take.
func TestDocumentsNameCommandsThatExist(t *testing.T) {
	seen := 0
	for _, page := range pages(t) {
		raw, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range commandLines(string(raw)) {
			seen++
			from := program.FindStringSubmatchIndex(line)[2] // behind sudo -u galla
			args := words(strings.NewReplacer("[", "", "]", "", " FILE", " "+root+"/README.md").Replace(line[from:]))
			name, args := args[0], args[1:]
			if i := slices.IndexFunc(args, func(s string) bool {
				return strings.Contains(s, "…") || s == "|" || s == "&&"
			}); i >= 0 && len(args) > 0 {
				args = append(args[:i:i], "--help") // the rest is left to the reader
			}
			if name == "gallad" {
				checkGallad(t, page, line, args)
				continue
			}
			var c commands
			k, err := kong.New(
				&c,
				kong.Name("galla"),
				kong.Writers(io.Discard, io.Discard),
				kong.Exit(func(int) {}),
				help, kong.Vars{"version": "x"},
			)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := k.Parse(args); err != nil && !slices.Contains(args, "--help") && len(args) > 0 &&
				!isGroup(k, args) {
				t.Errorf("%s: %q: %v", page, line, err)
			}
		}
	}
	if seen < 60 {
		t.Errorf("only %d command lines were found", seen)
	}
}

// isGroup says that the words name commands that have commands below them: "galla report".
func isGroup(k *kong.Kong, args []string) bool {
	n := k.Model.Node
	for _, a := range args {
		i := slices.IndexFunc(n.Children, func(c *kong.Node) bool { return c.Name == a })
		if i < 0 {
			return false
		}
		n = n.Children[i]
	}
	return true
}

// checkGallad reads gallad's own commands and flags out of its source: it is another program.
func checkGallad(t *testing.T, page, line string, args []string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "cmd/gallad/main.go"))
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range args {
		known := strings.HasPrefix(a, "--") &&
			(strings.Contains(string(raw), `("`+strings.TrimPrefix(a, "--")+`"`) || a == "--help")
		if i == 0 && !strings.HasPrefix(a, "-") {
			known = strings.Contains(string(raw), `case "`+a+`"`)
		} else if !strings.HasPrefix(a, "-") {
			known = true
		}
		if !known {
			t.Errorf("%s: %q: gallad has no %q", page, line, a)
		}
	}
}

// TestDocumentsNameFilesThatExist: every link leads somewhere, and every path of this tree that is named is there.
func TestDocumentsNameFilesThatExist(t *testing.T) {
	rooms := regexp.MustCompile(`^(?:cmd|display|gateway|internal|packaging|printer|state|systemd)/[\w./-]+$`)
	seen := 0
	for _, page := range pages(t) {
		raw, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(raw), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s: the link %q leads nowhere", page, m[1])
			}
		}
		for _, m := range inline.FindAllStringSubmatch(string(raw), -1) {
			if !rooms.MatchString(m[1]) {
				continue
			}
			seen++
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s names %q, which isn't there", page, m[1])
			}
		}
	}
	if seen < 35 {
		t.Errorf("only %d links and paths were found", seen)
	}
}

// TestDocumentsQuoteTheScreen: what a page says that a screen or the console shows is what it shows.
func TestDocumentsQuoteTheScreen(t *testing.T) {
	text := func(path string) string {
		raw, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	screen, console := text("display/languages/en.txt"), text("internal/counter/console/page/words/en.js")
	seen := 0
	for _, m := range regexp.MustCompile(`"([^"\n]+)" on (the screen|its\s+page)`).FindAllStringSubmatch(
		text("packaging/docs/recovery.md")+text("packaging/docs/install.md"), -1,
	) {
		seen++
		if m[2] == "the screen" && !strings.Contains(screen, " = "+m[1]+"\n") ||
			m[2] != "the screen" && !strings.Contains(console, "'"+m[1]+"'") {
			t.Errorf("nothing shows %q", m[1])
		}
	}
	if seen < 5 {
		t.Errorf("only %d quotations were found", seen)
	}
}
