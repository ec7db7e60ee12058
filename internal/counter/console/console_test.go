package console

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"image/png"
	"io"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"galla/gateway"
	"galla/internal/counter/wire/catalogue"
)

func fetch(t *testing.T, path string, head ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w
}

func TestServed(t *testing.T) {
	total := 0
	for _, p := range append(Files(), "/") {
		w := fetch(t, p)
		if w.Code != 200 || w.Header().Get("Content-Type") == "" ||
			!strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d %v", p, w.Code, w.Header())
		}
		if again := fetch(t, p, "If-None-Match", w.Header().Get("ETag")); again.Code != 304 {
			t.Errorf("%s: an unchanged file is sent again: %d", p, again.Code)
		}
		if (!strings.Contains(p, "/words/") || strings.HasSuffix(p, "en.js")) &&
			!strings.HasSuffix(p, ".png") { // icons are loaded when it is installed
			total += fetch(t, p, "Accept-Encoding", "gzip, br").Body.Len()
		}
	}
	t.Logf("the console in English weighs %d bytes", total)
	for _, p := range []string{"/console/", "/console/../console.go", "/console/none.js", "/console/words"} {
		if w := fetch(t, p); w.Code != 404 {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
}

// TestPacked: who takes gzip gets the same file by it, under an ETag of its own.
func TestPacked(t *testing.T) {
	for _, p := range append(Files(), "/") {
		plain, small := fetch(t, p), fetch(t, p, "Accept-Encoding", "gzip")
		if strings.HasSuffix(p, ".png") {
			if small.Header().Get("Content-Encoding") != "" {
				t.Errorf("%s is compressed twice", p)
			}
			continue
		}
		z, err := gzip.NewReader(small.Body)
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		got, err := io.ReadAll(z)
		if err != nil || string(got) != plain.Body.String() ||
			small.Header().Get("ETag") == plain.Header().Get("ETag") ||
			small.Header().Get("Vary") == "" {
			t.Errorf("%s: %v, %v", p, err, small.Header())
		}
	}
}

// TestNothingFromOutside: no file names another host, and no text is put in as HTML.
func TestNothingFromOutside(t *testing.T) {
	bad := regexp.MustCompile(
		`https?://[^"' ]+|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function`,
	)
	for _, p := range append(Files(), "/") {
		for _, found := range bad.FindAllString(fetch(t, p).Body.String(), -1) {
			if found != "http://www.w3.org/2000/svg" {
				t.Errorf("%s has %q", p, found)
			}
		}
	}
}

// elsewhere are codes that the console never has to say: they are about calls and links that only the command line
// sees.
var elsewhere = regexp.MustCompile(
	`^gateway_(qr_incomplete|qr_kind|qr_reference|customer_incomplete|no_address|address_unknown|mandate_.*|` +
		`collect_ended|debit_failed)$|^doctor_gallad_(away|forbidden|config|unset)$`,
)

// must are the values that no translation may leave out; what a machine wrote ({why}, {says}) may stay in English only.
var must = regexp.MustCompile(
	`\{(amount|there|missing|back|kept|gone|rest|price|sale|person|cause|notes|number|time|name)\}`,
)

var inBraces = regexp.MustCompile(`\{\w+\}`)

// words reads what stands in a language's file, or in one of the tables of a script.
func words(text string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)(?:^|[ ,])(\w+): '((?:[^'\\]|\\.)*)'`).FindAllStringSubmatch(text, -1) {
		out[m[1]] = m[2]
	}
	return out
}

// sentences are all that the till says by a code, as the language files hold them.
func sentences() map[string]string {
	out := map[string]string{}
	for _, area := range catalogue.Areas {
		for _, s := range area.Sentences {
			out[s.Code] = s.Text + "|" + s.Next
		}
	}
	for _, s := range gateway.Sentences {
		out[s.Code] = s.Text
	}
	return out
}

// TestWords: every language has every word English has and every sentence of the catalogue, with the same values in it;
// none has more; and the scripts ask for no other.
func TestWords(t *testing.T) {
	english, catalogue := words(fetch(t, "/console/words/en.js").Body.String()), sentences()
	_, table, _ := strings.Cut(fetch(t, "/console/say.js").Body.String(), "const alike = {")
	table, _, _ = strings.Cut(table, "};")
	alike, targets := words(table), map[string]bool{}
	if len(english) < 100 || len(catalogue) < 200 || len(alike) < 60 {
		t.Fatalf("only %d English words, %d sentences and %d that are alike were found",
			len(english), len(catalogue), len(alike))
	}
	for code, as := range alike {
		targets[as] = true
		if _, ok := catalogue[code]; !ok {
			t.Errorf("%q is said as another, but is in no catalogue", code)
		}
	}
	for key, text := range english {
		if said, ok := catalogue[key]; ok && text != said {
			t.Errorf("English has %q as %q, the catalogue as %q", key, text, said)
		}
	}

	for _, code := range []string{"hi", "mr", "ta", "te", "bn"} {
		own := words(fetch(t, "/console/words/"+code+".js").Body.String())
		for key, text := range english {
			got, ok := own[key]
			if !ok {
				t.Errorf("%s lacks %q", code, key)
				continue
			}
			for _, v := range inBraces.FindAllString(text, -1) {
				if !strings.Contains(got, v) {
					t.Errorf("%s: %q lacks %s", code, key, v)
				}
			}
		}
		for key, text := range catalogue {
			got, itself := own[key]
			if !itself {
				got = own[alike[key]]
			}
			if got == "" && !elsewhere.MatchString(key) {
				t.Errorf("%s lacks the sentence %q", code, key)
				continue
			}
			if strings.Count(got, "|") > 1 {
				t.Errorf("%s: %q has more than two parts", code, key)
			}
			for _, v := range inBraces.FindAllString(got, -1) {
				if !strings.Contains(text, v) {
					t.Errorf("%s: %q has the value %s, which English has not", code, key, v)
				}
			}
			for _, v := range must.FindAllString(text, -1) {
				if itself && !strings.Contains(got, v) {
					t.Errorf("%s: %q lacks %s", code, key, v)
				}
			}
		}
		for key := range own {
			_, said := catalogue[key]
			if _, ok := english[key]; !ok && (!said || alike[key] != "") && !targets[key] {
				t.Errorf("%s has %q, which nobody says", code, key)
			}
		}
	}

	used := regexp.MustCompile(`\bt\('(\w+)'[,)]`)
	for _, p := range Files() {
		for _, m := range used.FindAllStringSubmatch(fetch(t, p).Body.String(), -1) {
			if _, ok := english[m[1]]; !ok {
				t.Errorf("%s asks for %q, which no language has", p, m[1])
			}
		}
	}
}

// TestScripts: a language is written in its own letters; one of another script that slipped in looks right to nobody
// who reads it.
func TestScripts(t *testing.T) {
	scripts := map[string]*unicode.RangeTable{
		"hi": unicode.Devanagari,
		"mr": unicode.Devanagari,
		"ta": unicode.Tamil,
		"te": unicode.Telugu,
		"bn": unicode.Bengali,
	}
	for code, own := range scripts {
		for key, text := range words(fetch(t, "/console/words/"+code+".js").Body.String()) {
			for _, r := range text {
				foreign := unicode.In(r, unicode.Devanagari, unicode.Tamil, unicode.Telugu, unicode.Bengali) &&
					!unicode.Is(own, r)
				if foreign && r != '।' { // the full stop of several scripts
					t.Errorf("%s: %q has %q, which is of another script: %s", code, key, r, text)
				}
			}
		}
	}
}

// TestFirstVisit: the console in one language, whichever it is, is less than 80 KB on the line.
func TestFirstVisit(t *testing.T) {
	for _, language := range []string{"en", "hi", "mr", "ta", "te", "bn"} {
		total := 0
		for _, p := range append(Files(), "/") {
			if !strings.HasSuffix(p, ".png") &&
				(!strings.Contains(p, "/words/") || strings.HasSuffix(p, "/en.js") ||
					strings.HasSuffix(p, language+".js")) {
				total += fetch(t, p, "Accept-Encoding", "gzip").Body.Len()
			}
		}
		if total > 80_000 {
			t.Errorf("the first visit in %s loads %d bytes", language, total)
		}
		t.Logf("%s: %d bytes", language, total)
	}
}

// TestShelf: what the service worker keeps is all that the console consists of, so that it opens whole without the box.
func TestShelf(t *testing.T) {
	script := fetch(t, "/sw.js").Body.String()
	for _, p := range append(Files(), "/") {
		kept := strings.Contains(script, "'"+p+"'")
		if want := p != "/sw.js" && !strings.HasSuffix(p, ".png"); kept != want {
			t.Errorf("%s is kept: %v", p, kept)
		}
	}
}

// TestInstallable: the manifest has what browsers ask for before they offer to install a page, and its pictures are of
// the size it says (https://www.w3.org/TR/appmanifest/; Chromium wants 192 and 512 pixels).
func TestInstallable(t *testing.T) {
	var m struct {
		Name      string `json:"name"`
		ShortName string `json:"short_name"`
		StartURL  string `json:"start_url"`
		Display   string `json:"display"`
		Icons     []struct{ Src, Sizes, Type, Purpose string }
	}
	if err := json.Unmarshal(fetch(t, "/console/manifest.webmanifest").Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if m.Name == "" || m.ShortName == "" || m.StartURL != "/" || m.Display != "standalone" {
		t.Errorf("%+v", m)
	}
	sizes := map[string]bool{}
	for _, i := range m.Icons {
		w := fetch(t, i.Src)
		if w.Code != 200 || w.Header().Get("Content-Type") != i.Type {
			t.Errorf("%s: %d %s", i.Src, w.Code, w.Header().Get("Content-Type"))
			continue
		}
		if i.Type == "image/png" {
			c, err := png.DecodeConfig(w.Body)
			if got := fmt.Sprintf("%dx%d", c.Width, c.Height); err != nil || got != i.Sizes {
				t.Errorf("%s is %s, %v; the manifest says %s", i.Src, got, err, i.Sizes)
			}
			sizes[i.Purpose+i.Sizes] = true
		}
	}
	for _, want := range []string{"any192x192", "any512x512", "maskable512x512"} {
		if !sizes[want] {
			t.Errorf("no icon %s", want)
		}
	}
}
