package body

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"galla/internal/counter/problem"
	"galla/internal/spelling"
)

// Read reads the request's JSON object into v, a pointer to a struct. It is stricter than encoding/json: a field
// that v does not have, or that comes twice, is refused by its name, so that a misspelt amount never becomes "no
// amount"; and so is the absence of one that v's tags call for. An empty body is the empty object, and so is an empty
// list, which is what PHP makes of an empty array.
func Read(w http.ResponseWriter, r *http.Request, v any) error {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, Most))
	if err != nil {
		if errors.As(err, new(*http.MaxBytesError)) {
			return err
		}
		return problem.New(problem.BadJSON, "the body ended before it was whole",
			"Send it again with the same idempotency key.")
	}
	return Decode(b, v)
}

// Most is how many bytes a body may have.
const Most = 16 << 10

var emptyList = regexp.MustCompile(`^\s*\[\s*\]\s*$`)

// Decode is Read of a body that is there.
func Decode(b []byte, v any) error {
	if len(bytes.TrimSpace(b)) == 0 || emptyList.Match(b) {
		b = []byte("{}")
	}
	if !utf8.Valid(b) {
		return problem.New(problem.BadJSON, "the body is not UTF-8", "Send JSON in UTF-8.")
	}
	if err := checkFields(b, v, ""); err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return unreadable(err)
	}
	return nil
}

// checkFields walks an object's keys: known, at most once each, and all there that have no value of their own. under is
// what stands before their names: "payer." within the payer.
func checkFields(b []byte, v any, under string) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	t, err := dec.Token()
	if err != nil {
		return unreadable(err)
	}
	if t != json.Delim('{') {
		return problem.New(problem.BadJSON, "the body is not a JSON object",
			`Send an object, like {"amount_paise":25000}.`)
	}
	fields := Fields(reflect.TypeOf(v).Elem())
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return unreadable(err)
		}
		key, _ := t.(string)
		f, known := fields[key]
		if !known {
			return unknownField(key, fields)
		}
		if seen[key] {
			return problem.New(problem.BadJSON, fmt.Sprintf("the field %q comes twice", key), "Send it once.")
		}
		seen[key] = true
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return unreadable(err)
		}
		if f.Needed && string(raw) == "null" {
			return Missing(under + key)
		}
		ft := f.Of
		if ft.Kind() == reflect.Pointer {
			ft = ft.Elem()
			if ft.Kind() != reflect.Struct &&
				string(raw) == "null" { // where absent means something, null would mean it by accident
				return problem.New(
					problem.BadJSON,
					fmt.Sprintf("the field %q is null", key),
					"Give a value, or leave it out.",
				)
			}
		}
		if ft.Kind() == reflect.Struct && len(raw) > 0 && raw[0] == '{' &&
			!reflect.PointerTo(ft).Implements(unmarshaler) {
			if err := checkFields(raw, reflect.New(ft).Interface(), under+key+"."); err != nil {
				return err
			}
		}
	}

	if _, err := dec.Token(); err != nil {
		return unreadable(err)
	}
	if _, err := dec.Token(); under == "" && err != io.EOF {
		return problem.New(problem.BadJSON, "something stands after the JSON object",
			"Send one object and nothing else.")
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if fields[key].Needed && !seen[key] {
			return Missing(under + key)
		}
	}
	return nil
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// Field is one of a body. Needed says that its absence means nothing: its tag has no omitempty, and the OpenAPI
// document calls it required.
type Field struct {
	Of     reflect.Type
	Needed bool
}

// Fields lists a struct's JSON names, those of embedded structs included.
func Fields(t reflect.Type) map[string]Field {
	out := map[string]Field{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, option, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if f.Anonymous && name == "" {
			maps.Copy(out, Fields(f.Type))
			continue
		}
		out[name] = Field{f.Type, !strings.HasPrefix(option, "omit")}
	}
	return out
}

// Missing refuses a body without a field whose absence means nothing.
func Missing(name string) error {
	p := problem.New(
		problem.BadRequest,
		name+" is missing",
		"Send it; /v1/openapi.json says which fields a call needs.",
	)
	p.Field = name
	return p
}

func unknownField(key string, fields map[string]Field) error {
	names := slices.Sorted(maps.Keys(fields))
	next := "It takes " + strings.Join(names, ", ") + "."
	if near := spelling.Nearest(key, names); near != "" {
		next = fmt.Sprintf("Did you mean %q? %s", near, next)
	}
	if len(names) == 0 {
		next = "It takes no fields."
	}
	p := problem.New(problem.BadJSON, fmt.Sprintf("the field %.60q is not known here", key), next)
	p.Field = fmt.Sprintf("%.60s", key)
	return p
}

// unreadable words what encoding/json found.
func unreadable(err error) error {
	var syntax *json.SyntaxError
	var typ *json.UnmarshalTypeError
	var moment *time.ParseError
	switch {
	case errors.As(err, &moment):
		return problem.New(
			problem.BadJSON,
			fmt.Sprintf("%.40s is no moment", moment.Value),
			"Write it like 2026-11-22T14:05:00+05:30.",
		)
	case errors.As(err, &typ):
		p := problem.New(
			problem.BadJSON,
			fmt.Sprintf("the field %q is a %s, which does not fit", typ.Field, typ.Value),
			"It takes "+wanted(typ.Type)+".",
		)
		p.Field = typ.Field
		return p
	case errors.As(err, &syntax):
		return problem.New(
			problem.BadJSON,
			fmt.Sprintf("the body is not JSON: at byte %d, %v", syntax.Offset, syntax),
			"Check quotes, commas and braces.",
		)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return problem.New(problem.BadJSON, "the body ends in the middle of the JSON", "Send it whole.")
	}
	return problem.New(problem.BadJSON, err.Error(), "Correct the value and send it again.")
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text in quotes"
	case reflect.Struct:
		return "a JSON object"
	}
	return "a whole number"
}
