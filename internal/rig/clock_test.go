package rig

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/day"
)

// clocked builds gallad with a wall clock that runs ahead by $GALLA_RIG_CLOCK: its own code unchanged, on a time.Now
// that adds. A static program reads the kernel's clock without any library that could be put in between.
var clocked = sync.OnceValues(func() (string, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	source := filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go")
	raw, err := os.ReadFile(source)
	if err != nil {
		return "", err
	}
	text := strings.Replace(string(raw), "\nimport (\n", "\nimport (\n\t\"syscall\"\n", 1)
	text = strings.Replace(text, "\nfunc Now() Time {\n", `
var ahead = func() Duration {
	text, _ := syscall.Getenv("GALLA_RIG_CLOCK")
	d, err := ParseDuration(text)
	if err != nil {
		panic(err)
	}
	return d
}()

func Now() Time { return realNow().Add(ahead) }

func realNow() Time {
`, 1)

	dir := filepath.Join(bin, "clocked")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	replaced, overlay := filepath.Join(dir, "time.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(replaced, []byte(text), 0o644); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{source: replaced}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, list, 0o644); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-overlay", overlay, "-o", dir, "galla/cmd/gallad")
	build.Stderr = os.Stderr
	return filepath.Join(dir, "gallad"), build.Run()
})

// calendar is a box whose clock is set by the test; the gateway's goes with it.
type calendar struct {
	*box
	first time.Time // midnight in India: the first day
	ahead time.Duration
}

func newCalendar(t *testing.T, b *box) *calendar {
	t.Helper()
	program, err := clocked()
	if err != nil {
		t.Fatalf("gallad with a clock of its own can't be built: %v", err)
	}
	b.program = program
	tomorrow := day.Business(time.Now().AddDate(0, 0, 1), 0)
	first, err := day.Start(tomorrow, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &calendar{box: b, first: first}
}

// at stops gallad, if it runs, and starts it again on the n-th day, 0 the first, at a time of day.
func (c *calendar) at(n int, clock time.Duration) {
	c.t.Helper()
	c.kill()
	ahead := time.Until(c.first.AddDate(0, 0, n).Add(clock))
	c.sim.Clock().Advance(ahead - c.ahead)
	c.ahead = ahead
	c.env = []string{"GALLA_RIG_CLOCK=" + ahead.String()}
	c.start()
}

// day is the n-th business day, and its sales' names begin with its month and day.
func (c *calendar) day(n int) (business, name string) {
	at := c.first.AddDate(0, 0, n).In(day.IST)
	return at.Format(time.DateOnly), at.Format("0102")
}
