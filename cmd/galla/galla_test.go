package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"galla/internal/counter"
	"galla/internal/counter/countertest"
	"galla/internal/counter/wire"
	"galla/internal/money"
	"galla/internal/till"
	"galla/state"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"galla": main})
}

// fakePrinter is a printer that prints everything, or has no paper.
type fakePrinter struct{ empty bool }

func (p *fakePrinter) end() wire.Printed {
	if p.empty {
		return wire.Printed{Status: "failed", Detail: "Nothing was printed. The printer is out of paper."}
	}
	return wire.Printed{Status: "printed", Detail: "Printed."}
}

func (p *fakePrinter) State() wire.Printer {
	s := wire.Printer{
		Condition: "ready",
		Profile:   "epson80",
		Port:      "/dev/ttyUSB0",
		Answers:   true,
		Since:     time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC),
	}
	if p.empty {
		s.Condition, s.Detail = "paper_out", "The printer is out of paper. Put in a new roll and close the cover."
	}
	return s
}

func (p *fakePrinter) SelfTest(context.Context, string) wire.Printed { return p.end() }

func (p *fakePrinter) Reconciliation(context.Context, string, wire.Reconciliation) wire.Printed {
	return p.end()
}

func (p *fakePrinter) Report(context.Context, string, counter.ReportSlip) wire.Printed {
	return p.end()
}

// gallad is a counter on a socket over a till for tests, which a script can stop and start.
type gallad struct {
	till     *countertest.Till
	settings *countertest.Settings
	printer  *fakePrinter // nil: no printer
	passed   atomic.Int64 // seconds of the till's clock
	socket   string
	stop     context.CancelFunc
	done     chan error
}

func (g *gallad) start(ts *testscript.TestScript) {
	l, err := net.Listen("unix", g.socket)
	ts.Check(err)
	o := counter.Options{
		Till:       g.till,
		Operations: g.till.Operations(),
		Settings:   g.settings,
		Log:        slog.New(slog.NewTextHandler(io.Discard, nil)),
		Version:    "test",
		OpenSales:  1000, SalesAMinute: 6000,
		Now:   g.till.Now,
		Users: map[uint32]counter.Person{uint32(os.Getuid()): {Name: "asha", Role: counter.Owner}},
	}
	if g.printer != nil {
		o.Printer = g.printer
	}
	o.Doctor, o.Standing = g, noStands{}
	c, err := counter.New(o)
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	g.stop, g.done = cancel, make(chan error, 1)
	go func() { g.done <- c.Serve(ctx, l, counter.Listener{Kernel: true}) }()
}

// noStands is a box that made no standing QR.
type noStands struct{}

func (noStands) List() []wire.StandingQR { return nil }

func (noStands) Card(string, string, string) ([]byte, error) {
	return nil, &counter.StandError{Why: "this box made none", Next: "Make one."}
}

func (s noStands) Print(context.Context, string, string, string) (wire.Printed, error) {
	_, err := s.Card("", "", "")
	return wire.Printed{}, err
}

// Look and Snapshot are a doctor that finds the printer's paper out, if there is a printer without any.
func (g *gallad) Look(context.Context) wire.Checkup { return g.Snapshot() }

func (g *gallad) Snapshot() wire.Checkup {
	at := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	up := wire.Checkup{
		OK:     true,
		Sells:  true,
		Says:   "All is well.",
		At:     at,
		Checks: []wire.Check{{Check: "gallad", Level: "ok", Says: "gallad runs and takes sales", At: at}},
	}
	if g.printer != nil && g.printer.empty {
		up.OK, up.Says, up.Next = false, "Sales go on, but something is wrong: the printer is out of paper.",
			"Put in a new roll and close the cover."
		up.Checks = append(up.Checks, wire.Check{
			Check: "paper",
			Level: "bad",
			Says:  "the printer is out of paper",
			Next:  "Put in a new roll and close the cover.",
			At:    at,
		})
	}
	return up
}

func (g *gallad) halt() {
	if g.stop != nil {
		g.stop()
		<-g.done
		g.stop = nil
	}
}

// await returns the newest sale once there is one with the number, in the phase.
func (g *gallad) await(ts *testscript.TestScript, number string, phases ...state.Phase) state.Sale {
	n, err := strconv.Atoi(number)
	ts.Check(err)
	late := time.After(20 * time.Second)
	for {
		changed := g.till.Changed()
		s, err := g.till.Sale(context.Background(), fmt.Sprintf("S%06d", n))
		for _, p := range phases {
			if err == nil && s.Phase == p {
				return s
			}
		}
		select {
		case <-changed:
		case <-late:
			ts.Fatalf("sale %d is %q, not %q", n, s.Phase, phases)
		}
	}
}

func TestScripts(t *testing.T) {
	type key struct{}
	of := func(ts *testscript.TestScript) *gallad { return ts.Value(key{}).(*gallad) }
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			// A socket's path has 107 bytes at most (unix(7)), which a script's directory may use up.
			dir, err := os.MkdirTemp("", "galla")
			if err != nil {
				return err
			}
			g := &gallad{till: countertest.New(), settings: countertest.NewSettings(), socket: filepath.Join(dir, "s")}
			g.till.Now = func() time.Time {
				return time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC).Add(time.Duration(g.passed.Add(1)) * time.Second)
			}
			e.Defer(func() { g.halt(); os.RemoveAll(dir) })
			e.Values[key{}] = g
			e.Setenv("GALLA_SOCKET", g.socket)
			e.Setenv("TZ", "America/New_York") // the output is IST all the same (counter.md 5)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"gallad": func(ts *testscript.TestScript, neg bool, args []string) {
				switch args[0] {
				case "start":
					of(ts).start(ts)
				case "stop":
					of(ts).halt()
				case "printer": // with paper, or without
					of(ts).printer = &fakePrinter{empty: len(args) > 1}
				case "second": // gateway
					h := of(ts).till.Health()
					h.Gateways = append(h.Gateways, till.GatewayHealth{Name: "razorpay", OK: true})
					of(ts).till.SetHealth(h)
				case "manual":
					of(ts).till.Manual = true
				case "broken": // out of service, as far as it knows
					of(ts).till.Refuse(till.ErrNotReady)
				case "faulty":
					of(ts).till.Refuse(errors.New("a fault"))
				}
			},
			// later: a minute has passed.
			"later": func(ts *testscript.TestScript, neg bool, args []string) { of(ts).passed.Add(60) },
			// days N: so many days have passed.
			"days": func(ts *testscript.TestScript, neg bool, args []string) {
				n, err := strconv.Atoi(args[0])
				ts.Check(err)
				of(ts).passed.Add(int64(n) * 24 * 3600)
			},
			// pay NUMBER [RUPEES]: a customer pays the sale, once it waits for that or is closed.
			"pay": func(ts *testscript.TestScript, neg bool, args []string) {
				s := of(ts).await(ts, args[0], state.PhaseAwaiting, state.PhaseClosed, state.PhasePaid)
				var amount money.Paise
				if len(args) > 1 {
					var err error
					amount, err = money.Parse(args[1])
					ts.Check(err)
				}
				of(ts).till.Pay(s.ID, amount)
			},
			// reverse NUMBER PAYMENT RUPEES: others send so much of a payment back, at the gateway's dashboard.
			"reverse": func(ts *testscript.TestScript, neg bool, args []string) {
				amount, err := money.Parse(args[2])
				ts.Check(err)
				of(ts).till.Reverse(of(ts).await(ts, args[0], state.PhaseClosed, state.PhasePaid).ID, args[1], amount)
			},
			"expire": func(ts *testscript.TestScript, neg bool, args []string) {
				of(ts).till.Expire(of(ts).await(ts, args[0], state.PhaseAwaiting).ID)
			},
			// fail N: a customer's payment of sale N fails at the bank.
			"fail": func(ts *testscript.TestScript, neg bool, args []string) {
				id := of(ts).await(ts, args[0], state.PhaseAwaiting).ID
				of(ts).till.Fail(id, of(ts).till.Start(id))
			},
			"await": func(ts *testscript.TestScript, neg bool, args []string) {
				of(ts).await(ts, args[0], state.Phase(args[1]))
			},
			// exits CODE COMMAND…: the command ends with exactly this code.
			"exits": func(ts *testscript.TestScript, neg bool, args []string) {
				err := ts.Exec(args[1], args[2:]...)
				code := 0
				if err != nil {
					if _, scanErr := fmt.Sscanf(err.Error(), "exit status %d", &code); scanErr != nil {
						ts.Fatalf("%v", err)
					}
				}
				if fmt.Sprint(code) != args[0] {
					ts.Fatalf("exit code %d, want %s", code, args[0])
				}
			},
		},
	})
}

// TestAnswerWords: the command takes every answer there is, and no other.
func TestAnswerWords(t *testing.T) {
	var all []string
	for _, a := range state.Actions {
		all = append(all, string(a))
	}
	if got := strings.Split(help["answers"], ","); !slices.Equal(got, all) {
		t.Errorf("galla resolve takes %q, the till %q", got, all)
	}
}
