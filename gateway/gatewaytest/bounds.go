package gatewaytest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"galla/internal/money"
)

// Bounded says what of a client's answer could not be stored, shown or encoded: whatever a gateway sends, each time is
// one JSON can write and no more than a century off by a wrong clock, each amount one a till can hold, each text short
// and printable, and a field called RRN twelve digits or nothing. It judges by itself and asks no function of the
// package gateway.
func Bounded(v any) error {
	if _, err := json.Marshal(v); err != nil {
		return fmt.Errorf("it can't be encoded: %w", err)
	}
	return bounded("", reflect.ValueOf(v))
}

func bounded(name string, v reflect.Value) error {
	switch x := v.Interface().(type) {
	case time.Time:
		if !x.IsZero() && (x.UTC().Year() < 1900 || x.UTC().Year() > 2200) {
			return fmt.Errorf("%s is in the year %d", name, x.Year())
		}
		return nil
	case money.Paise:
		if x < 0 || x > money.Max {
			return fmt.Errorf("%s is %d paise", name, x)
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				if err := bounded(name+"."+f.Name, v.Field(i)); err != nil {
					return err
				}
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			if err := bounded(name+"[]", v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.String:
		return boundedText(name, v.String())
	}
	return nil
}

func boundedText(name, s string) error {
	switch {
	case !utf8.ValidString(s):
		return fmt.Errorf("%s is no UTF-8", name)
	case len(s) > 4096:
		return fmt.Errorf("%s is %d bytes long", name, len(s))
	case strings.HasSuffix(name, ".RRN") && s != "" && (len(s) != 12 || strings.Trim(s, "0123456789") != ""):
		return fmt.Errorf("%s is %q, which is no RRN", name, s)
	}
	for _, r := range s {
		if unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200e' ||
			r == '\u200f' ||
			r == '\u2028' ||
			r == '\u2029' {
			return fmt.Errorf("%s holds %U", name, r)
		}
	}
	return nil
}
