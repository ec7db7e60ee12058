//go:build rig

package display

import "image"

// matrix says that every picture is drawn: every size in every pair of languages.
func matrix(image.Point, []string) bool { return true }

// scanPayloads is how many different strings each size of screen shows to the readers.
const scanPayloads = 9

// scanKinds are the pay screen and its rivals, plain codes of each level.
var scanKinds = []string{"pay screen", "L", "M", "Q", "H"}
