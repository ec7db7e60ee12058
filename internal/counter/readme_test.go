package counter

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestExamples: the README has an example with curl for every call of the API, and every example is a call the API has,
// with the fields and parameters the document knows, and a key where one is needed.
func TestExamples(t *testing.T) {
	d, b := apiDocument(t), newBench(t)
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "## Every call, with curl")
	_, block, _ = strings.Cut(block, "```sh\n")
	block, _, _ = strings.Cut(block, "\n```")
	mux := http.NewServeMux()
	for _, r := range b.routes {
		mux.HandleFunc(r.pattern, func(http.ResponseWriter, *http.Request) {})
	}
	example := regexp.MustCompile(`^curl (?:-N )?(?:-X (\w+) )?"?\$S(/[^" ]*)"?(.*)$`)
	given := regexp.MustCompile(`-d '([^']*)'`)
	shown := map[string]bool{}
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "curl ") {
			continue
		}
		m := example.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("this example can't be read: %s", line)
			continue
		}
		method, path, rest := m[1], m[2], m[3]
		body := ""
		if g := given.FindStringSubmatch(rest); g != nil {
			body = g[1]
		}
		switch {
		case method != "":
		case body != "":
			method = "POST"
		default:
			method = "GET"
		}
		req := httptest.NewRequest(method, path, nil)
		_, pattern := mux.Handler(req)
		if pattern == "" {
			t.Errorf("the API has no such call: %s", line)
			continue
		}
		shown[pattern] = true
		verb, place, _ := strings.Cut(pattern, " ")
		op := d.Paths[place][strings.ToLower(verb)]
		for name := range req.URL.Query() {
			if !slices.ContainsFunc(op.Parameters, func(p parameter) bool {
				return p.In == "query" && p.Name == name
			}) {
				t.Errorf("%s takes no %s=: %s", pattern, name, line)
			}
		}
		if key := strings.Contains(rest, `"$(K)"`); key != (method == "POST") {
			t.Errorf("with a key %v: %s", key, line)
		}
		if typed := strings.Contains(rest, `-H "$J"`); typed != (body != "") {
			t.Errorf("with a content type %v: %s", typed, line)
		}
		if body == "" {
			continue
		}
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil || op.RequestBody == nil {
			t.Errorf("%s: %v, body wanted %v", line, err, op.RequestBody != nil)
			continue
		}
		for _, bad := range d.check(op.RequestBody.Content["application/json"].Schema, v, pattern) {
			t.Error(bad)
		}
	}
	for _, r := range b.routes {
		if !shown[r.pattern] {
			t.Errorf("the README has no example of %s", r.pattern)
		}
	}
}

// TestExamplesInAShell: pasted into a shell, every example calls the box, with its address and body whole.
func TestExamplesInAShell(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "## Every call, with curl")
	_, block, _ = strings.Cut(block, "```sh\n")
	block, _, _ = strings.Cut(block, "\n```")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "curl"), []byte("#!/bin/sh\nprintf '<%s>' \"$@\" >&2\necho >&2\n"),
		0o755); err != nil {
		t.Fatal(err)
	}
	sh := exec.CommandContext(t.Context(), "sh", "-euc", block)
	sh.Dir, sh.Env = dir, append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
	out, err := sh.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	calls := regexp.MustCompile(`(?m)^<--unix-socket></run/galla/gallad\.sock>(?:<-N>|`+
		`<-X><\w+>)?<http://galla/v1/[^<> ]+>(?:<-H><[^<>]+>)*(?:<-d><\{.*\}>)?$`).FindAll(out, -1)
	if want := strings.Count(block, "\ncurl "); len(calls) != want || strings.Count(string(out), "\n") != want {
		t.Errorf("%d of %d examples call the box as they should:\n%s", len(calls), want, out)
	}
}
