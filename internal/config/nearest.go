package config

import (
	"reflect"
	"strings"

	"galla/internal/spelling"
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
		cost := spelling.Distance(want, k)
		if last := key[len(key)-1]; strings.HasSuffix(k, "."+last) { // the right key in the wrong table
			cost = 1
		}
		if cost < bestCost {
			best, bestCost = k, cost
		}
	}
	return best
}
