package till

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAmountsWay: each function that doc.go names on an amount's way is there, in the package that it is said to be in.
func TestAmountsWay(t *testing.T) {
	raw, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, way, found := strings.Cut(string(raw), "// # An amount's way\n")
	way, _, ended := strings.Cut(way, "// # ")
	if !found || !ended {
		t.Fatal("doc.go has no part \"An amount's way\" any more")
	}

	rooms := map[string]string{
		"counter":   "../counter",
		"feed":      "../counter/feed",
		"till":      ".",
		"terms":     "terms",
		"state":     "../../state",
		"boltstore": "../../state/boltstore",
		"gateway":   "../../gateway/*",
	}
	const toNames, toWords = 11, 34 // the columns of a row: the package, its functions, what they do
	dotted := regexp.MustCompile(`\b(Till|turn|Client)\.\w+`)
	entered, names, room := map[string]bool{}, 0, ""
	for line := range strings.Lines(way) {
		row, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "//\t")
		if !ok {
			continue
		}
		row += strings.Repeat(" ", max(0, toWords-len(row)))
		if r := strings.TrimSpace(row[:toNames]); r != "" {
			room = r
		}
		if rooms[room] == "" {
			t.Errorf("the way leads through %q, which is no package", room)
			continue
		}
		entered[room] = true
		has := functions(t, rooms[room])
		for _, name := range append(strings.Split(row[toNames:toWords], ","),
			dotted.FindAllString(row[toWords:], -1)...) {
			if names++; !has[strings.TrimSpace(name)] {
				t.Errorf("%s has no function %q", room, strings.TrimSpace(name))
			}
		}
	}
	if len(entered) != len(rooms) || names < 20 {
		t.Errorf("the way has %d names in the packages %v: it isn't read as it is written", names, entered)
	}
}

// functions are what the files of a folder declare: "Apply", "Till.Open".
func functions(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(folder + "/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(files), err)
	}
	has := map[string]bool{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			of := ""
			if fn.Recv != nil {
				on := fn.Recv.List[0].Type
				if star, ok := on.(*ast.StarExpr); ok {
					on = star.X
				}
				if id, ok := on.(*ast.Ident); ok {
					of = id.Name + "."
				}
			}
			has[of+fn.Name.Name] = true
		}
	}
	return has
}
