package display

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"galla/internal/typeset"
)

var reasons = []Reason{
	ReasonNone,
	ReasonCancelled,
	ReasonExpired,
	ReasonFailed,
	ReasonOtherTender,
	ReasonNoGateway,
	ReasonNotConfigured,
	ReasonClockNotSet,
	ReasonStorage,
	ReasonConnectionLost,
	ReasonStarting,
	ReasonQRUnreadable,
	ReasonTestKeys,
}

// TestEveryLanguageSaysEverything: eleven languages, the same keys (reading them fails otherwise), a title and a next
// step for every reason, the placeholders where English has them, and no sentence left in English.
func TestEveryLanguageSaysEverything(t *testing.T) {
	codes, names := Languages()
	if want := []string{"bn", "en", "gu", "hi", "kn", "ml", "mr", "or", "pa", "ta", "te"}; !slices.Equal(codes, want) {
		t.Fatalf("languages are %v, want %v", codes, want)
	}
	english := languages()["en"]
	for _, code := range codes {
		s := languages()[code]
		if names[code] == "" {
			t.Errorf("%s has no name for itself", code)
		}
		for _, r := range reasons[1:] {
			if s.words[string(r)+".title"] == "" || s.words[string(r)+".step"] == "" {
				t.Errorf("%s has no title or no next step for %s", code, r)
			}
		}
		for key, text := range s.words {
			for _, hole := range []string{"{n}", "{rrn}", "{name}"} {
				if strings.Contains(english.words[key], hole) != strings.Contains(text, hole) {
					t.Errorf("%s: %s = %q has another place for %s than English", code, key, text, hole)
				}
			}
			if code != "en" && text == english.words[key] {
				t.Errorf("%s: %s is still English: %q", code, key, text)
			}
			if strings.HasSuffix(key, ".step") && !strings.ContainsAny(text[len(text)-3:], ".!।") {
				t.Errorf("%s: %s = %q doesn't end like a sentence", code, key, text)
			}
			if strings.HasSuffix(key, ".title") && strings.ContainsAny(text[len(text)-1:], ".!") {
				t.Errorf("%s: the title %s = %q ends like a sentence", code, key, text)
			}
		}
	}
}

// TestNoLetterIsMissing: the embedded fonts have every letter of every sentence.
func TestNoLetterIsMissing(t *testing.T) {
	ts := typeset.New()
	for code, s := range languages() {
		for key, text := range s.words {
			for _, g := range ts.Glyphs(text, typeset.Style{Language: code}) {
				if g.ID == 0 {
					t.Errorf("%s: %s = %q has a letter that no font has", code, key, text)
				}
			}
		}
	}
}

// TestSentencesShapeLikeHarfBuzz compares every word of every sentence with hb-shape (Debian package libharfbuzz-bin).
func TestSentencesShapeLikeHarfBuzz(t *testing.T) {
	ts := typeset.New()
	for code, s := range languages() {
		byFont := map[string][]string{}
		for _, text := range s.words {
			for _, word := range strings.Fields(text) {
				glyphs := ts.Glyphs(word, typeset.Style{Weight: typeset.Bold, Language: code})
				oneFont := !slices.ContainsFunc(glyphs, func(g typeset.Glyph) bool { return g.Font != glyphs[0].Font })
				if oneFont && !slices.Contains(byFont[glyphs[0].Font], word) {
					byFont[glyphs[0].Font] = append(byFont[glyphs[0].Font], word)
				}
			}
		}
		for font, words := range byFont {
			list := filepath.Join(t.TempDir(), "words.txt")
			if err := os.WriteFile(list, []byte(strings.Join(words, "\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("hb-shape", "--no-glyph-names", "--no-clusters",
				"--no-positions", "--language="+code,
				"../internal/typeset/fonts/"+font+".ttf", "--text-file="+list).
				Output()
			if err != nil {
				t.Fatalf("hb-shape (Debian package libharfbuzz-bin): %v", err)
			}
			for i, want := range strings.Split(strings.TrimSpace(string(out)), "\n") {
				var ids []string
				for _, g := range ts.Glyphs(words[i], typeset.Style{Weight: typeset.Bold, Language: code}) {
					ids = append(ids, fmt.Sprint(g.ID))
				}
				if got := "[" + strings.Join(ids, "|") + "]"; got != want {
					t.Errorf("%s: %q in %s: glyphs %s, hb-shape says %s", code, words[i], font, got, want)
				}
			}
		}
	}
}

// TestALanguageIsOneFile: a file of sentences beside the others, and nothing else, makes a language that screens are
// drawn in.
func TestALanguageIsOneFile(t *testing.T) {
	english, err := languageFiles.ReadFile("languages/en.txt")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{"languages/en.txt": {Data: english}}
	// Pig Latin, as a translator would hand it in.
	files["languages/xx.txt"] = &fstest.MapFile{
		Data: regexp.MustCompile(`(?m)= ([A-Z])(\w*)`).ReplaceAll(english, []byte("= $2-${1}ay")),
	}
	all, err := readLanguages(files)
	if err != nil {
		t.Fatal(err)
	}
	v := story("paid", "en", "xx")
	before := Draw(image.Pt(1024, 600), nil, v, StoryTime)
	old := languages
	languages = func() map[string]*sentences { return all }
	defer func() { languages = old }()
	if codes, names := Languages(); !slices.Equal(codes, []string{"en", "xx"}) || names["xx"] != "nglish-Eay" {
		t.Errorf("the languages are %v, %v", codes, names)
	}
	if after := Draw(image.Pt(1024, 600), nil, v, StoryTime); bytes.Equal(before.Pix, after.Pix) {
		t.Error("the screen doesn't speak it")
	}
	files["languages/xx.txt"] = &fstest.MapFile{
		Data: bytes.Replace(english, []byte("pay.title"), []byte("pay.titel"), 1),
	}
	if _, err := readLanguages(files); err == nil || !strings.Contains(err.Error(), "xx.txt lacks or adds") {
		t.Errorf("a file with a wrong key: %v", err)
	}
	delete(files, "languages/en.txt")
	if _, err := readLanguages(files); err == nil {
		t.Error("without English nobody knows the keys")
	}
}

func TestParseSentences(t *testing.T) {
	for in, want := range map[string]string{
		"# a comment\n\na = b\n":                "",
		"a = b\na = c":                          `line 2: "a" is there twice`,
		"a b":                                   "not of the form key = sentence",
		"a =":                                   "not of the form",
		"= b":                                   "not of the form",
		"a = " + strings.Repeat("x", longest+1): "not of the form",
		"a = " + strings.Repeat("x", 100_000) + "\n": "token too long",
	} {
		_, err := parseSentences([]byte(in))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.20q: %v, want %q", in, err, want)
		}
	}
	if miss := missing(map[string]string{"a": "1"}, map[string]string{"a": "1", "b": "2"}); miss != "b" {
		t.Errorf("missing = %q", miss)
	}
}

func TestSpoken(t *testing.T) {
	for in, want := range map[string]string{"": "en", "hi": "hi", "en hi": "en hi", "hi en ta": "hi en", "xx": "en",
		"xx ta": "ta", "ta ta": "ta"} {
		var got []string
		for _, s := range spoken(strings.Fields(in)) {
			got = append(got, s.code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q is spoken as %v, want %s", in, got, want)
		}
	}
}
