package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The tests run the program as it is: the test binary is the program when this variable is set.
const asMain = "GALLA_DISPLAY_AS_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(asMain) != "" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// program prepares a run of galla-display.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, args...)
	cmd.Cancel = func() error { // at the end of the test; of one that failed, with what each goroutine was waiting for
		if t.Failed() {
			return cmd.Process.Signal(syscall.SIGQUIT)
		}
		return cmd.Process.Kill()
	}
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(os.Environ(), asMain+"=1")
	return cmd
}

func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		name    string
		args    []string
		display string
		code    int
		says    string
	}{
		{"version", []string{"-version"}, "", exitDone, "galla-display "},
		{"sound's version", []string{"sound", "-version"}, "", exitDone, "galla-display "},
		{"help", []string{"-h"}, "", exitDone, "exit codes: 0 asked to end"},
		{"unknown flag", []string{"-colour"}, "", exitUsage, "-colour"},
		{"argument", []string{"extra"}, "", exitUsage, `unexpected argument "extra"`},
		{"bad size", []string{"-windowed", "big"}, "", exitUsage, "as in 1024x600"},
		{"bad rotation", []string{"-rotate", "45"}, "", exitUsage, "0, 90, 180 or 270"},
		{"no display", nil, "", exitNoDisplay, "DISPLAY is not set; start galla-display inside a session"},
		{"dead display", nil, ":4711", exitNoDisplay, "does an X server run at DISPLAY=:4711"},
		{"dead display, windowed", []string{"-windowed", "800x480"}, ":4711", exitNoDisplay,
			"does an X server run at DISPLAY=:4711"},
		{"bad volume", []string{"sound", "-volume", "11000"}, "", exitUsage, "0 (off) to 100"},
		{"bad voice", []string{"sound", "-voice", "la"}, "", exitUsage, "take en or hi"},
		{"bad amount", []string{"sound", "-say", "many"}, "", exitUsage, "-say"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := program(t, tt.args...)
			cmd.Env = append(cmd.Env, "DISPLAY="+tt.display, "WAYLAND_DISPLAY=")
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(string(out), tt.says) {
				t.Errorf("exit code %d, want %d; it says %q, want %q", code, tt.code, out, tt.says)
			}
			if bytes.Count(out, []byte("galla-display: ")) > 1 || bytes.Contains(out, []byte("goroutine ")) {
				t.Errorf("more than one sentence: %s", out)
			}
		})
	}
}

func TestStorybookNeedsNoDisplay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	// a file is in the way, so that it ends soon; the theme comes first
	cmd := program(t, "-storybook", dir, "-ink", "#fefefe")
	cmd.Env = append(cmd.Env, "DISPLAY=")
	out, _ := cmd.CombinedOutput()
	for _, want := range []string{"part of the theme is left out", "storybook: ", "not a directory"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("it said %q, without %q", out, want)
		}
	}
}

func TestParseSize(t *testing.T) {
	for s, want := range map[string]string{"": "(0,0)", "1024x600": "(1024,600)", "1024": "", "x": "", "0x600": "",
		"-5x9": "", "800x480x3": "", "800 x 480": ""} {
		got, err := parseSize(s)
		if want == "" && err == nil || want != "" && (err != nil || got.String() != want) {
			t.Errorf("%q is %v, %v; want %q", s, got, err, want)
		}
	}
}

func TestShotsNeedsADirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := newShots(file, nil); err == nil || !strings.Contains(err.Error(), "-shots") {
		t.Errorf("shots into a file: %v", err)
	}
}

// syncBuffer is a buffer that may be written to and read at once.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
