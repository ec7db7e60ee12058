package config

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// keys are all keys of a config, with the tables they stand in.
func keys(prefix string, t reflect.Type) (all []string) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == reflect.TypeFor[Duration]() {
		return nil
	}
	for f := range t.Fields() {
		tag := f.Tag.Get("toml")
		if tag == "" || tag == "-" {
			continue
		}
		all = append(append(all, prefix+tag), keys(prefix+tag+".", f.Type)...)
	}
	return all
}

var (
	tableLine = regexp.MustCompile(`^#?\[\[?([a-z.]+)\]\]?$`)
	keyLine   = regexp.MustCompile(`^#?([a-z_]+) = `)
)

// TestShippedConfig: the file that the package installs names every key there is and no other, and each line in it is
// right when its "#" is taken away.
func TestShippedConfig(t *testing.T) {
	raw, err := os.ReadFile("../../packaging/gallad.toml")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	var table string
	var whole strings.Builder
	explained := false
	for n, line := range strings.Split(string(raw), "\n") {
		switch {
		case tableLine.MatchString(line):
			table = tableLine.FindStringSubmatch(line)[1] + "."
			named[strings.TrimSuffix(table, ".")] = true
			whole.WriteString(strings.TrimPrefix(line, "#"))
		case keyLine.MatchString(line):
			key := keyLine.FindStringSubmatch(line)[1]
			named[table+key] = true
			for _, h := range map[string][]string{"heat": {"dots", "time", "interval", "density", "break"},
				"paths": {"order_by_reference", "search_orders", "refund_status"}}[key] { // tables within a line
				if !strings.Contains(line, h+" = ") {
					t.Errorf("line %d lacks %s", n+1, h)
				}
				named[table+key+"."+h] = true
			}
			if !explained && key != "provider" {
				t.Errorf("line %d, %q, stands without a word about it", n+1, line)
			}
			// What contradicts another example of the same file: test keys belong to a demo.
			if key != "test" {
				whole.WriteString(strings.TrimPrefix(line, "#"))
			}
		case line != "" && !strings.HasPrefix(line, "# ") && line != "#":
			t.Errorf("line %d is neither a key nor an explanation: %q", n+1, line)
		}
		explained = strings.HasPrefix(line, "#") || explained && line != ""
		whole.WriteString("\n")
	}
	for _, k := range keys("", reflect.TypeFor[Config]()) {
		// The profile's name, and what the table itself has, are no values to replace.
		if !named[k] && k != "printer.custom.name" && k != "printer.custom.baud" && k != "printer.custom.flow" {
			t.Errorf("packaging/gallad.toml doesn't name %s", k)
		}
	}
	c, err := Parse("gallad.toml", []byte(whole.String()))
	if err != nil {
		t.Fatalf("with every key taken: %v", err)
	}
	if len(c.Gateways) != 2 || c.Shop.Name == "" || c.Printer.Custom == nil {
		t.Errorf("with every key taken it is %+v", c)
	}
}

// TestShippedConfigAsItIs: a new box is not set up, and says so in two sentences.
func TestShippedConfigAsItIs(t *testing.T) {
	raw, err := os.ReadFile("../../packaging/gallad.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse("gallad.toml", raw)
	if err == nil || len(strings.Split(err.Error(), "\n")) != 2 ||
		!strings.Contains(err.Error(), "shop.name is missing") ||
		!strings.Contains(err.Error(), "there is no [[gateway]]") {
		t.Errorf("it says %v", err)
	}
}
