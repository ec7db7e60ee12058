//go:build rig

package rig

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"galla/gateway/gatewaytest"
	"galla/internal/counter/client"
	"galla/internal/counter/wire"
	"galla/internal/day"
	"galla/state/boltstore"
	"galla/state/statetest"
)

var (
	scaleSizes = flag.String("sizes", "10000,100000,1000000", "how many sales TestScale's files hold")
	scaleFile  = flag.String(
		"sales-file",
		"",
		"a file of the only size, to be copied and not made; with 2,700 watched sales",
	)
	scaleOther = flag.String(
		"gallad",
		"",
		"another gallad to measure, such as an older one, whose sales file -sales-file is",
	)
	scaleSlow = flag.Float64(
		"slow",
		3,
		"how many times longer than the promise things may take: other work on this machine",
	)
)

const (
	unitMemory = 256 << 20 // MemoryMax of gallad.service
	mostAnon   = 128 << 20 // what gallad may take for itself
	mostX      = 5 * time.Second
	mostStart  = 100 * time.Millisecond
	watched    = 2700
)

// TestScale (books.md 1, 4, 12) runs the real gallad in its unit's memory on a file of a shop that never closed a day,
// and measures what people ask of it: time, and the most memory that it had for itself (RssAnon) meanwhile.
func TestScale(t *testing.T) {
	for _, text := range strings.Split(*scaleSizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(text, func(t *testing.T) { scale(t, n) })
	}
}

func scale(t *testing.T, n int) {
	b := newBox(t, gatewaytest.EnKash)
	y := statetest.Years{Sales: n, Pending: 3, Watched: min(watched, n/10)}
	y.Begin = y.BeginFor(time.Now())
	b.fill(y)
	raw, err := os.ReadFile(b.file("gallad.toml"))
	if err != nil {
		t.Fatal(err)
	}
	b.write(
		"gallad.toml",
		strings.Replace(string(raw), "[listen]", fmt.Sprintf("backup = %q\n[listen]", b.file("copy.db")), 1),
	)
	m := &meter{box: b, sales: n, group: unit(t)}

	m.start("start, cold or not")
	for i := range 5 {
		b.open(client.Key(), 100+i)
	}
	first := wire.Report{}
	m.measure("X, the first ever", mostX, func(ctx context.Context) (err error) {
		if first, err = b.till.ReportX(ctx); err == nil && first.Sales.Count != 5 {
			err = fmt.Errorf("it says that %d sales were opened", first.Sales.Count)
		}
		return err
	})
	m.measure("X with all days, after it", 0, func(ctx context.Context) error { return b.allDays(ctx, first) })
	m.measure("X again", mostX, b.reportX)
	for i := range 5 {
		b.kill()
		m.start(fmt.Sprint("start ", i+1))
	}
	slices.Sort(m.starts)
	if m.starts[0] > time.Duration(*scaleSlow*float64(mostStart)) {
		t.Errorf("ready after %v at best", m.starts[0])
	}
	m.measure("X after a start", mostX, b.reportX)
	m.measure(
		"list",
		time.Second,
		func(ctx context.Context) error { return b.finds(ctx, url.Values{"limit": {"50"}}, 50) },
	)
	m.measure(
		"search: RRN of the oldest",
		time.Second,
		func(ctx context.Context) error { return b.finds(ctx, url.Values{"rrn": {"400000000007"}}, 1) },
	)
	m.measure(
		"search: bill of the oldest",
		time.Second,
		func(ctx context.Context) error { return b.finds(ctx, url.Values{"reference": {"BILL-7"}}, 1) },
	)
	m.measure(
		"search: a text nobody has",
		5*time.Second,
		func(ctx context.Context) error { return b.finds(ctx, url.Values{"q": {"nothing at all"}}, 0) },
	)
	m.measure("export, the oldest 30 days", 20*time.Second, func(ctx context.Context) error {
		return b.till.Export(
			ctx,
			url.Values{"from": {y.Day(0)}, "to": {y.Begin.AddDate(0, 0, 29).Format(time.DateOnly)}},
			io.Discard,
		)
	})
	m.measure("export, all", 0, func(ctx context.Context) error { return b.till.Export(ctx, url.Values{}, io.Discard) })
	m.fsck()
	m.measure("Z of every day there was", 0, func(ctx context.Context) error {
		_, err := b.till.ReportZ(ctx, client.Key(), wire.CloseDay{})
		return err
	})
	m.measure("X after the Z", mostX, b.reportX)
}

// fill makes the box's sales file, and acts of persons in it, one for ten sales.
func (b *box) fill(y statetest.Years) {
	b.t.Helper()
	begin := time.Now()
	if *scaleFile != "" {
		if out, err := exec.Command("cp", *scaleFile, b.file("sales.db")).CombinedOutput(); err != nil {
			b.t.Fatalf("%v %s", err, out)
		}
		return
	}
	s, err := boltstore.Open(b.file("sales.db"), boltstore.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	err = y.Commit(s.Commit)
	seq, err1 := s.Seq()
	if err := errors.Join(err, err1, statetest.Acts(s.Commit, seq, y.Sales/10), s.Close()); err != nil {
		b.t.Fatal(err)
	}
	info, err := os.Stat(b.file("sales.db"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Logf("%d sales, %d MB, written in %v", y.Sales, info.Size()>>20, time.Since(begin).Round(time.Second))
}

func (b *box) reportX(ctx context.Context) error {
	r, err := b.till.ReportX(ctx)
	if err == nil && r.Day != day.Business(time.Now(), 0) {
		err = fmt.Errorf("an X of %s", r.Day)
	}
	return err
}

// allDays asks for an X until the days before are in it. Nobody sold meanwhile, so each of them says the same of today.
func (b *box) allDays(ctx context.Context, first wire.Report) error {
	for {
		begin := time.Now()
		r, err := b.till.ReportX(ctx)
		if err != nil {
			return err
		}
		if took := time.Since(begin); took > time.Duration(*scaleSlow*float64(mostX)) {
			return fmt.Errorf("an X took %v, with %+v", took, r.Summing)
		}
		if r.Day != first.Day || r.Sales != first.Sales || r.Paid != first.Paid || r.UPI != first.UPI ||
			r.NetPaise != first.NetPaise {
			return fmt.Errorf("an X says\n%+v\nand the first said\n%+v", r, first)
		}
		if r.Summing == nil {
			b.t.Logf("%d sales today, %d open days before; the first X said of those: %+v",
				r.Sales.Count, len(r.OpenDays), first.Summing)
			return nil
		}
		select {
		case <-time.After(3 * time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (b *box) finds(ctx context.Context, v url.Values, want int) error {
	found, err := b.till.Sales(ctx, v)
	if err == nil && len(found.Sales) != want {
		err = fmt.Errorf("%d sales of %v, want %d", len(found.Sales), v, want)
	}
	return err
}

// meter starts gallad in the memory of its unit and measures it.
type meter struct {
	*box
	sales  int
	group  string
	starts []time.Duration
}

// start starts gallad and measures until it says READY to systemd, from before its process is made.
func (m *meter) start(what string) {
	m.t.Helper()
	line, err := net.ListenUnixgram(
		"unixgram",
		&net.UnixAddr{Name: m.file(fmt.Sprint("notify", time.Now().UnixNano())), Net: "unixgram"},
	)
	if err != nil {
		m.t.Fatal(err)
	}
	defer line.Close()
	cmd := exec.Command(
		"sh",
		"-c",
		`echo $$ > "$0/cgroup.procs"; exec "$1" --config "$2" --secrets "$3"`,
		m.group,
		cmp.Or(*scaleOther, filepath.Join(bin, "gallad")),
		m.file("gallad.toml"),
		m.dir,
	)
	cmd.Env = append(os.Environ(), "GOMEMLIMIT=160MiB", "NOTIFY_SOCKET="+line.LocalAddr().String())
	cmd.Stderr = &m.log
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	died := make(chan error, 1)
	go func() { died <- cmd.Wait() }()
	m.mu.Lock()
	m.daemon, m.died = cmd, died
	m.mu.Unlock()

	line.SetReadDeadline(time.Now().Add(time.Minute))
	for said := make([]byte, 4096); ; {
		n, err := line.Read(said)
		if err != nil {
			m.t.Fatalf("gallad was not ready within a minute: %v", err)
		}
		if bytes.Contains(said[:n], []byte("READY=1")) {
			break
		}
	}
	took := time.Since(begin)
	m.starts = append(m.starts, took)
	m.t.Logf("%8d sales  %-28s %8v  %4d MB, %s", m.sales, what, took.Round(100*time.Microsecond), m.anon()>>20, m.cpu())
}

// measure does something that must end within some time; 0: as long as it takes.
func (m *meter) measure(what string, within time.Duration, do func(context.Context) error) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), 30*time.Minute)
	defer cancel()
	ended := make(chan error, 1)
	begin := time.Now()
	go func() { ended <- do(ctx) }()
	for most := int64(0); ; {
		most = max(most, m.anon())
		select {
		case err := <-ended:
			took := time.Since(begin)
			m.t.Logf("%8d sales  %-28s %8v  %4d MB", m.sales, what, took.Round(100*time.Microsecond), most>>20)
			switch {
			case err != nil:
				m.t.Errorf("%s: %v", what, err)
			case within > 0 && took > time.Duration(*scaleSlow*float64(within)):
				m.t.Errorf("%s took %v", what, took)
			case most > mostAnon:
				m.t.Errorf("%s took %d MB", what, most>>20)
			}
			return
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// anon is the memory that gallad has for itself.
func (m *meter) anon() (bytes int64) {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.daemon.Process.Pid))
	for l := range strings.Lines(string(raw)) {
		if v, ok := strings.CutPrefix(l, "RssAnon:"); ok {
			kb, _ := strconv.ParseInt(strings.Fields(v)[0], 10, 64)
			bytes = kb << 10
		}
	}
	return bytes
}

// cpu is what gallad and the processes that it waited for have used, in hundredths of a second.
func (m *meter) cpu() string {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.daemon.Process.Pid))
	w := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	return fmt.Sprintf("CPU %s0 ms user, %s0 ms system, child %s0 and %s0 ms", w[11], w[12], w[13], w[14])
}

// fsck reads the whole file beside gallad, which sells meanwhile: it is told how far it is each second.
func (m *meter) fsck() {
	m.t.Helper()
	store := m.file("copy.db")
	// and then the disk is free again: what gallad flushes meanwhile would wait for all of it
	for _, c := range []*exec.Cmd{
		exec.Command("cp", m.file("sales.db"), store),
		exec.Command("sync", store),
	} {
		if out, err := c.CombinedOutput(); err != nil {
			m.t.Fatalf("%v %s", err, out)
		}
	}
	cmd := exec.Command(
		"sh",
		"-c",
		`echo $$ > "$0/cgroup.procs"; exec "$1" fsck --full --config "$2" "$3"`,
		unit(m.t),
		cmp.Or(*scaleOther, filepath.Join(bin, "gallad")),
		m.file("gallad.toml"),
		m.file("sales.db"),
	)
	cmd.Env = append(os.Environ(), "GOMEMLIMIT=160MiB")
	var out said
	cmd.Stdout, cmd.Stderr = &out, &out
	ended := make(chan error, 1)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	go func() { ended <- cmd.Wait() }()
	sold, most := 0, int64(0)
	for {
		fsck := meter{box: &box{daemon: cmd}}
		most = max(most, fsck.anon())
		select {
		case err := <-ended:
			took := time.Since(begin)
			lines := strings.Count(out.String(), "\n")
			m.t.Logf("%8d sales  %-28s %8v  %4d MB, %d lines, %d sales opened meanwhile",
				m.sales, "fsck --full beside gallad", took.Round(time.Millisecond), most>>20, lines, sold)
			if err != nil || most > mostAnon || sold == 0 || lines < int(took/(2*time.Second)) {
				m.t.Errorf("fsck: %v\n%s", err, out.String())
			}
			return
		default:
		}
		m.open(client.Key(), 100+sold)
		sold++
		time.Sleep(20 * time.Millisecond)
	}
}

// unit is a control group with the memory that gallad's unit has.
func unit(t *testing.T) string {
	t.Helper()
	for parent, limit := range map[string]string{"/sys/fs/cgroup/memory": "memory.limit_in_bytes",
		"/sys/fs/cgroup": "memory.max"} {
		dir := filepath.Join(parent, fmt.Sprintf("galla-scale-%d-%d", os.Getpid(), time.Now().UnixNano()))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(dir) })
		if os.WriteFile(filepath.Join(dir, limit), []byte(strconv.Itoa(unitMemory)), 0o644) == nil {
			return dir
		}
	}
	t.Log("NOT RUN in 256 MB: no control group can be made here")
	return t.TempDir()
}
