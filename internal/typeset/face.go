package typeset

import (
	"bytes"
	"embed"
	"fmt"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/harfbuzz"
	"github.com/go-text/typesetting/language"
)

//go:embed fonts/*.ttf
var files embed.FS

// families lists the embedded fonts; the Latin one comes first and serves every character that belongs to no script.
var families = [...]struct {
	name   string
	script language.Script
}{
	{"NotoSans", language.Latin},
	{"NotoSansDevanagari", language.Devanagari},
	{"NotoSansBengali", language.Bengali},
	{"NotoSansGurmukhi", language.Gurmukhi},
	{"NotoSansGujarati", language.Gujarati},
	{"NotoSansOriya", language.Oriya},
	{"NotoSansTamil", language.Tamil},
	{"NotoSansTelugu", language.Telugu},
	{"NotoSansKannada", language.Kannada},
	{"NotoSansMalayalam", language.Malayalam},
}

const latin = 0 // index of the Latin family

// Weight is how heavy the letters are.
type Weight uint8

const (
	Regular Weight = iota
	Bold
	weights // how many there are
)

func (w Weight) file() string {
	if w == Bold {
		return "Bold"
	}
	return "Regular"
}

// file is one font file, read when first needed: most shops use two scripts of ten. It is never written after that, so
// all Sets of a process share it.
type file struct {
	once            sync.Once
	font            *font.Font
	ascent, descent int // of a line, in font units, both positive
}

var loaded [weights][len(families)]file

// unitsPerEm of every embedded font; a test keeps it so.
const unitsPerEm = 1000

func load(family int, w Weight) *file {
	f := &loaded[w][family]
	f.once.Do(func() {
		name := "fonts/" + fileName(family, w) + ".ttf"
		data, err := files.ReadFile(name)
		var face *font.Face
		if err == nil {
			face, err = font.ParseTTF(bytes.NewReader(data))
		}
		if err != nil {
			// a test reads them all
			panic(fmt.Sprintf("internal error: the embedded font %s can't be read: %v", name, err))
		}
		f.font = face.Font
		if e, ok := face.FontHExtents(); ok {
			f.ascent, f.descent = int(e.Ascender), -int(e.Descender)
		}
	})
	return f
}

func fileName(family int, w Weight) string { return families[family].name + "_" + w.file() }

// face is one Set's own use of a file: go-text's Face and harfbuzz.Font cache as they go and must not be shared.
type face struct {
	*font.Face
	shaper *harfbuzz.Font
}

// face returns the Set's face of a file. The caller holds s.mu.
func (s *Set) face(family int, w Weight) *face {
	f := &s.faces[w][family]
	if f.Face == nil {
		f.Face = font.NewFace(load(family, w).font)
		f.shaper = harfbuzz.NewFont(f.Face)
	}
	return f
}
