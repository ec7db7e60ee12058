package rig

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/setup"
	"galla/printer/printertest"
	"galla/state"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

// newcomer is a box as it comes out of its carton, with somebody at its terminal.
type newcomer struct {
	t       *testing.T
	dir     string
	sim     *gatewaytest.Sim
	gateway string // its address
	printer string // the printer's port
	shipped []byte // the config as it was
	daemon  *exec.Cmd
}

func newNewcomer(t *testing.T) *newcomer {
	n := &newcomer{t: t, dir: t.TempDir(), sim: gatewaytest.NewSim(gatewaytest.Options{Seed: 1, Calm: true})}
	gatewaySim := httptest.NewServer(n.sim.EnKash())
	t.Cleanup(gatewaySim.Close)
	n.gateway = gatewaySim.URL
	p := printertest.New(printertest.Model{
		Dots:    384,
		Baud:    115200,
		Buffer:  4096,
		DotTime: 10 * time.Microsecond,
		Cut:     "any",
		Status:  true,
		Maker:   "Galla",
		Name:    "virtual",
	})
	tty, err := p.Serve(filepath.Join(n.dir, "printer"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close(); p.Close() })
	if n.printer, err = filepath.EvalSymlinks(filepath.Join(n.dir, "printer")); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("../../packaging/gallad.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	// of a test, not of the box
	for key, file := range map[string]string{"database": "sales.db", "socket": "api", "display": "display"} {
		line := regexp.MustCompile(`(?m)^#` + key + ` = .*$`)
		if !line.MatchString(text) {
			t.Fatalf("the shipped config has no %q", key)
		}
		text = line.ReplaceAllString(text, fmt.Sprintf("%s = %q", key, n.file(file)))
	}
	n.shipped = []byte(text)
	if err := os.WriteFile(n.file("gallad.toml"), n.shipped, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.stop)
	return n
}

func (n *newcomer) file(name string) string { return filepath.Join(n.dir, name) }

// start is what setup asks for where there is no systemd.
func (n *newcomer) start() {
	n.t.Helper()
	n.daemon = exec.Command(
		filepath.Join(bin, "gallad"),
		"--config",
		n.file("gallad.toml"),
		"--secrets",
		n.file("credstore"),
	)
	n.daemon.Stderr = &bytes.Buffer{}
	if err := n.daemon.Start(); err != nil {
		n.t.Fatal(err)
	}
}

func (n *newcomer) stop() {
	if n.daemon == nil {
		return
	}
	if err := n.daemon.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		n.t.Error(err)
	}
	n.daemon.Wait()
	if n.t.Failed() {
		n.t.Logf("gallad said: %s", n.daemon.Stderr)
	}
	n.daemon = nil
}

// terminal is one with galla setup running in it.
type terminal struct {
	n   *newcomer
	cmd *exec.Cmd
	pty *os.File
	// the other end, held open until all was read: a terminal that hangs up may lose what was written last
	tty  *os.File
	mu   sync.Mutex
	all  bytes.Buffer
	seen int // how much of all was waited for
	more chan struct{}
}

func (n *newcomer) setup(args ...string) *terminal {
	n.t.Helper()
	args = append(
		[]string{
			"setup",
			"--socket",
			n.file("api"),
			"--config",
			n.file("gallad.toml"),
			"--credstore",
			n.file("credstore"),
		},
		args...)
	x := &terminal{n: n, cmd: exec.Command(filepath.Join(bin, "galla"), args...), more: make(chan struct{}, 1)}
	x.cmd.Env = append(os.Environ(), "TERM=dumb")
	var err error
	if x.pty, x.tty, err = pty.Open(); err != nil {
		n.t.Fatal(err)
	}
	if err := pty.Setsize(x.pty, &pty.Winsize{Rows: 50, Cols: 200}); err != nil {
		n.t.Fatal(err)
	}
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = x.tty, x.tty, x.tty
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := x.cmd.Start(); err != nil {
		n.t.Fatal(err)
	}
	go func() {
		defer close(x.more)
		b := make([]byte, 4096)
		for {
			k, err := x.pty.Read(b)
			x.mu.Lock()
			x.all.Write(b[:k])
			x.mu.Unlock()
			if err != nil {
				return // EIO: the other end is gone
			}
			select {
			case x.more <- struct{}{}:
			default:
			}
		}
	}()
	return x
}

// expect waits until the terminal shows a text, after what was waited for before.
func (x *terminal) expect(want string) {
	x.n.t.Helper()
	late := time.After(60 * time.Second)
	for {
		x.mu.Lock()
		at := strings.Index(x.all.String()[x.seen:], want)
		if at >= 0 {
			x.seen += at + len(want)
		}
		all := x.all.String()
		x.mu.Unlock()
		if at >= 0 {
			return
		}
		select {
		case _, open := <-x.more:
			if !open {
				x.mu.Lock()
				all = x.all.String()
				found := strings.Contains(all[x.seen:], want)
				x.mu.Unlock()
				if found {
					return
				}
				x.n.t.Fatalf("setup ended before it said %q:\n%s", want, all)
			}
		case <-late:
			x.n.t.Fatalf("setup doesn't say %q:\n%s", want, all)
		}
	}
}

// asks says whether what was waited for last was the end of this question.
func (x *terminal) asks(question string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return strings.HasSuffix(x.all.String()[:x.seen], question)
}

func (x *terminal) send(text string) {
	x.n.t.Helper()
	if _, err := io.WriteString(x.pty, text); err != nil {
		x.n.t.Fatal(err)
	}
}

// end waits for the end of setup and returns its exit code and all that was on the terminal.
func (x *terminal) end() (int, string) {
	x.n.t.Helper()
	err := x.cmd.Wait()
	for quiet := false; !quiet; { // until all it said was read
		select {
		case <-x.more:
		case <-time.After(300 * time.Millisecond):
			quiet = true
		}
	}
	x.tty.Close()
	for range x.more {
	}
	x.pty.Close()
	code := 0
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		code = e.ExitCode()
	} else if err != nil {
		x.n.t.Fatal(err)
	}
	return code, strings.ReplaceAll(x.all.String(), "\r\n", "\n")
}

// answer is a question and what a person says to it.
type answer struct{ question, says string }

// answers are the whole first run, question by question. It stands in the order of the terminal.
func (n *newcomer) answers(printer string) []answer {
	a := []answer{
		{"Name of the shop, as customers read it: ", "Asha General Stores"},
		{"GSTIN, or Enter for none: ", "27AAPFU0939F1ZA"}, // its check character is wrong
		{"GSTIN, or Enter for none: ", "27aapfu0939f1zv"},
		{
			"Name of this box, another than that of any other box of the shop [" + setup.SuggestTerminal() + "]: ",
			"box 2",
		}, // a blank
		{
			"Name of this box, another than that of any other box of the shop [" + setup.SuggestTerminal() + "]: ",
			"Counter-2",
		},
		{"Address on slips, its lines parted by ;: ", "12 Gandhi Road; Pune 411001"},
		{"Phone on slips, or Enter for none: ", "020 2553 1234"},
		{"Is that right [yes]: ", ""},
		{"Your gateway, enkash or razorpay [razorpay]: ", "enkash"},
		{"Address EnKash gave you, or Enter for the usual one [https://olympus-pg.enkash.in]: ", "pay.example.com"},
		{"Address EnKash gave you, or Enter for the usual one [https://olympus-pg.enkash.in]: ", n.gateway},
		{"Access key (not shown): ", gatewaytest.EnKashAccessKey},
		{"Secret key (not shown): ", "wrong-hunter2"},
		{"API key, or Enter if EnKash gave you none (not shown): ", ""},
		{"Enter the keys again [yes]: ", ""},
		{"Address EnKash gave you, or Enter for the usual one [" + n.gateway + "]: ", ""},
		{"Access key (not shown): ", gatewaytest.EnKashAccessKey},
		{"Secret key (not shown): ", gatewaytest.EnKashSecretKey},
		{"API key, or Enter if EnKash gave you none (not shown): ", ""},
		{"A second gateway (razorpay), asked when the first gives no QR [no]: ", ""},
		{"Which one, by number or name, or none ", printer},
	}
	if printer != "none" {
		a = append(a, []answer{
			{
				"Its kind (generic58 generic80 epson80 epson-old tvs80 silent80 csn-a2 qr203 qr204) [generic58]: ",
				"epson81",
			},
			{"Its kind (generic58 generic80 epson80 epson-old tvs80 silent80 csn-a2 qr203 qr204) [generic58]: ", ""},
			{"Has a slip come out that can be read, with a line at each edge [yes]: ", ""},
			{"Print a receipt for every paid sale [no]: ", "y"},
			{"Print the QR of every sale, for a counter without a screen [no]: ", ""},
		}...)
	}
	return append(a, []answer{
		{"ଓଡ଼ିଆ) [en]: ", "mr"},
		{"A second language under the first, or none [hi]: ", "en"},
		{"Turned clockwise by 0, 90, 180 or 270 degrees [0]: ", "90"},
		{"Serve the cashier's page to paired devices in the shop's network [no]: ", ""},
		{"[yes]: ", ""}, // Write this to …
	}...)
}

var (
	clockShown = regexp.MustCompile(`Here it is [A-Z][a-z]+ \d+ [A-Z][a-z]+ \d{4}, \d\d:\d\d`)
	rrnShown   = regexp.MustCompile(`RRN \d{12}`)
	codeShown  = regexp.MustCompile(`(?m)^[█▀▄ ]{20,}\n`)
	keptShown  = regexp.MustCompile(`gallad\.toml\.\d{8}-\d{6}`)
	portShown  = regexp.MustCompile(`(?m)^   \d  /dev/.*\n|^   No serial line.*\n`)
	firstPort  = regexp.MustCompile(`by number or name, or none \[[^\]]*\]`)
	codesDrawn = regexp.MustCompile(`(THE QR\n)+`)
)

// transcript takes out of a terminal what differs from run to run.
func (n *newcomer) transcript(text string) string {
	text = strings.NewReplacer(n.dir, "DIR", n.gateway, "http://127.0.0.1:PORT", n.printer, "/dev/pts/N",
		strings.TrimPrefix(n.gateway, "http://"), "127.0.0.1:PORT").
		Replace(text)
	text = strings.ReplaceAll(text, "["+setup.SuggestTerminal()+"]", "[HOST]")
	text = clockShown.ReplaceAllString(text, "Here it is DAY")
	text = rrnShown.ReplaceAllString(text, "RRN 000000000000")
	text = keptShown.ReplaceAllString(text, "gallad.toml.MOMENT")
	text = portShown.ReplaceAllString(text, "")
	text = firstPort.ReplaceAllString(text, "by number or name, or none [PORT]")
	return codesDrawn.ReplaceAllString(codeShown.ReplaceAllString(text, "THE QR\n"), "THE QR\n")
}

func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s has changed; look at it, then run with -update:\n%s", path, text)
	}
}

// TestSetup is an owner with a new box: every question, a wrong GSTIN, wrong keys, the test slip, and the sale over ₹1
// that is paid and sent back. Then the same again, where Enter keeps everything.
func TestSetup(t *testing.T) {
	n := newNewcomer(t)
	x := n.setup()
	for _, a := range n.answers(n.printer) {
		x.expect(a.question)
		x.send(a.says + "\n")
	}
	x.expect("There is no systemd here: start gallad now")
	n.start()
	x.expect("Make it now [yes]: ")
	x.send("\n")
	x.expect("pay ₹1.")
	till := client.New(n.file("api"))
	sale, err := till.Sale(t.Context(), "1")
	if err != nil || sale.QR == nil {
		t.Fatalf("%+v, %v", sale, err)
	}
	if _, err := n.sim.Phone().Pay(sale.QR.Payload); err != nil {
		t.Fatal(err)
	}
	code, text := x.end()
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	golden(t, "setup", n.transcript(text))
	for _, secret := range []string{gatewaytest.EnKashSecretKey, gatewaytest.EnKashAccessKey, "hunter2"} {
		if strings.Contains(text, secret) {
			t.Errorf("the terminal shows the key %q", secret)
		}
	}
	ledger := n.sim.Ledger()
	if len(ledger.Payments) != 1 || len(ledger.Refunds) != 1 || ledger.Refunds[0].Amount != 100 {
		t.Errorf("at the gateway: %+v", ledger)
	}
	if s, err := till.Sale(t.Context(), "1"); err != nil || s.Phase != state.PhasePaid {
		t.Errorf("%+v, %v", s, err)
	}
	info, err := os.Stat(n.file("credstore/gateway-enkash"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the keys: %v, %v", info, err)
	}

	before, err := os.ReadFile(n.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	x = n.setup("--no-sale")
	for range 19 {
		x.expect("]: ")
		x.send("\n")
	}
	code, text = x.end()
	after, err := os.ReadFile(n.file("gallad.toml"))
	if code != 0 || err != nil || !bytes.Equal(before, after) {
		t.Errorf("exit code %d, %v; before:\n%s\nafter:\n%s", code, err, before, after)
	}
	golden(t, "setup_again", n.transcript(text))

	// Slips were garbled: the printer is gallad's now, and its speed can be changed all the same.
	x = n.setup("--no-sale")
	for {
		x.expect("]: ")
		if x.asks("Its speed in baud [9600]: ") {
			break
		}
		x.send("\n")
	}
	x.send("38401\n")
	x.expect("is not a speed")
	for says := "38400"; ; says = "" {
		x.expect("]: ")
		x.send(says + "\n")
		if x.asks("gallad.toml [yes]: ") {
			break
		}
	}
	if code, text = x.end(); code != 0 {
		t.Errorf("exit code %d: %s", code, text)
	}
	if after, err = os.ReadFile(n.file("gallad.toml")); err != nil ||
		!bytes.Contains(after, []byte("\nbaud = 38400\n")) {
		t.Errorf("the speed was not changed: %v\n%s", err, after)
	}
}

// TestCorners_11: who leaves while the ₹1 QR is shown leaves no sale that can be paid. And a gateway whose sales are
// open isn't taken away by a file of answers: it names them (counter.md 6).
func TestCorners_11(t *testing.T) {
	n := newNewcomer(t)
	x := n.setup()
	for _, a := range n.answers("none") {
		x.expect(a.question)
		x.send(a.says + "\n")
	}
	x.expect("There is no systemd here: start gallad now")
	n.start()
	x.expect("Make it now [yes]: ")
	x.send("\n")
	x.expect("pay ₹1.")
	x.send("\x03")
	code, text := x.end()
	if code != 1 || !strings.Contains(text, "You left.") {
		t.Errorf("exit code %d: %s", code, text)
	}
	till := client.New(n.file("api"))
	phase := func(name string) state.Phase {
		sale, err := till.Sale(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return sale.Phase
	}
	for late := time.Now().Add(30 * time.Second); phase("1") != state.PhaseClosed; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("the sale over ₹1 is %s", phase("1"))
		}
	}

	sale, err := till.Open(t.Context(), client.Key(), wire.OpenSale{AmountPaise: 21550})
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(n.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	other := "shop = \"Asha\"\n[[gateway]]\nprovider = \"razorpay\"\nkey_id = \"rzp_live_A\"\nkey_secret = \"x\"\n"
	if err := os.WriteFile(n.file("answers.toml"), []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	x = n.setup("--answers", n.file("answers.toml"))
	code, text = x.end()
	after, err := os.ReadFile(n.file("gallad.toml"))
	if err != nil || code != 64 || !strings.Contains(text, "open at enkash: "+sale.Name+" (₹215.50, ") ||
		!bytes.Equal(before, after) {
		t.Errorf("exit code %d, %v: %s", code, err, text)
	}
}

// TestSetupLeft: Ctrl-C at every single question leaves everything as it was.
func TestSetupLeft(t *testing.T) {
	n := newNewcomer(t)
	all := n.answers("none")
	for last := range all {
		x := n.setup()
		for _, a := range all[:last] {
			x.expect(a.question)
			x.send(a.says + "\n")
		}
		x.expect(all[last].question)
		x.send("\x03")
		code, text := x.end()
		if code != 1 || !strings.HasSuffix(text, "You left. Nothing was changed.\n") {
			t.Errorf("left at %q: exit code %d, %q", all[last].question, code, text[max(0, len(text)-100):])
		}
		now, err := os.ReadFile(n.file("gallad.toml"))
		if err != nil || !bytes.Equal(now, n.shipped) {
			t.Fatalf("left at %q: the config was changed (%v)", all[last].question, err)
		}
		if left, _ := filepath.Glob(n.file("gallad.toml?*")); len(left) > 0 {
			t.Errorf("left at %q: %q", all[last].question, left)
		}
		if _, err := os.Stat(n.file("credstore")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("left at %q: there are keys (%v)", all[last].question, err)
		}
	}
}

// TestSetupUnasked: an integrator's file of answers; what is wrong in it is told, and then nothing is written.
func TestSetupUnasked(t *testing.T) {
	n := newNewcomer(t)
	good := fmt.Sprintf(
		"shop = \"Asha\"\nlanguages = [\"en\"]\n[[gateway]]\nprovider = \"enkash\"\nbase_url = %q\naccess_key = %q\n"+
			"secret_key = %q\n",
		n.gateway,
		gatewaytest.EnKashAccessKey,
		gatewaytest.EnKashSecretKey,
	)
	run := func(text string, mode os.FileMode, more ...string) (int, string) {
		t.Helper()
		file := n.file("answers.toml")
		if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), os.Chmod(file, mode)); err != nil {
			t.Fatal(err)
		}
		args := append(
			[]string{
				"setup",
				"--socket",
				n.file("api"),
				"--config",
				n.file("gallad.toml"),
				"--credstore",
				n.file("credstore"),
				"--answers",
				file,
			},
			more...)
		out, err := exec.CommandContext(t.Context(), filepath.Join(bin, "galla"), args...).CombinedOutput()
		e, failed := errors.AsType[*exec.ExitError](err)
		if !failed {
			return 0, string(out)
		}
		return e.ExitCode(), string(out)
	}
	for name, tc := range map[string]struct {
		text string
		mode os.FileMode
		code int
		want string
	}{
		"for all to read": {good, 0o644, 64, "run chmod 600 on it"},
		"unknown answer":  {"shopp = \"x\"\n" + good, 0o600, 64, "answers.toml:1: there is no answer \"shopp\""},
		"wrong keys":      {strings.Replace(good, gatewaytest.EnKashSecretKey, "hunter2", 1), 0o600, 1, "next: "},
		"wrong GSTIN":     {"gstin = \"27AAPFU0939F1ZA\"\n" + good, 0o600, 64, "GSTIN"},
	} {
		code, out := run(tc.text, tc.mode)
		if code != tc.code || !strings.Contains(out, tc.want) || strings.Contains(out, "hunter2") {
			t.Errorf("%s: exit code %d: %s", name, code, out)
		}
		if now, err := os.ReadFile(n.file("gallad.toml")); err != nil || !bytes.Equal(now, n.shipped) {
			t.Errorf("%s: the config was changed (%v)", name, err)
		}
	}
	code, out := run(good, 0o600, "--no-sale")
	if code != 0 || !strings.Contains(out, "Written: ") {
		t.Fatalf("exit code %d: %s", code, out)
	}
	if out, err := gallad(
		t,
		"check",
		"--config",
		n.file("gallad.toml"),
		"--secrets",
		n.file("credstore"),
	); err != nil ||
		!strings.Contains(out, "all is well") {
		t.Errorf("gallad check: %v %s", err, out)
	}
	n.start()
	if code, out = run(good, 0o600); code != 0 || !strings.Contains(out, "it takes sales.") {
		t.Errorf("exit code %d: %s", code, out)
	}
}
