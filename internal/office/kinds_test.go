package office_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestKinds: every kind of a sale's events that state names is known here, or its sales would wait for an update.
func TestKinds(t *testing.T) {
	files, err := filepath.Glob("../../state/*.go")
	if err != nil {
		t.Fatal(err)
	}
	project, err := parser.ParseFile(token.NewFileSet(), "rules.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	ast.Inspect(project, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			known[sel.Sel.Name] = true
		}
		return true
	})
	names := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			v, ok := n.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(v.Names[0].Name, "Event") {
				return true
			}
			kind := v.Names[0].Name
			if strings.HasPrefix(kind, "EventOperation") { // ApplyOperation's
				return true
			}
			names++
			if !known[kind] {
				t.Errorf("state.%s of %s is not known here", kind, name)
			}
			return true
		})
	}
	if names < 21 {
		t.Errorf("only %d kinds were read", names)
	}
}
