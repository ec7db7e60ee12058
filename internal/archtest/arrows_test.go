package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

type pkg struct {
	ImportPath string
	Imports    []string
	Deps       []string
	Dir        string
}

// list asks the go command; what it can't read is an error, so a broken tree never reads as a kept rule.
func list(t *testing.T, args ...string) (all []pkg) {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps,Dir"}, args...)...)
	cmd.Dir = root
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, errs.Bytes())
	}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// arrows are what each package may import of this repository, and which foreign modules. The standard library is free
// to all. A path ending in /... stands for what is below it too. The longest match counts.
var arrows = map[string][]string{
	"galla/internal/money":    {},
	"galla/internal/day":      {},
	"galla/internal/spelling": {},
	"galla/internal/typed":    {"golang.org/x/text"},
	"galla/internal/typeset":  {"github.com/go-text/typesetting", "golang.org/x/image"},
	"galla/internal/archtest": {},
	"galla/state/chain":       {},
	"galla/state": {
		"galla/internal/money",
		"galla/state/journal",
		"galla/state/sequence",
		"galla/state/watch",
	},
	"galla/state/answer":     {"galla/state"},
	"galla/state/journal":    {"galla/internal/money"},
	"galla/state/watch":      {},
	"galla/state/sequence":   {},
	"galla/state/statetest":  {"galla/internal/typed", "galla/state", "galla/state/watch", "galla/internal/money"},
	"galla/state/difference": {"galla/state", "galla/internal/money"},
	"galla/state/statement":  {"galla/state", "galla/internal/money"},
	"galla/state/boltstore": {
		"galla/state",
		"galla/state/chain",
		"galla/state/boltstore/migration",
		"galla/state/boltstore/salesfile",
		"galla/state/difference",
		"go.etcd.io/bbolt",
	},
	"galla/state/boltstore/migration": {"galla/state", "galla/state/boltstore/salesfile", "go.etcd.io/bbolt"},
	"galla/state/boltstore/salesfile": {"galla/internal/typed", "galla/state", "go.etcd.io/bbolt"},
	"galla/state/boltstore/salvage": {
		"galla/state",
		"galla/state/chain",
		"galla/state/boltstore",
		"galla/state/boltstore/salesfile",
		"go.etcd.io/bbolt",
	},
	"galla/gateway":        {"galla/internal/money", "galla/internal/typed"},
	"galla/internal/upiqr": {"galla/internal/money", "github.com/makiuchi-d/gozxing"},
	"galla/gateway/enkash": {
		"galla/gateway",
		"galla/gateway/enkash/wire",
		"galla/internal/upiqr",
		"galla/internal/money",
	},
	"galla/gateway/enkash/wire": {
		"galla/internal/day",
		"galla/gateway",
		"galla/internal/upiqr",
		"galla/internal/money",
	},
	"galla/gateway/razorpay": {"galla/gateway", "galla/internal/upiqr", "galla/internal/money"},
	"galla/gateway/gatewaytest/...": {
		"galla/internal/day",
		"galla/gateway",
		"galla/internal/upiqr",
		"galla/internal/money",
		"github.com/skip2/go-qrcode",
		"golang.org/x/image",
	},
	"galla/printer": {
		"galla/internal/day",
		"galla/printer/escpos",
		"galla/printer/logo",
		"galla/printer/port",
		"galla/internal/typeset",
		"galla/internal/money",
		"github.com/skip2/go-qrcode",
		"golang.org/x/sys",
		"golang.org/x/image",
	},
	"galla/printer/escpos":    {},
	"galla/printer/discovery": {"galla/printer", "galla/printer/port"},
	"galla/printer/logo":      {"galla/printer/escpos"},
	"galla/printer/port":      {"go.bug.st/serial", "golang.org/x/sys"},
	"galla/printer/printertest/...": {
		"galla/printer/escpos",
		"galla/printer/port",
		"galla/printer",
		"github.com/creack/pty",
		"github.com/skip2/go-qrcode",
		"golang.org/x/sys",
		"golang.org/x/image",
	},
	"galla/display": {
		"galla/internal/day",
		"galla/internal/money",
		"galla/internal/upiqr",
		"galla/internal/typeset",
		"galla/display/languages",
		"github.com/makiuchi-d/gozxing",
		"golang.org/x/image",
	},
	"galla/display/languages":  {},
	"galla/display/viewstream": {"galla/display", "galla/internal/money", "golang.org/x/sys"},
	"galla/display/kiosk/...": {
		"galla/display",
		"galla/display/viewstream",
		"galla/display/kiosk/gl",
		"galla/display/kiosk/kiosktest",
		"galla/internal/money",
		"github.com/hajimehoshi/ebiten/v2",
		"github.com/jezek/xgb",
		"golang.org/x/sys",
	},
	"galla/display/kiosk/gl": {"github.com/ebitengine/purego"},
	"galla/display/kiosk/bench": {
		"galla/display",
		"galla/display/viewstream",
		"galla/display/kiosk/kiosktest",
		"galla/internal/money",
		"github.com/jezek/xgb",
		"github.com/skip2/go-qrcode",
		"golang.org/x/sys",
	},
	"galla/printer/rig": {"galla/printer", "galla/printer/port", "galla/printer/printertest"},
	"galla/state/boltstore/rig/...": {
		"galla/state",
		"galla/state/boltstore",
		"galla/state/statetest",
		"galla/internal/money",
		"go.etcd.io/bbolt",
		"golang.org/x/sys",
	},
	"galla/internal/config": {
		"galla/internal/spelling",
		"galla/display",
		"galla/gateway",
		"galla/gateway/enkash",
		"galla/gateway/razorpay",
		"galla/internal/people",
		"galla/internal/money",
		"galla/printer",
		"galla/printer/port",
		"github.com/pelletier/go-toml/v2",
	},
	"galla/internal/copies": {"galla/internal/day", "galla/state/boltstore/salesfile"},
	"galla/internal/doctor": {
		"galla/internal/copies",
		"galla/internal/day",
		"galla/gateway",
		"galla/internal/counter/wire",
		"golang.org/x/sys",
	},
	"galla/internal/setup": {
		"galla/gateway",
		"galla/internal/config",
		"galla/internal/money",
		"galla/printer",
		"galla/printer/port",
		"github.com/pelletier/go-toml/v2",
		"golang.org/x/sys",
	},
	"galla/internal/metrics": {
		"galla/internal/counter/wire",
		"galla/internal/till",
		"galla/state",
		"github.com/prometheus/client_golang",
	},
	"galla/internal/setup/web": {
		"galla/gateway",
		"galla/internal/counter/console",
		"galla/internal/people",
		"galla/internal/setup",
	},
	"galla/internal/till": {
		"galla/internal/typed",
		"galla/internal/mandate",
		"galla/internal/till/debit",
		"galla/internal/till/doubt",
		"galla/internal/till/health",
		"galla/internal/till/pace",
		"galla/internal/till/read",
		"galla/internal/till/request",
		"galla/internal/till/slip",
		"galla/internal/till/terms",
		"galla/internal/till/view",
		"galla/internal/day",
		"galla/state",
		"galla/state/answer",
		"galla/gateway",
		"galla/printer",
		"galla/display",
		"galla/internal/money",
		"galla/internal/upiqr",
	},
	"galla/internal/till/slip":    {"galla/internal/day", "galla/printer", "galla/state"},
	"galla/internal/till/terms":   {"galla/gateway", "galla/state", "galla/state/statement"},
	"galla/internal/till/request": {"galla/internal/money", "galla/internal/typed", "galla/state"},
	"galla/internal/till/read":    {"galla/internal/till/request", "galla/state"},
	"galla/internal/till/health":  {"galla/gateway", "galla/internal/till/terms"},
	"galla/internal/till/view":    {"galla/display", "galla/gateway", "galla/internal/till/pace", "galla/state"},
	"galla/internal/till/pace":    {"galla/state"},
	"galla/internal/till/doubt":   {"galla/state"},
	"galla/internal/till/debit":   {"galla/gateway", "galla/internal/till/terms", "galla/state"},
	"galla/internal/operations": {
		"galla/internal/day",
		"galla/internal/mandate",
		"galla/internal/typed",
		"galla/internal/till",
		"galla/internal/till/terms",
		"galla/gateway",
		"galla/state",
		"galla/state/statement",
		"galla/internal/money",
	},
	"galla/internal/mandate": {"galla/internal/day", "galla/internal/money"},
	"galla/internal/stand": {
		"galla/internal/money",
		"galla/internal/typeset",
		"galla/internal/upiqr",
		"github.com/skip2/go-qrcode",
	},
	"galla/internal/standing": {
		"galla/internal/day",
		"galla/internal/till",
		"galla/internal/till/terms",
		"galla/internal/operations",
		"galla/gateway",
		"galla/state",
		"galla/internal/money",
	},
	"galla/internal/people": {"galla/internal/typed", "galla/state", "golang.org/x/crypto", "golang.org/x/sys"},
	"galla/internal/keypad": {"galla/state", "galla/internal/money"},
	"galla/internal/books": {
		"galla/internal/day",
		"galla/internal/money",
		"galla/internal/typed",
		"galla/state",
		"galla/state/journal",
		"galla/state/statement",
	},
	"galla/internal/history":   {"galla/internal/day", "galla/internal/money", "galla/state"},
	"galla/internal/webhook":   {"galla/state"},
	"galla/internal/quota":     {},
	"galla/internal/segment":   {"galla/state/chain"},
	"galla/internal/signature": {},
	"galla/internal/office": {
		"galla/internal/day",
		"galla/internal/money",
		"galla/internal/segment",
		"galla/state",
		"galla/state/chain",
		"galla/state/journal",
	},
	"galla/internal/office/officetest": {
		"galla/internal/money",
		"galla/internal/office",
		"galla/internal/segment",
		"galla/state",
		"galla/state/chain",
		"galla/state/journal",
		"galla/state/statetest",
	},
	"galla/internal/office/alerts": {"galla/internal/day", "galla/internal/office", "galla/internal/webhook"},
	"galla/internal/office/config": {"galla/internal/spelling", "github.com/pelletier/go-toml/v2"},
	"galla/internal/office/metrics": {
		"galla/internal/office/watch",
		"galla/internal/segment",
		"github.com/prometheus/client_golang",
	},
	"galla/internal/office/watch/...": {
		"galla/internal/office/watch",
		"galla/internal/counter/wire",
		"galla/internal/day",
		"galla/internal/office",
		"galla/internal/office/joining",
		"galla/internal/segment",
		"galla/state/chain",
		"galla/internal/typed",
	},
	"galla/internal/office/web": {
		"galla/internal/office",
		"galla/internal/office/joining",
		"galla/internal/quota",
		"galla/internal/segment",
		"galla/internal/signature",
	},
	"galla/internal/office/boxfile": {
		"galla/internal/segment",
		"galla/state/boltstore",
		"galla/state/chain",
	},
	"galla/internal/office/check": {
		"galla/internal/money",
		"galla/internal/office",
		"galla/internal/segment",
		"galla/state",
		"galla/state/chain",
		"galla/state/journal",
	},
	"galla/internal/office/pg": {
		"galla/internal/office/alerts",
		"galla/internal/day",
		"galla/internal/money",
		"galla/internal/office",
		"galla/internal/office/check",
		"galla/internal/office/joining",
		"galla/internal/office/owner",
		"galla/internal/office/people",
		"galla/internal/office/watch",
		"galla/internal/office/web",
		"galla/internal/segment",
		"galla/state",
		"galla/state/chain",
		"github.com/jackc/pgx/v5",
	},
	"galla/internal/office/pg/cluster": {},
	"galla/internal/office/pg/pgtest": {
		"galla/internal/money",
		"galla/internal/office",
		"galla/internal/office/officetest",
		"galla/internal/office/pg",
		"galla/internal/office/pg/cluster",
		"galla/internal/segment",
		"galla/state",
		"galla/state/chain",
		"github.com/jackc/pgx/v5",
	},
	"galla/internal/office/people":            {"galla/internal/typed", "golang.org/x/crypto"},
	"galla/internal/office/people/peopletest": {"galla/internal/office/people"},
	"galla/internal/office/owner": {
		"galla/internal/books",
		"galla/internal/counter/wire",
		"galla/internal/day",
		"galla/internal/money",
		"galla/internal/typed",
		"galla/state",
	},
	"galla/internal/office/owner/ownertest": {
		"galla/internal/day",
		"galla/internal/money",
		"galla/internal/office/owner",
		"galla/state",
	},
	"galla/internal/office/web/pages": {
		"galla/internal/counter/console",
		"galla/internal/counter/console/asset",
		"galla/internal/office/joining",
		"galla/internal/office/owner",
		"galla/internal/office/people",
	},
	"galla/internal/office/web/pages/browser": {},
	"galla/internal/office/web/pages/pagestest": {
		"galla/internal/office/joining",
		"galla/internal/office/joining/joiningtest",
		"galla/internal/office/owner",
		"galla/internal/office/owner/ownertest",
		"galla/internal/office/people",
		"galla/internal/office/people/peopletest",
		"galla/internal/office/web/pages",
	},
	"galla/internal/office/joining/...": {
		"galla/state/chain",
		"galla/internal/money",
		"galla/internal/office/joining",
		"galla/internal/segment",
		"galla/internal/typed",
	},
	"galla/internal/uplink": {
		"galla/internal/counter/wire",
		"galla/internal/segment",
		"galla/internal/signature",
		"galla/state/chain",
	},
	"galla/internal/uplink/uplinktest": {"galla/internal/segment", "galla/internal/signature", "galla/state/chain"},
	"galla/internal/membership": {
		"galla/internal/counter/wire",
		"galla/internal/segment",
		"galla/internal/typed",
		"galla/internal/uplink",
		"galla/state",
	},
	"galla/internal/counter/...": {
		"galla/internal/mandate",
		"galla/internal/typed",
		"galla/internal/books",
		"galla/internal/day",
		"galla/internal/history",
		"galla/internal/spelling",
		"galla/internal/till",
		"galla/internal/operations",
		"galla/internal/stand",
		"galla/gateway",
		"galla/internal/counter",
		"galla/internal/people",
		"galla/internal/quota",
		"galla/internal/upiqr",
		"galla/state",
		"galla/internal/money",
	},
	"galla/internal/counter/feed": {"galla/internal/counter/wire", "galla/state"},
	"galla/internal/counter/search": {
		"galla/internal/counter/problem",
		"galla/internal/counter/query",
		"galla/internal/day",
		"galla/internal/history",
		"galla/internal/money",
		"galla/state",
	},
	"galla/internal/counter/query":     {"galla/internal/counter/problem", "galla/internal/spelling"},
	"galla/internal/counter/validator": {},
	"galla/internal/counter/body":      {"galla/internal/counter/problem", "galla/internal/spelling"},
	"galla/internal/counter/file":      {},
	"galla/internal/counter/problem": {
		"galla/gateway",
		"galla/internal/books",
		"galla/internal/counter/wire",
		"galla/internal/mandate",
		"galla/internal/membership",
		"galla/internal/operations",
		"galla/internal/people",
		"galla/internal/quota",
		"galla/internal/till",
		"galla/state",
	},
	"galla/internal/counter/pad": {
		"galla/internal/counter/problem",
		"galla/internal/keypad",
		"galla/internal/money",
		"galla/internal/till",
		"galla/state",
	},
	"galla/internal/counter/salename": {
		"galla/internal/counter/problem",
		"galla/internal/counter/wire",
		"galla/internal/day",
		"galla/state",
	},
	"galla/internal/counter/picture": {
		"galla/internal/counter/wire",
		"galla/internal/money",
		"galla/internal/upiqr",
		"github.com/skip2/go-qrcode",
	},
	"galla/internal/counter/wire/catalogue": {},
	"galla/internal/counter/wire": {
		"galla/internal/day",
		"galla/internal/books",
		"galla/internal/counter/wire/catalogue",
		"galla/state",
		"galla/internal/money",
	},
	"galla/internal/counter/client": {"galla/internal/counter/wire"},
	"galla/packaging/vm": {
		"galla/gateway/gatewaytest",
		"galla/internal/counter/client",
		"galla/internal/counter/wire",
		"galla/internal/money",
		"galla/state",
	},
	"galla/packaging/image":  {},
	"galla/internal/rig/...": {"galla", "golang.org/x/sys"},

	"galla/internal/setup/interview": {
		"galla/gateway",
		"galla/internal/config",
		"galla/internal/copies",
		"galla/internal/counter/wire",
		"galla/internal/day",
		"galla/internal/setup",
		"galla/printer",
		"galla/printer/discovery",
		"galla/printer/port",
		"golang.org/x/sys",
	},
}

func rule(path string) (allowed []string, room string) {
	for r, a := range arrows {
		base, tree := strings.CutSuffix(r, "/...")
		if (path == base || tree && strings.HasPrefix(path, base+"/")) && len(base) > len(room) {
			allowed, room = a, base
		}
	}
	return allowed, room
}

func TestArrows(t *testing.T) {
	packages := list(t, "./...")
	if len(packages) < 15 {
		t.Fatalf("only %d packages were read", len(packages))
	}
	used := map[string]bool{}
	for _, p := range packages {
		if strings.HasPrefix(p.ImportPath, "galla/cmd/") || strings.HasPrefix(p.ImportPath, "galla/packaging/") {
			continue // they wire
		}
		allowed, room := rule(p.ImportPath)
		if room == "" {
			t.Errorf("%s is a package without arrows: give it its own in arrows_test.go", p.ImportPath)
		}
		used[room] = true
		for _, i := range p.Imports {
			foreign := strings.Contains(strings.SplitN(i, "/", 2)[0], ".")
			house := i == "galla" || strings.HasPrefix(i, "galla/")
			if !foreign && !house || strings.HasPrefix(i, room+"/") && strings.HasSuffix(i, "/internal") {
				continue
			}
			if !slices.ContainsFunc(
				allowed,
				func(a string) bool { // a package's arrow doesn't reach those below it; a module's does
					return i == a ||
						(foreign || strings.Count(a, "/") == 0 || strings.HasSuffix(room, "counter")) &&
							strings.HasPrefix(i, a+"/")
				},
			) {
				t.Errorf("%s imports %s, which is none of its arrows in arrows_test.go", p.ImportPath, i)
			}
		}
	}
}

func deps(t *testing.T, path string) []string {
	t.Helper()
	ps := list(t, path)
	if len(ps) != 1 || len(ps[0].Deps) < 50 {
		t.Fatalf("go list %s gave %d packages", path, len(ps))
	}
	return ps[0].Deps
}

// TestGalladIsHeadless: the daemon never links what draws a window, nor anything made for tests.
func TestGalladIsHeadless(t *testing.T) {
	for _, d := range deps(t, "./cmd/gallad") {
		for _, never := range []string{"github.com/hajimehoshi/ebiten", "github.com/ebitengine", "galla/display/kiosk",
			"galla/gateway/gatewaytest", "galla/printer/printertest", "galla/state/statetest", "testing",
			"galla/internal/office/pg", "github.com/jackc/pgx"} {
			if d == never || strings.HasPrefix(d, never+"/") {
				t.Errorf("gallad links %s", d)
			}
		}
	}
	if !slices.Contains(deps(t, "./cmd/galla-display"), "github.com/hajimehoshi/ebiten/v2") {
		t.Error("galla-display doesn't link ebiten: this test no longer tells the two apart")
	}
}

// TestBoxesHaveNoOffice: no program of a box links the head office, nor what speaks to its database: the whole of a
// chain costs a box its uplink and nothing else.
func TestBoxesHaveNoOffice(t *testing.T) {
	for _, program := range []string{"./cmd/gallad", "./cmd/galla", "./cmd/galla-display"} {
		all := deps(t, program)
		for _, d := range all {
			for _, never := range []string{"galla/internal/office", "galla/cmd/galla-office", "github.com/jackc",
				"galla/internal/uplink/uplinktest"} {
				if d == never || strings.HasPrefix(d, never+"/") {
					t.Errorf("%s links %s", program, d)
				}
			}
		}
		if program == "./cmd/gallad" && !slices.Contains(all, "galla/internal/uplink") {
			t.Error("gallad links no uplink: this test looks at nothing")
		}
	}
}

// TestDisplayHoldsNoSecrets: the display links no gateway, no store and no engine.
func TestDisplayHoldsNoSecrets(t *testing.T) {
	for _, d := range deps(t, "./cmd/galla-display") {
		for _, never := range []string{"galla/gateway", "galla/state", "galla/internal/till", "galla/internal/counter",
			"galla/printer", "net/http"} {
			if d == never || strings.HasPrefix(d, never+"/") {
				t.Errorf("galla-display links %s", d)
			}
		}
	}
}

// TestRoomsUnderTheCounter: what was taken out of the counter reaches neither it nor the till, by no way round.
func TestRoomsUnderTheCounter(t *testing.T) {
	for _, room := range []string{"./internal/books", "./internal/webhook", "./internal/people", "./internal/keypad"} {
		for _, d := range deps(t, room) {
			for _, never := range []string{"galla/internal/counter", "galla/internal/till", "galla/gateway",
				"galla/printer", "galla/display"} {
				if d == never || strings.HasPrefix(d, never+"/") {
					t.Errorf("%s links %s", room, d)
				}
			}
		}
	}
}

// TestSimulatorStaysOutside: nothing but tests and galla-sim links the simulator.
func TestSimulatorStaysOutside(t *testing.T) {
	for _, p := range list(t, "./...") {
		if p.ImportPath == "galla/cmd/galla-sim" || strings.HasPrefix(p.ImportPath, "galla/gateway/gatewaytest") ||
			strings.HasPrefix(p.ImportPath, "galla/internal/rig") {
			continue
		}
		if slices.Contains(p.Deps, "galla/gateway/gatewaytest") {
			t.Errorf("%s links the simulator", p.ImportPath)
		}
	}
}

// TestEbitenVersion: the module proxy's @latest is v2.8.8, which needs cgo; v2.10.0 doesn't (display.md §1.1).
func TestEbitenVersion(t *testing.T) {
	cmd := exec.Command("go", "list", "-m", "-f", "{{.Version}}", "github.com/hajimehoshi/ebiten/v2")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(string(out)); got != "v2.10.0" {
		t.Errorf("ebiten is %s: name v2.10.0 explicitly, never @latest", got)
	}
}

// TestTopLevel: what stands at the top of the tree is fixed.
func TestTopLevel(t *testing.T) {
	known := strings.Fields(
		".ci .gitignore LICENSE Makefile README.md cmd display gateway go.mod go.sum internal " +
			"packaging printer state systemd",
	)
	cmd := exec.Command("git", "ls-files")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	for f := range strings.Lines(string(out)) {
		top, _, _ := strings.Cut(strings.TrimSpace(f), "/")
		if !slices.Contains(known, top) {
			t.Errorf("%s has no place at the top level", top)
		}
	}
	for _, k := range known {
		if _, err := os.Stat(root + "/" + k); err != nil {
			t.Errorf("%s is missing", k)
		}
	}
}
