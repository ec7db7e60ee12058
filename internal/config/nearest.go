package config

import (
	"reflect"
	"strings"
)

// nearest finds the known key most like an unknown one, or "".
func nearest(key []string) string {
	var known []string
	var walk func(prefix string, t reflect.Type)
	walk = func(prefix string, t reflect.Type) {
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || t == reflect.TypeFor[Duration]() {
			return
		}
		for i := range t.NumField() {
			if tag := t.Field(i).Tag.Get("toml"); tag != "" && tag != "-" {
				known = append(known, prefix+tag)
				walk(prefix+tag+".", t.Field(i).Type)
			}
		}
	}
	walk("", reflect.TypeFor[Config]())
	want := strings.Join(key, ".")
	best, bestCost := "", len(want)/2+1
	for _, k := range known {
		cost := distance(want, k)
		if last := key[len(key)-1]; strings.HasSuffix(k, "."+last) { // the right key in the wrong table
			cost = 1
		}
		if cost < bestCost {
			best, bestCost = k, cost
		}
	}
	return best
}

// distance counts the letters to change, add or drop between two words (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			next := min(row[j], row[j+1]) + 1
			if a[i] == b[j] {
				next = min(next, corner)
			} else {
				next = min(next, corner+1)
			}
			corner, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
