//go:build rig

package fleet

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/office/boxfile"
	"galla/internal/office/check"
	"galla/state"
)

// simulator is galla-sim, the gateway of all gallads.
type simulator struct{ EnKash, Razorpay, Manage string }

func newSimulator(t *testing.T, bin string, seed uint64) *simulator {
	t.Helper()
	cmd := exec.Command(filepath.Join(bin, "galla-sim"), "-calm", "-quiet", "-seed", fmt.Sprint(seed),
		"-enkash", "127.0.0.1:0", "-razorpay", "127.0.0.1:0", "-manage", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, as asked for
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	s := &simulator{}
	if err != nil || json.Unmarshal(line, s) != nil {
		t.Fatalf("galla-sim said %q, %v", line, err)
	}
	return s
}

// pays is a customer's phone. It may be told no, where a sale was closed meanwhile.
func (s *simulator) pays(payload string) error {
	raw, err := json.Marshal(map[string]string{"payload": payload})
	if err != nil {
		return err
	}
	resp, err := http.Post(s.Manage+"/pay", "application/json", bytes.NewReader(raw))
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// gallad is a real box.
type gallad struct {
	*process
	dir      string
	bin      string
	till     *client.Client
	sim      *simulator
	terminal string
	sold     int
}

func newGallad(t *testing.T, folder, bin string, n int, sim *simulator) *gallad {
	t.Helper()
	dir := filepath.Join(folder, fmt.Sprint("g", n))
	g := &gallad{dir: dir, bin: bin, sim: sim, till: client.New(filepath.Join(dir, "api"))}
	at, err := url.Parse(sim.Razorpay)
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("[shop]\nname = \"Rig %d\"\n[till]\nsales_a_minute = 6000\ndatabase = %q\n[listen]\n"+
		"socket = %q\ndisplay = %q\n[[gateway]]\nprovider = \"razorpay\"\nbase_url = \"http://%s\"\nrate = 100\n", n,
		g.file("sales.db"), g.file("api"), g.file("display"), at.Host)
	mkdir(t, dir)
	write(t, g.file("gallad.toml"), []byte(config))
	write(t, g.file("gateway-razorpay"), []byte("key_id = \"rzp_live_GallaSim000001\"\n"+
		"key_secret = \"galla-sim-live-secret\"\n"))
	g.process = &process{
		t:    t,
		log:  g.file("log"),
		args: []string{filepath.Join(bin, "gallad"), "--config", g.file("gallad.toml"), "--secrets", dir},
	}
	t.Cleanup(g.kill)
	return g
}

func (g *gallad) file(name string) string { return filepath.Join(g.dir, name) }

// start starts it, and waits until it takes sales.
func (g *gallad) start() {
	if err := g.launch(); err != nil {
		g.t.Error(err)
		return
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if h, err := g.till.Health(g.t.Context()); err == nil && h.Ready {
			return
		}
	}
	g.t.Errorf("gallad in %s takes no sales: %s", g.dir, g.said())
}

// galla runs a command of the box's.
func (g *gallad) galla(args ...string) (string, error) {
	cmd := exec.Command(filepath.Join(g.bin, "galla"), append([]string{"--socket", g.file("api")}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("galla %v: %w: %s", args, err, out)
	}
	return string(out), err
}

// joins is what a shopkeeper and an owner do.
func (g *gallad) joins(o *office, address string) error {
	counter, err := o.does("counter", "add", "rig", "Till of "+filepath.Base(g.dir))
	if err != nil {
		return err
	}
	made, err := o.does("code", strings.TrimSpace(counter))
	if err != nil {
		return err
	}
	code := regexp.MustCompile(`\d{4}-\d{4}`).FindString(made)
	print := regexp.MustCompile(`fingerprint +(\S+)`).FindStringSubmatch(made)
	if code == "" || print == nil {
		return fmt.Errorf("the code is told as %s", made)
	}
	if _, err := g.galla("office", "join", address, code, "--yes", "--fingerprint", print[1]); err != nil {
		return err
	}
	is, err := g.till.Office(g.t.Context())
	if err != nil {
		return err
	}
	g.terminal = is.Terminal
	_, err = o.does("terminal", "confirm", g.terminal)
	return err
}

// sells makes a sale that is paid, over kills of the box. It returns false where it did not come to its end in time.
func (g *gallad) sells(paise int) bool {
	ctx, cancel := context.WithTimeout(g.t.Context(), time.Minute)
	defer cancel()
	key := client.Key()
	var sale wire.Sale
	paid := false
	for ctx.Err() == nil {
		var err error
		if sale.ID == "" {
			sale, err = g.till.Open(ctx, key, wire.OpenSale{AmountPaise: wire.Amount(paise)})
		} else {
			sale.QR = nil
			sale, err = g.again(ctx, sale)
		}
		switch {
		case err == nil && sale.Phase == state.PhasePaid:
			g.sold++
			return true
		case err == nil && sale.QR != nil && !paid:
			paid = g.sim.pays(sale.QR.Payload) == nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// again reads a sale; where the box is away, it stays what it was.
func (g *gallad) again(ctx context.Context, s wire.Sale) (wire.Sale, error) {
	is, err := g.till.Sale(ctx, s.ID)
	if err != nil {
		return s, err
	}
	return is, nil
}

// current waits until the office has all that the box has.
func (g *gallad) current(patience time.Duration) error {
	var is wire.Office
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		is, err = g.till.Office(g.t.Context())
		if err == nil && is.Problem == "" && is.Seq > 0 && is.Behind == 0 {
			return nil
		}
	}
	return fmt.Errorf("the office does not have all of %s: %+v, %w", g.dir, is, err)
}

// chain is the box's file, after it ended.
func (g *gallad) chain() check.Box {
	g.t.Helper()
	is, _, err := boxfile.Open(g.file("sales.db"))
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		if err := is.Close(); err != nil {
			g.t.Error(err)
		}
	})
	return check.Box{Name: g.dir, Terminal: g.terminal, Chain: is}
}

// employ starts real boxes, and lets them join.
func (w *whole) employ(folder string, n int) {
	w.t.Helper()
	bin, err := built()
	if err != nil {
		w.t.Fatal(err)
	}
	if n == 0 {
		return
	}
	if _, err := w.offices[0].does("name", "Rig Chain"); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.offices[0].does("shop", "add", "Rig", "--id", "rig"); err != nil {
		w.t.Fatal(err)
	}
	sim := newSimulator(w.t, bin, w.seed)
	var all sync.WaitGroup
	for i := range n {
		g := newGallad(w.t, folder, bin, i, sim)
		w.gallads = append(w.gallads, g)
		all.Go(func() {
			g.start()
			if err := g.joins(w.offices[0], "https://"+w.proxies[i%len(w.proxies)].address()); err != nil {
				w.t.Error(err)
			}
		})
	}
	all.Wait()
	if w.t.Failed() {
		w.t.FailNow()
	}
}

// shops lets the real boxes sell until a moment, and once more.
func (w *whole) shops(all *sync.WaitGroup, until time.Time) {
	for i, g := range w.gallads {
		r := rand.New(rand.NewPCG(w.seed, 5000+uint64(i)))
		all.Go(func() {
			for time.Now().Before(until) {
				if !g.sells(100 * (1 + r.IntN(5000))) {
					w.t.Errorf("a sale of %s did not come to its end: %s", g.dir, g.said())
				}
			}
		})
	}
}

// close ends the real boxes after the office has all of them, and returns their chains.
func (w *whole) close() (chains []check.Box) {
	w.t.Helper()
	for _, g := range w.gallads {
		if err := g.current(2 * maxSend); err != nil {
			w.t.Error(err)
		}
		g.kill()
		w.sold += g.sold
		chains = append(chains, g.chain())
	}
	return chains
}
