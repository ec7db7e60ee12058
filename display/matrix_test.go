//go:build !rig

package display

import "image"

// matrix says which pictures the everyday tests draw: the tightest screens in every language, every screen in English
// and Hindi. With the build tag rig they draw all of them.
func matrix(size image.Point, pair []string) bool {
	switch size {
	case image.Pt(800, 480), image.Pt(720, 1280):
		return true
	}
	return pair[0] == "en" && len(pair) == 2 && pair[1] == "hi"
}

// scanPayloads is how many different strings each size of screen shows to the readers.
const scanPayloads = 1

// scanKinds are the pay screen and its nearest rival, a plain code of its own level.
var scanKinds = []string{"pay screen", "M"}
