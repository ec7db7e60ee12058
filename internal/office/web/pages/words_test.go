package pages_test

import (
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	office_ "galla/internal/office"
	"galla/internal/office/watch"
)

var files = []string{
	"/",
	"/office/app.js",
	"/office/act.js",
	"/office/books.js",
	"/office/box.js",
	"/office/boxes.js",
	"/office/chain.js",
	"/office/done.js",
	"/office/finding.js",
	"/office/list.js",
	"/office/sales-page.js",
	"/office/session.js",
	"/office/shop.js",
	"/office/sign.js",
	"/office/signin.js",
	"/office/words.js",
	"/office/you.js",
	"/office/office.css",
	"/office/tokens.css",
	"/office/style.css",
	"/office/dom.js",
	"/office/format.js",
	"/office/ask.js",
	"/office/entry.js",
	"/office/api.js",
	"/office/say.js",
	"/office/sales.js",
	"/office/icon.svg",
	"/office/icon-192.png",
	"/office/words/en.js",
	"/office/words/till/hi.js",
}

func (o *office) text(path string) string {
	o.Helper()
	w := o.ask("GET", path, "", "")
	b, err := io.ReadAll(w.Body)
	if err != nil || w.StatusCode != 200 ||
		!strings.Contains(w.Header.Get("Content-Security-Policy"), "default-src 'none'") ||
		w.Header.Get("X-Content-Type-Options") != "nosniff" {
		o.Fatalf("%s: %d, %v, %v", path, w.StatusCode, err, w.Header)
	}
	return string(b)
}

// TestFiles: each file is there, names no other host, and puts no text in as HTML.
func TestFiles(t *testing.T) {
	o := open(t)
	bad := regexp.MustCompile(
		`https?://[^"' ]+|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function`,
	)
	imported := regexp.MustCompile(`(?m)^import .*'\./([\w-]+\.js)'`)
	for _, p := range files {
		text := o.text(p)
		for _, found := range bad.FindAllString(text, -1) {
			if found != "http://www.w3.org/2000/svg" {
				t.Errorf("%s has %q", p, found)
			}
		}
		for _, m := range imported.FindAllStringSubmatch(text, -1) {
			o.text("/office/" + m[1])
		}
	}
	for _, p := range []string{"/office/", "/office/../pages.go", "/office/app", "/office/words", "/app.js"} {
		if w := o.ask("GET", p, "", ""); w.StatusCode == 200 {
			t.Errorf("%s is there", p)
		}
	}
}

var word = regexp.MustCompile(`(?m)(?:^|[ ,])(\w+): '((?:[^'\\]|\\.)*)'`)

func words(text string) map[string]string {
	all := map[string]string{}
	for _, m := range word.FindAllStringSubmatch(text, -1) {
		all[m[1]] = m[2]
	}
	return all
}

// TestWords: every language has every word that English has, with the same values, in its own letters; the scripts ask
// for no other; every kind of finding, and of what people do, has its sentence.
func TestWords(t *testing.T) {
	o := open(t)
	english, till := words(o.text("/office/words/en.js")), words(o.text("/office/words/till/en.js"))
	if len(english) < 200 {
		t.Fatalf("only %d words were found", len(english))
	}
	braces := regexp.MustCompile(`\{\w+\}`)
	for code, script := range map[string]*unicode.RangeTable{"hi": unicode.Devanagari, "mr": unicode.Devanagari,
		"ta": unicode.Tamil,
		"te": unicode.Telugu, "bn": unicode.Bengali} {
		own := words(o.text("/office/words/" + code + ".js"))
		for key, text := range english {
			got, ok := own[key]
			if !ok {
				t.Errorf("%s lacks %q", code, key)
				continue
			}
			want, is := braces.FindAllString(text, -1), braces.FindAllString(got, -1)
			for _, v := range want {
				if !strings.Contains(got, v) {
					t.Errorf("%s: %q lacks %s", code, key, v)
				}
			}
			if len(want) != len(is) || strings.Count(text, "|") != strings.Count(got, "|") {
				t.Errorf("%s: %q has other values or parts: %s", code, key, got)
			}
			for _, r := range got {
				if unicode.In(r, unicode.Devanagari, unicode.Tamil, unicode.Telugu, unicode.Bengali) &&
					!unicode.Is(script, r) &&
					r != '।' {
					t.Errorf("%s: %q has %q of another script", code, key, r)
				}
			}
		}
		for key := range own {
			if _, ok := english[key]; !ok {
				t.Errorf("%s has %q, which English has not", code, key)
			}
		}
	}

	used := regexp.MustCompile(`\bt\('(\w+)'[,)]`)
	for _, p := range files {
		if !strings.HasSuffix(p, ".js") || strings.Contains(p, "/words/") {
			continue
		}
		for _, m := range used.FindAllStringSubmatch(o.text(p), -1) {
			if english[m[1]] == "" && till[m[1]] == "" {
				t.Errorf("%s asks for %q, which no language has", p, m[1])
			}
		}
	}

	kinds := []string{
		watch.Silent,
		watch.Behind,
		watch.Clock,
		watch.Stopped,
		watch.Gateway,
		watch.Printer,
		watch.Disk,
		watch.Attention,
		watch.Newer,
	}
	for kind := range office_.Kinds {
		kinds = append(kinds, kind)
	}
	for _, kind := range kinds {
		first, _, _ := strings.Cut(kind, ".")
		if kind == "refused" {
			first = "refused"
		}
		for _, key := range []string{"f_" + strings.ReplaceAll(kind, ".", "_"), "w_" + first} {
			if english[key] == "" {
				t.Errorf("the finding %s has no %s", kind, key)
			}
		}
		for _, v := range braces.FindAllString(english["f_"+strings.ReplaceAll(kind, ".", "_")], -1) {
			name := strings.Trim(v, "{}")
			if known := office_.Kinds[kind]; known != nil && !has(known, name) && name != "what" {
				t.Errorf("the sentence of %s has %s, which it does not bring: %q", kind, v, known)
			}
		}
	}
	for _, code := range codes(t) {
		if english[code] == "" {
			t.Errorf("the problem %s has no sentence", code)
		}
	}
}

func has(all []string, name string) bool {
	for _, one := range all {
		if one == name || one == name+"_at" || one == name+"_paise" {
			return true
		}
	}
	return false
}

// codes are all that a problem of the pages may have, from the sources that name them.
func codes(t *testing.T) (all []string) {
	t.Helper()
	found := map[string]bool{}
	for pattern, folder := range map[string]string{
		`"((?:office|owner|people)_\w+)"`: ". ../../owner ../../people",
		`Reason = "(\w+)"`:                "../../joining",
	} {
		re := regexp.MustCompile(pattern)
		for _, dir := range strings.Fields(folder) {
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
					continue
				}
				text, err := os.ReadFile(filepath.Join(dir, e.Name()))
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range re.FindAllStringSubmatch(string(text), -1) {
					code := m[1]
					if dir == "../../joining" {
						code = "joining_" + code
					}
					found[code] = true
				}
			}
		}
	}
	if len(found) < 35 {
		t.Fatalf("only %d codes were found", len(found))
	}
	return slices.Sorted(maps.Keys(found))
}
