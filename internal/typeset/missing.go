package typeset

import "slices"

// Drawable is text without the letters that no font here has, and those letters, each once. Drawn, they would be boxes.
func (s *Set) Drawable(text string) (kept string, missing []rune) {
	s.mu.Lock()
	defer s.mu.Unlock()
	runes := clean(text)
	out := make([]rune, 0, len(runes))
	for _, r := range split(runes, Regular) {
		for _, c := range runes[r.start:r.end] {
			if c != ' ' && c != zwj && c != zwnj && !has(r.family, Regular, c) {
				if !slices.Contains(missing, c) {
					missing = append(missing, c)
				}
				continue
			}
			out = append(out, c)
		}
	}
	return string(out), missing
}
