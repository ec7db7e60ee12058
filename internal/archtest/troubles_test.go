package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// notTested are the rows that no test can show, each with its reason.
var notTested = map[string]string{}

var troubleName = regexp.MustCompile(`^TestTrouble_([A-G]_?[0-9]+)(_[A-Z]\w*)?$`)

// TestEveryTroubleHasItsTest: for each row X of the list of reported troubles, "go test -run TestTrouble_X" finds a
// test. A test names one row, so that a row can't lose its test unnoticed by sharing a name.
func TestEveryTroubleHasItsTest(t *testing.T) {
	raw, err := os.ReadFile("testdata/troubles.txt")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, row := range strings.Fields(line) {
			rows[row] = true
		}
	}
	if len(rows) != 73 {
		t.Fatalf("the list has %d rows, and the reference 73", len(rows))
	}
	tests := map[string][]string{}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "build" || d.Name() == ".git"):
			return fs.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		// Read as Go reads it: a name in a comment or a text is no test. No build tags: a proof that needs one isn't
		// everyday's.
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		tagged := false
		for _, c := range f.Comments {
			tagged = tagged || c.Pos() < f.Package && strings.HasPrefix(c.List[0].Text, "//go:build")
		}
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !strings.HasPrefix(fn.Name.Name, "TestTrouble_") {
				continue
			}
			m := troubleName.FindStringSubmatch(fn.Name.Name)
			switch {
			case m == nil:
				t.Errorf("%s: %s names no row: call it TestTrouble_ROW or TestTrouble_ROW_Words", path, fn.Name.Name)
			case !rows[m[1]]:
				t.Errorf("%s: %s is about row %s, which the list doesn't have", path, fn.Name.Name, m[1])
			case !tagged:
				tests[m[1]] = append(tests[m[1]], path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range slices.Sorted(maps.Keys(rows)) {
		why, excused := notTested[row]
		switch {
		case excused && len(tests[row]) > 0:
			t.Errorf("row %s has a test in %s: take it off the exceptions", row, tests[row][0])
		case excused && why == "":
			t.Errorf("row %s is excepted without a reason", row)
		case !excused && len(tests[row]) == 0:
			t.Errorf("row %s has no test: write TestTrouble_%s", row, row)
		}
	}
	for row := range notTested {
		if !rows[row] {
			t.Errorf("row %s is excepted and not in the list", row)
		}
	}
}
