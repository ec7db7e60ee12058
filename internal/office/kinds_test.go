package office_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// TestKinds: every kind of a sale's events that state names is known here, or its sales would wait for an update.
func TestKinds(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../state/event.go", nil, 0)
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
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(v.Names[0].Name, "Event") {
			names++
			if !known[v.Names[0].Name] {
				t.Errorf("state.%s is not known here", v.Names[0].Name)
			}
		}
		return true
	})
	if names < 20 {
		t.Errorf("only %d kinds were read", names)
	}
}
