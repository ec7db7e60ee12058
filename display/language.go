package display

import (
	"bufio"
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// One file per language: languages/hi.txt holds Hindi. A line is "key = sentence"; # begins a comment line. English is
// the list of keys; a file with a key more or less is refused. To add a language add its file (and, for a new script, a
// font).
//
//go:embed languages/*.txt
var languageFiles embed.FS

// longest bounds a sentence in bytes; the longest in use has about 400.
const longest = 600

// sentences are the words of one language by key.
type sentences struct {
	code  string
	words map[string]string
}

// languages reads the embedded files once.
var languages = sync.OnceValue(func() map[string]*sentences {
	all, err := readLanguages(languageFiles)
	if err != nil {
		panic("internal error: the embedded languages: " + err.Error()) // a test reads them
	}
	return all
})

// readLanguages reads languages/*.txt: each file is a language, named by its code.
func readLanguages(files fs.FS) (map[string]*sentences, error) {
	names, err := fs.Glob(files, "languages/*.txt")
	if err != nil {
		return nil, err
	}
	all := map[string]*sentences{}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		words, err := parseSentences(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(name), err)
		}
		code := strings.TrimSuffix(path.Base(name), path.Ext(name))
		all[code] = &sentences{code, words}
	}
	if all["en"] == nil {
		return nil, errors.New("en.txt, which has the list of keys, is missing")
	}
	for code, s := range all {
		if miss := missing(all["en"].words, s.words); miss != "" {
			return nil, fmt.Errorf("%s.txt lacks or adds %q", code, miss)
		}
	}
	return all, nil
}

func parseSentences(data []byte) (map[string]string, error) {
	words := map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, text, ok := strings.Cut(line, "=")
		key, text = strings.TrimSpace(key), strings.TrimSpace(text)
		if !ok || key == "" || text == "" || len(text) > longest {
			return nil, fmt.Errorf("line %d: %q is not of the form key = sentence", n, line)
		}
		if _, twice := words[key]; twice {
			return nil, fmt.Errorf("line %d: %q is there twice", n, key)
		}
		words[key] = text
	}
	return words, lines.Err()
}

// missing returns a key that only one of a and b has.
func missing(a, b map[string]string) string {
	for k := range a {
		if _, ok := b[k]; !ok {
			return k
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			return k
		}
	}
	return ""
}

// say returns the sentence of key, with {name} replaced from pairs.
func (s *sentences) say(key string, pairs ...string) string {
	text := s.words[key]
	for i := 0; i+1 < len(pairs); i += 2 {
		text = strings.ReplaceAll(text, "{"+pairs[i]+"}", pairs[i+1])
	}
	return text
}

// spoken returns the one or two languages of a View; what it names that we haven't is left out, and nothing left is
// English.
func spoken(codes []string) []*sentences {
	var out []*sentences
	for _, c := range codes {
		if s, ok := languages()[c]; ok && !slices.Contains(out, s) && len(out) < 2 {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		out = append(out, languages()["en"])
	}
	return out
}

// Languages returns the codes of the languages there are, with the name each gives itself, in the order of the codes.
func Languages() (codes []string, names map[string]string) {
	names = map[string]string{}
	for code, s := range languages() {
		codes = append(codes, code)
		names[code] = s.say("name")
	}
	slices.Sort(codes)
	return codes, names
}
