package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestHelpNamesEveryCommand: the commands are read out of run's own cases, so that a new one can't be forgotten.
func TestHelpNamesEveryCommand(t *testing.T) {
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^\tcase "(\w+)":$`).FindAllSubmatch(source, -1)
	if len(commands) < 9 {
		t.Fatalf("%d commands were found in main.go", len(commands))
	}

	for _, args := range [][]string{{"--help"}, {"fsck", "--help"}} {
		var out bytes.Buffer
		if code := run(args, &out, &out); code != exitDone {
			t.Errorf("gallad %s: exit code %d", strings.Join(args, " "), code)
		}
		for _, c := range commands {
			if !regexp.MustCompile(`(?m)^  ` + string(c[1]) + ` `).Match(out.Bytes()) {
				t.Errorf("gallad %s does not name %s:\n%s", strings.Join(args, " "), c[1], out.String())
			}
		}
		if !strings.Contains(out.String(), "-config") {
			t.Errorf("gallad %s does not name its flags:\n%s", strings.Join(args, " "), out.String())
		}
	}
}
